"""Planes that lie unpacked in a file: only the rows that a small picture needs are read."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

from depositor.scan.planes.base import MAX_PIXELS, TooLarge, check

_GZIP = b"\x1f\x8b"


def plane(path: Path, offset: int, height: int, width: int, dtype: str, edge: int, samples: int = 1) -> Any:
    """The plane that begins ``offset`` bytes into the content, thinned to about twice ``edge``.

    ``dtype`` is a numpy type with its byte order (``<u2``). A gzipped file is unpacked up to the plane's end. Raises
    EOFError where the file ends before the plane does, TooLarge where too much would have to be unpacked.
    """
    import numpy as np

    check(height, width, samples)
    shape = (height, width, samples) if samples > 1 else (height, width)
    size = height * width * samples * np.dtype(dtype).itemsize
    step = max(1, max(height, width) // (2 * edge))
    if _gzipped(path):
        return np.frombuffer(_unpacked(path, offset, size), dtype).reshape(shape)[::step, ::step]
    if offset < 0 or offset + size > path.stat().st_size:
        raise EOFError
    return np.array(np.memmap(path, dtype, "r", offset, shape)[::step, ::step])


def packed_plane(
    content: bytes, offset: int, height: int, width: int, dtype: str, samples: int = 1, most: int | None = None
) -> Any:
    """The plane out of bytes that were unpacked elsewhere. Raises EOFError where they end too early, TooLarge where
    the plane takes more than ``most`` bytes (None: has more pixels than a small picture is made of)."""
    import numpy as np

    size = height * width * samples * np.dtype(dtype).itemsize
    if most is None or min(height, width, samples) <= 0:
        check(height, width, samples)
    elif size > most:
        raise TooLarge
    if len(content) < offset + size:
        raise EOFError
    shape = (height, width, samples) if samples > 1 else (height, width)
    return np.frombuffer(content, dtype, height * width * samples, offset).reshape(shape)


def inflated(content: bytes, most: int = 8 * MAX_PIXELS) -> bytes:
    """zlib or gzip bytes, unpacked; TooLarge beyond ``most``."""
    unpacker = zlib.decompressobj(47)
    out = unpacker.decompress(content, most)
    if unpacker.unconsumed_tail:
        raise TooLarge
    return out


def _gzipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _unpacked(path: Path, offset: int, size: int) -> bytes:
    if offset + size > 8 * MAX_PIXELS:
        raise TooLarge
    with gzip.open(path) as file:
        file.seek(offset)
        found = file.read(size)
    if len(found) < size:
        raise EOFError
    return found
