"""Leica LIF and LOF: the XML in front of the pictures, or behind the one picture. XLEF and XLIF are plain XML files.

Source: Leica Microsystems, "LIF file format" 2.0: blocks of 0x70, length, 0x2A, count of characters, UTF-16 text.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.places import exactly
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts.slots import Slot

_BLOCK, _MARK = b"\x70\0\0\0", b"\x2a"
_LOF = "LMS_Object_File".encode("utf-16-le")
# Names that people gave to settings and patterns, and fields whose own words say less than they hold.
_LABELS = {"usersettingname": "name", "creator": "createdby", "owner": "createdby", "patternname": "name"}
_XML = places.relabelled(places.measured_xml, _LABELS)


def _document(file: BinaryIO, at: int, location: str) -> Iterator[Slot]:
    head = exactly(file, at, 13)
    if head[:4] != _BLOCK or head[8:9] != _MARK:
        raise ValueError("no block")
    length = 2 * int.from_bytes(head[9:], "little")
    size = places.size_of(file) - at - 13
    if length > size:  # cut off: what is there is looked at, and the caller says that it is not whole
        yield from places.document(file, location, at + 13, size // 2 * 2, "utf-16-le", _XML)
        yield Slot(location, "", at + 13, length, encoding="utf-16-le")
    else:
        yield from places.document(file, location, at + 13, length, "utf-16-le", _XML)


def _lif(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    return list(_document(file, 0, "lif"))


def _lof(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """A block with the name of the format and two numbers, the pixels, then the XML."""
    left.append(remarks.pixels(shown))
    numbers = 13 + len(_LOF)
    pixels = places.number(file, numbers + 11, "<Q")
    return list(_document(file, numbers + 19 + pixels, "lof"))


def _is_block(head: bytes) -> bool:
    return head[:4] == _BLOCK and head[8:9] == _MARK


def _is_lif(path: Path, head: bytes) -> bool:
    return _is_block(head) and _LOF not in head[:64]


def _is_lof(path: Path, head: bytes) -> bool:
    return _is_block(head) and _LOF in head[:64]


LIF = Slotted("lif", _is_lif, places.with_paths(_lif))
LOF = Slotted("lof", _is_lof, places.with_paths(_lof))
