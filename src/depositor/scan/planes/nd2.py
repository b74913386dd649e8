"""The first frame of an ND2 file: its components are the channels."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.planes import raw
from depositor.scan.planes.base import MAX_CHANNELS, MAX_PIXELS, Planes, TooLarge, check
from depositor.scan.readers.nd2 import chunk_map

_TIME = 8  # bytes before the pixels: when the frame was taken
_TYPES = {"uint8": "<u1", "uint16": "<u2", "float32": "<f4"}


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """Up to three channels of the middle slice of a stack, of the first time point otherwise."""
    if facts.pixel_type not in _TYPES or not facts.size_x or not facts.size_y:
        return None
    channels = max(facts.size_c or 1, 1)
    check(facts.size_x, facts.size_y, channels)
    number = (facts.size_z or 1) // 2 if (facts.size_t or 1) == 1 else 0
    with path.open("rb") as file:
        chunks = chunk_map(file)
        found = frame(file, chunks, number, facts)
        if found is None:
            found = frame(file, chunks, 0, facts)
    if found is None:
        return None
    step = max(1, max(facts.size_x, facts.size_y) // (2 * edge))
    found = found[::step, ::step]
    grey = tuple(found[..., n] for n in range(min(channels, MAX_CHANNELS))) if channels > 1 else (found,)
    colors = ([c.color for c in facts.channels] + [None] * len(grey))[: len(grey)]
    return Planes(grey, tuple(colors))


def frame(
    file: BinaryIO, chunks: Mapping[bytes, int], number: int, facts: ImageFacts, most: int = 8 * MAX_PIXELS
) -> Any:
    """A frame: (height, width), or (height, width, components) where there are several. None where the file has none
    of that number. TooLarge beyond ``most`` bytes."""
    at = chunks.get(f"ImageDataSeq|{number}!".encode())
    if at is None:
        return None
    file.seek(at)
    _, name, length = struct.unpack("<4sIQ", file.read(16))
    if length > most:
        raise TooLarge
    file.seek(name, 1)
    content = file.read(length)[_TIME:]
    width, height, kind = facts.size_x or 0, facts.size_y or 0, _TYPES[facts.pixel_type or ""]
    channels = max(facts.size_c or 1, 1)
    if len(content) < width * height * channels * int(kind[-1]):
        content = raw.inflated(content, most)
    stored = len(content) // height // channels // int(kind[-1])  # rows may be padded
    found = raw.packed_plane(content, 0, height, max(stored, width), kind, channels, most)
    return found[:, :width]
