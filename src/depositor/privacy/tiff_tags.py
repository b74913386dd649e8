"""The tags of a TIFF file (classic, BigTIFF, EXIF block), read without any library and without trusting an offset.

Source: TIFF 6.0, BigTIFF (AWare), EXIF 2.32, tags of vendors from the sheets on slides and microscopy.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_PAGES = 1_000_000
MOST_ENTRIES = 4096
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_FORMATS = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
SUB_IFDS = {330: "sub", 34665: "exif", 34853: "gps", 40965: "interop"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: ``at`` is the place of its entry in the file, ``offset`` that of its value, ``length`` in bytes."""

    code: int
    type: int
    count: int
    at: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One IFD. ``name`` is ``0``, ``1`` ... for pages, ``0/exif`` and the like for those below."""

    name: str
    offset: int
    entries: tuple[Entry, ...]

    def get(self, code: int) -> Entry | None:
        return next((e for e in self.entries if e.code == code), None)


class Tiff:
    """Reads directories; everything that points outside the file is left out and noted in ``damaged``."""

    def __init__(self, file: BinaryIO, base: int = 0, end: int | None = None) -> None:
        self.file, self.base = file, base
        self.end = file.seek(0, os.SEEK_END) if end is None else end
        self.damaged = False
        head = self._bytes(0, 16)
        self.order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        magic = struct.unpack(self.order + "H", head[2:4])[0] if self.order and len(head) >= 8 else 0
        self.big = magic == 43
        self.valid = magic in (42, 43) and len(head) >= (16 if self.big else 8)
        self.first = 0
        if self.valid:
            self.first = struct.unpack(self.order + ("Q" if self.big else "I"), head[8:16] if self.big else head[4:8])[
                0
            ]

    def _bytes(self, offset: int, length: int) -> bytes:
        self.file.seek(self.base + offset)
        return self.file.read(length)

    def directories(self) -> Iterator[Directory]:
        """Pages in order with the directories below each; a loop or a bad offset ends the walk."""
        seen: set[int] = set()
        offset, page = self.first, 0
        while self.valid and offset and page < MOST_PAGES:
            if offset in seen:
                self.damaged = True
                return
            seen.add(offset)
            found = self.directory(offset, str(page))
            if found is None:
                self.damaged = True
                return
            directory, offset = found
            yield directory
            yield from self._below(directory, seen, 0)
            page += 1

    def _below(self, directory: Directory, seen: set[int], depth: int) -> Iterator[Directory]:
        for entry in directory.entries:
            if entry.code not in SUB_IFDS or depth > 3:
                continue
            for number, offset in enumerate(self.numbers(entry)[:64]):
                if offset in seen:
                    continue
                seen.add(offset)
                name = f"{directory.name}/{SUB_IFDS[entry.code]}" + (f"{number}" if entry.code == 330 else "")
                found = self.directory(offset, name)
                if found is None:
                    self.damaged = True
                    continue
                yield found[0]
                yield from self._below(found[0], seen, depth + 1)

    def directory(self, offset: int, name: str) -> tuple[Directory, int] | None:
        """The directory at ``offset`` and the offset of the next one; None where there is none."""
        count_size, entry_size, next_size = (8, 20, 8) if self.big else (2, 12, 4)
        raw = self._bytes(offset, count_size)
        if offset < 8 or len(raw) < count_size or self.base + offset >= self.end:
            return None
        count = struct.unpack(self.order + ("Q" if self.big else "H"), raw)[0]
        if not 0 < count <= MOST_ENTRIES:
            return None
        table = self._bytes(offset + count_size, count * entry_size + next_size)
        if len(table) < count * entry_size:
            return None
        entries = (self._entry(table, at, offset + count_size) for at in range(0, count * entry_size, entry_size))
        tail = table[count * entry_size :]
        following = struct.unpack(self.order + ("Q" if self.big else "I"), tail)[0] if len(tail) == next_size else 0
        return Directory(name, offset, tuple(e for e in entries if e)), following

    def _entry(self, table: bytes, at: int, start: int) -> Entry | None:
        code, kind = struct.unpack_from(self.order + "HH", table, at)
        count = struct.unpack_from(self.order + ("Q" if self.big else "I"), table, at + 4)[0]
        inline, value_at = (8, at + 12) if self.big else (4, at + 8)
        length = _SIZES.get(kind, 0) * count
        if not length:
            return None
        if length <= inline:
            return Entry(code, kind, count, start + at, start + value_at, length)
        offset = struct.unpack_from(self.order + ("Q" if self.big else "I"), table, value_at)[0]
        if self.base + offset + length > self.end:
            self.damaged = True
            return None
        return Entry(code, kind, count, start + at, offset, length)

    def raw(self, entry: Entry, most: int = 1 << 25) -> bytes:
        return self._bytes(entry.offset, min(entry.length, most))

    def numbers(self, entry: Entry) -> tuple[int, ...]:
        """The whole numbers of an entry; empty for other types."""
        letter = _FORMATS.get(entry.type)
        if letter is None:
            return ()
        raw = self.raw(entry)
        count = len(raw) // struct.calcsize(letter)
        return struct.unpack(f"{self.order}{count}{letter}", raw[: count * struct.calcsize(letter)])

    def rationals(self, entry: Entry) -> tuple[float, ...]:
        """The fractions of an entry (types RATIONAL and SRATIONAL)."""
        raw = self.raw(entry, 4096)
        letter = "i" if entry.type == 10 else "I"
        parts = struct.unpack(f"{self.order}{len(raw) // 4}{letter}", raw[: len(raw) // 4 * 4])
        return tuple(a / b if b else 0.0 for a, b in zip(parts[::2], parts[1::2], strict=False))

    def next_of(self, directory: Directory) -> int:
        """The offset of the directory after this one, 0 for the last."""
        found = self.directory(directory.offset, directory.name)
        return found[1] if found else 0

    def link(self, directory: Directory | None, following: int) -> None:
        """Let ``directory`` (None: the head of the file) point to ``following``."""
        letter = self.order + ("Q" if self.big else "I")
        if directory is None:
            at = 8 if self.big else 4
        else:
            count_size, entry_size = (8, 20) if self.big else (2, 12)
            raw = self._bytes(directory.offset, count_size)
            count = struct.unpack(self.order + ("Q" if self.big else "H"), raw)[0]
            at = directory.offset + count_size + count * entry_size
        self.file.seek(self.base + at)
        self.file.write(struct.pack(letter, following))
