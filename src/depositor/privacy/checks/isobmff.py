"""Files made of boxes: HEIC and AVIF pictures, MP4 and MOV films, JPEG 2000 and JPEG XL.

Source: ISO 14496-12 (base format), 23008-12 (HEIF), QuickTime File Format, 3GPP TS 26.244, ISO 15444-1, 18181-2.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import exif, remarks
from depositor.privacy.checks.picture import Locations, Picture
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

MOST_BOXES = 100_000
DEEPEST = 10
LONGEST = 32 << 20  # bytes of one box that are read as text
_INSIDE = frozenset({b"moov", b"trak", b"mdia", b"minf", b"udta", b"edts", b"ilst", b"moof", b"traf", b"jp2h", b"----"})
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_STARTS = frozenset({b"ftyp", b"moov", b"wide", b"mdat", b"pnot", b"skip", b"free"})
_STILLS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"hevc", b"miaf"})
_LABELS = {
    b"\xa9nam": "title",
    b"\xa9ART": "artist",
    b"\xa9aut": "author",
    b"\xa9wrt": "author",
    b"\xa9cmt": "comment",
    b"\xa9cpy": "copyright",
    b"\xa9dir": "author",
    b"\xa9des": "comment",
    b"\xa9inf": "comment",
    b"auth": "author",
    b"perf": "artist",
    b"titl": "title",
    b"dscp": "comment",
    b"cprt": "copyright",
    b"name": "title",
    b"desc": "comment",
}
_3GPP = frozenset({b"auth", b"perf", b"titl", b"dscp", b"cprt", b"gnre"})
_QUIET = frozenset(
    {
        *(b"mdat", b"ftyp", b"stbl", b"mvhd", b"tkhd", b"mdhd", b"vmhd", b"smhd", b"dinf", b"iprp", b"iref", b"iloc"),
        *(b"pitm", b"elst", b"jp2c", b"jxlc", b"jxlp", b"moof", b"mfra", b"sidx", b"tref", b"ihdr", b"colr", b"iinf"),
        *(b"mvex", b"pssh", b"trun", b"tfhd", b"tfdt", b"mfhd", b"styp", b"wide"),
    }
)


@dataclass(frozen=True, slots=True)
class Box:
    """``start`` is where the box begins, ``offset`` and ``length`` are those of its content."""

    kind: bytes
    start: int
    offset: int
    length: int
    above: tuple[bytes, ...]


def top(file: BinaryIO) -> Iterator[Box]:
    """The boxes at the top; ends where no box can begin."""
    yield from _boxes(file, 0, file.seek(0, os.SEEK_END), ())


def _boxes(file: BinaryIO, at: int, end: int, above: tuple[bytes, ...]) -> Iterator[Box]:
    for _ in range(MOST_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        size, kind, skip = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, skip = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - at
        if size < skip or at + size > end or not _is_kind(kind):
            return
        yield Box(kind, at, at + skip, size - skip, above)
        at += size


def _is_kind(kind: bytes) -> bool:
    """Kinds are letters, or numbers in lists of Apple's items."""
    return len(kind) == 4 and (all(32 <= b < 127 or b == 0xA9 for b in kind) or kind[:2] == b"\0\0")


def every(file: BinaryIO) -> Iterator[Box]:
    """All boxes, those inside of others behind them; limited in number and depth."""
    waiting = list(top(file))
    for _ in range(MOST_BOXES):
        if not waiting:
            return
        box = waiting.pop(0)
        yield box
        above = (*box.above, box.kind)
        if len(above) < DEEPEST and (box.kind in _INSIDE or box.kind == b"meta"):
            skip = _head_of_meta(file, box) if box.kind == b"meta" else 0
            waiting = [*_boxes(file, box.offset + skip, box.offset + box.length, above), *waiting]


def _head_of_meta(file: BinaryIO, box: Box) -> int:
    """ISO puts version and flags first, QuickTime does not."""
    file.seek(box.offset + 4)
    return 0 if file.read(4) == b"hdlr" else 4


