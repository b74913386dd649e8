"""What a source of whole planes hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 1 << 30  # of one plane: it is held in memory
MOST_IMAGES = 5000
MOST_PLANES = 2_000_000
ENDINGS = frozenset((".czi", ".lif", ".lof", ".nd2", ".oib", ".dm3", ".dm4", ".ser", ".ims"))
"""How names of files end whose planes can be read whole: tells without a look into the file."""


class NotWhole(Exception):
    """Planes that nothing here can read as a whole: packed in an unknown way, too large, of a strange type or shape."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One image: sizes in pixels and planes, the type as NumPy names it, samples of a pixel (3: red, green, blue).

    ``load`` decodes a plane (z, c, t); it may raise anything for a damaged file. ``described`` is the place of its
    facts in what the header's reader gives; several images share it where one header describes them all.
    """

    size_x: int
    size_y: int
    size_z: int
    size_c: int
    size_t: int
    pixel_type: str
    load: Callable[[int, int, int], Any]
    samples: int = 1
    described: int = 0

    def plane(self, z: int, c: int, t: int) -> Any:
        """(height, width), or (height, width, samples), in this machine's order of bytes."""
        import numpy as np

        return np.asarray(self.load(z, c, t)).astype(self.pixel_type, copy=False)


def checked(image: Whole) -> Whole:
    """The image, where its planes are of a type and size that can be handled; NotWhole otherwise."""
    import numpy as np

    if min(image.size_x, image.size_y, image.size_z, image.size_c, image.size_t) < 1:
        raise NotWhole
    if np.dtype(image.pixel_type).kind not in "iuf" or np.dtype(image.pixel_type).itemsize > 8:
        raise NotWhole
    if image.size_x * image.size_y * image.samples * np.dtype(image.pixel_type).itemsize > MOST_BYTES:
        raise NotWhole
    if image.size_z * image.size_c * image.size_t > MOST_PLANES:
        raise NotWhole
    return image
