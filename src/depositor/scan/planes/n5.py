"""Planes of N5 (https://github.com/saalfeldlab/n5): the smallest scale that is large enough."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan import peek
from depositor.scan.planes import codecs
from depositor.scan.planes.base import MAX_PIXELS, Planes, check, thin

_TYPES = {"uint8": ">u1", "uint16": ">u2", "uint32": ">u4", "uint64": ">u8", "int8": ">i1", "int16": ">i2",
          "int32": ">i4", "int64": ">i8", "float32": ">f4", "float64": ">f8"}  # fmt: skip
_MOST_FOLDERS = 200
_MOST_DEPTH = 4


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of the first time point and channel."""
    arrays = [(f, a) for f, a in _arrays(path, 0, [_MOST_FOLDERS]) if len(a["dimensions"]) >= 2]
    wanted = {facts.size_x, facts.size_y}
    group = next((f.parent for f, a in arrays if set(a["dimensions"][:2]) == wanted), None)
    levels = [(f, a) for f, a in arrays if f.parent == group] or arrays
    enough = [one for one in levels if max(one[1]["dimensions"][:2]) >= edge] or levels[:1]
    if not enough:
        return None
    folder, found = min(enough, key=lambda one: one[1]["dimensions"][0] * one[1]["dimensions"][1])
    return Planes((thin(_plane(folder, found), edge),), (None,))


def _arrays(folder: Path, depth: int, left: list[int]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    left[0] -= 1
    if left[0] < 0 or depth > _MOST_DEPTH:
        return
    attributes = peek.json_object(folder / "attributes.json")
    if attributes.get("dimensions") and attributes.get("blockSize"):
        yield folder, attributes
        return
    for below in sorted(f for f in folder.iterdir() if f.is_dir() and not f.is_symlink()):
        yield from _arrays(below, depth + 1, left)


def _plane(folder: Path, array: Mapping[str, Any]) -> Any:
    import numpy as np

    size, block = [int(n) for n in array["dimensions"]], [int(n) for n in array["blockSize"]]
    check(*size[:2])
    check(*block)
    dtype = _TYPES[array["dataType"]]
    plane = np.zeros((size[1], size[0]), dtype)
    counts = [-(-size[n] // block[n]) for n in (0, 1)]
    if counts[0] * counts[1] * int(np.prod(block, dtype="i8")) > 4 * MAX_PIXELS:
        check(MAX_PIXELS, 2)
    middle = [n // 2 if axis == 0 else 0 for axis, n in enumerate(size[2:])]
    deep = [m // b for m, b in zip(middle, block[2:], strict=True)]
    inner = tuple(m % b for m, b in zip(middle, block[2:], strict=True))
    found = 0
    for column, row in product(range(counts[0]), range(counts[1])):
        file = folder.joinpath(*(str(n) for n in (column, row, *deep)))
        if not file.is_file():
            continue
        found += 1
        part = plane[row * block[1] : (row + 1) * block[1], column * block[0] : (column + 1) * block[0]]
        chunk = _block(file, array, dtype)[inner[::-1]]
        part[: chunk.shape[0], : chunk.shape[1]] = chunk[: part.shape[0], : part.shape[1]]
    if not found:
        raise FileNotFoundError
    return plane


def _block(file: Path, array: Mapping[str, Any], dtype: str) -> Any:
    """A block with its axes in the order of numpy: the last axis of the header first."""
    import numpy as np

    content = file.read_bytes()
    mode, count = struct.unpack(">HH", content[:4])
    sizes = struct.unpack(f">{count}I", content[4 : 4 + 4 * count])
    check(*sizes)
    start = 4 + 4 * count + (4 if mode == 1 else 0)
    packing = array.get("compression") or {"type": array.get("compressionType", "raw")}
    expected = int(np.prod(sizes, dtype="i8")) * np.dtype(dtype).itemsize
    data = content[start:]
    if packing["type"] != "raw":
        data = codecs.unpacked(data, {"id": packing["type"]}, expected)
    return np.frombuffer(data, dtype, expected // np.dtype(dtype).itemsize).reshape(sizes[::-1])
