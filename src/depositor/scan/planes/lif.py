"""Planes of Leica LIF: the memory blocks after the description."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import MAX_CHANNELS, Planes, check
from depositor.scan.readers.lif import document, lof
from depositor.scan.readers.xml import Element, attribute, child, children

_MOST_BLOCKS = 5000
_HEAD = 8
_MOST_LETTERS = 1000  # of a block's name
_Z = "3"


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """Up to three channels of the first image: the middle slice, the first time point."""
    with path.open("rb") as file:
        image, name = _first(document(file))
        start = _block(file, name) if name else None
    return _shown(path, facts, edge, image, start)


def single(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The same for a LOF: one image, whose pixels come before its description."""
    with path.open("rb") as file:
        start, root = lof(file)
    image = next(root.iter("Image"), None)
    return _shown(path, facts, edge, image, start)


def _shown(path: Path, facts: ImageFacts, edge: int, image: Element | None, start: int | None) -> Planes | None:
    if start is None or image is None:
        return None
    axes = list(children(image, "ImageDescription/Dimensions/DimensionDescription"))  # the innermost first
    channels = list(children(image, "ImageDescription/Channels/ChannelDescription"))[:MAX_CHANNELS]
    columns, rows, (depth, deeper) = (axis(axes[n] if n < len(axes) else None) for n in range(3))
    if len(axes) > 2 and attribute(axes[2], "DimID") != _Z:
        depth = 1
    grey = []
    for channel in channels:
        at = start + int(attribute(channel, "BytesInc") or 0) + depth // 2 * deeper
        grey.append(_plane(path, at, rows, columns, kind_of(channel), edge))
    colors = ([c.color for c in facts.channels] + [None] * len(grey))[: len(grey)]
    return Planes(tuple(grey), tuple(colors)) if grey else None


def _first(root: Element) -> tuple[Element | None, str]:
    """The first image and the name of the block that holds its pixels."""
    for element in root.iter("Element"):
        image, memory = child(element, "Data/Image"), child(element, "Memory")
        if image is not None and memory is not None:
            return image, attribute(memory, "MemoryBlockID") or ""
    return None, ""


def axis(described: Element | None) -> tuple[int, int]:
    """(number of elements, bytes from one to the next)."""
    if described is None:
        return 1, 0
    return int(attribute(described, "NumberOfElements") or 1), int(attribute(described, "BytesInc") or 0)


def kind_of(channel: Element) -> str:
    """The type of a channel's numbers."""
    bits = int(attribute(channel, "Resolution") or 8)
    return "<f4" if attribute(channel, "DataType") == "1" else "<u1" if bits <= 8 else "<u2"


def _plane(path: Path, at: int, rows: tuple[int, int], columns: tuple[int, int], kind: str, edge: int) -> Any:
    import numpy as np

    check(rows[0], columns[0])
    step = max(1, max(rows[0], columns[0]) // (2 * edge))
    return np.array(spaced(path, at, rows, columns, kind)[::step, ::step])


def spaced(path: Path, at: int, rows: tuple[int, int], columns: tuple[int, int], kind: str) -> Any:
    """A view of a plane whose rows and columns, each (count, bytes between), begin ``at`` in the file. EOFError where
    the file ends before it."""
    import numpy as np

    (height, down), (width, right) = rows, columns
    last = at + (height - 1) * down + (width - 1) * right + int(kind[-1])
    if min(down, right, at) < 0 or last > path.stat().st_size:
        raise EOFError
    content = np.memmap(path, "u1", "r", at, (last - at,))
    return np.ndarray((height, width), kind, content, 0, (down, right))


def _block(file: BinaryIO, name: str) -> int | None:
    """Where the bytes of the memory block ``name`` begin; ``file`` stands behind the description."""
    return next((start for found, start in blocks(file) if found == name), None)


def blocks(file: BinaryIO) -> Iterator[tuple[str, int]]:
    """Name and begin of each memory block; ``file`` stands behind the description."""
    at = file.seek(0, 1)
    end = file.seek(0, 2)
    for _ in range(_MOST_BLOCKS):
        file.seek(at)
        head = file.read(_HEAD + 1)
        if len(head) < _HEAD + 1 or head[:4] != b"\x70\0\0\0":
            return
        raw = file.read(9)
        wide = raw[4:5] != b"\x2a"
        length = struct.unpack("<Q", raw[:8])[0] if wide else struct.unpack("<I", raw[:4])[0]
        file.seek(at + _HEAD + 1 + (8 if wide else 4) + 1)
        letters = struct.unpack("<I", file.read(4))[0]
        found = file.read(2 * min(letters, _MOST_LETTERS)).decode("utf-16-le", "replace")
        start = file.tell()
        yield found, start
        at = start + length
        if at >= end:
            return
