"""Olympus: OIB and other compound files (Zeiss ZVI), OIR, and the VSI that stands beside a folder of ETS files.

The settings files of OIF (``.oif``, ``.pty``) are plain text and looked at as such. Layout of OIB as the files show it:
streams of UTF-16 settings and of TIFF planes; OIR: blocks of XML between blocks of pixels.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.places import exactly
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts import forms, runs
from depositor.privacy.texts.compound import MAGIC, CompoundFile, Stream
from depositor.privacy.texts.extents import Extent, Extents
from depositor.privacy.texts.forms import Part
from depositor.privacy.texts.slots import Slot

_BOM = b"\xff\xfe"
_MOST_STREAM = 1 << 20  # bytes of a stream of unknown kind that are looked at
_MOST_TEXT, _MOST_FREE, _MOST_STREAMS = 8 << 20, 16 << 20, 50_000
_TIFF = (b"II*\0", b"MM\0*")
_MOST_TAGS = 200
_ENDS = 16 << 20  # bytes at both ends of an OIR that are searched for XML
_TABLE = re.compile(r"\[ColorLUTData\]|[^\t\r\n\x20-\U0010ffff\0]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


class _Contents(Extents):
    """The texts of a compound file as one file, with a list of what stands where."""

    def __init__(self, file: BinaryIO) -> None:
        self.listed: list[Slot] = []
        self.left_out = False
        self._gathered: list[Extent] = []
        self._length = 0
        compound = CompoundFile(file)
        for stream in compound.streams()[:_MOST_STREAMS]:
            self._take(file, stream)
        free = compound.free()[: _MOST_FREE // 512]
        for form in ("latin-1", "utf-16-le"):
            self._runs("free", free, sum(length for _at, length in free), form)
        super().__init__(file, self._gathered)

    def _take(self, file: BinaryIO, stream: Stream) -> None:
        view = cast(BinaryIO, Extents(file, stream.pieces))
        head = view.read(4)
        place = f"ole:{stream.path}"
        if head[:2] == _BOM and stream.size <= _MOST_TEXT:
            begin = self._add(stream.pieces)
            settings = Slot(place, "", begin + 2, stream.size - 2, "utf-16-le", form=_settings, rigid=True)
            self.listed.append(settings)
        elif head in _TIFF:
            begin = self._add(stream.pieces)
            self.listed += [Slot(f"{place}:{t}", "", begin + at, size) for t, at, size in _tags(view, head)]
        else:
            self.left_out |= stream.size > _MOST_STREAM
            for form in ("latin-1", "utf-16-le"):
                self._runs(place, list(stream.pieces), min(stream.size, _MOST_STREAM), form)

    def _runs(self, place: str, pieces: list[Extent], size: int, encoding: str) -> None:
        if size < 8:
            return
        begin = self._add(pieces)
        wide = encoding == "utf-16-le"
        form, where = (runs.wide_runs, f"{place}:wide") if wide else (runs.byte_runs, place)
        self.listed.append(Slot(where, "", begin, size, encoding, form=form, rigid=True))

    def _add(self, pieces: tuple[Extent, ...] | list[Extent]) -> int:
        begin = self._length
        self._gathered += pieces
        self._length += sum(length for _at, length in pieces)
        return begin


def _settings(text: str) -> Iterator[Part]:
    """Lines of ``key=value`` before the tables of colours, which are numbers or bytes."""
    table = _TABLE.search(text)
    return forms.lines(text[: table.start()] if table else text)


def _tags(file: BinaryIO, head: bytes) -> Iterator[tuple[int, int, int]]:
    """(tag, offset, length) of the texts in the first directory of a small TIFF."""
    order = "<" if head[:2] == b"II" else ">"
    at = places.number(file, 4, order + "I")
    for number in range(min(places.number(file, at, order + "H"), _MOST_TAGS)):
        tag, kind, count, value = struct.unpack(order + "HHII", exactly(file, at + 2 + 12 * number, 12))
        if kind == 2 and count > 4:
            yield tag, value, count


def _compound(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    contents = cast(_Contents, file)  # as the view below gives it
    if contents.left_out:
        left.append(remarks.too_long(shown, _MOST_STREAM >> 20))
    return contents.listed


def _contents(file: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, _Contents(file))


def xml_blocks(file: BinaryIO, place: str, first: int, last: int) -> Iterator[Slot]:
    """XML documents between bytes of another kind: each begins as XML does and ends at a byte that no text has."""
    at = first
    while (begin := places.find(file, b"<?xml", at, last)) >= 0:
        end = begin
        while end < last:
            raw = exactly(file, end, min(places.BLOCK, last - end))
            stop = _CONTROL.search(raw)
            end += stop.start() if stop else len(raw)
            if stop:
                break
        yield from places.document(file, f"{place}:{begin}", begin, end - begin)
        at = max(end, begin + 5)


def _oir(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left += [remarks.pixels(shown), remarks.makers(shown)]
    size = places.size_of(file)
    slots = list(xml_blocks(file, "oir", 0, min(size, _ENDS)))
    if size > _ENDS:
        slots += xml_blocks(file, "oir", max(size - _ENDS, _ENDS), size)
    return slots


def _vsi(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """A small TIFF with blocks of Olympus' own: every text that can be seen in it, in both widths of characters."""
    left += [remarks.pixels(shown), remarks.makers(shown), remarks.label_pixels(shown)]
    size = min(places.size_of(file), _ENDS)
    narrow = Slot("vsi", "", 0, size, "latin-1", form=runs.byte_runs, rigid=True)
    wide = (Slot(f"vsi:wide:{n}", "", n, size - n, "utf-16-le", form=runs.wide_runs, rigid=True) for n in (0, 1))
    return [narrow, *wide]


def _ets(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    return []


def _is_vsi(path: Path, head: bytes) -> bool:
    return path.name.lower().endswith(".vsi") and head[:4] in (b"II*\0", b"II+\0")


def _is_ets(path: Path, head: bytes) -> bool:
    return head[:4] == b"SIS\0" and path.name.lower().endswith(".ets")


def _is_fluoview(path: Path, head: bytes) -> bool:
    named = path.name.lower().endswith((".oib", ".zvi"))
    return head[:8] == MAGIC and (named or "OibInfo.txt".encode("utf-16-le") in head)


def _is_compound(path: Path, head: bytes) -> bool:
    return head[:8] == MAGIC


def _is_oir(path: Path, head: bytes) -> bool:
    return head[:16] == b"OLYMPUSRAWFORMAT"


OIB = Slotted("compound", _is_fluoview, places.with_paths(_compound), view=_contents)
COMPOUND = Slotted("compound", _is_compound, places.with_paths(_compound), view=_contents)
OIR = Slotted("oir", _is_oir, places.with_paths(_oir))
VSI = Slotted("vsi", _is_vsi, places.with_paths(_vsi))
ETS = Slotted("ets", _is_ets, _ets)