def end_of(file: BinaryIO) -> int:
    """Where the last box ends; 0 where none was found."""
    last = None
    for box in top(file):
        last = box
    return last.offset + last.length if last else 0


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    listed = list(every(file))
    slots: list[Slot] = []
    names = _keys(file, listed)
    for number, box in enumerate(listed):
        slots += _slots(file, box, number, names, shown, left)
    still = _is_still(file)
    try:
        for place, start, end in _items(file, listed, left, shown):
            slots += _item(file, place, start, end, shown, left)
    except (struct.error, IndexError, ValueError):
        left.append(remarks.damaged(shown))
    if not any(b.kind in (b"moov", b"meta", b"jp2c", b"jxlc", b"jxlp") for b in listed):
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown) if still else remarks.sound(shown))
    return slots


def _slots(
    file: BinaryIO, box: Box, number: int, names: list[str], shown: str, left: list[NotChecked]
) -> Iterator[Slot]:
    place = f"{_text(box.kind)}:{number}"
    if box.length < 4 or box.length > LONGEST or box.kind in _QUIET or box.kind in _INSIDE or box.kind == b"meta":
        return
    if b"ilst" in box.above:
        yield from _value(file, box, place, names)
    elif box.kind == b"uuid":
        file.seek(box.offset)
        if file.read(16) == _XMP:
            yield Slot("xmp", "", box.offset + 16, box.length - 16, fill=b" ")
        else:
            yield Slot(place, "", box.offset + 16, box.length - 16, form=runs.byte_runs, rigid=True)
    elif box.kind in (b"XMP_", b"xml "):
        yield Slot("xmp" if box.kind == b"XMP_" else place, "", box.offset, box.length, fill=b" ")
    elif box.kind == b"Exif":
        yield from _item(file, "Exif", box.offset, box.offset + box.length, shown, left)
    elif box.kind[:1] == b"\xa9" and box.length > 4:
        kind = Kind.GPS if box.kind == b"\xa9xyz" else None
        label = _LABELS.get(box.kind, "")
        yield Slot(place, label, box.offset + 4, box.length - 4, fill=b" ", kind=kind)
    elif box.kind in _3GPP and b"udta" in box.above and box.length > 6:
        yield Slot(place, _LABELS.get(box.kind, ""), box.offset + 6, box.length - 6)
    elif box.kind == b"loci":
        yield Slot(place, "", box.offset, box.length, kind=Kind.GPS, blank=True, shown="position")
    elif box.length > 8:
        yield Slot(place, "", box.offset, box.length, form=runs.byte_runs, rigid=True)


def _value(file: BinaryIO, box: Box, place: str, names: list[str]) -> Iterator[Slot]:
    """An item of a list: its value stands in a box called data."""
    key = int.from_bytes(box.kind, "big") if box.kind[:2] == b"\0\0" else 0
    name = names[key - 1] if 0 < key <= len(names) else _text(box.kind)
    for inner in _boxes(file, box.offset, box.offset + box.length, ()):
        if inner.kind != b"data" or inner.length <= 8:
            continue
        label = _LABELS.get(box.kind, name.rsplit(".", 1)[-1])
        kind = Kind.GPS if "location" in name.lower() and "ISO6709" in name else None
        yield Slot(f"{place}:{name}", label, inner.offset + 8, inner.length - 8, fill=b" ", kind=kind)


def _keys(file: BinaryIO, listed: list[Box]) -> list[str]:
    names: list[str] = []
    for box in listed:
        if box.kind == b"keys" and box.length <= LONGEST:
            file.seek(box.offset)
            raw = file.read(box.length)
            at = 8
            while at + 8 <= len(raw) and (size := int.from_bytes(raw[at : at + 4], "big")) >= 8:
                names.append(raw[at + 8 : at + size].decode("utf-8", "replace"))
                at += size
    return names


def _text(kind: bytes) -> str:
    return kind.decode("latin-1").strip("\0 ") or "item"


# --- items of pictures ---------------------------------------------------------------------------------------------


