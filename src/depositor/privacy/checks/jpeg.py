"""JPEG: EXIF, XMP, IPTC and comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import iptc, remarks, tiff
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.slots import Slot
from depositor.privacy.tiff_tags import Tiff

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXIF = b"Exif\0\0"


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker segment before the picture: ``offset`` and ``length`` are those of its content."""

    marker: int
    offset: int
    length: int
    head: bytes


def segments(file: BinaryIO) -> Iterator[Segment]:
    """The segments up to the start of the picture; ends early where the file is damaged."""
    file.seek(0)
    if file.read(2) != b"\xff\xd8":
        return
    at = 2
    while True:
        file.seek(at)
        raw = file.read(4)
        if len(raw) < 4 or raw[0] != 0xFF or raw[1] in (0xDA, 0xD9):
            return
        if raw[1] == 0xFF:
            at += 1
            continue
        length = int.from_bytes(raw[2:4], "big") - 2
        if length < 0:
            return
        yield Segment(raw[1], at + 4, length, file.read(min(length, 64)))
        at += 4 + length


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    slots: list[Slot] = []
    for segment in segments(file):
        end = segment.offset + segment.length
        if segment.marker == 0xE1 and segment.head.startswith(EXIF):
            exif = Tiff(file, segment.offset + len(EXIF), end)
            slots += tiff.slots_of(exif, "exif", shown, left)
            slots += _preview(exif, shown)
        elif segment.marker == 0xE1 and segment.head.startswith(XMP):
            slots.append(Slot("xmp", "", segment.offset + len(XMP), segment.length - len(XMP), fill=b" "))
        elif segment.marker == 0xED:
            file.seek(segment.offset)
            slots += iptc.slots(file.read(segment.length), segment.offset)
        elif segment.marker == 0xFE:
            slots.append(Slot("comment", "", segment.offset, segment.length))
    left.append(remarks.pixels(shown))
    return slots


def _preview(exif: Tiff, shown: str) -> Iterator[Slot]:
    """The preview picture of a camera lies behind the second directory."""
    for directory in exif.directories():
        if directory.name == "1" and directory.get(513):
            yield Slot(
                "exif:1:thumbnail", "", 0, 0, kind=Kind.PREVIEW_PICTURE, blank=True, shown="EXIF preview picture"
            )


def _knows(path: Path, head: bytes) -> bool:
    return head[:3] == b"\xff\xd8\xff"


JPEG = Slotted("jpeg", _knows, _layout)
