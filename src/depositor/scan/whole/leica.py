"""LIF and LOF: the planes of every image out of its memory block."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.lif import axis, blocks, kind_of, spaced
from depositor.scan.readers import leica
from depositor.scan.readers.base import Truncated
from depositor.scan.readers.lif import document, lof
from depositor.scan.readers.xml import Element, attribute, child, children
from depositor.scan.whole.base import MOST_IMAGES, NotWhole, Whole

_X, _Y, _Z, _T = "1", "2", "3", "4"
_ONE = (1, 0)


def images(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """An image for each of the file, and for each step of axes that OME-TIFF has not (tiles, wavelengths, views)."""
    with path.open("rb") as file:
        root = document(file)
        starts = dict(blocks(file))
    memory = {
        child(e, "Data/Image"): attribute(child(e, "Memory"), "MemoryBlockID") or "" for e in root.iter("Element")
    }
    out: list[Whole] = []
    for number, (_, image) in enumerate(leica.images(root)):
        if memory.get(image) not in starts:
            raise Truncated("no pixels")
        out += _of(path, image, starts[memory[image]], number)
    return out


def single(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """The same for a LOF."""
    with path.open("rb") as file:
        start, root = lof(file)
    found = [image for _, image in leica.images(root)]
    if len(found) != 1:
        raise NotWhole
    return list(_of(path, found[0], start, 0))


def _of(path: Path, image: Element, begin: int, number: int) -> Iterator[Whole]:
    axes = {
        attribute(a, "DimID") or "": axis(a)
        for a in children(image, "ImageDescription/Dimensions/DimensionDescription")
    }
    channels = list(children(image, "ImageDescription/Channels/ChannelDescription"))
    kinds = {kind_of(c) for c in channels if _is_plain(c)}
    others = [a for name, a in axes.items() if name not in (_X, _Y, _Z, _T)]
    if len(kinds) != 1 or not all(map(_is_plain, channels)) or _X not in axes:
        raise NotWhole
    kind = kinds.pop()
    starts = [begin + int(attribute(c, "BytesInc") or 0) for c in channels]
    x, y, (deep, z_step), (times, t_step) = (axes.get(name, _ONE) for name in (_X, _Y, _Z, _T))
    if math.prod(count for count, _ in others) > MOST_IMAGES:
        raise NotWhole
    _lies_inside(path, max(starts), (x, y, (deep, z_step), (times, t_step), *others), len(channels), kind)
    places = itertools.product(*([n * step for n in range(count)] for count, step in others))
    for offset in map(sum, places):

        def load(z: int, c: int, t: int, offset: int = offset) -> Any:
            return spaced(path, starts[c] + z * z_step + t * t_step + offset, y, x, kind)

        yield Whole(x[0], y[0], deep, len(channels), times, _NAMES[kind], load, described=number)


def _lies_inside(path: Path, begin: int, axes: tuple[tuple[int, int], ...], channels: int, kind: str) -> None:
    """Truncated where the pixels do not lie between ``begin`` and the end of the file, or are more than it can hold."""
    size = path.stat().st_size
    last = begin + sum((count - 1) * step for count, step in axes) + int(kind[-1])
    number = channels * math.prod(count for count, _ in axes) * int(kind[-1])
    if min(step for _, step in axes) < 0 or last > size or number > size:
        raise Truncated("the pixels break off")


def _is_plain(channel: Element) -> bool:
    """True for numbers of the widths that are known."""
    bits = int(attribute(channel, "Resolution") or 8)
    return bits == 32 if attribute(channel, "DataType") == "1" else 1 <= bits <= 16


_NAMES = {"<u1": "uint8", "<u2": "uint16", "<f4": "float32"}
