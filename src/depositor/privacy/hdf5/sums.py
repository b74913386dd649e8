"""The check sums of HDF5's newer blocks: found before a change, made true after it.

Source: HDF5 File Format Specification 3.0 ("Jenkins' lookup3"); Bob Jenkins, lookup3.c (public domain), hashlittle().
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Block:
    """``length`` bytes at ``offset`` whose sum stands ``at`` bytes behind the start; where that is inside, it counts
    as zero."""

    offset: int
    length: int
    at: int

    def holds(self, place: int) -> bool:
        return self.offset <= place < self.offset + self.length

    def is_true(self, file: BinaryIO) -> bool:
        """True where the sum fits to the bytes."""
        raw = self._raw(file)
        file.seek(self.offset + self.at)
        return file.read(4) == struct.pack("<I", lookup3(raw))

    def mend(self, file: BinaryIO) -> None:
        """Write the sum that fits to the bytes as they are now."""
        raw = self._raw(file)
        file.seek(self.offset + self.at)
        file.write(struct.pack("<I", lookup3(raw)))

    def _raw(self, file: BinaryIO) -> bytes:
        file.seek(self.offset)
        raw = file.read(self.length)
        if len(raw) < self.length:
            raise ValueError("a block beyond the end")
        return raw[: self.at] + b"\0" * 4 + raw[self.at + 4 :] if self.at < self.length else raw


def mend_all(file: BinaryIO, blocks: Iterable[Block]) -> None:
    """Make the sums true of blocks that were changed."""
    for block in blocks:
        if not block.is_true(file):
            block.mend(file)


def lookup3(raw: bytes) -> int:
    """Jenkins' hash of 32 bits.

    >>> hex(lookup3(b"Four score and seven years ago"))
    '0x17770551'
    """
    a = b = c = (0xDEADBEEF + len(raw)) & _MASK
    if not raw:
        return c
    last = (len(raw) - 1) // 12 * 12
    for x, y, z in struct.iter_unpack("<3I", raw[:last]):
        a, b, c = _mix((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
    x, y, z = struct.unpack("<3I", raw[last:].ljust(12, b"\0"))
    return _final((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)


def _rotated(x: int, by: int) -> int:
    return ((x << by) | (x >> (32 - by))) & _MASK


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    a = ((a - c) & _MASK) ^ _rotated(c, 4)
    c = (c + b) & _MASK
    b = ((b - a) & _MASK) ^ _rotated(a, 6)
    a = (a + c) & _MASK
    c = ((c - b) & _MASK) ^ _rotated(b, 8)
    b = (b + a) & _MASK
    a = ((a - c) & _MASK) ^ _rotated(c, 16)
    c = (c + b) & _MASK
    b = ((b - a) & _MASK) ^ _rotated(a, 19)
    a = (a + c) & _MASK
    c = ((c - b) & _MASK) ^ _rotated(b, 4)
    b = (b + a) & _MASK
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    c = ((c ^ b) - _rotated(b, 14)) & _MASK
    a = ((a ^ c) - _rotated(c, 11)) & _MASK
    b = ((b ^ a) - _rotated(a, 25)) & _MASK
    c = ((c ^ b) - _rotated(b, 16)) & _MASK
    a = ((a ^ c) - _rotated(c, 4)) & _MASK
    b = ((b ^ a) - _rotated(a, 14)) & _MASK
    return ((c ^ b) - _rotated(b, 24)) & _MASK
