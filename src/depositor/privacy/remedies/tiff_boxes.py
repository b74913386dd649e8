"""Boxes painted over pictures in a TIFF: only the strips and tiles that a box touches are written anew.

A segment that fits into its old place stays there; a longer one goes to the end of the file, and its old bytes are
overwritten. Each new segment is read back before it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy import troubles
from depositor.privacy.remedies import tiff_codecs, tiff_segments
from depositor.privacy.tiff import gaps as tiff_gaps
from depositor.privacy.tiff import slide_pictures
from depositor.privacy.tiff.tags import Directory, Tiff

MOST_SAMPLES = 400_000_000  # values of one segment that are unpacked at once
_ALIKE = 0.03  # two pictures whose sides differ by less show the same
_BLOCK = 16  # pixels of a block of JPEG with thinned colours
_LOSS = 6.0  # grey levels, on average, that packing again may change outside of the box


@dataclass(frozen=True, slots=True)
class Box:
    """A box in pixels of one page: columns ``left`` to ``right``, rows ``top`` to ``bottom``, ends excluded."""

    left: int
    top: int
    right: int
    bottom: int


def blank(copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
    """Paint ``regions`` in the copy; returns their locations. Raises Damaged where a picture cannot be written."""
    with copy.open("r+b") as file:
        return blank_file(file, shown, regions)


def blank_file(file: BinaryIO, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
    """:func:`blank` on an open copy, or on anything that reads, seeks and writes like one."""
    for region in regions:
        for directory, box in list(_targets(Tiff(file), region)):
            _paint(file, shown, directory.name, box)
    return tuple(str(region) for region in regions)


def _targets(tiff: Tiff, region: Region) -> Iterator[tuple[Directory, Box]]:
    """The pages and levels that show a region, with the box in their own pixels."""
    directories = list(tiff.directories())
    pages = [d for d in directories if "/" not in d.name]
    special = {p.page: p.source for p in slide_pictures.of_tiff(tiff) if p.page is not None}
    if region.source != "pixels":
        chosen = _special(pages, special, region)
    elif region.frame is not None:
        chosen = pages[region.frame : region.frame + 1]
    else:
        chosen = [p for n, p in enumerate(pages) if special.get(n) in (None, slide_pictures.THUMBNAIL)]
    size = max((_size(tiff, p) for p in chosen), key=lambda s: s[0] * s[1], default=(0, 0))
    names = {p.name for p in chosen}
    for directory in directories:
        if directory.name.split("/")[0] in names and directory.get(256):
            box = _scaled(region, size, _size(tiff, directory))
            if box:
                yield directory, box


def _special(pages: list[Directory], special: dict[int, str], region: Region) -> list[Directory]:
    """The pages with label, glass or preview that a region means: its own page, or all of that kind."""
    if region.frame is not None:
        return pages[region.frame : region.frame + 1]
    return [p for n, p in enumerate(pages) if special.get(n) == region.source]


def _size(tiff: Tiff, page: Directory) -> tuple[int, int]:
    return tiff.number(page, 256), tiff.number(page, 257)


def _scaled(region: Region, whole: tuple[int, int], size: tuple[int, int]) -> Box | None:
    """The region in a picture of another size, a pixel wider on each side; None where that shows something else."""
    if not all((*whole, *size)) or abs(whole[0] * size[1] / (whole[1] * size[0]) - 1) > _ALIKE + 2 / min(size):
        return None
    x, y, wider = size[0] / whole[0], size[1] / whole[1], int(size != whole)
    left, top = int(region.x * x) - wider, int(region.y * y) - wider
    right, bottom = -int(-(region.x + region.width) * x) + wider, -int(-(region.y + region.height) * y) + wider
    box = Box(max(left, 0), max(top, 0), min(right + 1 - (not wider), size[0]), min(bottom + 1 - (not wider), size[1]))
    return box if box.right > box.left and box.bottom > box.top else None


def _paint(file: BinaryIO, shown: str, name: str, box: Box) -> None:
    import tifffile

    tiff = Tiff(file)
    file.seek(0)
    try:
        with tifffile.TiffFile(file, is_ndpi=tiff.ndpi) as opened:
            directory = next(d for d in tiff.directories() if d.name == name)
            page = _page(opened, name)
            if int(page.compression) == 1 and page.bitspersample % 8 == 0:
                _paint_raw(tiff, directory, page, box)
            else:
                for index, old, new in _segments(file, page, box):
                    tiff_segments.put(tiff, directory, index, old, new)
    except (tifffile.TiffFileError, ValueError, StopIteration, KeyError, IndexError, RuntimeError) as error:
        raise Damaged(troubles.no_boxes(shown)) from error


def _page(opened: Any, name: str) -> Any:
    """tifffile's page for a directory: ``3`` or ``0/sub1``."""
    first, *below = name.split("/")
    page = opened.pages[int(first)]
    for step in below:
        page = page.pages[int(step.removeprefix("sub"))]
    return page.aspage() if hasattr(page, "aspage") else page


