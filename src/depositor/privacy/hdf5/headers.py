"""Where the texts of HDF5 attributes lie in a file: in object headers, in "dense" stores, in the heap of long texts.

The library tells what an attribute holds, not where; a remedy that overwrites the very bytes leaves no older text
behind and moves nothing. Where a block has a check sum, it is told, so that it can be made true again.
Source: HDF5 File Format Specification 3.0: object headers IV.A, attribute message IV.A.2.m, fractal heap III.G,
global heap III.E. Files whose offsets are not eight bytes wide are left to the library.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from depositor.privacy.hdf5.sums import Block

_LINKS, _ATTRIBUTE, _CONTINUED, _DENSE = 0x02, 0x0C, 0x10, 0x15
_FIXED, _COMPOUND, _VARIABLE = 3, 6, 9
_MOST_MESSAGES, _MOST_BLOCKS, _MOST_OBJECTS, _MOST_HEADER = 5000, 200, 50_000, 4 << 20
_UNDEFINED = 0xFFFFFFFFFFFFFFFF
_SHAPE = re.compile(
    rb"(?:\x01\0(..)(..)(..)|[\x02]\0(..)(..)(..)|[\x03]\0(..)(..)(..)[\0\x01])([A-Za-z_][\w .:/\-]{0,62})\0",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Text:
    """``count`` texts of ``each`` bytes at ``offset`` that the attribute ``name`` holds; ``padded`` with spaces or
    zeros. ``each`` is 0 for values of several fields, whose bytes are only searched for runs."""

    name: str
    offset: int
    each: int
    count: int
    spaces: bool = False

    @property
    def length(self) -> int:
        return self.each * self.count if self.each else self.count


@dataclass(frozen=True, slots=True)
class Found:
    """What one object's header tells: texts of attributes, names of attributes that were seen, blocks with sums."""

    texts: tuple[Text, ...]
    names: frozenset[str]
    blocks: tuple[Block, ...]


