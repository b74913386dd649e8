"""SER files of TIA (FEI), and the EMI file beside them that describes the acquisition.

Layout of SER after the public description by Chris Boothroyd (ER-C Jülich). The layout of EMI is not public; the XML
texts in it are plain and are all that is read.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from depositor.draft.facts import Channel, Device, ImageFacts
from depositor.scan.readers import dates, parts, sane, xml
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_SPECTRA, _PICTURES = 0x4120, 0x4122
_TYPES = {1: "uint8", 2: "uint16", 3: "uint32", 4: "int8", 5: "int16", 6: "int32", 7: "float32", 8: "float64",
          9: "complex64", 10: "complex128"}  # fmt: skip
_LARGEST_M = 1e-4  # a larger step is of a diffraction pattern or of nothing
_MOST_DIMENSIONS = 8
_MOST_EMI = 256 << 20
_MOST_OBJECTS = 100
_PIECE = 1 << 20
_PART_NUMBER = re.compile(r"_(\d{1,4})$")


class SerReader:
    """SER: a series of pictures or spectra."""

    id = "ser"
    formats: tuple[str, ...] = ("FEI SER",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes[:4] == b"II\x97\x01" and first_bytes[6:10] in (b"\x20\x41\0\0", b"\x22\x41\0\0")

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            facts = _series(file)
        number = _PART_NUMBER.search(path.stem)
        if number:
            beside = path.with_name(f"{path.stem[: number.start()]}.emi")
            facts = _described(facts, list(_objects(beside)) if beside.is_file() else [], int(number[1]))
        return Reading("FEI SER", (facts,))


class EmiReader:
    """EMI: the head of the SER files beside it. Alone it tells the settings, and no sizes."""

    id = "emi"
    formats: tuple[str, ...] = ("FEI EMI",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes[:4] == b"JK\0\x02" and name.lower().endswith(".emi")

    def read(self, path: Path) -> Reading:
        beside = (path.with_name(f"{path.stem}_{n}.ser") for n in range(1, _MOST_OBJECTS))
        images = tuple(i for ser in beside if ser.is_file() for i in SerReader().read(ser).images)
        if not images:
            objects = list(_objects(path))
            if not objects:
                raise Truncated("no description")
            images = tuple(_described(ImageFacts(), objects, n + 1) for n in range(len(objects)))
        return Reading("FEI EMI", images)


def _series(file: BinaryIO) -> ImageFacts:
    version, kind, _, total, valid = struct.unpack("<H4i", _exactly(file, 4, 18))
    wide = version >= 0x220
    offset, dimensions = struct.unpack("<qi" if wide else "<ii", file.read(12 if wide else 8))
    if not (1 <= valid <= total < 1 << 31 and 1 <= dimensions <= _MOST_DIMENSIONS):
        raise Implausible("impossible counts")
    grid = [_dimension(file) for _ in range(dimensions)]
    form = "<q" if wide else "<i"
    first = struct.unpack(form, _exactly(file, offset, struct.calcsize(form)))[0]
    tag = struct.unpack(form, _exactly(file, offset + total * struct.calcsize(form), struct.calcsize(form)))[0]
    facts = with_facts(ImageFacts(), "tag Time", acquired=_time(file, tag))
    if kind == _PICTURES:
        return _picture(facts, file, first, valid, dimensions)
    return _spectra(facts, file, first, grid)


def _exactly(file: BinaryIO, at: int, size: int) -> bytes:
    if at < 0:
        raise Implausible("an offset before the file")
    file.seek(at)
    raw = file.read(size)
    if len(raw) < size:
        raise Truncated("the table breaks off")
    return raw


def _dimension(file: BinaryIO) -> tuple[int, float, str]:
    """(size, step, unit) of one axis of the series."""
    raw = file.read(28)
    if len(raw) < 28:
        raise Truncated("an axis breaks off")
    size, _, delta, _, length = struct.unpack("<iddii", raw)
    texts = []
    for number in range(2):
        if not 0 <= length <= 1000:
            raise Implausible("an impossible text")
        texts.append(file.read(length).decode("latin-1"))
        if number == 0:
            after = file.read(4)
            if len(after) < 4:
                raise Truncated("an axis breaks off")
            length = struct.unpack("<i", after)[0]
    return size, delta, texts[1]


def _picture(facts: ImageFacts, file: BinaryIO, at: int, count: int, dimensions: int) -> ImageFacts:
    raw = _exactly(file, at, 50)
    step_x, step_y = (abs(struct.unpack("<d", raw[n : n + 8])[0]) for n in (8, 28))
    kind, width, height = struct.unpack("<hii", raw[40:50])
    if sane.size(width) is None or sane.size(height) is None:
        raise Implausible("no sizes")
    facts = with_facts(facts, "ArraySizeX ArraySizeY", size_x=width, size_y=height, size_z=1, size_c=1)
    facts = with_facts(facts, "ValidNumberElements", size_t=count if dimensions == 1 else None)
    um = [sane.length_um(n, "m") if n <= _LARGEST_M else None for n in (step_x, step_y)]
    facts = with_facts(facts, "CalibrationDeltaX", pixel_size_x_um=um[0], pixel_size_y_um=um[1])
    return with_facts(facts, "DataType", pixel_type=_TYPES.get(kind))


def _spectra(facts: ImageFacts, file: BinaryIO, at: int, grid: list[tuple[int, float, str]]) -> ImageFacts:
    """Spectra on a grid are an image of that size; a single spectrum is none."""
    kind = struct.unpack("<h", _exactly(file, at + 20, 2))[0]
    facts = with_facts(facts, "DataType", pixel_type=_TYPES.get(kind))
    if len(grid) == 2 and all(sane.size(size) for size, _, _ in grid):
        (wide, step_x, unit_x), (high, step_y, unit_y) = grid
        facts = with_facts(facts, "DimensionSize", size_x=wide, size_y=high)
        units = [u.strip().lower().replace("meters", "m") for u in (unit_x, unit_y)]
        um = [sane.length_um(abs(s), u) for s, u in zip((step_x, step_y), units, strict=True)]
        facts = with_facts(facts, "CalibrationDelta", pixel_size_x_um=um[0], pixel_size_y_um=um[1])
    return facts


def _time(file: BinaryIO, at: int) -> str | None:
    """The time tag of the first element: seconds since 1970, in universal time."""
    try:
        kind, seconds = struct.unpack("<HxxI", _exactly(file, at, 8))
    except (Truncated, Implausible):
        return None
    if kind not in (0x4142, 0x4152):
        return None
    return sane.when(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


# --- EMI -----------------------------------------------------------------------------------------------------------


def _objects(path: Path) -> Iterator[xml.Element]:
    """The XML descriptions in an EMI file, in their order."""
    opens, closes = b"<ObjectInfo>", b"</ObjectInfo>"
    found = 0
    with path.open("rb") as file:
        kept = b""
        while file.tell() < _MOST_EMI and found < _MOST_OBJECTS and (piece := file.read(_PIECE)):
            kept += piece
            while (start := kept.find(opens)) >= 0 and (end := kept.find(closes, start)) >= 0:
                text = kept[start : end + len(closes)].decode("utf-8", "replace")
                kept = kept[end + len(closes) :]
                found += 1
                try:
                    yield xml.parse(text)
                except (ParseError, Implausible, Truncated):
                    continue
            kept = kept[start:] if start >= 0 and len(kept) - start < 4 * _PIECE else kept[-len(opens) :]


def _described(facts: ImageFacts, objects: list[xml.Element], number: int) -> ImageFacts:
    """What the description of SER file ``number`` says; without one for each file, the only one counts."""
    if not objects or (number > len(objects) and len(objects) > 1):
        return facts
    info = objects[min(number, len(objects)) - 1]
    said = {
        (xml.value(d, "Label") or ""): (xml.value(d, "Value"), xml.value(d, "Unit"))
        for d in xml.children(info, "ExperimentalDescription/Root/Data")
    }
    facts = _microscope(facts, info, said)
    camera = sane.text(xml.value(info, "AcquireInfo/CameraNamePath"), 80)
    facts = with_facts(facts, "AcquireInfo.CameraNamePath", detector=Device(model=camera) if camera else None)
    time = sane.seconds(xml.value(info, "AcquireInfo/DwellTimePath"), "s")
    key = "AcquireInfo.DwellTimePath"
    if not camera or time is None:
        return facts
    binning = sane.size(xml.value(info, "AcquireInfo/Binning"))
    channel = Channel(exposure_s=time, binning=f"{binning}x{binning}" if binning else None)
    return parts.with_electrons(with_facts(facts, key, channels=(channel,)), exposure_s=(time, key))


def _microscope(facts: ImageFacts, info: xml.Element, said: Mapping[str, tuple[str | None, str | None]]) -> ImageFacts:
    named = re.match(r"(?:Microscope\s+)?(.+?)\s+\d+\s*kV\b", said.get("Microscope", ("", None))[0] or "")
    maker, model = sane.text(xml.value(info, "Manufacturer"), 80), sane.text(named[1], 80) if named else None
    device = Device(maker if model else None, model)
    facts = with_facts(facts, "Microscope", instrument=device if model else None)
    mode = sane.text(said.get("Mode", (None, None))[0], 80)
    word = mode.split()[0].upper() if mode else ""
    term = {"TEM": parts.TEM, "STEM": parts.STEM}.get(word)
    facts = with_facts(facts, "Mode", modality=word if term else None, modality_id=term)
    if "diffraction" in (mode or "").lower() and word == "TEM":
        facts = _uncalibrated(facts)
    facts = with_facts(facts, "AcquireDate", acquired=facts.acquired or dates.named(xml.value(info, "AcquireDate")))
    return _beam(facts, info, said, mode)


def _uncalibrated(facts: ImageFacts) -> ImageFacts:
    """Without pixel sizes: those of a diffraction pattern are no lengths."""
    keys = {k: v for k, v in facts.keys.items() if not k.startswith("pixel_size")}
    return replace(facts, pixel_size_x_um=None, pixel_size_y_um=None, keys=keys)


def _beam(facts: ImageFacts, info: xml.Element, said: Mapping[str, Any], mode: str | None) -> ImageFacts:
    def told(label: str, *units: str, factor: float = 1.0) -> tuple[Any, str]:
        value, unit = said.get(label, (None, None))
        return (parts.scaled(value, factor) if (unit or "") in units else None), label

    conditions = "ExperimentalConditions/MicroscopeConditions"
    volts = xml.value(info, f"{conditions}/AcceleratingVoltage")
    tilt = parts.scaled(xml.value(info, f"{conditions}/Tilt1"), 180 / math.pi)
    facts = parts.with_electrons(
        facts,
        voltage_kv=(parts.scaled(volts, 1e-3), "AcceleratingVoltage"),
        magnification=told("Magnification", "x", "X", ""),
        mode=(mode, "Mode"),
        defocus_um=told("Defocus", "um"),
        spot_size=told("Spot size", ""),
        camera_length_mm=told("Camera length", "m", factor=1e3),
        tilt_deg=(tilt, "Tilt1"),
    )
    place = tuple(told(f"Stage {axis}", "um")[0] for axis in "XYZ")
    return with_facts(facts, "Stage X", stage_um=place if None not in place else ())
