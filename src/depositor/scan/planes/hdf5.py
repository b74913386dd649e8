"""Planes of images in HDF5: Imaris, Velox and NCEM EMD, MINC 2. The smallest resolution that is large enough."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import MAX_CHANNELS, Planes, TooLarge, check
from depositor.scan.readers import hdf5

_MOST_OBJECTS = 2000
_MOST_DEPTH = 8
_MOST_CHUNK = 128 << 20  # bytes
_NUMBERS = "buif"


def imaris(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of the first time point, up to three channels, of the lowest resolution that is large enough."""
    with hdf5.opened(path) as file:
        data = hdf5.group(file, "DataSet")
        levels = [hdf5.group(data, f"{name}/TimePoint 0") for name in sorted(hdf5.members(data), key=_number)[:16]]
        channels = [_channels(level) for level in levels]
        enough = [c for c in channels if c and max(c[0].shape[-2:]) >= edge] or channels[:1]
        chosen = min(enough, key=lambda c: c[0].shape[-1] * c[0].shape[-2])[:MAX_CHANNELS]
        grey = tuple(_middle(d, edge) for d in chosen)
    colors = ([c.color for c in facts.channels] + [None] * len(grey))[: len(grey)]
    return Planes(grey, tuple(colors)) if grey else None


def _number(name: str) -> int:
    digits = "".join(c for c in name if c.isdigit())
    return int(digits) if digits else 0


def _channels(time: Any) -> list[Any]:
    found = (hdf5.dataset(time, f"{name}/Data") for name in sorted(hdf5.members(time, 100), key=_number))
    return [d for d in found if d is not None and d.ndim >= 2 and d.dtype.kind in _NUMBERS]


def largest(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle plane of the first array of numbers that has the size of the image, else of the largest one."""
    with hdf5.opened(path) as file:
        arrays = [d for d in _arrays(file, 0, [_MOST_OBJECTS]) if d.ndim >= 2 and d.dtype.kind in _NUMBERS]
        fitting = [d for d in arrays if {facts.size_x, facts.size_y} <= set(d.shape)]
        if not arrays:
            return None
        found = max(fitting or arrays, key=lambda d: d.size)
        return Planes((_of_axes(found, facts, edge),), (None,))


def _arrays(group: Any, depth: int, left: list[int]) -> Iterator[Any]:
    import h5py

    for name in group:
        left[0] -= 1
        if left[0] < 0 or depth > _MOST_DEPTH:
            return
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            continue  # what a link points to may lie in another file
        found = group[name]
        if isinstance(found, h5py.Dataset):
            yield found
        elif isinstance(found, h5py.Group):
            yield from _arrays(found, depth + 1, left)


def _of_axes(array: Any, facts: ImageFacts, edge: int) -> Any:
    """The plane over the axes that have the image's height and width: Velox keeps frames last, others first."""
    shape = array.shape
    wanted = (facts.size_y, facts.size_x)
    for first in range(len(shape) - 1):
        if shape[first : first + 2] == wanted:
            return _cut(array, first, edge)
    return _middle(array, edge)


def _middle(array: Any, edge: int) -> Any:
    return _cut(array, array.ndim - 2, edge)


def _cut(array: Any, first: int, edge: int) -> Any:
    """One plane over two neighbouring axes, every n-th row and column. A chunk is unpacked whole: its size is bounded
    too."""
    height, width = array.shape[first : first + 2]
    check(height, width)
    if not hdf5.lies_inside(array) or math.prod(array.chunks or ()) * array.dtype.itemsize > _MOST_CHUNK:
        raise TooLarge
    step = max(1, max(height, width) // (2 * edge))
    index: list[Any] = [n // 2 for n in array.shape]
    index[first : first + 2] = [slice(None, None, step), slice(None, None, step)]
    ranges = ((0, size) if isinstance(i, slice) else (i, i + 1) for i, size in zip(index, array.shape, strict=True))
    region = tuple(slice(*r) for r in ranges)
    if height * width == 0 or not hdf5.unpacks_as_told(array, region):
        raise TooLarge
    return array[tuple(index)]
