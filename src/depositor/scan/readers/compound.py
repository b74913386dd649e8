"""Compound files (OLE2): the file system in a file that Olympus OIB and Zeiss ZVI use. Read with limits.

Layout: Microsoft, [MS-CFB] Compound File Binary File Format. Libraries follow chains of sectors as the file says: one
that lies about them never ends; here every chain is as long as the file at most.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from depositor.scan.readers.base import Implausible, Truncated

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA
_NOTHING = 0xFFFFFFFF
_MOST_ENTRIES = 200_000
_MOST_FAT = 64 << 20  # bytes; enough for a file of 8 GB
_STREAM, _STORAGE = 2, 1


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the directory."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """An open compound file. Raises Implausible for tables that cannot be true, Truncated where it ends too early."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)
        head = file.read(512)
        if len(head) < 512 or not head.startswith(MAGIC):
            raise Truncated("no header")
        shift, mini_shift = struct.unpack("<HH", head[30:34])
        if shift not in (9, 12) or mini_shift != 6:
            raise Implausible("impossible sectors")
        self._sector, self._version = 1 << shift, 3 if shift == 9 else 4
        fats, directory, _, self._cutoff, mini_fat, mini_fats, more, mores = struct.unpack("<II4sIIIII", head[44:76])
        self._fat = self._allocation(head[76:512], fats, more, mores)
        self._mini_fat = self._numbers(self._chain(mini_fat, min(mini_fats * self._sector, _MOST_FAT)))
        self._entries = self._directory(directory)
        root = self._entries[0]
        self._mini = self._chain(root.start, min(root.size, 64 << 20))
        self.streams = self._paths()

    def read(self, path: str, most: int) -> bytes:
        """The first ``most`` bytes of the stream ``path``; empty where there is none of that name."""
        entry = self.streams.get(path)
        if entry is None:
            return b""
        wanted = min(entry.size, most)
        return self._small(entry.start, wanted) if entry.size < self._cutoff else self._chain(entry.start, wanted)

    # --- sectors ---------------------------------------------------------------------------------------------------

    def _at(self, sector: int) -> bytes:
        self._file.seek((sector + 1) * self._sector)
        return self._file.read(self._sector)

    def _allocation(self, listed: bytes, count: int, more: int, mores: int) -> list[int]:
        """The table that says which sector follows which."""
        if count * self._sector > min(_MOST_FAT, self._size + self._sector):
            raise Implausible("a table larger than the file")
        sectors = list(struct.unpack("<109I", listed))
        for _ in range(min(mores, count)):
            if more > _LAST_SECTOR:
                break
            raw = self._at(more)
            if len(raw) < self._sector:
                raise Truncated("a table breaks off")
            *found, more = struct.unpack(f"<{self._sector // 4}I", raw)
            sectors += found
        return self._numbers(b"".join(self._at(s) for s in sectors[:count] if s <= _LAST_SECTOR))

    def _numbers(self, raw: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))

    def _chain(self, sector: int, wanted: int) -> bytes:
        """The first ``wanted`` bytes of a chain; it cannot be longer than the file."""
        found: list[bytes] = []
        for _ in range(min(-(-wanted // self._sector), len(self._fat))):
            if sector >= len(self._fat):
                break
            found.append(self._at(sector))
            sector = self._fat[sector]
        return b"".join(found)[:wanted]

    def _small(self, sector: int, wanted: int) -> bytes:
        found: list[bytes] = []
        for _ in range(min(-(-wanted // 64), len(self._mini_fat))):
            if sector >= len(self._mini_fat):
                break
            found.append(self._mini[64 * sector : 64 * sector + 64])
            sector = self._mini_fat[sector]
        return b"".join(found)[:wanted]

    # --- directory -------------------------------------------------------------------------------------------------

    def _directory(self, start: int) -> list[_Entry]:
        raw = self._chain(start, 128 * _MOST_ENTRIES)
        found = [self._entry(raw[at : at + 128]) for at in range(0, len(raw) - 127, 128)]
        if not found:
            raise Truncated("no directory")
        return found

    def _entry(self, raw: bytes) -> _Entry:
        length, kind = struct.unpack("<HB", raw[64:67])
        left, right, child = struct.unpack("<III", raw[68:80])
        start, size = struct.unpack("<IQ", raw[116:128])
        name = raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
        return _Entry(name, kind, left, right, child, start, size & 0xFFFFFFFF if self._version == 3 else size)

    def _paths(self) -> dict[str, _Entry]:
        """Path -> stream; an entry that comes twice counts once."""
        found: dict[str, _Entry] = {}
        seen: set[int] = set()
        waiting = [(self._entries[0].child, "")]
        while waiting:
            number, above = waiting.pop()
            if number in seen or number >= len(self._entries):
                continue
            seen.add(number)
            entry = self._entries[number]
            waiting += [(entry.left, above), (entry.right, above)]
            if entry.kind == _STORAGE:
                waiting.append((entry.child, f"{above}{entry.name}/"))
            elif entry.kind == _STREAM:
                found.setdefault(above + entry.name, entry)
        return found
