"""Pieces of a file as one file: containers lay their texts where there was room."""

from __future__ import annotations

import bisect
import io
import itertools
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Extent = tuple[int, int]  # where a piece begins and how long it is


class Extents(io.RawIOBase):
    """The ``pieces`` of ``file``, one behind the other. Writing changes the file in these places; the size stays."""

    def __init__(self, file: BinaryIO, pieces: Sequence[Extent]) -> None:
        super().__init__()
        self._file = file
        self._pieces = _joined(pieces)
        self._starts = [0, *itertools.accumulate(length for _offset, length in self._pieces)]
        self._at = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._starts[-1]}[whence]
        if base + offset < 0:
            raise ValueError("negative position")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(self._starts[-1] - self._at, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        found = []
        for offset, length in self._spans(wanted):
            self._file.seek(offset)
            found.append(self._file.read(length))
        self._at += wanted
        return b"".join(found)

    def write(self, data: ReadableBuffer, /) -> int:
        raw = bytes(data)[: max(self._starts[-1] - self._at, 0)]
        done = 0
        for offset, length in self._spans(len(raw)):
            self._file.seek(offset)
            self._file.write(raw[done : done + length])
            done += length
        self._at += done
        return done

    def _spans(self, wanted: int) -> list[Extent]:
        """Where in the file the next ``wanted`` bytes lie."""
        out: list[Extent] = []
        number = bisect.bisect_right(self._starts, self._at) - 1
        inside = self._at - self._starts[number] if number < len(self._pieces) else 0
        while wanted > 0 and number < len(self._pieces):
            offset, length = self._pieces[number]
            taken = min(length - inside, wanted)
            out.append((offset + inside, taken))
            wanted, number, inside = wanted - taken, number + 1, 0
        return out


def _joined(pieces: Sequence[Extent]) -> list[Extent]:
    """Neighbours made one; empty pieces go."""
    out: list[Extent] = []
    for offset, length in pieces:
        if out and sum(out[-1]) == offset:
            out[-1] = (out[-1][0], out[-1][1] + length)
        elif length > 0:
            out.append((offset, length))
    return out
