"""Pages of TIFF files: of a slide the label, the overview and a small level, of other files the pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from depositor.scan.frames.base import MOST_SAMPLES, Amount, Frame, Frames, Risk, chosen, evenly, projections
from depositor.scan.planes import tiff as decoding
from depositor.scan.planes.base import TooLarge

_MOST_PAGES = 100_000
_LOOKED_AT = 64  # pages of a slide that are told apart
_SLIDE = 4096  # pixels: a tiled page of this size has levels below it, or is read thinned
_LEVEL = 1500  # pixels of the level of a slide that is read
_LENS = 65421  # of Hamamatsu: -1 the overview, -2 a map
_BUDGET = 200_000_000  # samples that go into a projection
_FEW = 3  # pages of a long stack that are read one by one, beside its projections
_SHORT = 8


def frames(path: Path, amount: Amount) -> Frames | None:
    """What of the file is to be read; None where it has no page."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with tifffile.TiffFile(path) as file:
        total = min(len(file.pages), _MOST_PAGES)
        if not total:
            return None
        first = file.pages[0]
        if file.is_svs or file.is_ndpi or file.is_bif or file.is_scn or file.is_philips or _is_large(file):
            return _slide(path, file)
        shape = (first.imagewidth, first.imagelength, first.samplesperpixel)
        plain = first.dtype is not None and first.dtype.itemsize == 1 and total <= _SHORT
    return _stack(path, total, shape, amount, Risk.MIDDLE if plain else Risk.LOW)


def _is_large(file: Any) -> bool:
    first = file.pages[0]
    return bool(first.is_tiled and max(first.imagewidth, first.imagelength) > _SLIDE)


# --- slides ----------------------------------------------------------------------------------------------------------


def _slide(path: Path, file: Any) -> Frames:
    pages = [file.pages[n] for n in range(min(len(file.pages), _LOOKED_AT))]
    main = max(pages, key=lambda p: p.imagewidth * p.imagelength)
    levels = [p for p in (*pages, *(main.pages or ())) if p is main or decoding.is_copy(p, main)]
    enough = [p for p in levels if max(p.imagewidth, p.imagelength) >= _LEVEL] or [main]
    level = min(enough, key=lambda p: p.imagewidth * p.imagelength)
    step = max(1, max(level.imagewidth, level.imagelength) // (2 * _LEVEL))
    scale = main.imagewidth / level.imagewidth * step
    pictures = [Frame("pixels", None, _level(path, level.index, tuple(getattr(level, "treeindex", ()) or ())), scale)]
    inside = {p.index for p in levels if p.treeindex is None or len(p.treeindex) == 1}
    others = [p for p in pages if p.index not in inside]
    pictures += [Frame(_kind(p), p.index, _page(path, p.index), turned=True) for p in others]
    return Frames(tuple(pictures), Risk.HIGH, medical=True, reduced=max(1, round(scale)))


def _kind(page: Any) -> str:
    """Which of a slide's small pictures a page is; what tells nothing is small or reduced."""
    told = (page.description or "").splitlines()
    words = " ".join(told[:2]).lower()
    lens = page.tags.get(_LENS)
    if "label" in words:
        return "label"
    if "macro" in words or "overview" in words or (lens is not None and lens.value == -1):
        return "macro"
    kind = int(page.subfiletype or 0)
    return {1: "label", 9: "macro"}.get(kind, "thumbnail")


def _level(path: Path, index: int, tree: tuple[int, ...]) -> Callable[[], Any]:
    def load() -> Any:
        import tifffile

        with tifffile.TiffFile(path) as file:
            page = file.pages[tree[0]] if tree else file.pages[index]
            for number in tree[1:]:
                page = page.pages[number]
            return decoding.pixels(path, page, _LEVEL, "RGB")

    return load


def _page(path: Path, index: int) -> Callable[[], Any]:
    def load() -> Any:
        import tifffile

        with tifffile.TiffFile(path) as file:
            page = file.pages[index]
            if page.imagewidth * page.imagelength * page.samplesperpixel > MOST_SAMPLES:
                raise TooLarge
            return decoding.pixels(path, page, max(page.imagewidth, page.imagelength), "RGB")

    return load


# --- other files -----------------------------------------------------------------------------------------------------


def _stack(path: Path, total: int, shape: tuple[int, int, int], amount: Amount, risk: Risk) -> Frames:
    numbers = chosen(total, amount) if total <= _SHORT or amount is Amount.ALL else evenly(total, _FEW)

    def load(number: int) -> Any:
        return _grey_or_colour(_page(path, number)())

    pictures = [Frame("pixels", n if total > 1 else None, _later(load, n)) for n in numbers]
    size = max(shape[0] * shape[1] * shape[2], 1)
    laid = evenly(total, min(400, _BUDGET // size)) if len(numbers) < total and _BUDGET // size > _FEW else ()
    if laid:
        pictures = [*projections(load, laid)[:2], *pictures]
    return Frames(tuple(pictures), risk, total=total, taken=len(numbers), laid_over=len(laid))


def _later(load: Callable[[int], Any], number: int) -> Callable[[], Any]:
    return lambda: load(number)


def _grey_or_colour(values: Any) -> Any:
    while values.ndim > 3 or (values.ndim == 3 and values.shape[-1] not in (3, 4)):
        values = values[..., 0] if values.shape[-1] <= 4 else values[0]
    return values[..., :3] if values.ndim == 3 else values
