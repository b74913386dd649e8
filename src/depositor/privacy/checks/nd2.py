"""Nikon ND2: named chunks of typed values ("lite variant") or XML, found through the map at the end of the file.

The texts of the values are UTF-16 that ends with a zero, so that a remedy fills up with spaces and nothing moves.
Source: the public descriptions of the format in Bio-Formats and in Talley Lambert's ``nd2``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.places import exactly
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

_MAGIC = b"\xda\xce\xbe\x0a"
_OLD = b"\x00\x00\x00\x0cjP  "
_MAP = b"ND2 CHUNK MAP SIGNATURE 0000001!"
_PIXELS = b"ImageDataSeq|"
_MOST_MAP, _MOST_CHUNK, _MOST_ALL = 64 << 20, 16 << 20, 96 << 20
_MOST_VALUES, _MAX_DEPTH = 500_000, 40
_WIDTHS = {1: 1, 2: 4, 3: 4, 4: 8, 5: 8, 6: 8, 7: 8}
_TEXT, _BYTES, _LEVEL, _PACKED = 8, 9, 11, 76
# Items of the text chunk are numbered; what they mean is known.
_ITEMS = {"TextInfoItem_4": "author", "TextInfoItem_5": "description", "TextInfoItem_9": "date"}
_LABELS = {**_ITEMS, "sOperator": "operator name", "sUserName": "user name", "sAuthor": "author"}


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    if exactly(file, 0, 8) == _OLD:
        return list(_old(file))
    walk = _Walk(file, shown, left)
    slots: list[Slot] = []
    for name, at in _chunks(file):
        try:
            slots += walk.chunk(name, at)
        except (ValueError, struct.error, zlib.error):
            left.append(remarks.damaged(shown))
        if walk.room < 0:
            left.append(remarks.too_long(shown, _MOST_ALL >> 20))
            break
    return slots


def _old(file: BinaryIO) -> Iterator[Slot]:
    """JPEG 2000 with boxes of texts before and behind the pictures, in both widths of characters."""
    size = places.size_of(file)
    for begin, length in ((0, min(size, 1 << 20)), (max(size - (8 << 20), 1 << 20), 8 << 20)):
        length = min(length, size - begin)
        if length > 0:
            yield Slot(f"nd2:{begin}", "", begin, length, "latin-1", form=runs.byte_runs, rigid=True)
            yield Slot(f"nd2:{begin}:wide", "", begin, length, "utf-16-le", form=runs.wide_runs, rigid=True)


def _chunks(file: BinaryIO) -> list[tuple[bytes, int]]:
    """Name and place of every chunk that holds no pixels."""
    size = places.size_of(file)
    tail = exactly(file, max(size - 40, 0), min(size, 40))
    if tail[:32] != _MAP:
        raise ValueError("no chunk map")
    begin, length = _data(file, struct.unpack("<Q", tail[32:40])[0], _MOST_MAP)
    raw = exactly(file, begin, length)
    found, at = [], 0
    while (end := raw.find(b"!", at)) >= 0 and end + 17 <= len(raw):
        name = raw[at : end + 1]
        if name == _MAP:
            break
        if not name.startswith(_PIXELS):
            found.append((name, struct.unpack_from("<Q", raw, end + 1)[0]))
        at = end + 17
    return found


def _data(file: BinaryIO, at: int, most: int) -> tuple[int, int]:
    magic, name, length = struct.unpack("<4sIQ", exactly(file, at, 16))
    if magic != _MAGIC or length > most:
        raise ValueError("no chunk")
    return at + 16 + name, length


class _Walk:
    """Lists the texts of chunks; every byte and every value is counted."""

    def __init__(self, file: BinaryIO, shown: str, left: list[NotChecked]) -> None:
        self._file, self._shown, self._left = file, shown, left
        self.room = _MOST_ALL
        self._values = _MOST_VALUES

    def chunk(self, name: bytes, at: int) -> list[Slot]:
        begin, length = _data(self._file, at, _MOST_CHUNK)
        self.room -= length
        if self.room < 0 or length < 8:
            return []
        raw = exactly(self._file, begin, length)
        place = "nd2:" + name.decode("latin-1").rstrip("!")
        if raw.lstrip()[:1] == b"<":
            return list(places.document(self._file, place, begin, length))
        if raw[0] in (_LEVEL, _PACKED) or (raw[0] in _WIDTHS and raw[1] and raw[3:4] == b"\0"):
            return list(self._level(raw, begin, 0, len(raw), 1 << 30, place, 0))
        forms = (("", "latin-1", runs.byte_runs), (":wide", "utf-16-le", runs.wide_runs))
        return [Slot(place + w, "", begin, length, e, form=f, rigid=True) for w, e, f in forms]

    def _level(self, raw: bytes, base: int, at: int, end: int, count: int, path: str, depth: int) -> Iterator[Slot]:
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
        for _ in range(count):
            self._values -= 1
            if at + 2 > end or self._values < 0:
                return
            kind, length = raw[at], raw[at + 1]
            if kind == _PACKED:
                self._packed(raw[at:end])
                return
            name = raw[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace").rstrip("\0")
            start, at = at, at + 2 + 2 * length
            here = f"{path}.{name}"
            if kind in _WIDTHS:
                at += _WIDTHS[kind]
            elif kind == _TEXT:
                stop = _zero(raw, at, end)
                if stop > at + 2:
                    yield from self._text(base + at, stop - at, here, name)
                at = stop + 2
            elif kind == _BYTES:
                size = struct.unpack_from("<Q", raw, at)[0]
                yield from self._bytes(raw, base, at + 8, min(at + 8 + size, end), here, depth)
                at += 8 + size
            elif kind == _LEVEL:
                inner, size = struct.unpack_from("<IQ", raw, at)
                yield from self._level(raw, base, at + 12, min(start + size, end), inner, here, depth + 1)
                at = start + size + 8 * inner
            else:
                raise ValueError("no value")

    def _text(self, offset: int, length: int, place: str, name: str) -> Iterator[Slot]:
        yield Slot(place, _LABELS.get(name, name), offset, length, "utf-16-le", fill=b" \0")

    def _bytes(self, raw: bytes, base: int, at: int, end: int, place: str, depth: int) -> Iterator[Slot]:
        """Bytes that hold values again, or a text, or numbers."""
        if end - at > 12 and raw[at] == _LEVEL and raw[at + 1] and raw[at + 3] == 0:
            yield from self._level(raw, base, at, end, 1 << 30, place, depth + 1)
        elif 8 <= end - at <= 1 << 16:
            yield Slot(place, "", base + at, end - at, "latin-1", form=runs.byte_runs, rigid=True)

    def _packed(self, raw: bytes) -> None:
        """Packed values cannot be overwritten where they stand; that somebody should look is said."""
        unpacked = zlib.decompressobj().decompress(raw[12:], _MOST_CHUNK)
        if unpacked:
            self._left.append(remarks.inner(self._shown))


def _zero(raw: bytes, at: int, end: int) -> int:
    """Where the text that begins at ``at`` ends: at a zero character on an even distance."""
    stop = at
    while True:
        stop = raw.find(b"\0\0", stop, end)
        if stop < 0:
            return end
        if (stop - at) % 2 == 0:
            return stop
        stop += 1


def _is_nd2(path: Path, head: bytes) -> bool:
    return head[:4] == _MAGIC or (head[:8] == _OLD and path.name.lower().endswith(".nd2"))


ND2 = Slotted("nd2", _is_nd2, places.with_paths(_layout))
