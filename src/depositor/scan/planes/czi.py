"""Planes of CZI files: tiles of the smallest pyramid level that is large enough, unpacked and put together."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import MAX_CHANNELS, MAX_PIXELS, Planes, TooLarge, check
from depositor.scan.readers.czi import CziFile, Subblock

_MAX_TILES = 4000
_PLAIN, _JPEG, _LZW, _JPEG_XR, _ZSTD, _ZSTD_PLUS = 0, 1, 2, 4, 5, 6
PACKED = frozenset((_PLAIN, _JPEG, _LZW, _JPEG_XR, _ZSTD, _ZSTD_PLUS))
TYPES = {
    "Gray8": ("<u1", 1),
    "Gray16": ("<u2", 1),
    "Gray32": ("<u4", 1),
    "Gray32Float": ("<f4", 1),
    "Bgr24": ("<u1", 3),
    "Bgr48": ("<u2", 3),
    "Bgra32": ("<u1", 4),
}


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """Up to three channels of the middle slice of the first time point and scene; None where tiles are packed with
    something that is not known here."""
    with path.open("rb") as file:
        return planes_in(file, [c.color for c in facts.channels], edge)


def planes_in(file: BinaryIO, colors: Sequence[str | None], edge: int) -> Planes | None:
    """The same out of an open file, which may be one that lies inside another."""
    blocks = [b for b in CziFile(file).subblocks() if "X" in b.dimensions and "Y" in b.dimensions]
    blocks = _of_one(blocks, "S", first=True)
    blocks = _of_one(_of_one(blocks, "T", first=True), "Z", first=False)
    blocks = _level(blocks, edge)
    channels = sorted({start(b, "C") for b in blocks})[:MAX_CHANNELS]
    if not blocks or any(b.compression not in PACKED for b in blocks) or len(blocks) > _MAX_TILES:
        return None
    found = [_mosaic(file, [b for b in blocks if start(b, "C") == c], edge) for c in channels]
    if found[0].ndim == 3:
        return Planes(rgb=found[0][..., 2::-1])
    known = [*colors, *([None] * len(found))]
    return Planes(tuple(found), tuple(known[: len(found)]))


def start(block: Subblock, axis: str) -> int:
    """Where a tile begins on an axis; 0 on one that it does not tell."""
    return block.dimensions.get(axis, (0, 1, 1))[0]


def _of_one(blocks: list[Subblock], axis: str, *, first: bool) -> list[Subblock]:
    starts = sorted({start(b, axis) for b in blocks})
    wanted = starts[0 if first else len(starts) // 2] if starts else 0
    return [b for b in blocks if start(b, axis) == wanted]


def _scale(block: Subblock) -> int:
    _, size, stored = block.dimensions["X"]
    return max(1, round(size / max(stored, 1)))


def _level(blocks: list[Subblock], edge: int) -> list[Subblock]:
    """The tiles of the coarsest level on which the whole is still at least ``edge`` pixels long."""
    if not blocks:
        return []
    left, top, right, bottom = _box(blocks)
    length = max(right - left, bottom - top)
    enough = [s for s in {_scale(b) for b in blocks} if length // s >= edge]
    wanted = max(enough, default=1)
    return [b for b in blocks if _scale(b) == wanted]


def _box(blocks: Sequence[Subblock]) -> tuple[int, int, int, int]:
    xs, ys = [b.dimensions["X"] for b in blocks], [b.dimensions["Y"] for b in blocks]
    return min(x[0] for x in xs), min(y[0] for y in ys), max(x[0] + x[1] for x in xs), max(y[0] + y[1] for y in ys)


def _mosaic(file: BinaryIO, blocks: list[Subblock], edge: int) -> Any:
    """The tiles on one canvas, each thinned before it is put there."""
    import numpy as np

    left, top, right, bottom = _box(blocks)
    scale = _scale(blocks[0])
    step = max(1, max(right - left, bottom - top) // scale // (2 * edge))
    every = scale * step
    width, height = -(-(right - left) // every), -(-(bottom - top) // every)
    dtype, samples = TYPES[blocks[0].pixel_type]
    check(width, height, samples)
    if sum(b.dimensions["X"][2] * b.dimensions["Y"][2] for b in blocks) * samples > MAX_PIXELS:
        raise TooLarge
    canvas = np.zeros((height, width, samples) if samples > 1 else (height, width), dtype)
    for block in blocks:
        check(block.dimensions["X"][2], block.dimensions["Y"][2], samples)
        thinned = tile(file, block, dtype, samples)[::step, ::step]
        x, y = (block.dimensions["X"][0] - left) // every, (block.dimensions["Y"][0] - top) // every
        part = canvas[y : y + thinned.shape[0], x : x + thinned.shape[1]]
        part[...] = thinned[: part.shape[0], : part.shape[1]]
    return canvas


def tile(file: BinaryIO, block: Subblock, dtype: str, samples: int) -> Any:
    """The pixels of a tile as they are stored, blue before red. The caller looks at its size first."""
    import numpy as np

    width, height = block.dimensions["X"][2], block.dimensions["Y"][2]
    file.seek(block.position + 32)
    metadata, _, data = struct.unpack("<iiq", file.read(16))
    entry = 32 + 20 * struct.unpack("<i", file.read(32)[28:])[0]
    file.seek(block.position + 32 + max(256, 16 + entry) + metadata)
    shape = (height, width, samples) if samples > 1 else (height, width)
    expected = width * height * samples * np.dtype(dtype).itemsize
    if block.compression == _PLAIN:
        return np.frombuffer(file.read(expected), dtype).reshape(shape)
    if not 0 < data <= 8 * MAX_PIXELS:
        raise TooLarge
    return _unpacked(file.read(data), block.compression, np.dtype(dtype), expected).reshape(shape)


def _unpacked(content: bytes, packing: int, dtype: Any, expected: int) -> Any:
    """The values of a packed tile. A picture in JPEG or JPEG XR has the colours the other way round than the rest of
    the format, so they are turned back."""
    import imagecodecs
    import numpy as np

    if packing in (_JPEG, _JPEG_XR):
        found = imagecodecs.jpeg_decode(content) if packing == _JPEG else imagecodecs.jpegxr_decode(content)
        return found[..., ::-1] if found.ndim == 3 else found
    if packing == _LZW:
        return np.frombuffer(bytes(imagecodecs.lzw_decode(content))[:expected], dtype)
    shuffled = False
    if packing == _ZSTD_PLUS:  # a small header: its length, and whether low and high bytes lie apart
        length = content[0]
        shuffled = length > 1 and content[1] == 1 and bool(content[2] & 1)
        content = content[length:]
    found = np.frombuffer(bytes(imagecodecs.zstd_decode(content, out=expected)), "u1")
    if shuffled:
        found = np.ascontiguousarray(found.reshape(2, -1).T).reshape(-1)
    return found.view(dtype)
