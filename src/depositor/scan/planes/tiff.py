"""Planes of TIFF files: the smallest level of a pyramid that is large enough, else the page itself."""

from __future__ import annotations

import logging
import math
import re
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import MAX_CHANNELS, Planes, TooLarge, check, thin

_LARGE = 16_000_000  # samples from which a page is unpacked piece by piece
_MOST_SEGMENTED = 600_000_000  # samples; a second or a few, with little memory
_MOST_PAGES = 64  # that are looked at for levels
_NDPI_LENS = 65421
_NO_LEVELS = ("label", "macro", "thumbnail", "overview")
_ORDER = re.compile(r'DimensionOrder\s*=\s*"(XY[ZCT]{3})"')


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes:
    """Up to three channels of the middle slice of the first time point."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with tifffile.TiffFile(path) as file:
        first = _main(file, facts)
        if first.samplesperpixel in (3, 4) and first.photometric in (2, 6):
            return _color(path, _level(file, first, facts, edge), edge)
        if first.index:
            return Planes((_plane(path, _level(file, first, facts, edge), edge),), (None,))
        numbers = _numbers(first.description or "", facts, len(file.pages))
        grey = tuple(_plane(path, _level(file, file.pages[n], facts, edge), edge) for n in numbers)
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


def _main(file: Any, facts: ImageFacts) -> Any:
    """The first page of the size that the header gives to the image: slides may begin with a label or an overview."""
    wanted = (facts.size_x, facts.size_y)
    pages = (file.pages[n] for n in range(min(len(file.pages), _MOST_PAGES)))
    return next((p for p in pages if (p.imagewidth, p.imagelength) == wanted), file.pages[0])


def _level(file: Any, page: Any, facts: ImageFacts, edge: int) -> Any:
    """The smallest reduced copy of ``page`` that is not smaller than ``edge``."""
    reduced = list(page.pages) if page.pages is not None else []
    if not reduced and (page.is_svs or (facts.levels or 1) > 1):
        pages = (file.pages[n] for n in range(min(len(file.pages), _MOST_PAGES)))
        reduced = [p for p in pages if p.index != page.index and is_copy(p, page)]
    enough = [p for p in reduced if max(p.imagewidth, p.imagelength) >= edge]
    return min(enough, key=lambda p: p.imagewidth * p.imagelength) if enough else page


def is_copy(page: Any, whole: Any) -> bool:
    """True for a page that is the same at a half, a quarter ... of the size; never for a label or an overview."""
    if page.samplesperpixel != whole.samplesperpixel or (whole.is_tiled and not page.is_tiled):
        return False
    told = (page.description or "").lstrip().lower()
    lens = page.tags.get(_NDPI_LENS)
    if told.startswith(_NO_LEVELS) or (lens is not None and not lens.value > 0):
        return False
    across, down = whole.imagewidth / page.imagewidth, whole.imagelength / page.imagelength
    nearest = 2 ** round(math.log2(across)) if across > 1 else 0
    return nearest > 1 and abs(across - nearest) <= 0.03 * nearest and abs(down - across) <= 0.03 * across


def _plane(path: Path, page: Any, edge: int) -> Any:
    array = pixels(path, page, edge, None)
    while array.ndim > 2:
        array = array[..., 0] if array.shape[-1] <= 4 else array[0]
    return array


def _color(path: Path, page: Any, edge: int) -> Planes:
    return Planes(rgb=pixels(path, page, edge, "RGB")[..., :3])


def pixels(path: Path, page: Any, edge: int, mode: str | None) -> Any:
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
