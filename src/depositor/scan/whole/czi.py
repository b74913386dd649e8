"""CZI: the tiles of full resolution of each scene, put together plane by plane."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.czi import PACKED, TYPES, start, tile
from depositor.scan.readers.base import Truncated
from depositor.scan.readers.czi import CziFile, Subblock
from depositor.scan.whole.base import MOST_IMAGES, NotWhole, Whole

_PLACED = frozenset("XYSCZTM")  # all other axes (phases, rotations, views) make images of their own
_SPARSE = 16  # planes for each tile, at most: a stack with some gaps is one, a lie about its size is none
_Place = tuple[int, int, int]


def images(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """An image for each scene, and for each step of axes that OME-TIFF has not. Where tiles overlap, the one that the
    directory tells later lies on top, as in ZEN; where there is none, pixels are 0."""
    file = stack.enter_context(path.open("rb"))
    czi = CziFile(file)
    groups: dict[tuple[int, tuple[tuple[str, int], ...]], list[Subblock]] = defaultdict(list)
    for block in czi.subblocks():
        if _is_full(block):
            others = tuple(sorted((a, v[0]) for a, v in block.dimensions.items() if a not in _PLACED))
            groups[start(block, "S"), others].append(block)
    scenes = sorted({scene for scene, _ in groups})
    if len(groups) > MOST_IMAGES or not groups:
        raise NotWhole
    return [_image(file, czi.size, blocks, scenes.index(scene)) for (scene, _), blocks in sorted(groups.items())]


def _is_full(block: Subblock) -> bool:
    x, y = block.dimensions.get("X"), block.dimensions.get("Y")
    return bool(x and y and not block.pyramid and x[2] == x[1] and y[2] == y[1])


def _image(file: BinaryIO, size: int, blocks: list[Subblock], number: int) -> Whole:
    kinds = {b.pixel_type for b in blocks}
    if len(kinds) != 1 or not kinds <= TYPES.keys() or any(b.compression not in PACKED for b in blocks):
        raise NotWhole
    if any(b.position < 0 or b.position + 32 > size for b in blocks):
        raise Truncated("subblocks lie beyond the end")
    dtype, samples = TYPES[kinds.pop()]
    xs, ys = [b.dimensions["X"] for b in blocks], [b.dimensions["Y"] for b in blocks]
    left, top = min(x[0] for x in xs), min(y[0] for y in ys)
    width, height = max(x[0] + x[1] for x in xs) - left, max(y[0] + y[1] for y in ys) - top
    (first_z, deep), (first_c, channels), (first_t, times) = (_range(blocks, axis) for axis in "ZCT")
    if deep * channels * times > _SPARSE * len(blocks):
        raise NotWhole
    placed: dict[_Place, list[Subblock]] = defaultdict(list)
    for block in blocks:
        placed[start(block, "Z") - first_z, start(block, "C") - first_c, start(block, "T") - first_t].append(block)

    def load(z: int, c: int, t: int) -> Any:
        import numpy as np

        canvas = np.zeros((height, width, samples) if samples > 1 else (height, width), dtype)
        for block in placed.get((z, c, t), ()):
            found = tile(file, block, dtype, samples)
            if found.dtype != canvas.dtype:
                raise ValueError("a tile of another type")
            x, y = block.dimensions["X"][0] - left, block.dimensions["Y"][0] - top
            canvas[y : y + found.shape[0], x : x + found.shape[1]] = _rgb(found)
        return canvas

    return Whole(width, height, deep, channels, times, np_name(dtype), load, samples, number)


def _range(blocks: list[Subblock], axis: str) -> tuple[int, int]:
    """(first, count) of an axis; numbers between that no tile has count too."""
    starts = [start(b, axis) for b in blocks]
    return min(starts), max(starts) - min(starts) + 1


def _rgb(pixels: Any) -> Any:
    """The format keeps blue first."""
    if pixels.ndim == 2:
        return pixels
    return pixels[..., [2, 1, 0, 3]] if pixels.shape[-1] == 4 else pixels[..., ::-1]


def np_name(dtype: str) -> str:
    """``<u2`` as ``uint16``."""
    import numpy as np

    return str(np.dtype(dtype).newbyteorder("=").name)