class Headers:
    """Reads headers of an open file; ``base`` is the length of its user block."""

    def __init__(self, file: BinaryIO, base: int) -> None:
        self._file, self._base = file, base
        self._size = file.seek(0, 2)
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}

    def of(self, address: int) -> Found:
        """What the header at ``address`` tells. Damage gives less, never an error."""
        texts: list[Text] = []
        names: set[str] = set()
        blocks: list[Block] = []
        with contextlib.suppress(ValueError, struct.error, IndexError):
            for kind, at, size in self._messages(address + self._base, blocks):
                if kind == _ATTRIBUTE:
                    self._attribute(self.at(at, size), at, texts, names)
                elif kind == _DENSE:
                    raw = self.at(at, size)
                    self._store(struct.unpack_from("<Q", raw, 4 if raw[1] & 1 else 2)[0], blocks, texts, names)
                elif kind == _LINKS:
                    raw = self.at(at, size)
                    self._store(struct.unpack_from("<Q", raw, 10 if raw[1] & 1 else 2)[0], blocks, None, names)
        return Found(tuple(texts), frozenset(names), tuple(blocks))

    def leftovers(self, begin: int, length: int) -> Iterator[Text]:
        """Attributes by their shape in bytes that nothing may point to any more."""
        raw = self.at(begin, length)
        for match in _SHAPE.finditer(raw):
            texts: list[Text] = []
            try:
                piece = raw[match.start() : match.start() + (1 << 20)]
                self._attribute(piece, begin + match.start(), texts, set())
            except (ValueError, struct.error, IndexError):
                continue
            yield from texts

    def collections(self, begin: int, length: int, used: Container[tuple[int, int]]) -> Iterator[Text]:
        """What no pointer leads to in the heaps of texts: objects that were given up, and the free end."""
        raw = self.at(begin, length)
        for match in re.finditer(rb"GCOL\x01", raw):
            address = begin + match.start()
            size = int.from_bytes(self.at(address + 8, 8), "little")
            last = address + 16
            for offset, each in dict(self._objects(address)).values():
                last = offset + each + -each % 8
                if (offset, each) not in used:
                    yield Text("", offset, 0, each)
            if 8 < address + size - last <= _MOST_HEADER:
                yield Text("", last, 0, address + size - last)

    def at(self, offset: int, size: int) -> bytes:
        if not 0 <= offset < self._size:
            return b""
        self._file.seek(offset)
        return self._file.read(max(min(size, 64 << 20), 0))

    # --- messages --------------------------------------------------------------------------------------------------

    def _messages(self, at: int, blocks: list[Block]) -> Iterator[tuple[int, int, int]]:
        """(kind, offset, length) of the messages of a header, through its continuation blocks."""
        head = self.at(at, 32)
        if head[:4] == b"OHDR" and len(head) == 32:
            flags = head[5]
            start = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
            width = 1 << (flags & 3)
            length = int.from_bytes(head[start : start + width], "little")
            waiting, form, skip = [(at + start + width, length)], "<BHB", 2 if flags & 4 else 0
            blocks.append(Block(at, start + width + length, start + width + length))
        elif head[:1] == b"\x01" and len(head) == 32:
            waiting, form, skip = [(at + 16, struct.unpack("<I", head[8:12])[0])], "<HHB", 3
        else:
            return
        for _ in range(_MOST_BLOCKS):
            if not waiting:
                return
            begin, length = waiting.pop(0)
            if form == "<BHB" and self.at(begin, 4) == b"OCHK":
                blocks.append(Block(begin, length - 4, length - 4))
                begin, length = begin + 4, length - 8
            for kind, place, size in self._block(begin, min(length, _MOST_HEADER), form, skip):
                if kind == _CONTINUED and size >= 16:
                    offset, more = struct.unpack("<QQ", self.at(place, 16))
                    waiting.append((offset + self._base, more))
                else:
                    yield kind, place, size

    def _block(self, begin: int, length: int, form: str, skip: int) -> Iterator[tuple[int, int, int]]:
        raw, at, head = self.at(begin, length), 0, struct.calcsize(form)
        for _ in range(_MOST_MESSAGES):
            if at + head + skip > len(raw):
                return
            kind, size, _flags = struct.unpack(form, raw[at : at + head])
            at += head + skip
            yield kind, begin + at, min(size, len(raw) - at)
            at += size

    # --- attributes ------------------------------------------------------------------------------------------------

    def _attribute(self, raw: bytes, base: int, texts: list[Text], names: set[str]) -> None:
        """The texts of one attribute message. Raises ValueError where it is none."""
        version = raw[0]
        if version not in (1, 2, 3):
            raise ValueError("no attribute")
        sizes = struct.unpack("<3H", raw[2:8])
        at, step = 9 if version == 3 else 8, 8 if version == 1 else 1
        starts = []
        for size in sizes:
            starts.append(at)
            at += size + -size % step
        name = raw[starts[0] : starts[0] + sizes[0]].split(b"\0")[0].decode("utf-8", "replace")
        if version > 1 and raw[1] & 1:
            return  # its type stands elsewhere: the library reads it
        kind = raw[starts[1] : starts[1] + sizes[1]]
        each = struct.unpack_from("<I", kind, 4)[0]
        count = _count(raw[starts[2] : starts[2] + sizes[2]])
        if not 0 < each * count <= _MOST_HEADER or at + each * count > len(raw):
            raise ValueError("no value")
        names.add(name)
        if kind[0] & 15 == _FIXED:
            texts.append(Text(name, base + at, each, count, spaces=kind[1] & 15 == 2 or each == 1))
        elif kind[0] & 15 == _VARIABLE and kind[1] & 15 == 1 and each == 16:
            texts += self.pointed(name, raw[at : at + 16 * count])
        elif kind[0] & 15 == _COMPOUND:
            texts.append(Text(name, base + at, 0, each * count))

    def pointed(self, name: str, raw: bytes) -> Iterator[Text]:
        """The texts in the global heap that some pointers (length, address, index) point to."""
        for at in range(0, len(raw) - 15, 16):
            length, address, index = struct.unpack_from("<IQI", raw, at)
            if length and address not in (0, _UNDEFINED):
                found = self._heap(address + self._base).get(index)
                if found and length <= found[1]:
                    yield Text(name, found[0], length, 1, spaces=True)

    def _heap(self, address: int) -> dict[int, tuple[int, int]]:
        """Index -> (offset, size) of the objects of a collection."""
        if address not in self._heaps:
            if len(self._heaps) > 256:
                self._heaps.clear()
            self._heaps[address] = dict(self._objects(address))
        return self._heaps[address]

    def _objects(self, address: int) -> Iterator[tuple[int, tuple[int, int]]]:
        head = self.at(address, 16)
        if head[:4] != b"GCOL" or len(head) < 16:
            return
        raw = self.at(address, min(struct.unpack("<Q", head[8:16])[0], 64 << 20))
        at = 16
        for _ in range(_MOST_OBJECTS):
            if at + 16 > len(raw):
                return
            index, _, size = struct.unpack_from("<HHxxxxQ", raw, at)
            if index == 0 or at + 16 + size > len(raw):
                return
            yield index, (address + at + 16, size)
            at += 16 + size + -size % 8

    # --- dense stores ----------------------------------------------------------------------------------------------

    def _store(self, address: int, blocks: list[Block], texts: list[Text] | None, names: set[str]) -> None:
        """A fractal heap of attributes or links: its blocks are walked, and each is searched for attributes."""
        head = self.at(address + self._base, 146) if address != _UNDEFINED else b""
        if head[:4] != b"FRHP" or len(head) < 142:
            return
        width, start, largest, bits, _rows, root, rows = struct.unpack_from("<HQQHHQH", head, 110)
        filtered = struct.unpack_from("<H", head, 7)[0]
        if filtered or not (0 < width <= 64 and 0 < start <= largest <= _MOST_HEADER):
            return
        prefix = 13 + (bits + 7) // 8
        found = [(root, start)] if not rows else self._children(root, rows, width, start, largest, prefix)
        for where, size in found:
            begin = where + self._base
            if self.at(begin, 4) != b"FHDB":
                continue
            if head[9] & 2:
                blocks.append(Block(begin, size, prefix))
            if texts is not None:
                inside = list(self.leftovers(begin, size))
                texts += inside
                names.update(text.name for text in inside)

    def _children(
        self, address: int, rows: int, width: int, start: int, largest: int, prefix: int
    ) -> list[tuple[int, int]]:
        """(address, size) of the direct blocks that an indirect block points to; deeper ones are not followed."""
        raw = self.at(address + self._base, prefix + 8 * width * min(rows, 64))
        out = []
        for number in range((len(raw) - prefix) // 8):
            row = number // width
            size = start << max(row - 1, 0)
            child = struct.unpack_from("<Q", raw, prefix + 8 * number)[0]
            if size <= largest and child != _UNDEFINED:
                out.append((child, size))
        return out


def _count(space: bytes) -> int:
    """The number of elements of a simple data space."""
    if len(space) < 4 or space[0] not in (1, 2) or space[1] > 8:
        return 0
    at = 8 if space[0] == 1 else 4
    count = 1
    for size in struct.unpack_from(f"<{space[1]}Q", space, at):
        count *= size
    return int(count)
