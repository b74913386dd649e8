"""JPEG: EXIF, XMP, IPTC, comments, previews, further pictures, and what stands behind the end.

Source: ISO 10918-1 B, JFIF 1.02, XMP part 3, Adobe Photoshop file formats, CIPA DC-007 (MPF), ISO 19566-5 (JUMBF).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import exif, iptc, remarks
from depositor.privacy.checks.behind import PLACE
from depositor.privacy.checks.picture import Locations, Picture
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

XMP = b"http://ns.adobe.com/xap/1.0/\0"
MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
EXIF = b"Exif\0\0"
SCANNED = 512 << 20  # bytes of a picture that are searched for its end
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SIZED = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xFF)}) - {0xC8}
_EMPTY = 0xEF  # APP15: decoders pass it over


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker segment: ``offset`` and ``length`` are those of its content."""

    marker: int
    offset: int
    length: int
    head: bytes


def segments(file: BinaryIO) -> Iterator[Segment]:
    """All segments up to the end mark, which comes last (0xD9); ends early where the file is damaged."""
    file.seek(0)
    if file.read(2) != b"\xff\xd8":
        return
    at = 2
    while at < SCANNED:
        file.seek(at)
        raw = file.read(4)
        if len(raw) > 1 and raw[0] == 0xFF and raw[1] == 0xD9:
            yield Segment(0xD9, at + 2, 0, b"")
            return
        if len(raw) < 4 or raw[0] != 0xFF:
            return
        if raw[1] == 0xFF:
            at += 1
            continue
        length = int.from_bytes(raw[2:4], "big") - 2
        if raw[1] not in _SIZED or length < 0:
            return
        yield Segment(raw[1], at + 4, length, file.read(min(length, 96)))
        at += 4 + length
        if raw[1] == 0xDA:
            at = _next_marker(file, at)


def _next_marker(file: BinaryIO, at: int) -> int:
    """Where the coded picture that begins at ``at`` ends: at the next marker that is no restart mark."""
    while at < SCANNED:
        file.seek(at)
        block = file.read(1 << 20)
        found = _MARKER.search(block)
        if found:
            return at + found.start()
        if len(block) < 2:
            return SCANNED
        at += len(block) - 1
    return SCANNED


def end_of(file: BinaryIO) -> int:
    """Where the picture ends, 0 where its end mark was not found."""
    last = None
    for segment in segments(file):
        last = segment
    return last.offset if last is not None and last.marker == 0xD9 else 0


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    slots: list[Slot] = []
    ended = False
    for number, segment in enumerate(segments(file)):
        slots += _slots(file, segment, number, shown, left)
        ended = segment.marker == 0xD9
    if not ended:
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown))
    return slots


def _slots(file: BinaryIO, segment: Segment, number: int, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    start, end = segment.offset, segment.offset + segment.length
    head = segment.head
    if segment.marker == 0xE1 and head.startswith(EXIF):
        yield from exif.slots(file, start + len(EXIF), end, "exif", shown, left)
    elif segment.marker == 0xE1 and head.startswith(XMP):
        yield Slot("xmp", "", start + len(XMP), segment.length - len(XMP), fill=b" ")
    elif segment.marker == 0xE1 and head.startswith(MORE_XMP) and segment.length > 75:
        yield Slot(
            f"xmp:more:{number}", "", start + 75, segment.length - 75, fill=b" ", form=runs.byte_runs, rigid=True
        )
    elif segment.marker == 0xED:
        yield from iptc.photoshop(file, start, segment.length)
    elif segment.marker == 0xFE:
        yield Slot(f"comment:{number}" if number > 8 else "comment", "", start, segment.length)
    elif _is_preview(segment):
        said = "preview picture in the file's head"
        yield Slot(f"jfif:{number}:preview", "", 0, 0, kind=Kind.PREVIEW_PICTURE, blank=True, shown=said)
    elif 0xE1 <= segment.marker <= 0xEF and segment.length > 12:
        yield Slot(f"app{segment.marker - 0xE0}:{number}", "", start, segment.length, form=runs.byte_runs, rigid=True)


def _is_preview(segment: Segment) -> bool:
    """JFIF and JFXX keep small pictures in APP0."""
    if segment.marker != 0xE0:
        return False
    small = len(segment.head) > 13 and segment.head[12] > 0 and segment.head[13] > 0
    return segment.head.startswith(b"JFXX\0") or (segment.head.startswith(b"JFIF\0") and small)


def _trim(file: BinaryIO, gone: Locations) -> None:
    """Blank what goes as a whole; lengths and the coded picture stay."""
    behind = any(location.startswith(PLACE) for location in gone)
    for number, segment in enumerate(list(segments(file))):
        start, end = segment.offset, segment.offset + segment.length
        if segment.marker == 0xE1 and segment.head.startswith(EXIF):
            exif.trim(file, start + len(EXIF), end, "exif", gone)
        elif f"jfif:{number}:preview" in gone:
            _without_preview(file, segment)
        elif segment.marker == 0xEB or (segment.marker == 0xE2 and segment.head.startswith(b"MPF\0") and behind):
            _empty(file, segment)  # a signature no longer holds; a list of pictures that are gone
        elif segment.marker == 0xED and iptc.PREVIEW in gone:
            iptc.without_preview(file, start, segment.length)


def without_previews(file: BinaryIO) -> None:
    """Take out every small picture and list of further pictures, whatever was found."""
    listed = enumerate(segments(file))
    every = {"exif:1:thumbnail", iptc.PREVIEW, PLACE, *(f"jfif:{n}:preview" for n, s in listed if _is_preview(s))}
    _trim(file, frozenset(every))
    if end := end_of(file):
        file.truncate(end)


def _without_preview(file: BinaryIO, segment: Segment) -> None:
    if segment.head.startswith(b"JFIF\0"):
        file.seek(segment.offset + 12)
        file.write(bytes(segment.length - 12))
    else:
        _empty(file, segment)


def _empty(file: BinaryIO, segment: Segment) -> None:
    file.seek(segment.offset - 4)
    file.write(bytes((0xFF, _EMPTY)))
    file.seek(segment.offset)
    file.write(bytes(segment.length))


def _knows(path: Path, head: bytes) -> bool:
    return head[:3] == b"\xff\xd8\xff"


JPEG = Picture("jpeg", _knows, _layout, end=end_of, trim=_trim)
