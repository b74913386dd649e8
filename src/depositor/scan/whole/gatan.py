"""DM3 and DM4: pictures and stacks; spectra and complex numbers are left to the program that made them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.gatan import TYPES
from depositor.scan.readers.gatan import Skipped, TagWalk
from depositor.scan.whole.base import NotWhole, Whole
from depositor.scan.whole.czi import np_name


def images(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """Every image but the thumbnail; planes of a third axis are times where the header says so, else slices."""
    with path.open("rb") as file:
        listed = [i for i in TagWalk(file).group().get("ImageList", {}).values() if isinstance(i, Mapping)]
    shown = [i.get("ImageData", {}) for i in (listed[1:] if len(listed) > 1 else listed)]
    described = [d for d in shown if d.get("Dimensions")]
    return [_image(path, data, facts[n], n) for n, data in enumerate(described)]


def _image(path: Path, data: Mapping[str, Any], told: ImageFacts, number: int) -> Whole:
    values, kind = data.get("Data"), TYPES.get(data.get("DataType", 0))
    sizes = [int(n) for n in data.get("Dimensions", {}).values()]
    if not isinstance(values, Skipped) or kind is None or not 2 <= len(sizes) <= 3:
        raise NotWhole
    width, height, count = (*sizes, 1)[:3]
    plane = width * height * int(kind[-1])
    if plane * count != values.size:
        raise NotWhole
    in_time = told.size_t == count and count > 1

    def load(z: int, c: int, t: int) -> Any:
        import numpy as np

        return np.memmap(path, kind, "r", values.at + max(z, t) * plane, (height, width))

    deep, times = (1, count) if in_time else (count, 1)
    return Whole(width, height, deep, 1, times, np_name(kind), load, described=number)
