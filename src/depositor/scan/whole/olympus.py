"""OIB: each plane is a small TIFF in the compound file. (Of an OIF they lie beside it, as files of their own.)"""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.olympus import PLACE, named_streams
from depositor.scan.readers.base import Truncated
from depositor.scan.readers.compound import MAGIC, CompoundFile
from depositor.scan.whole.base import MOST_BYTES, NotWhole, Whole


def images(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """The one image of the file."""
    file = stack.enter_context(path.open("rb"))
    if file.read(8) != MAGIC:
        raise NotWhole
    stored = CompoundFile(file)
    told = facts[0]
    planes: dict[tuple[int, int, int], str] = {}
    named = named_streams(stored)
    for name, stream in named.items():
        if found := PLACE.search(name):
            c, z, t = (int(g or 1) - 1 for g in found.groups())
            if (z, c, t) in planes:
                raise NotWhole  # a series of wavelengths
            planes[z, c, t] = stream
    z, c, t = (1 + max((place[n] for place in planes), default=0) for n in range(3))
    if told.pixel_type is None or not (told.size_x and told.size_y):
        raise NotWhole
    if len(planes) != z * c * t or (z, c, t) != (told.size_z, told.size_c, told.size_t):
        raise Truncated("planes are missing")

    def load(z: int, c: int, t: int) -> Any:
        import tifffile

        with tifffile.TiffFile(io.BytesIO(stored.read(planes[z, c, t], MOST_BYTES))) as tiff:
            return tiff.pages[0].asarray()

    return [Whole(told.size_x, told.size_y, z, c, t, told.pixel_type, load)]
