"""Compound files (OLE2): where in the file the bytes of each stream lie. Read with limits; no chain outlasts the file.

Source: Microsoft, [MS-CFB] Compound File Binary File Format.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from depositor.privacy.texts.extents import Extent, Extents

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA
_FREE = 0xFFFFFFFF
_MOST_ENTRIES = 200_000
_MOST_FAT = 64 << 20  # bytes; enough for a file of 8 GB
_STREAM, _STORAGE = 2, 1
_SMALL = 64  # bytes of a sector of the mini stream


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: its path, its size, and the pieces of the file that hold it; ``room`` has the rest of its last
    sector too, where older texts may be left."""

    path: str
    size: int
    pieces: tuple[Extent, ...]
    room: tuple[Extent, ...]


class CompoundFile:
    """An open compound file. Raises ValueError for tables that cannot be true."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)
        head = file.read(512)
        if len(head) < 512 or not head.startswith(MAGIC):
            raise ValueError("no compound file")
        shift, mini_shift = struct.unpack("<HH", head[30:34])
        if shift not in (9, 12) or mini_shift != 6:
            raise ValueError("impossible sectors")
        self._sector, self._version = 1 << shift, 3 if shift == 9 else 4
        fats, directory, _, self._cutoff, mini_fat, _mini_fats, more, mores = struct.unpack("<II4sIIIII", head[44:76])
        self._fat = self._table(head[76:512], fats, more, mores)
        self._mini_fat = self._numbers(self._read(self._chain(mini_fat)))
        self._entries = self._read(self._chain(directory))[: 128 * _MOST_ENTRIES]
        if len(self._entries) < 128:
            raise ValueError("no directory")
        self._mini_pieces = self._chain(struct.unpack("<I", self._entries[116:120])[0])

    def streams(self) -> list[Stream]:
        """All streams by their paths, each entry of the directory once."""
        found: list[Stream] = []
        seen: set[int] = set()
        waiting = [(struct.unpack("<I", self._entries[76:80])[0], "")]
        while waiting:
            number, above = waiting.pop()
            raw = self._entries[128 * number : 128 * number + 128]
            if number in seen or len(raw) < 128:
                continue
            seen.add(number)
            length, kind = struct.unpack("<HB", raw[64:67])
            left, right, child = struct.unpack("<III", raw[68:80])
            name = raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            waiting += [(left, above), (right, above)]
            if kind == _STORAGE:
                waiting.append((child, f"{above}{name}/"))
            elif kind == _STREAM:
                found.append(self._stream(above + name, raw))
        return found

    def free(self) -> list[Extent]:
        """Sectors that belong to nothing now: what was deleted still stands in them."""
        last = (self._size - 1) // self._sector
        return [(self._at(n), self._sector) for n, after in enumerate(self._fat[:last]) if after == _FREE]

    def _stream(self, path: str, raw: bytes) -> Stream:
        start, size = struct.unpack("<IQ", raw[116:128])
        size = size & 0xFFFFFFFF if self._version == 3 else size
        room = self._small(start) if size < self._cutoff else self._chain(start)
        return Stream(path, size, tuple(_first(room, size)), tuple(room))

    # --- sectors ---------------------------------------------------------------------------------------------------

    def _at(self, sector: int) -> int:
        return int((sector + 1) * self._sector)

    def _table(self, listed: bytes, count: int, more: int, mores: int) -> list[int]:
        """The table that says which sector follows which."""
        if count * self._sector > min(_MOST_FAT, self._size + self._sector):
            raise ValueError("a table larger than the file")
        sectors = list(struct.unpack("<109I", listed))
        for _ in range(min(mores, count)):
            if more > _LAST_SECTOR:
                break
            *found, more = self._numbers(self._read([(self._at(more), self._sector)])) or [_FREE]
            sectors += found
        return self._numbers(self._read([(self._at(s), self._sector) for s in sectors[:count] if s <= _LAST_SECTOR]))

    def _numbers(self, raw: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))

    def _read(self, pieces: list[Extent]) -> bytes:
        return Extents(self._file, pieces).read()

    def _chain(self, sector: int) -> list[Extent]:
        """The pieces of a chain of sectors."""
        found: list[Extent] = []
        for _ in range(len(self._fat)):
            if sector >= len(self._fat) or self._at(sector) >= self._size:
                break
            found.append((self._at(sector), self._sector))
            sector = self._fat[sector]
        return found

    def _small(self, sector: int) -> list[Extent]:
        """The pieces of a chain of small sectors, as places of the file."""
        found: list[Extent] = []
        for _ in range(len(self._mini_fat)):
            at = _SMALL * sector
            piece = at // self._sector
            if sector >= len(self._mini_fat) or piece >= len(self._mini_pieces):
                break
            found.append((self._mini_pieces[piece][0] + at % self._sector, _SMALL))
            sector = self._mini_fat[sector]
        return found


def _first(pieces: list[Extent], size: int) -> list[Extent]:
    """The first ``size`` bytes of some pieces."""
    out: list[Extent] = []
    for offset, length in pieces:
        if size <= 0:
            break
        out.append((offset, min(length, size)))
        size -= length
    return out
