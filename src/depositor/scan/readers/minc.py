"""MINC: version 2 in HDF5, version 1 in NetCDF "classic", whose small header is read here.

Layouts: "MINC 2.0 File Format Reference" (BIC McGill), and the NetCDF classic format specification (Unidata).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan import kinds
from depositor.scan.readers import hdf5, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, Unsupported, with_facts

_AXES = {"xspace": "x", "yspace": "y", "zspace": "z", "time": "t"}
_CLASSIC = (b"CDF\x01", b"CDF\x02")
_MOST = 1 << 20


class MincReader:
    """MINC 1 and 2."""

    id = "minc"
    formats: tuple[str, ...] = ("MINC",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if first_bytes.startswith(hdf5.MAGIC):
            return kinds.ending(name) == "mnc"
        return first_bytes.startswith(_CLASSIC) and b"xspace" in first_bytes

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            if file.read(4) in _CLASSIC:
                return Reading("MINC", (_classic(file),))
        with hdf5.opened(path) as opened:
            return Reading("MINC", (_second(opened),))


def _second(file: Any) -> ImageFacts:
    top = hdf5.group(file, "minc-2.0")
    image = hdf5.dataset(hdf5.group(hdf5.group(top, "image"), "0"), "image")
    if image is None:
        raise Unsupported("no image of MINC")
    order = str(hdf5.attribute(image, "dimorder") or "").split(",")
    dimensions = hdf5.group(top, "dimensions")
    facts = ImageFacts()
    if len(order) == len(image.shape):
        for name, length in zip(order, image.shape, strict=True):
            owner = hdf5.dataset(dimensions, name)
            said = {k: hdf5.attribute(owner, k) for k in ("step", "units")}
            facts = _axis(facts, name, int(length), said)
    if facts.size_x is None or facts.size_y is None:
        raise Implausible("no axes")
    kind = str(image.dtype.name) if image.dtype.kind in "iuf" else None
    return with_facts(facts, "image", pixel_type=kind)


def _axis(facts: ImageFacts, name: str, length: int, said: dict[str, Any]) -> ImageFacts:
    axis = _AXES.get(name)
    if axis is None:
        return facts
    facts = with_facts(facts, name, **{f"size_{axis}": sane.size(length)})
    step, unit = sane.number(said.get("step")), str(said.get("units") or "")
    if axis == "t":
        return with_facts(facts, "time:step", time_increment_s=sane.seconds(step, unit) if length > 1 else None)
    um = sane.length_um(abs(step), unit) if step is not None else None
    return with_facts(facts, f"{name}:step", **{f"pixel_size_{axis}_um": um})


# --- MINC 1 --------------------------------------------------------------------------------------------------------

_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8}
_CODES = {1: "b", 3: "h", 4: "i", 5: "f", 6: "d"}
_TYPES = {1: "8", 3: "16", 4: "32"}


class _Head:
    """The header of a NetCDF file, read from its start; every length is checked against what is there."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 4
        self._wide = raw[3] == 2
        self._number()
        self.dimensions = [(self._text(), self._number()) for _ in range(self._count(10))]
        self._attributes()
        self.variables = dict(self._variable() for _ in range(self._count(11)))

    def _take(self, size: int) -> bytes:
        found = self._raw[self._at : self._at + size]
        if size < 0 or len(found) < size:
            raise Truncated("the header breaks off")
        self._at += size
        return found

    def _number(self) -> int:
        return int(struct.unpack(">i", self._take(4))[0])

    def _count(self, mark: int) -> int:
        found, count = self._number(), self._number()
        if found not in (0, mark) or not 0 <= count <= 10_000:
            raise Implausible("no list")
        return count

    def _few(self) -> int:
        found = self._number()
        if not 0 <= found <= 100:
            raise Implausible("impossible axes")
        return found

    def _text(self) -> str:
        length = self._number()
        return self._take(length + -length % 4)[:length].decode("latin-1")

    def _attributes(self) -> dict[str, Any]:
        return dict(self._attribute() for _ in range(self._count(12)))

    def _attribute(self) -> tuple[str, Any]:
        name, kind, count = self._text(), self._number(), self._number()
        size = _WIDTHS.get(kind, 0) * count
        raw = self._take(size + -size % 4)[:size]
        if kind == 2:
            return name, raw.decode("latin-1").rstrip("\0")
        return name, struct.unpack(f">{_CODES[kind]}", raw[: _WIDTHS[kind]])[0] if kind in _CODES and count else None

    def _variable(self) -> tuple[str, tuple[list[int], dict[str, Any], int]]:
        name = self._text()
        axes = [self._number() for _ in range(self._few())]
        said, kind = self._attributes(), self._number()
        self._take(4 + (8 if self._wide else 4))
        return name, (axes, said, kind)


def _classic(file: BinaryIO) -> ImageFacts:
    file.seek(0)
    head = _Head(file.read(_MOST))
    if "image" not in head.variables:
        raise Unsupported("no image of MINC")
    axes, said, kind = head.variables["image"]
    facts = ImageFacts()
    for number in axes:
        if not 0 <= number < len(head.dimensions):
            raise Implausible("no such axis")
        name, length = head.dimensions[number]
        facts = _axis(facts, name, length, head.variables.get(name, ([], {}, 0))[1])
    if facts.size_x is None or facts.size_y is None:
        raise Implausible("no axes")
    sign = "" if str(said.get("signtype", "")).startswith("signed") else "u"
    told = f"{sign}int{_TYPES[kind]}" if kind in _TYPES else {5: "float32", 6: "float64"}.get(kind)
    return with_facts(facts, "image:signtype", pixel_type=told)
