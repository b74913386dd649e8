"""The bytes of a DICOM file from front to back, plain or deflated, in pieces and with limits that hold on any input."""

from __future__ import annotations

import os
import zlib
from typing import BinaryIO, Protocol

PIECE = 64 * 1024
MOST_INFLATED = 512 * 1024 * 1024  # bytes that are unpacked of a deflated file: a bomb costs seconds, not the computer
_SMALLEST = 16 * 1024


class Stream(Protocol):
    """Bytes that are read once, in order."""

    limited: bool  # True once the rest was left out because a limit was reached

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, fewer only at the end."""
        ...

    def skip(self, size: int) -> int:
        """Pass over bytes without keeping them; gives how many there were."""
        ...


class Plain:
    """An open file from ``start``; what is skipped is never read."""

    limited = False

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._at = start
        self._size = file.seek(0, os.SEEK_END)
        file.seek(start)

    def read(self, size: int) -> bytes:
        raw = self._file.read(size)
        self._at += len(raw)
        return raw

    def skip(self, size: int) -> int:
        there = max(0, min(size, self._size - self._at))
        self._at += there
        self._file.seek(self._at)
        return there


class Inflated:
    """The deflated part of an open file, unpacked piece by piece up to :data:`MOST_INFLATED` bytes."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        file.seek(start)
        self._file = file
        self._unpack = zlib.decompressobj(-zlib.MAX_WBITS)
        self._ready = b""
        self._given = 0
        self.limited = False

    def read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        missing = size
        while missing > 0 and (piece := self._next(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> int:
        passed = 0
        while passed < size and (piece := self._next(min(size - passed, 1024 * 1024))):
            passed += len(piece)
        return passed

    @property
    def behind(self) -> bytes:
        """What stands in the file behind the deflated part, up to the piece that was read."""
        return self._unpack.unused_data

    def _next(self, size: int) -> bytes:
        if not self._ready:
            self._ready = self._inflate()
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

    def _inflate(self) -> bytes:
        """The next unpacked bytes, empty at the end, at the limit, and where the packing is damaged."""
        if self._given >= MOST_INFLATED:
            self.limited = True
            return b""
        while not self._unpack.eof:
            raw = self._unpack.unconsumed_tail or self._file.read(PIECE)
            if not raw:
                return b""
            try:
                piece = self._unpack.decompress(raw, PIECE)
            except zlib.error:
                return b""
            if piece:
                self._given += len(piece)
                return piece
        return b""


class Window:
    """The part of a stream that is being parsed: ``buf[at:]`` comes next, ``base`` is the place of ``buf[0]``.

    Without a stream ``raw`` is all there is.
    """

    __slots__ = ("at", "base", "buf", "stream")

    def __init__(self, stream: Stream | None, raw: bytes = b"") -> None:
        self.stream = stream
        self.buf = raw
        self.at = 0
        self.base = 0

    @property
    def place(self) -> int:
        """How many bytes of the stream were passed."""
        return self.base + self.at

    def has(self, size: int) -> bool:
        """True when ``size`` more bytes are in the buffer, reading them where they are not."""
        rest = len(self.buf) - self.at
        if rest >= size:
            return True
        if self.stream is None:
            return False
        more = self.stream.read(max(size - rest, _SMALLEST))
        self.base += self.at
        self.buf = self.buf[self.at :] + more
        self.at = 0
        return len(self.buf) >= size

    def take(self, size: int) -> bytes:
        """The next bytes, at most ``size``."""
        self.has(size)
        raw = self.buf[self.at : self.at + size]
        self.at += len(raw)
        return raw

    def skip(self, size: int) -> int:
        """Pass over bytes; gives how many there were."""
        rest = len(self.buf) - self.at
        if size <= rest:
            self.at += size
            return size
        self.base += len(self.buf)
        self.buf, self.at = b"", 0
        passed = self.stream.skip(size - rest) if self.stream else 0
        self.base += passed
        return rest + passed
