"""The boxes of ISO media files (MP4, HEIC, AVIF) and of JPEG 2000: length, name, content. ISO/IEC 14496-12, 15444-1."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_MOST = 10_000
PICTURES = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"avif", b"avis")
"""Brands of still pictures."""

Span = tuple[int, int]


class Box(NamedTuple):
    """A box: its content lies between ``start`` and ``end``."""

    kind: bytes
    start: int
    end: int


def walk(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side in a part of the file; it ends where one is impossible."""
    at = start
    for _ in range(_MOST):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head[:8])
        inner = at + 8
        if length == 1 and len(head) == 16:
            length, inner = struct.unpack(">Q", head[8:])[0], at + 16
        after = end if length == 0 else at + length
        if after < inner:
            return
        yield Box(kind, inner, min(after, end))
        at = after


def first(file: BinaryIO, kind: bytes, start: int, end: int) -> Span | None:
    """Where the content of the first box of a kind lies, or None."""
    return next(((b.start, b.end) for b in walk(file, start, end) if b.kind == kind), None)


def content(file: BinaryIO, span: Span, most: int) -> bytes:
    """The first ``most`` bytes of the content of a box."""
    file.seek(span[0])
    return file.read(min(most, span[1] - span[0]))
