"""The tag table of a TIFF or BigTIFF file, read with limits: a file that lies about counts or loops ends quickly.

Layout: TIFF 6.0 (Adobe, 1992) and BigTIFF (libtiff). Nothing is decoded but numbers and texts of tags.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAX_TAGS = 4096
MAX_VALUE_BYTES = 64 << 20  # an OME-XML in a tag may be large, not that large
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}


class NotTiff(ValueError):
    """The bytes are no TIFF header, or the table breaks off."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One entry: ``at`` is where its value lies in the file."""

    code: int
    type: int
    count: int
    at: int

    @property
    def bytes(self) -> int:
        """How long the value claims to be."""
        return _SIZES.get(self.type, 1) * self.count


class Tiff:
    """An open TIFF file; every read is checked against the size of the file."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the header; NotTiff where it is none."""
        self._file = file
        self._size = file.seek(0, 2)
        head = self._at(0, 16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None or len(head) < 8:
            raise NotTiff("no byte order")
        self.order = order
        magic = struct.unpack(order + "H", head[2:4])[0]
        if magic == 42:
            self.big, self.first = False, struct.unpack(order + "I", head[4:8])[0]
        elif magic == 43 and len(head) == 16 and head[4:8] == struct.pack(order + "HH", 8, 0):
            self.big, self.first = True, struct.unpack(order + "Q", head[8:16])[0]
        else:
            raise NotTiff("no magic number")

    def _at(self, offset: int, size: int) -> bytes:
        if offset < 0 or offset >= max(self._size, 1):
            raise NotTiff("an offset lies outside the file")
        self._file.seek(offset)
        return self._file.read(size)

    def pages(self, limit: int) -> Iterator[dict[int, Tag]]:
        """The first ``limit`` pages in the order of the chain; it ends where the chain loops. NotTiff where it breaks
        in the first page; a later break just ends it (see :attr:`broken`)."""
        self.broken = False
        seen: set[int] = set()
        offset = self.first
        while offset and len(seen) < limit:
            if offset in seen:
                self.broken = True
                return
            seen.add(offset)
            try:
                page, offset = self.table(offset)
            except (NotTiff, struct.error):
                if len(seen) == 1:
                    raise NotTiff("the first table breaks off") from None
                self.broken = True
                return
            yield page

    def count_pages(self, limit: int) -> int:
        """The number of pages in the chain, reading only their counts; at most ``limit``."""
        self.broken = False
        seen: set[int] = set()
        offset = self.first
        while offset and offset not in seen and len(seen) < limit:
            try:
                entries, start, width = self._entries(offset)
                after = self._at(start + entries * width, 8 if self.big else 4)
                following = struct.unpack(self.order + ("Q" if self.big else "I"), after)[0]
            except (NotTiff, struct.error):
                self.broken = True
                break
            seen.add(offset)
            offset = following
        self.broken = self.broken or offset in seen
        return len(seen)

    def _entries(self, offset: int) -> tuple[int, int, int]:
        size = 8 if self.big else 2
        entries = struct.unpack(self.order + ("Q" if self.big else "H"), self._at(offset, size))[0]
        if not 0 < entries <= MAX_TAGS:
            raise NotTiff("an impossible number of tags")
        return entries, offset + size, 20 if self.big else 12

    def table(self, offset: int) -> tuple[dict[int, Tag], int]:
        """The tags of the page at ``offset`` and the offset of the next page (0 after the last)."""
        entries, start, width = self._entries(offset)
        link = 8 if self.big else 4
        raw = self._at(start, entries * width + link)
        if len(raw) < entries * width:
            raise NotTiff("the table breaks off")
        form = self.order + ("HHQ" if self.big else "HHI")
        head = width - link
        tags: dict[int, Tag] = {}
        for n in range(entries):
            code, kind, count = struct.unpack(form, raw[n * width : n * width + head])
            inline = start + n * width + head
            fits = _SIZES.get(kind, 1) * count <= link
            place = raw[n * width + head : (n + 1) * width]
            at = inline if fits else struct.unpack(self.order + ("Q" if self.big else "I"), place)[0]
            tags.setdefault(code, Tag(code, kind, count, at))
        following = raw[entries * width : entries * width + link]
        after = struct.unpack(self.order + ("Q" if self.big else "I"), following)[0] if len(following) == link else 0
        return tags, after

    def bytes_at(self, offset: int, size: int) -> bytes:
        """The bytes at a place that no tag names; empty where it lies outside the file."""
        return self._at(offset, size) if 0 <= offset < self._size and 0 < size <= MAX_VALUE_BYTES else b""

    def raw(self, tag: Tag | None, limit: int = MAX_VALUE_BYTES) -> bytes:
        """The bytes of a value, at most ``limit``; empty where it claims more than the file holds."""
        if tag is None or tag.bytes <= 0 or tag.at + tag.bytes > self._size:
            return b""
        return self._at(tag.at, min(tag.bytes, limit))

    def text(self, tag: Tag | None, limit: int = MAX_VALUE_BYTES) -> str:
        """A text value; UTF-8, else Latin-1."""
        raw = self.raw(tag, limit).split(b"\0", 1)[0] if tag and tag.type == 2 else self.raw(tag, limit).rstrip(b"\0")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def numbers(self, tag: Tag | None, limit: int = 64) -> tuple[float, ...]:
        """The first ``limit`` numbers of a value; fractions as quotients, empty where there are none."""
        if tag is None or tag.bytes <= 0 or tag.at + tag.bytes > self._size:
            return ()
        count = min(tag.count, limit)
        if tag.type in (5, 10):
            pairs = struct.unpack(self.order + ("I" if tag.type == 5 else "i") * 2 * count, self._at(tag.at, 8 * count))
            return tuple(a / b if b else 0.0 for a, b in zip(pairs[::2], pairs[1::2], strict=True))
        code = _CODES.get(tag.type)
        if code is None:
            return ()
        raw = self._at(tag.at, _SIZES[tag.type] * count)
        return struct.unpack(f"{self.order}{count}{code}", raw) if len(raw) == _SIZES[tag.type] * count else ()

    def number(self, tag: Tag | None) -> int | None:
        """The first number of a value as an integer, or None."""
        found = self.numbers(tag, 1)
        return int(found[0]) if found else None
