"""IPTC data sets and Photoshop's blocks around them, as JPEG and TIFF carry them.

Source: IPTC IIM 4.2, records 1 and 2; Adobe Photoshop file formats, image resource blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from depositor.privacy.kinds import Kind
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

PREVIEW = "photoshop:preview"
_HEAD = b"Photoshop 3.0\0"
_PREVIEWS = (0x0409, 0x040C)
_NAMES = {
    5: "Title",
    25: "Keywords",
    40: "Instructions",
    55: "DateCreated",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sublocation",
    95: "Province",
    101: "Country",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    120: "Caption",
    122: "Writer-Editor",
}


def slots(raw: bytes, offset: int) -> Iterator[Slot]:
    """One slot per text of ``raw``, which lies at ``offset`` of the file."""
    at = raw.find(b"\x1c\x02")
    while 0 <= at < len(raw) - 5:
        number, length = raw[at + 2], int.from_bytes(raw[at + 3 : at + 5], "big")
        if length & 0x8000 or at + 5 + length > len(raw):
            return
        name = _NAMES.get(number, str(number))
        if length and number:
            yield Slot(f"iptc:{name}:{at}", name, offset + at + 5, length, fill=b" ")
        at = raw.find(b"\x1c\x02", at + 5 + length)


def resources(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """(number, offset, length) of the image resource blocks in ``raw``; ends where it is damaged."""
    at = raw.find(b"8BIM")
    while at >= 0 and raw[at : at + 4] in (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR") and at + 12 <= len(raw):
        number = int.from_bytes(raw[at + 4 : at + 6], "big")
        start = at + 6 + (raw[at + 6] + 2) // 2 * 2
        length = int.from_bytes(raw[start : start + 4], "big")
        if start + 4 + length > len(raw):
            return
        yield number, start + 4, length
        at = start + 4 + length + length % 2


def photoshop(file: BinaryIO, offset: int, length: int) -> Iterator[Slot]:
    """The texts and the preview of an APP13 segment at ``offset``."""
    file.seek(offset)
    raw = file.read(length)
    yield from slots(raw, offset)
    for number, start, size in resources(raw) if raw.startswith(_HEAD) else ():
        if number in _PREVIEWS:
            yield Slot(PREVIEW, "", 0, 0, kind=Kind.PREVIEW_PICTURE, blank=True, shown="Photoshop preview picture")
        elif number != 0x0404 and size >= 8:
            yield Slot(f"photoshop:{number:04x}", "", offset + start, size, form=runs.byte_runs, rigid=True)


def without_preview(file: BinaryIO, offset: int, length: int) -> None:
    """Blank the preview in an APP13 segment; the block stays under a number that nobody reads."""
    file.seek(offset)
    raw = file.read(length)
    for number, start, size in list(resources(raw)):
        if number in _PREVIEWS:
            at = raw.rfind(b"8BIM", 0, start)
            file.seek(offset + at + 4)
            file.write(b"\x0f\xa0")
            file.seek(offset + start)
            file.write(bytes(size))
