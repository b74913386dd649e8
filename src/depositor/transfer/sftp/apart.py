"""Parts of one file by SFTP, several at once, each written to its place in the same ``.part``.

One channel carries at most its window (2 MiB at OpenSSH) per way there and back: over 50 ms that is 36 MB/s however
broad the line is, and four channels carry 97 MB/s. On a short line one is faster, so the way is measured first.
Gateways in front of object stores take bytes in order only: that is tried before, too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from depositor.transfer import samples
from depositor.transfer.ports import PartPlan
from depositor.transfer.sftp import wire as sftp_wire
from depositor.transfer.sftp.wire import Denial, SftpWire

FROM = 64 << 20  # smaller files go in one piece
FAR_S = 0.010  # from this time there and back on, several lines carry more than one
_PART, _MOST_PARTS = 32 << 20, 8_000
_PROBE = 1 << 20


def token_for(target: str, size: int) -> str:
    """The token of an upload in parts: their length is kept in it. No name has a line break."""
    length = max(_PART, -(-size // _MOST_PARTS >> 20) << 20)
    return f"{length}\n{target}"


def target_of(token: str) -> str:
    """The name that is written to; tokens without parts are that name."""
    return token.rpartition("\n")[2]


def plan(size: int, token: str) -> PartPlan | None:
    """None for an upload in one piece."""
    length = token.rpartition("\n")[0]
    return PartPlan(size, int(length)) if length.isdigit() else None


def seams(size: int, token: str) -> Sequence[int]:
    """Where some of the parts begin: what is read back at the end."""
    cut = plan(size, token)
    return samples.chosen(range(cut.length, size, cut.length)) if cut else ()


def is_far(wire: SftpWire, path: str) -> bool:
    """Ask for something twice and look at the clock."""
    took = []
    for _ in range(2):
        began = time.perf_counter()
        wire.settle(wire.post_stat(path))
        took.append(time.perf_counter() - began)
    return min(took) >= FAR_S


def takes_any_order(wire: SftpWire, path: str) -> bool:
    """Write a byte far behind, then one at the beginning by another handle; the file, empty again, stays there."""
    try:
        for flags, offset in ((sftp_wire.CREATE | sftp_wire.TRUNCATE, _PROBE), (0, 0)):
            handle = wire.open(path, sftp_wire.WRITE | flags)
            wire.take(wire.post_write(handle, offset, b"\0"))
            wire.take(wire.post_close(handle))
        seen = wire.stat(path)
        create(wire, path)
    except Denial:
        return False
    return seen is not None and seen.size == _PROBE + 1


def create(wire: SftpWire, path: str) -> None:
    """An empty file, or the one that is there made empty."""
    wire.take(wire.post_close(wire.open(path, sftp_wire.WRITE | sftp_wire.CREATE | sftp_wire.TRUNCATE)))
