"""3DHISTECH MIRAX: a folder with Slidedat.ini, Index.dat and Data*.dat, which must be read together.

Slidedat.ini lists records without a place in the pyramid, among them pictures of label and glass; Index.dat says where
in which data file each lies. The data file gets a blank picture there, Slidedat.ini another name for the record, so
that no reader looks for it. The slide's own number stands in all files and stays. Source: OpenSlide's vendor module.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.examination import Examination
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import forms
from depositor.privacy.texts.slots import Slot
from depositor.privacy.tiff import slide_texts

INI = "slidedat.ini"
_LARGEST = 1 << 20  # bytes of Slidedat.ini
_MOST = 1000  # records
_LONGEST_XML = 1 << 24
_LINE = re.compile(rb"^[ \t]*([^=\[\r\n;#]{1,120}?)[ \t]*=[ \t]*([^\r\n]*?)[ \t]*\r?$", re.MULTILINE)
_LAYER = "Scan data layer"
_SOURCES = {
    "ScanDataLayer_SlideBarcode": "label",
    "ScanDataLayer_SlideThumbnail": "macro",
}
# The smallest grey JPEG: one pixel. Written one behind the other over a picture, the first is what readers show.
BLANK = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d"
    "3c3933383740485c4e404457453738506d51575f626768673e4d71797064785c656763ffc0000b080001000101011100ffc400140001"
    "00000000000000000000000000000007ffc40014100100000000000000000000000000000000ffda0008010100003f00407fffd9"
)


@dataclass(frozen=True, slots=True)
class Record:
    """A record without a place in the pyramid: which data file holds it, and where."""

    name: str
    file: str
    offset: int
    length: int


def _values(ini: bytes) -> dict[str, str]:
    return {m[1].decode("utf-8", "replace"): m[2].decode("utf-8", "replace") for m in _LINE.finditer(ini)}


def records(folder: Path) -> tuple[Record, ...]:
    """The records of the slide in ``folder``; empty where its files are missing or do not fit together."""
    listed = {p.name.lower(): p for p in folder.iterdir()} if folder.is_dir() else {}
    ini = listed.get(INI)
    if ini is None:
        return ()
    with ini.open("rb") as file:
        known = _values(file.read(_LARGEST).removeprefix(b"\xef\xbb\xbf"))
    index = listed.get(known.get("INDEXFILE", "Index.dat").lower())
    if index is None:
        return ()
    with index.open("rb") as file:
        return tuple(_records(file, known))


def _names(known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(layer, record) in the order of the index."""
    for layer in range(min(_whole(known, "NONHIER_COUNT"), _MOST)):
        name = known.get(f"NONHIER_{layer}_NAME", "")
        for number in range(min(_whole(known, f"NONHIER_{layer}_COUNT"), _MOST)):
            yield name, known.get(f"NONHIER_{layer}_VAL_{number}", "")


def _whole(known: dict[str, str], key: str) -> int:
    text = known.get(key, "")
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _records(file: BinaryIO, known: dict[str, str]) -> Iterator[Record]:
    start = 5 + len(known.get("SLIDE_ID", ""))
    (table,) = _numbers(file, start + 4, 1)
    for number, (_layer, name) in enumerate(_names(known)):
        if number >= _MOST or not table:
            return
        (head,) = _numbers(file, table + 4 * number, 1)
        _zero, page = _numbers(file, head, 2) if head else (0, 0)
        count, _next, _one, _two, offset, length, which = _numbers(file, page, 7) if page else (0,) * 7
        data = known.get(f"FILE_{which}", "")
        if count > 0 and length > 0 and offset > 0 and data:
            yield Record(name, data, offset, length)


def _numbers(file: BinaryIO, offset: int, count: int) -> tuple[int, ...]:
    file.seek(max(offset, 0))
    raw = file.read(4 * count)
    return struct.unpack(f"<{count}i", raw) if len(raw) == 4 * count else (0,) * count


# --- Slidedat.ini ----------------------------------------------------------------------------------------------------


def _settings(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    file.seek(0)
    raw = file.read(_LARGEST)
    if len(raw) == _LARGEST:
        left.append(remarks.too_long(shown, 1))
    return [slot for match in _LINE.finditer(raw) if (slot := _setting(match))]


def _setting(match: re.Match[bytes]) -> Slot | None:
    key, value = match[1].decode("utf-8", "replace"), match[2].decode("utf-8", "replace")
    slot = Slot(f"mrxs:{key}", key, match.start(2), len(match[2]), fill=b" ", kinds=slide_texts.kind_of)
    if value in _SOURCES:
        words = f"{_SOURCES[value]} ({key})"
        return replace(slot, kind=Kind.LABEL_PICTURE, blank=True, shown=words, fill=b"removed ", kinds=None)
    return replace(slot, form=forms.lines) if value else None


# --- Data*.dat -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DataFiles(Slotted):
    """The check of data files: :meth:`at` makes one that knows what the slide's other files say of this one."""

    def at(self, path: Path) -> Slotted:
        """A check of this one file, or of a copy of it that lies elsewhere."""
        try:
            mine = tuple(r for r in records(path.parent) if r.file.lower() == path.name.lower())
        except OSError:
            mine = ()

        def layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> Sequence[Slot]:
            if not mine:
                return _alone(file, shown, left)
            left.append(remarks.pixels(shown))
            return [slot for record in mine if (slot := _stored(file, record, shown, left))]

        return Slotted(self.id, self.knows, layout)

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        return self.at(path).run(path, shown, known)


def _stored(file: BinaryIO, record: Record, shown: str, left: list[NotChecked]) -> Slot | None:
    file.seek(record.offset)
    head = file.read(len(BLANK))
    source = _SOURCES.get(record.name)
    slot = Slot(f"mrxs:{source or record.name}", "", record.offset, record.length)
    if source:
        if head.startswith(BLANK[: record.length]):
            return None  # blank already
        left.append(remarks.label_pixels(shown))
        return replace(slot, kind=Kind.LABEL_PICTURE, blank=True, shown=f"{source} picture", fill=BLANK)
    if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") and record.length <= _LONGEST_XML:
        return replace(slot, form=slide_texts.xml, kinds=slide_texts.kind_of, fill=b" ")
    return None


def _alone(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """A data file whose slide is not known."""
    left.append(remarks.unknown(shown))
    return []


def _is_settings(path: Path, head: bytes) -> bool:
    return path.name.lower() == INI and b"[GENERAL]" in head


def _is_data(path: Path, head: bytes) -> bool:
    """Data files begin with a version and the number of the slide."""
    named = re.fullmatch(r"data\d{4}\.dat", path.name.lower())
    return named is not None and re.match(rb"\d\d\.\d\d[0-9A-Za-z-]{8}", head) is not None


MIRAX_SETTINGS = Slotted("mirax", _is_settings, _settings)
MIRAX_DATA = DataFiles("mirax-data", _is_data, _alone)
