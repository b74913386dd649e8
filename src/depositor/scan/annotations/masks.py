"""Masks: pictures whose pixels are label numbers. A header and at most a few planes are read."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from depositor.draft.finding import Level
from depositor.draft.message import msg
from depositor.scan.annotations.base import Examined, Faults, Raster

MOST_PIXELS = 64_000_000  # samples that are decoded of one plane
_PLANES = 5  # planes that are looked at before a mask is called empty
_TIFF = frozenset(("tif", "tiff", "btf", "tf2", "tf8"))
_PICTURES = frozenset(("png", "jpg", "jpeg", "bmp", "gif"))
ENDINGS = _TIFF | _PICTURES | {"npy"}
_EXPORT = msg("annotations.mask.advice", "Save the masks as TIFF or PNG of whole numbers, without lossy compression.")


def examine(path: Path, faults: Faults) -> Examined | None:
    """What a mask holds; None for a format that this does not read. Raises what the libraries raise."""
    end = path.name.rpartition(".")[2].lower()
    if end in _TIFF:
        raster = _tiff(path)
    elif end in _PICTURES:
        raster = _picture(path)
    elif end == "npy":
        raster = _npy(path)
    else:
        return None
    _judge(raster, faults)
    return Examined("mask", raster.labels or 0, raster=raster, findings=faults.findings())


def _judge(raster: Raster, faults: Faults) -> None:
    if raster.lossy:
        said = msg("annotations.mask-lossy", "This mask is packed with loss (JPEG): its numbers are no longer exact.")
        why = msg("annotations.mask-lossy.why", "At every edge there are labels that nobody drew.")
        faults.add("mask-lossy", said, _EXPORT, why=why)
    if raster.colors >= 3:
        said = msg("annotations.mask-color", "This is a coloured picture, not a mask of label numbers.")
        why = msg("annotations.mask-color.why", "What the colours mean stands nowhere, and programs cannot count them.")
        faults.add("mask-color", said, _EXPORT, why=why)
    elif not raster.pixel_type.startswith(("int", "uint", "bool")):
        said = msg("annotations.mask-type", "The pixels of this mask are not whole numbers.")
        why = msg(
            "annotations.mask-type.why", "Labels are counted with whole numbers; fractions make probability maps."
        )
        faults.add("mask-type", said, _EXPORT, why=why)
    elif raster.values is not None and raster.values < 2:
        said = msg("annotations.mask-empty", "This mask has the same value everywhere.")
        advice = msg(
            "annotations.mask-empty.advice", "If nothing was to be found there, say so in the annotation method."
        )
        faults.add("mask-empty", said, advice, level=Level.ADVICE)


def _tiff(path: Path) -> Raster:
    import numpy as np
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with tifffile.TiffFile(path) as file:
        first = file.pages[0]
        pages, size = len(file.pages), (first.imagewidth, first.imagelength)
        lossy = first.compression in (6, 7, 33007, 34892, 34933, 34712, 33003, 33005) and first.bitspersample <= 16
        shape = (str(first.dtype or "float64"), *size, pages, int(first.samplesperpixel))
        if size[0] * size[1] * first.samplesperpixel > MOST_PIXELS:
            return Raster(*shape, lossy=lossy)
        values: Any = np.empty(0)
        for number in _planes(pages):
            values = np.unique(file.pages[number].asarray())
            if values.size > 1:
                break
    return Raster(*shape, *_distinct(values), lossy=lossy)


def _planes(pages: int) -> list[int]:
    """The middle plane first, then others."""
    return list(dict.fromkeys((pages // 2, 0, pages // 4, 3 * pages // 4, pages - 1)))[:_PLANES]


def _picture(path: Path) -> Raster:
    import numpy as np
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the bound below is narrower, and a large mask is no attack
    with Image.open(path, formats=("PNG", "JPEG", "BMP", "GIF")) as picture:
        colors = len(picture.getbands())
        lossy, size = picture.format == "JPEG", (picture.width, picture.height)
        if size[0] * size[1] * colors > MOST_PIXELS:
            return Raster("uint8", *size, colors=colors, lossy=lossy)
        array = np.asarray(picture)
    if array.ndim == 3 and array.shape[2] == 2:  # grey with transparency
        array, colors = array[..., 0], 1
    return Raster(str(array.dtype), *size, 1, colors, *_distinct(np.unique(array)), lossy=lossy)


def _npy(path: Path) -> Raster:
    import numpy as np

    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.ndim < 2:
        raise ValueError("no picture")
    height, width = (int(n) for n in array.shape[-2:])
    pages = max(1, int(array.size) // max(1, height * width))
    if height * width > MOST_PIXELS:
        return Raster(str(array.dtype), width, height, pages)
    planes = array.reshape(pages, height, width)
    return Raster(str(array.dtype), width, height, pages, 1, *_distinct(np.unique(planes[pages // 2])))


def _distinct(values: Any) -> tuple[int, bool]:
    return int(values.size), bool((values == 0).any())
