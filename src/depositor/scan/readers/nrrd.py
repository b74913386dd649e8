"""NRRD and MetaImage: text headers."""

from __future__ import annotations

import math
import re
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.draft.problem import Problem
from depositor.scan import kinds
from depositor.scan.readers import faults, sane
from depositor.scan.readers.base import Implausible, Reading, with_facts

_MOST = 1 << 20
_NRRD_TYPES = {
    "uchar": "uint8",
    "unsigned char": "uint8",
    "signed char": "int8",
    "char": "int8",
    "short": "int16",
    "ushort": "uint16",
    "unsigned short": "uint16",
    "int": "int32",
    "uint": "uint32",
    "unsigned int": "uint32",
    "longlong": "int64",
    "ulonglong": "uint64",
    "float": "float32",
    "double": "float64",
}
_META_TYPES = {
    "MET_UCHAR": "uint8",
    "MET_CHAR": "int8",
    "MET_SHORT": "int16",
    "MET_USHORT": "uint16",
    "MET_INT": "int32",
    "MET_UINT": "uint32",
    "MET_FLOAT": "float32",
    "MET_DOUBLE": "float64",
}


class NrrdReader:
    """NRRD, attached and detached."""

    id = "nrrd"
    formats: tuple[str, ...] = ("NRRD",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith(b"NRRD000")

    def read(self, path: Path) -> Reading:
        said = _fields(path, ":")
        kind = said.get("type", "").lower()
        known = _NRRD_TYPES.get(kind.removesuffix("_t"), kind.removesuffix("_t") if kind.endswith("_t") else None)
        facts = with_facts(_sizes(said.get("sizes", ""), said.get("kinds", "")), "type", pixel_type=known)
        data = said.get("data file") or said.get("datafile")
        raw = said.get("encoding", "raw").lower() == "raw" and "byte skip" not in said and "line skip" not in said
        needed = _bytes(said.get("sizes", ""), known) if raw else 0
        return Reading("NRRD", (_spaced(facts, said),), _missing(path, data, needed))


class MetaImageReader:
    """MetaImage: MHD and MHA. Its spacing has no unit in the file, so none is told."""

    id = "metaimage"
    formats: tuple[str, ...] = ("MetaImage",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        first = first_bytes[:400]
        return kinds.ending(name) in ("mhd", "mha") and b"NDims" in first and b"DimSize" in first_bytes

    def read(self, path: Path) -> Reading:
        said = _fields(path, "=")
        facts = _sizes(said.get("dimsize", ""), "")
        facts = with_facts(facts, "ElementType", pixel_type=_META_TYPES.get(said.get("elementtype", "")))
        data = said.get("elementdatafile", "")
        raw = said.get("compresseddata", "false").lower() == "false"
        samples = sane.size(said.get("elementnumberofchannels", "1")) or 1
        needed = _bytes(said.get("dimsize", ""), facts.pixel_type) * samples if raw else 0
        return Reading("MetaImage", (facts,), _missing(path, None if data.lower() == "local" else data, needed))


def _bytes(sizes: str, pixel_type: str | None) -> int:
    """How long the pixels are at least; 0 where that cannot be told."""
    width = re.search(r"\d+$", pixel_type or "")
    return math.prod(int(n) for n in sizes.split() if n.isdecimal()) * int(width[0]) // 8 if width else 0


def _missing(path: Path, data: str | None, needed: int) -> tuple[Problem, ...]:
    """What is wrong with the file of the pixels: ``data`` beside the header, or the header's own where it is None. A
    list or a pattern of files is left alone."""
    if data is None:
        return faults.cut_off(path, needed)
    if not data or data.upper().startswith("LIST") or "%" in data or Path(data).name != data:
        return ()
    beside = path.with_name(data)
    return faults.cut_off(beside, needed) if beside.is_file() else (faults.part_missing(path.name, data),)


def _fields(path: Path, mark: str) -> dict[str, str]:
    """The lines ``key: value`` up to the empty line or to the data."""
    said: dict[str, str] = {}
    with path.open("rb") as file:
        for line in file.read(_MOST).split(b"\n")[:2000]:
            text = line.decode("latin-1").strip()
            if not text:
                break
            key, found, value = text.partition(mark)
            if found:
                said[key.strip().lower()] = value.strip()
            if key.strip().lower() == "elementdatafile":
                break
    return said


def _sizes(text: str, kinds_told: str) -> ImageFacts:
    numbers = [sane.size(n) for n in text.split()]
    if not numbers or None in numbers or len(numbers) > 16:
        raise Implausible("no sizes")
    axes = [k.lower() for k in kinds_told.split()]
    if len(axes) == len(numbers):
        space = [n for n, k in zip(numbers, axes, strict=True) if k in ("domain", "space", "none", "???", "time")]
    else:
        space = numbers
    if len(space) > 3:
        return with_facts(ImageFacts(), "sizes", size_x=space[0], size_y=space[1], size_z=space[2])
    space += [1] * (3 - len(space))
    return with_facts(ImageFacts(), "sizes", size_x=space[0], size_y=space[1], size_z=space[2])


def _spaced(facts: ImageFacts, said: dict[str, str]) -> ImageFacts:
    """Spacings, where the file also names their unit."""
    units = re.findall(r'"([^"]*)"', said.get("space units", "") or said.get("units", ""))
    steps = said.get("spacings", "").split()
    if not steps and said.get("space directions"):
        vectors = re.findall(r"\(([^)]*)\)|none", said["space directions"])
        lengths = [[sane.number(n) for n in v.split(",")] for v in vectors if v]
        steps = [str(sum((n or 0) ** 2 for n in v) ** 0.5) for v in lengths]
    found = [sane.length_um(s, u) for s, u in zip(steps, units, strict=False)]
    found += [None] * (3 - len(found))
    return with_facts(facts, "spacings, space units",
                      pixel_size_x_um=found[0], pixel_size_y_um=found[1], pixel_size_z_um=found[2])  # fmt: skip
