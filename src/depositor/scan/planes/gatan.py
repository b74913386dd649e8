"""The middle plane of a DigitalMicrograph image (DM3, DM4)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.planes import raw
from depositor.scan.planes.base import Planes
from depositor.scan.readers.gatan import Skipped, TagWalk

TYPES = {1: "<i2", 2: "<f4", 6: "<u1", 7: "<i4", 9: "<i1", 10: "<u2", 11: "<u4", 12: "<f8"}


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The plane; None for spectra, colours and complex numbers."""
    with path.open("rb") as file:
        listed = [i for i in TagWalk(file).group().get("ImageList", {}).values() if isinstance(i, Mapping)]
    shown = listed[1:] if len(listed) > 1 else listed  # the first of several is a thumbnail in colours
    for image in shown:
        data = image.get("ImageData", {})
        values, kind = data.get("Data"), TYPES.get(data.get("DataType", 0))
        sizes = [int(n) for n in data.get("Dimensions", {}).values()]
        if isinstance(values, Skipped) and kind and len(sizes) >= 2:
            width, height, depth = (*sizes, 1)[:3]
            at = values.at + depth // 2 * width * height * int(kind[-1])
            return Planes((raw.plane(path, at, height, width, kind, edge),), (None,))
    return None
