"""The first bytes of a file that may be gzipped."""

from __future__ import annotations

import zlib
from pathlib import Path

_GZIP = b"\x1f\x8b"


def unpacked(first_bytes: bytes, most: int = 4096) -> bytes:
    """``first_bytes``, unpacked where they are gzip; empty where that fails."""
    if not first_bytes.startswith(_GZIP):
        return first_bytes
    try:
        return zlib.decompressobj(31).decompress(first_bytes, most)
    except zlib.error:
        return b""


def is_packed(path: Path) -> bool:
    """True for a gzipped file."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def first(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of the content, unpacked where the file is gzipped."""
    with path.open("rb") as file:
        return unpacked(file.read(4 * most + 4096), most)[:most]
