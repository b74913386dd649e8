"""Planes of TIFF files: the smallest level of a pyramid that is large enough, else the page itself."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import MAX_CHANNELS, Planes, TooLarge, check, thin

_LARGE = 16_000_000  # samples from which a page is unpacked piece by piece
_MOST_SEGMENTED = 600_000_000  # samples; a second or a few, with little memory
_ORDER = re.compile(r'DimensionOrder\s*=\s*"(XY[ZCT]{3})"')


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes:
    """Up to three channels of the middle slice of the first time point."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with tifffile.TiffFile(path) as file:
        first = file.pages[0]
        if first.samplesperpixel in (3, 4) and first.photometric in (2, 6):
            return _color(path, _level(file, first, edge), edge)
        numbers = _numbers(first.description or "", facts, len(file.pages))
        grey = tuple(_plane(path, _level(file, file.pages[n], edge), edge) for n in numbers)
    colors = tuple(c.color for c in facts.channels[: len(grey)])
    return Planes(grey, colors if len(colors) == len(grey) else (None,) * len(grey))


def _numbers(description: str, facts: ImageFacts, pages: int) -> list[int]:
    """The pages of the channels in the middle slice; only the first where the file does not have them all."""
    sizes = {"Z": facts.size_z or 1, "C": facts.size_c or 1, "T": facts.size_t or 1}
    found = _ORDER.search(description)
    order = found[1][2:] if found else "CZT"
    if sizes["Z"] * sizes["C"] * sizes["T"] != pages:
        return [0]
    strides, total = {}, 1
    for axis in order:
        strides[axis] = total
        total *= sizes[axis]
    middle = sizes["Z"] // 2 * strides["Z"]
    return [middle + c * strides["C"] for c in range(min(sizes["C"], MAX_CHANNELS))]


def _level(file: Any, page: Any, edge: int) -> Any:
    """The smallest reduced copy of ``page`` that is not smaller than ``edge``."""
    reduced = list(page.pages) if page.pages is not None else []
    if not reduced and page.is_svs:
        ratio = page.imagewidth / page.imagelength
        copies = (file.pages[n] for n in range(1, min(len(file.pages), 16)))
        reduced = [p for p in copies if p.is_tiled and abs(p.imagewidth / p.imagelength - ratio) < 0.02 * ratio]
    enough = [p for p in reduced if max(p.imagewidth, p.imagelength) >= edge]
    return min(enough, key=lambda p: p.imagewidth * p.imagelength) if enough else page


def _plane(path: Path, page: Any, edge: int) -> Any:
    array = _pixels(path, page, edge, None)
    while array.ndim > 2:
        array = array[..., 0] if array.shape[-1] <= 4 else array[0]
    return array


def _color(path: Path, page: Any, edge: int) -> Planes:
    return Planes(rgb=_pixels(path, page, edge, "RGB")[..., :3])


def _pixels(path: Path, page: Any, edge: int, mode: str | None) -> Any:
    """The page, thinned: (height, width) or (height, width, samples)."""
    if page.imagewidth * page.imagelength * page.samplesperpixel > _LARGE:
        return _by_segments(page, edge)
    check(page.imagewidth, page.imagelength, page.samplesperpixel)
    try:
        array = page.asarray()
    except (ValueError, RuntimeError, ImportError):
        return _by_pillow(path, page.index, edge, mode)
    if array.ndim == 3 and array.shape[0] in (3, 4) and array.shape[-1] not in (3, 4):
        array = array.transpose(1, 2, 0)
    return thin(array, edge)


def _by_segments(page: Any, edge: int) -> Any:
    """A large page, strip by strip or tile by tile: each is thinned before the next is unpacked."""
    import numpy as np

    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    if page.imagewidth * page.imagelength * samples > _MOST_SEGMENTED or page.imagedepth > 1:
        raise TooLarge
    step = max(1, max(page.imagewidth, page.imagelength) // (2 * edge))
    height, width = -(-page.imagelength // step), -(-page.imagewidth // step)
    canvas = np.zeros((height, width, samples), page.dtype)
    for pixels, (_, _, top, left, _), shape in page.segments(maxworkers=1):
        if pixels is None or top >= page.imagelength or left >= page.imagewidth:
            continue
        first = (-top % step, -left % step)
        part = pixels[0, : shape[1], : shape[2]][first[0] :: step, first[1] :: step]
        y, x = (top + first[0]) // step, (left + first[1]) // step
        room = canvas[y : y + part.shape[0], x : x + part.shape[1]]
        room[...] = part[: room.shape[0], : room.shape[1], :samples]
    return canvas if samples > 1 else canvas[..., 0]


def _by_pillow(path: Path, index: int, edge: int, mode: str | None) -> Any:
    """The page through Pillow, which has its own decoders for JPEG and LZW."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        picture.seek(index)
        check(picture.width, picture.height, 3)
        return thin(np.asarray(picture.convert(mode) if mode else picture), edge)
