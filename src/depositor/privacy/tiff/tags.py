"""The tags of a TIFF file (classic, BigTIFF, NDPI, EXIF block), read without a library and without trusting an offset.

Hamamatsu's NDPI is classic TIFF with offsets of 64 bits to the next directory and, behind each directory, the upper
halves of all its values. Source: TIFF 6.0, BigTIFF (AWare), EXIF 2.32, tifffile and OpenSlide for NDPI.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

MOST_PAGES = 1_000_000
MOST_ENTRIES = 4096
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_FORMATS = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_KINDS = {3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_MANY = 4096  # strips or tiles
MOST_NUMBERS = 4_000_000  # numbers of one entry that are read at once
_NDPI_FORMAT = 65420
SUB_IFDS = {330: "sub", 34665: "exif", 34853: "gps", 40965: "interop"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: ``at`` is the place of its entry in the file, ``offset`` that of its value, ``length`` in bytes.

    Places count from the start of the TIFF header, which is that of the file but for blocks inside other formats.
    """

    code: int
    type: int
    count: int
    at: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One IFD. ``name`` is ``0``, ``1`` ... for pages, ``0/exif`` and the like for those below.

    ``next_at`` is the place of the offset of the next one (``following``), ``end`` where the whole table ends.
    """

    name: str
    offset: int
    entries: tuple[Entry, ...]
    next_at: int = 0
    following: int = 0
    end: int = 0

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
        self.ndpi = False
        self.first = 0
        if self.valid:
            self._start(head)

    def _start(self, head: bytes) -> None:
        wide = struct.unpack(self.order + "Q", head[8:16] if self.big else head[4:12].ljust(8, b"\0"))[0]
        self.first = wide if self.big else struct.unpack(self.order + "I", head[4:8])[0]
        if self.big or self.order != "<" or self.base:
            return
        for offset in dict.fromkeys((wide, self.first)):
            found = self.directory(offset, "0")
            if found and found[0].get(_NDPI_FORMAT):
                self.ndpi, self.first = True, offset
                break
        self.damaged = False

    @property
    def link_format(self) -> str:
        """How an offset of a directory is written in this file, for :mod:`struct`."""
        return self.order + ("Q" if self.big or self.ndpi else "I")

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
            for number, offset in enumerate(self.numbers(entry, 64)):
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
        count_size, entry_size = (8, 20) if self.big else (2, 12)
        raw = self._bytes(offset, count_size) if 8 <= offset < self.end - self.base else b""
        if len(raw) < count_size:
            return None
        count = struct.unpack(self.order + ("Q" if self.big else "H"), raw)[0]
        if not 0 < count <= MOST_ENTRIES:
            return None
        start, next_size = offset + count_size, struct.calcsize(self.link_format)
        table = self._bytes(start, count * entry_size + next_size + (4 * count if self.ndpi else 0))
        size = count * entry_size
        if len(table) < size:
            return None
        upper = table[size + next_size :]
        entries = (
            self._entry(table, at, start, self._upper(upper, at // entry_size)) for at in range(0, size, entry_size)
        )
        tail = table[size : size + next_size]
        following = struct.unpack(self.link_format, tail)[0] if len(tail) == next_size else 0
        if self.ndpi and following >= self.end:
            following &= 0xFFFFFFFF
        listed = tuple(e for e in entries if e)
        return Directory(name, offset, listed, start + size, following, start + len(table)), following

    def _upper(self, upper: bytes, number: int) -> int:
        """The upper half of a value's offset in NDPI; files below 4 GiB may have other bytes in that place."""
        raw = upper[4 * number : 4 * number + 4]
        return int.from_bytes(raw, "little") << 32 if len(raw) == 4 and self.end >= 1 << 32 else 0

    def _entry(self, table: bytes, at: int, start: int, upper: int = 0) -> Entry | None:
        code, kind = struct.unpack_from(self.order + "HH", table, at)
        count = struct.unpack_from(self.order + ("Q" if self.big else "I"), table, at + 4)[0]
        inline, value_at = (8, at + 12) if self.big else (4, at + 8)
        length = _SIZES.get(kind, 0) * count
        if not length:
            return None
        if length <= inline:
            return Entry(code, kind, count, start + at, start + value_at, length)
        offset = struct.unpack_from(self.order + ("Q" if self.big else "I"), table, value_at)[0] + upper
        if self.base + offset + length > self.end:
            self.damaged = True
            return None
        return Entry(code, kind, count, start + at, offset, length)

    def raw(self, entry: Entry, most: int = 1 << 25) -> bytes:
        return self._bytes(entry.offset, min(entry.length, most))

    def numbers(self, entry: Entry | None, most: int = MOST_NUMBERS) -> tuple[int, ...]:
        """The first ``most`` whole numbers of an entry; empty for other types and for None."""
        letter = _FORMATS.get(entry.type) if entry else None
        if entry is None or letter is None:
            return ()
        size = struct.calcsize(letter)
        raw = self.raw(entry, most * size)
        return struct.unpack(f"{self.order}{len(raw) // size}{letter}", raw[: len(raw) // size * size])

    def number(self, directory: Directory, code: int, default: int = 0) -> int:
        """The first number of a tag, ``default`` where the directory has no such tag."""
        return (self.numbers(directory.get(code), 1) or (default,))[0]

    def each_number(self, entry: Entry) -> Iterator[int]:
        """All whole numbers of an entry, read in blocks, however many they are."""
        letter = _FORMATS.get(entry.type)
        if letter is None:
            return
        size = struct.calcsize(letter)
        for start in range(0, entry.length, 65536):
            part = replace(entry, offset=entry.offset + start, length=min(65536, entry.length - start))
            raw = self.raw(part)
            yield from struct.unpack(f"{self.order}{len(raw) // size}{letter}", raw[: len(raw) // size * size])

    def segments(self, directory: Directory) -> Iterator[tuple[int, int]]:
        """Where the strips or tiles of a directory lie: (offset, length), those outside of the file left out.

        In NDPI above 4 GiB the offset of the single strip has its upper half behind the directory.
        """
        for offsets, lengths in ((324, 325), (273, 279), (513, 514)):
            at, size = directory.get(offsets), directory.get(lengths)
            if at and size:
                high, longer = self._high(directory, at), self._high(directory, size)
                for offset, length in zip(self.each_number(at), self.each_number(size), strict=False):
                    if 0 < offset + high <= self.end - self.base - length - longer and length:
                        yield offset + high, length + longer
                return

    def extents(self, directory: Directory, near: int = 0) -> list[tuple[int, int]]:
        """(start, end) of the strips or tiles; those at most ``near`` bytes apart are one. Fast where they are many."""
        for offsets, lengths in ((324, 325), (273, 279)):
            at, size = directory.get(offsets), directory.get(lengths)
            if at and size and _MANY < at.count <= MOST_NUMBERS and {at.type, size.type} <= set(_FORMATS):
                return self._extents(directory, at, size, near)
        out: list[tuple[int, int]] = []
        for offset, length in self.segments(directory):
            if out and out[-1][0] <= offset <= out[-1][1] + near:
                out[-1] = (out[-1][0], max(out[-1][1], offset + length))
            else:
                out.append((offset, offset + length))
        return out

    def _extents(self, directory: Directory, at: Entry, size: Entry, near: int) -> list[tuple[int, int]]:
        import numpy as np

        starts, lengths = (
            np.frombuffer(self.raw(e), self.order + _KINDS[e.type]).astype("i8") + self._high(directory, e)
            for e in (at, size)
        )
        count = min(len(starts), len(lengths))
        starts, lengths = starts[:count], lengths[:count]
        real = (starts > 0) & (lengths > 0) & (starts <= self.end - self.base - lengths)
        starts, lengths = starts[real], lengths[real]
        order = np.argsort(starts, kind="stable")
        starts, ends = starts[order], np.maximum.accumulate((starts + lengths)[order])
        cuts = np.flatnonzero(starts[1:] > ends[:-1] + near)
        firsts, lasts = np.append(0, cuts + 1), np.append(cuts, len(starts) - 1)
        return [(int(starts[a]), int(ends[b])) for a, b in zip(firsts, lasts, strict=True)] if len(starts) else []

    def _high(self, directory: Directory, entry: Entry) -> int:
        if not self.ndpi or self.end < 1 << 32 or entry.count > 1:
            return 0
        number = (entry.at - directory.offset - 2) // 12
        return self._upper(self._bytes(directory.next_at + 8 + 4 * number, 4), 0)

    def rationals(self, entry: Entry) -> tuple[float, ...]:
        """The fractions of an entry (types RATIONAL and SRATIONAL)."""
        raw = self.raw(entry, 4096)
        letter = "i" if entry.type == 10 else "I"
        parts = struct.unpack(f"{self.order}{len(raw) // 4}{letter}", raw[: len(raw) // 4 * 4])
        return tuple(a / b if b else 0.0 for a, b in zip(parts[::2], parts[1::2], strict=False))
