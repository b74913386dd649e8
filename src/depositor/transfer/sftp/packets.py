"""The shapes inside SFTP packets, version 3: strings, attributes, lists of names (draft-ietf-secsh-filexfer-02, 5)."""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HAS_SIZE, _HAS_OWNER, _HAS_MODE, _HAS_TIMES, _HAS_MORE = 1, 2, 4, 8, 0x80000000


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server told of one thing: bytes, and the time of the last change (s since 1970), where it tells."""

    size: int | None
    mtime: int | None
    folder: bool = False
    link: bool = False


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def first_string(data: bytes) -> bytes:
    return next(iter(strings(data)), b"")


def strings(data: bytes) -> list[bytes]:
    """All complete strings that stand one behind the other."""
    found, at = [], 0
    while at + 4 <= len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            break
        found.append(data[at + 4 : end])
        at = end
    return found


def attributes(data: bytes) -> Seen:
    """Out of ATTRS; all fields are optional."""
    return _attributes(data)[0]


def _attributes(data: bytes) -> tuple[Seen, int]:
    """And how many bytes they take."""
    flags = int.from_bytes(data[:4], "big")
    at, size, mtime, mode = 4, None, None, 0
    if flags & _HAS_SIZE:
        size, at = int.from_bytes(data[at : at + 8], "big"), at + 8
    at += 8 if flags & _HAS_OWNER else 0
    if flags & _HAS_MODE:
        mode, at = int.from_bytes(data[at : at + 4], "big"), at + 4
    if flags & _HAS_TIMES:
        mtime, at = int.from_bytes(data[at + 4 : at + 8], "big"), at + 8
    if flags & _HAS_MORE:
        count, at = int.from_bytes(data[at : at + 4], "big"), at + 4
        for _ in range(min(count * 2, len(data))):
            at += 4 + int.from_bytes(data[at : at + 4], "big")
    return Seen(size, mtime, stat.S_ISDIR(mode), stat.S_ISLNK(mode)), at


def entries(data: bytes) -> Iterator[tuple[str, Seen]]:
    """The names of a NAME packet with their attributes, without ``.`` and ``..``; ends where it is cut off."""
    at = 4
    for _ in range(int.from_bytes(data[:4], "big")):
        names = strings(data[at:])[:2]
        if len(names) < 2:
            return
        at += 8 + len(names[0]) + len(names[1])
        seen, length = _attributes(data[at:])
        at += length
        if names[0] not in (b".", b".."):
            yield names[0].decode("utf-8", "surrogateescape"), seen
