"""DICOM files whose data set is packed as a whole (Deflated Explicit VR): unpacked beside, packed again at the end."""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.problem import Damaged
from depositor.privacy import troubles

SYNTAX = "1.2.840.10008.1.2.1.99"
PLAIN = "1.2.840.10008.1.2.1"
MOST_MEBIBYTES = 8192  # a small packed file can fill a disk
_BLOCK = 1024 * 1024
_SYNTAX_TAG = b"\x02\x00\x10\x00UI"


@contextlib.contextmanager
def inflated(copy: Path, shown: str) -> Iterator[Path]:
    """``copy`` itself, or the same file unpacked for as long as it is needed. Raises Damaged where it would not end."""
    start = _packed_from(copy)
    if start is None:
        yield copy
        return
    plain = copy.with_name(copy.name + "~plain")
    try:
        with copy.open("rb") as source, plain.open("wb") as target:
            target.write(_head(source.read(start)))
            _unpack(source, target, shown)
        yield plain
    finally:
        plain.unlink(missing_ok=True)


def _packed_from(path: Path) -> int | None:
    """Where the packed data set begins; None for files that are not packed."""
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    if head[128:132] != b"DICM":
        return None
    at, packed = 132, False
    while head[at : at + 2] == b"\x02\x00" and at + 12 <= len(head):
        long_form = head[at + 4 : at + 6] in (b"OB", b"UN", b"OW", b"UT")
        length = int.from_bytes(head[at + 8 : at + 12] if long_form else head[at + 6 : at + 8], "little")
        value = at + (12 if long_form else 8)
        if head[at : at + 6] == _SYNTAX_TAG:
            packed = head[value : value + length].rstrip(b"\0 ") == SYNTAX.encode("ascii")
        at = value + length
    return at if packed else None


def _head(head: bytes) -> bytes:
    """Preamble and file meta with the plain syntax in place of the packed one."""
    old, new = SYNTAX.encode("ascii"), PLAIN.encode("ascii") + b"\0"
    at = head.index(_SYNTAX_TAG)
    length = int.from_bytes(head[at + 6 : at + 8], "little")
    rest = head[at + 8 + length :]
    head = head[:at] + _SYNTAX_TAG + len(new).to_bytes(2, "little") + new + rest
    group = head.find(b"\x02\x00\x00\x00UL\x04\x00")
    if group < 0:
        return head
    shorter = int.from_bytes(head[group + 8 : group + 12], "little") - (length - len(new))
    assert len(old) > len(PLAIN)
    return head[: group + 8] + shorter.to_bytes(4, "little") + head[group + 12 :]


def _unpack(source: BinaryIO, target: BinaryIO, shown: str) -> None:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    total = 0
    while block := source.read(_BLOCK):
        while block:
            total += target.write(unpacker.decompress(block, _BLOCK))
            block = unpacker.unconsumed_tail
            if total > MOST_MEBIBYTES * 1024**2:
                raise Damaged(troubles.too_large(shown, MOST_MEBIBYTES))
    target.write(unpacker.flush())


def pack(plain: Path) -> None:
    """Pack the data set of the file at ``plain`` again, in place; its file meta names the packed syntax."""
    start = _packed_from(plain)
    if start is None:
        raise ValueError("not written as a packed file")
    packed = plain.with_name(plain.name + "packed")
    try:
        with plain.open("rb") as source, packed.open("wb") as target:
            target.write(source.read(start))
            packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            written = 0
            while block := source.read(_BLOCK):
                written += target.write(packer.compress(block))
            written += target.write(packer.flush())
            target.write(bytes(written % 2))
        os.replace(packed, plain)  # noqa: PTH105 - atomic on every system
    finally:
        packed.unlink(missing_ok=True)
