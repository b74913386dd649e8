"""N5 containers: attributes in JSON. N5 itself has no metadata of images; those of n5-viewer, of BigDataViewer and of
the COSEM layout are read. Axes are in the order x, y, z, unlike in Zarr.

Specification: https://github.com/saalfeldlab/n5 (file system specification).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan import peek
from depositor.scan.readers import sane
from depositor.scan.readers.base import Implausible, Reading, Unsupported, with_facts

_MOST = 200  # channels or views
_TYPES = re.compile(r"(?:uint|int)(?:8|16|32|64)|float(?:32|64)")
_FIRST = ("s0", "0")


class N5Reader:
    """N5 folders."""

    id = "n5"
    formats: tuple[str, ...] = ("N5",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if first_bytes[:4] in (b"II*\0", b"MM\0*") or b"\0" in first_bytes:
            return False
        names = first_bytes.decode("utf-8", "replace").split("\n")
        if any(marker in names for marker in peek.ZARR_MARKERS):
            return False
        below = any(n in _FIRST or re.fullmatch(r"(?:c|setup)\d+", n) for n in names)
        return (name.lower().endswith(".n5") and below) or "attributes.json" in names

    def read(self, path: Path) -> Reading:
        if not path.is_dir():
            raise Unsupported("no folder")
        images = [f for name, folder in _groups(path) if (f := _image(name, folder)) is not None]
        if not images:
            raise Implausible("no arrays")
        return Reading("N5", tuple(images))


def _groups(path: Path) -> list[tuple[str | None, Path]]:
    """Name and folder of each image: the container itself, its channels (c0 ...), its views (setup0 ...)."""
    attributes = peek.json_object(path / "attributes.json")
    if "dimensions" in attributes or any((path / n / "attributes.json").is_file() for n in _FIRST):
        return [(None, path)]
    views = [(f"setup{n}", path / f"setup{n}" / "timepoint0") for n in range(_MOST)]
    channels = [(f"c{n}", path / f"c{n}") for n in range(_MOST)]
    return [(name, folder) for name, folder in (*views, *channels) if folder.is_dir()]


def _image(name: str | None, folder: Path) -> ImageFacts | None:
    """The facts of the largest level, with what the group above it says."""
    group = peek.json_object(folder / "attributes.json")
    level = next((folder / n for n in _FIRST if (folder / n / "attributes.json").is_file()), folder)
    array = peek.json_object(level / "attributes.json") if level != folder else group
    dimensions = [sane.size(n) for n in _list(array.get("dimensions"))]
    if not dimensions or None in dimensions:
        return None
    facts = with_facts(ImageFacts(), "name of the group", name=name)
    kind = str(array.get("dataType") or "")
    facts = with_facts(facts, "dataType", pixel_type=kind if _TYPES.fullmatch(kind) else None)
    axes = _axes(array, group, len(dimensions))
    sizes = {f"size_{a}": n for a, n in zip(axes, dimensions, strict=False) if a in "xyzct"}
    facts = with_facts(facts, "dimensions", **sizes)
    if len(axes) == len(dimensions):
        facts = with_facts(facts, "axes", **{f"size_{a}": 1 for a in "zct" if a not in axes})
    packed = array.get("compression")
    packing = packed.get("type") if isinstance(packed, Mapping) else None
    facts = with_facts(facts, "compression.type", compression=sane.text(packing) if packing != "raw" else None)
    levels = sum(1 for n in range(64) if (folder / f"s{n}" / "attributes.json").is_file())
    facts = with_facts(facts, "s0 ...", levels=levels or None)
    return _scaled(facts, axes, array, group)


def _axes(array: Mapping[str, Any], group: Mapping[str, Any], count: int) -> Sequence[str]:
    """The axes as they are named; of an array without names only that the first two are x and y is sure."""
    for said in (array, group):
        named = [str(a).lower() for a in _list(said.get("axes")) if isinstance(a, str)]
        if len(named) == count and len(set(named)) == count:
            return named
    return "xyz"[: min(count, 2)] if count != 3 or not _resolution(array, group)[0] else "xyz"


def _resolution(array: Mapping[str, Any], group: Mapping[str, Any]) -> tuple[list[Any], list[str]]:
    """Numbers and units of the pixel size, where an attribute has both."""
    for said in (array, group):
        whole = said.get("pixelResolution")
        if isinstance(whole, Mapping):
            numbers, unit = _list(whole.get("dimensions")), whole.get("unit")
            return numbers, [str(unit or "")] * len(numbers)
        units = [str(u) for u in _list(said.get("units"))]
        numbers = _list(said.get("resolution"))
        if numbers and len(units) == len(numbers):
            return numbers, units
    return [], []


def _scaled(facts: ImageFacts, axes: Sequence[str], array: Mapping[str, Any], group: Mapping[str, Any]) -> ImageFacts:
    numbers, units = _resolution(array, group)
    for axis, number, unit in zip(axes, numbers, units, strict=False):
        if axis in ("x", "y", "z") and isinstance(number, int | float):
            facts = with_facts(facts, "resolution", **{f"pixel_size_{axis}_um": sane.length_um(number, unit)})
        elif axis == "t" and isinstance(number, int | float):
            facts = with_facts(facts, "resolution", time_increment_s=sane.seconds(number, unit))
    return facts


def _list(value: Any) -> list[Any]:
    return value[:64] if isinstance(value, list) else []
