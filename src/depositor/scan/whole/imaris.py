"""IMS: full resolution of every channel and time, without the rows and slices that only fill up blocks."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import hdf5
from depositor.scan.whole.base import MOST_BYTES, NotWhole, Whole


def images(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """The one image of the file."""
    file = stack.enter_context(hdf5.opened(path))
    told = facts[0]
    sizes = told.size_x or 0, told.size_y or 0, told.size_z or 1, told.size_c or 1, told.size_t or 1
    if told.pixel_type is None:
        raise NotWhole

    def load(z: int, c: int, t: int) -> Any:
        data = hdf5.dataset(file, f"DataSet/ResolutionLevel 0/TimePoint {t}/Channel {c}/Data")
        if data is None or data.ndim != 3 or not hdf5.lies_inside(data) or str(data.dtype) != told.pixel_type:
            raise NotWhole
        region = (slice(z, z + 1), slice(0, sizes[1]), slice(0, sizes[0]))
        if math.prod(data.chunks or ()) * data.dtype.itemsize > MOST_BYTES or not hdf5.unpacks_as_told(data, region):
            raise NotWhole
        return data[region][0]

    return [Whole(*sizes, told.pixel_type, load)]
