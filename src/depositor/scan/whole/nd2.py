"""ND2: frames in the order of their loops; the components of a frame are its channels."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.nd2 import frame
from depositor.scan.readers.base import Truncated
from depositor.scan.readers.nd2 import chunk_map, sequence
from depositor.scan.whole.base import MOST_BYTES, MOST_IMAGES, NotWhole, Whole

_TYPES = ("uint8", "uint16", "float32")
_TIMES, _SLICES = (1, 8), (4,)  # kinds of loops


def images(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """An image for each position of the stage (each step of loops that are neither times nor slices)."""
    file = stack.enter_context(path.open("rb"))
    chunks = chunk_map(file)
    told = facts[0]
    if told.pixel_type not in _TYPES or not told.size_x or not told.size_y:
        raise NotWhole
    count, loops = sequence(file, chunks)
    frames = _numbered(count, loops)
    times, slices = (_count(loops, kinds) for kinds in (_TIMES, _SLICES))
    positions = len(frames) // (times * slices)
    if positions > MOST_IMAGES:
        raise NotWhole
    if len(chunks) < count or f"ImageDataSeq|{count - 1}!".encode() not in chunks:
        raise Truncated("frames are missing")
    channels = max(told.size_c or 1, 1)

    def image(position: int) -> Whole:
        def load(z: int, c: int, t: int) -> Any:
            found = frame(file, chunks, frames[position, z, t], told, MOST_BYTES)
            if found is None:
                raise Truncated("a frame is missing")
            return found[..., c] if channels > 1 else found

        return Whole(told.size_x or 0, told.size_y or 0, slices, channels, times, str(told.pixel_type), load)

    return [image(n) for n in range(positions)]


def _count(loops: list[tuple[int, int]], kinds: tuple[int, ...]) -> int:
    total = 1
    for kind, count in loops:
        total *= count if kind in kinds else 1
    return total


def _numbered(count: int, loops: list[tuple[int, int]]) -> dict[tuple[int, int, int], int]:
    """(position, slice, time) -> number of the frame. NotWhole where the loops were not gone through as they tell."""
    total = 1
    for _, size in loops:
        total *= size
    if total != count or total > 1_000_000:
        raise NotWhole
    out: dict[tuple[int, int, int], int] = {}
    for number, steps in enumerate(itertools.product(*(range(size) for _, size in loops))):
        place = [0, 0, 0]
        for step, (kind, size) in zip(steps, loops, strict=True):
            at = 2 if kind in _TIMES else 1 if kind in _SLICES else 0
            place[at] = place[at] * size + step
        out[place[0], place[1], place[2]] = number
    return out
