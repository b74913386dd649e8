"""IPTC data sets, as JPEG (inside Photoshop's blocks) and TIFF carry them. Source: IPTC IIM 4.2, record 2."""

from __future__ import annotations

from collections.abc import Iterator

from depositor.privacy.slots import Slot

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
