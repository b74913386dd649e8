"""Imaging mass cytometry: MCD files, whose XML stands at their end, and the texts that are exported from them.

Layout: schemas ``MCDSchema`` and ``MCDPublic`` in the files themselves.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections import defaultdict
from pathlib import Path
from typing import BinaryIO

from depositor.draft.facts import Channel, ImageFacts
from depositor.scan.readers import sane, xml
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_ASSAY = "OBI:0003096"
_NAME = "imaging mass cytometry"
_MOST_XML = 12 << 20
_MOST_RUNS = 2000
_MOST_COLUMNS = 2000
_MOST_TAIL = 8 << 20
_MOST_TEXT = 4 << 20
_POSITIONS = frozenset(("X", "Y", "Z"))
_METAL = re.compile(r"([A-Z][a-z]?)\(?(\d{2,3})\)?")
_COLUMN = re.compile(r"(.*)\(([A-Z][a-z]?)(\d{2,3})Di\)$")
# A number of eight bytes behind the name of its field, as .NET writes objects down.
_OFFSET = re.compile(rb"SchemasOffset>k__BackingField\x09.{4}(.{8})", re.DOTALL)
_STARTS, _ENDS = "<MCDSchema".encode("utf-16-le"), "</MCDSchema>".encode("utf-16-le")


class McdReader:
    """MCD: several acquisitions, each an image of many metals."""

    id = "mcd"
    formats: tuple[str, ...] = ("Imaging mass cytometry",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        serialized = first_bytes[:9] == b"\x00\x01\x00\x00\x00\xff\xff\xff\xff"
        return serialized and (b"MCDHeader" in first_bytes or name.lower().endswith(".mcd"))

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            root = xml.parse(_schema(file).decode("utf-16-le", "replace"))
        size = path.stat().st_size
        version = sane.text(xml.value(root, "Slide/SwVersion"), 40)
        software = f"CyTOF software {version}" if version else None
        channels: dict[str | None, list[xml.Element]] = defaultdict(list)
        for listed in xml.children(root, "AcquisitionChannel"):
            channels[xml.value(listed, "AcquisitionID")].append(listed)
        runs = itertools.islice(xml.children(root, "Acquisition"), _MOST_RUNS)
        found = (_acquisition(a, channels[xml.value(a, "ID")], size) for a in runs)
        images = tuple(with_facts(f, "Slide.SwVersion", software=software) for f in found if f is not None)
        if not images:
            raise Truncated("no acquisition")
        return Reading("Imaging mass cytometry", images)


def _schema(file: BinaryIO) -> bytes:
    """The XML, where the first bytes say that it begins, else the last that is found near the end."""
    size = file.seek(0, 2)
    file.seek(0)
    told = _OFFSET.search(file.read(4096))
    start = struct.unpack("<q", told[1])[0] if told else -1
    if not 0 < start < size:
        start = max(size - _MOST_TAIL, 0)
    file.seek(start)
    raw = file.read(_MOST_XML)
    begin = raw.rfind(_STARTS) if told is None else raw.find(_STARTS)
    end = raw.find(_ENDS, begin) if begin >= 0 else -1
    if end < 0:
        raise Truncated("no XML at the end")
    return raw[begin : end + len(_ENDS)]


def _acquisition(said: xml.Element, listed: list[xml.Element], size: int) -> ImageFacts | None:
    wide, high = sane.size(xml.value(said, "MaxX")), sane.size(xml.value(said, "MaxY"))
    rows = _rows(said, wide, len(listed), size)
    if wide is None or high is None or rows == 0:
        return None
    listed.sort(key=lambda c: sane.number(xml.value(c, "OrderNumber")) or 0)
    channels = tuple(_channel(c) for c in listed if xml.value(c, "ChannelName") not in _POSITIONS)
    facts = with_facts(
        ImageFacts(), "Acquisition.MaxX", size_x=wide, size_y=min(high, rows or high), size_z=1, size_t=1
    )
    facts = with_facts(facts, "AcquisitionChannel", size_c=len(channels) or None, channels=channels)
    is_float = xml.value(said, "SegmentDataFormat") == "Float" and xml.value(said, "ValueBytes") == "4"
    facts = with_facts(facts, "Acquisition.SegmentDataFormat", pixel_type="float32" if is_float else None)
    facts = with_facts(facts, "Acquisition.Description", name=sane.text(xml.value(said, "Description"), 200))
    um = [sane.length_um(xml.value(said, f"AblationDistanceBetweenShots{a}"), "um") for a in "XY"]
    key = "Acquisition.AblationDistanceBetweenShotsX"
    facts = with_facts(facts, key, pixel_size_x_um=um[0], pixel_size_y_um=um[1])
    started = sane.when(xml.value(said, "StartTimeStamp"))
    facts = with_facts(facts, "Acquisition.StartTimeStamp", acquired=started)
    return with_facts(facts, "MCD", modality=_NAME, modality_id=_ASSAY)


def _rows(said: xml.Element, wide: int | None, columns: int, size: int) -> int | None:
    """Rows that were ablated: a run that was stopped has fewer than were planned. None where it cannot be told."""
    start, end = (sane.size(xml.value(said, f"Data{w}Offset")) for w in ("Start", "End"))
    width = sane.size(xml.value(said, "ValueBytes"))
    if not (start and end and width and wide and columns) or end < start:
        return 0 if start is not None and start == end else None
    if end > size:
        raise Truncated("values lie beyond the end")
    return -(-(end - start) // (width * columns * wide))


def first_values(file: BinaryIO) -> tuple[int, int, int]:
    """Of the first acquisition that has any: where its values begin, how many there are for each pixel, and how many of
    those are positions and not metals; these come first."""
    root = xml.parse(_schema(file).decode("utf-16-le", "replace"))
    for said in xml.children(root, "Acquisition"):
        start, end = (sane.size(xml.value(said, f"Data{w}Offset")) for w in ("Start", "End"))
        own = [c for c in xml.children(root, "AcquisitionChannel")
               if xml.value(c, "AcquisitionID") == xml.value(said, "ID")]  # fmt: skip
        if start and end and end > start and own:
            return start, len(own), sum(1 for c in own if xml.value(c, "ChannelName") in _POSITIONS)
    raise Truncated("no acquisition")


def _channel(said: xml.Element) -> Channel:
    metal = _METAL.fullmatch(xml.value(said, "ChannelName") or "")
    label = sane.text(xml.value(said, "ChannelLabel"), 200)
    tag = f"{metal[1]}{metal[2]}" if metal else None
    return Channel(name=label or sane.text(xml.value(said, "ChannelName"), 80), metal=tag)


class CytometryTextReader:
    """The text of one acquisition: a line for each pixel, a column for each metal."""

    id = "imc-text"
    formats: tuple[str, ...] = ("Imaging mass cytometry text",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith(b"Start_push\tEnd_push\tPushes_duration\tX\tY\tZ\t")

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            columns = file.readline(1 << 20).decode("utf-8", "replace").rstrip("\r\n").split("\t")
            wide, high = _extent(file)
        if len(columns) > _MOST_COLUMNS:
            raise Implausible("too many columns")
        channels = tuple(_column(c) for c in columns[6:])
        facts = with_facts(ImageFacts(), "X, Y", size_x=wide, size_y=high, size_z=1, size_t=1)
        facts = with_facts(facts, "columns", size_c=len(channels) or None, channels=channels)
        facts = with_facts(facts, "columns", modality=_NAME, modality_id=_ASSAY)
        return Reading("Imaging mass cytometry text", (facts,))


def _extent(file: BinaryIO) -> tuple[int, int]:
    """Columns from the first row of pixels, rows from the last line."""
    widest, read = -1, 0
    while (line := file.readline(1 << 16)) and read < _MOST_TEXT:
        read += len(line)
        x, y = _place(line)
        if y > 0:
            break
        widest = max(widest, x)
    file.seek(-min(file.seek(0, 2), 1 << 17), 2)
    lines = [ln for ln in file.read().split(b"\n") if ln.strip()]
    last = _place(lines[-1])[1]
    if not 0 <= widest < 1 << 20 or not 0 <= last < 1 << 20:
        raise Implausible("no grid of pixels")
    return widest + 1, last + 1


def _place(line: bytes) -> tuple[int, int]:
    words = line.split(b"\t", 5)
    if len(words) < 6:
        raise Truncated("a line breaks off")
    found = [sane.number(w.decode("latin-1")) for w in words[3:5]]
    if None in found:
        raise Implausible("no place")
    return int(found[0] or 0), int(found[1] or 0)


def _column(title: str) -> Channel:
    found = _COLUMN.match(title)
    if not found:
        return Channel(name=sane.text(title, 200))
    return Channel(name=sane.text(found[1], 200), metal=f"{found[2]}{found[3]}")