def _items(file: BinaryIO, listed: list[Box], left: list[NotChecked], shown: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of the EXIF and XMP items of a picture."""
    wanted = _wanted(file, listed)
    idat = next((b.offset for b in listed if b.kind == b"idat"), 0)
    for box in listed:
        if box.kind != b"iloc" or box.length > LONGEST or not wanted:
            continue
        file.seek(box.offset)
        for item, method, pieces in _places(file.read(box.length)):
            if item not in wanted:
                continue
            if len(pieces) != 1 or method > 1:
                left.append(remarks.inner(shown))
                continue
            start = pieces[0][0] + (idat if method == 1 else 0)
            yield wanted[item], start, start + pieces[0][1]


def _wanted(file: BinaryIO, listed: list[Box]) -> dict[int, str]:
    """The numbers of items that hold EXIF or XMP."""
    found: dict[int, str] = {}
    for box in listed:
        if box.kind != b"iinf":
            continue
        file.seek(box.offset)
        skip = 6 if file.read(1) == b"\0" else 8
        for entry in _boxes(file, box.offset + skip, box.offset + box.length, ()):
            file.seek(entry.offset)
            raw = file.read(min(entry.length, 300))
            wide = raw[:1] == b"\3"
            number = int.from_bytes(raw[4:8] if wide else raw[4:6], "big")
            kind = raw[10:14] if wide else raw[8:12]
            if kind == b"Exif":
                found[number] = "Exif"
            elif kind == b"mime" and b"rdf+xml" in raw:
                found[number] = "xmp"
    return found


def _places(raw: bytes) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(item, method, [(offset, length)]) of the item location box. Raises IndexError where it ends too early."""
    version = raw[0]
    offsets, lengths, bases = raw[4] >> 4, raw[4] & 15, raw[5] >> 4
    index = raw[5] & 15 if version else 0
    wide = 4 if version == 2 else 2
    count, at = int.from_bytes(raw[6 : 6 + wide], "big"), 6 + wide
    for _ in range(min(count, 100_000)):
        if at + wide + 4 > len(raw):
            raise IndexError("the list of items ends too early")
        item = int.from_bytes(raw[at : at + wide], "big")
        at += wide
        method = int.from_bytes(raw[at : at + 2], "big") & 15 if version else 0
        at += 4 if version else 2
        base = int.from_bytes(raw[at : at + bases], "big")
        at += bases
        pieces = []
        extents = int.from_bytes(raw[at : at + 2], "big")
        at += 2
        for _extent in range(min(extents, 10_000)):
            at += index
            start = int.from_bytes(raw[at : at + offsets], "big")
            length = int.from_bytes(raw[at + offsets : at + offsets + lengths], "big")
            at += offsets + lengths
            pieces.append((base + start, length))
        yield item, method, pieces


def _item(file: BinaryIO, place: str, start: int, end: int, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    if place == "xmp":
        yield Slot("xmp", "", start, end - start, fill=b" ")
        return
    yield from exif.slots(file, _tiff(file, start), end, "exif", shown, left)


def _tiff(file: BinaryIO, start: int) -> int:
    """An EXIF item begins with the distance to its TIFF head."""
    file.seek(start)
    raw = file.read(4)
    if len(raw) < 4:
        raise struct.error("an item ends too early")
    return start + 4 + int.from_bytes(raw, "big")


def _trim(file: BinaryIO, gone: Locations) -> None:
    listed = list(every(file))
    found = [(p, s, e) for p, s, e in _items(file, listed, [], "")]
    found += [("Exif", b.offset, b.offset + b.length) for b in listed if b.kind == b"Exif"]
    for place, start, end in found:
        if place == "Exif":
            exif.trim(file, _tiff(file, start), end, "exif", gone)


def _is_still(file: BinaryIO) -> bool:
    file.seek(4)
    return _still(file.read(64))


def _still(head: bytes) -> bool:
    return head[:4] in (b"jP  ", b"JXL ") or (head[:4] == b"ftyp" and head[4:8] in _STILLS)


def _knows(path: Path, head: bytes) -> bool:
    if _still(head[4:]):
        return True
    size = int.from_bytes(head[:4], "big")
    return head[4:8] in _STARTS and (size >= 8 or size == 1) and (head[4:8] == b"ftyp" or head[12:16].isalnum())


BOXES = Picture("boxes", _knows, _layout, end=end_of, trim=_trim)