def _grid(page: Any) -> tuple[int, int, int]:
    """Width and height of a segment, and how many stand side by side."""
    if page.is_tiled:
        return page.tilewidth, page.tilelength, -(-page.imagewidth // page.tilewidth)
    return page.imagewidth, min(page.rowsperstrip, page.imagelength), 1


def _touched(page: Any, box: Box) -> Iterator[tuple[int, Box]]:
    """The segments that a box touches, with the box in their own pixels; each plane of colours has its own."""
    width, height, across = _grid(page)
    down = -(-page.imagelength // height)
    planes = page.samplesperpixel if int(page.planarconfig) == 2 else 1
    block = _BLOCK if int(page.compression) == 7 else 1
    for plane in range(planes):
        for row in range(box.top // height, -(-box.bottom // height)):
            for column in range(box.left // width, -(-box.right // width)):
                x, y = column * width, row * height
                yield plane * down * across + row * across + column, _inside(box, x, y, width, height, block)


def _inside(box: Box, x: int, y: int, width: int, height: int, block: int) -> Box:
    """The box in pixels of a segment at ``x``, ``y``, widened to whole blocks: within one, JPEG mixes all pixels."""
    left, top = max(box.left - x, 0) // block * block, max(box.top - y, 0) // block * block
    right, bottom = -(-(box.right - x) // block) * block, -(-(box.bottom - y) // block) * block
    return Box(left, top, min(right, width), min(bottom, height))


def _segments(file: BinaryIO, page: Any, box: Box) -> Iterator[tuple[int, bytes, bytes]]:
    width, height, _across = _grid(page)
    if width * height * page.samplesperpixel > MOST_SAMPLES:
        raise ValueError("a segment too large to unpack")
    tables = page.jpegtables
    for index, inner in _touched(page, box):
        file.seek(page.dataoffsets[index])
        old = file.read(page.databytecounts[index])
        array = _decoded(page, old, index, tables)
        if array is None:
            continue  # an empty tile shows nothing
        array = array.copy()
        array[:, inner.top : inner.bottom, inner.left : inner.right] = 0
        new = tiff_codecs.encode(page, array, old)
        if new is None or not _shows(page, new, index, tables, array):
            raise ValueError("a compression that cannot be written")
        yield index, old, new


def _decoded(page: Any, data: bytes, index: int, tables: bytes | None) -> Any:
    return page.decode(data, index, jpegtables=tables)[0] if data else None


def _shows(page: Any, new: bytes, index: int, tables: bytes | None, wished: Any) -> bool:
    """True where a reader gets what was meant: equal for lossless compressions, close to it for JPEG."""
    import numpy as np

    again = _decoded(page, new, index, tables)
    if again is None or again.shape != wished.shape:
        return False
    if int(page.compression) != 7:
        return bool(np.array_equal(again, wished))
    return bool(np.abs(again.astype("i4") - wished.astype("i4")).mean() < _LOSS)


def _paint_raw(tiff: Tiff, directory: Directory, page: Any, box: Box) -> None:
    """Rows of zeroes straight into an uncompressed picture, in all planes that lie behind one page."""
    width, _height, _across = _grid(page)
    samples = 1 if int(page.planarconfig) == 2 else page.samplesperpixel
    pixel = samples * page.bitspersample // 8
    count, size = tiff_gaps.planes(tiff, directory)
    for index, inner in _touched(page, replace(box)):
        for plane in range(count):
            start = page.dataoffsets[index] + plane * size
            for row in range(inner.top, inner.bottom):
                at = start + (row * width + inner.left) * pixel
                end = min(at + (inner.right - inner.left) * pixel, tiff.end)
                tiff.file.seek(at)
                tiff.file.write(bytes(max(end - at, 0)))
