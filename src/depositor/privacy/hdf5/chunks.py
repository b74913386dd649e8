"""Chunks of packed HDF5 data sets, unpacked and packed again by hand: a library that follows pointers to texts in a
damaged file never ends, and what it writes again it writes elsewhere.

Source: HDF5 File Format Specification 3.0, filters 1 (deflate) and 2 (shuffle). Readers stop at the end of a deflate
stream, so that a shorter one may be filled up with zeros.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

MOST_CHUNK = 8 * 1024 * 1024  # bytes of a chunk, unpacked
_DEFLATE, _SHUFFLE = 1, 2


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where a packed chunk lies; ``mask`` has a bit for each filter that was left out."""

    offset: int
    size: int
    mask: int


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a data set in the order in which they pack: (code, first setting)."""

    listed: tuple[tuple[int, int], ...]

    @property
    def are_known(self) -> bool:
        return all(code in (_DEFLATE, _SHUFFLE) for code, _value in self.listed)

    def unpacked(self, raw: bytes, mask: int) -> bytes:
        """The bytes of a chunk. Raises ValueError for damaged ones and for more than may come out."""
        for number, (code, value) in reversed(list(enumerate(self.listed))):
            if mask >> number & 1:
                continue
            raw = _inflated(raw) if code == _DEFLATE else _unshuffled(raw, value)
        return raw

    def packed(self, raw: bytes, mask: int, size: int) -> bytes:
        """The chunk again, in exactly ``size`` bytes. Raises ValueError where it does not fit any more."""
        for number, (code, value) in enumerate(self.listed):
            if not mask >> number & 1:
                raw = zlib.compress(raw, 9) if code == _DEFLATE else _shuffled(raw, value)
        if len(raw) > size or (len(raw) < size and (not self.listed or self.listed[-1][0] != _DEFLATE)):
            raise ValueError("the chunk does not fit")
        return raw.ljust(size, b"\0")


def filters_of(data: Any) -> Filters:
    """The filters of a data set as the library tells them."""
    plist = data.id.get_create_plist()
    found = (plist.get_filter(n) for n in range(plist.get_nfilters()))
    return Filters(tuple((int(code), int(values[0]) if values else 0) for code, _flags, values, _name in found))


def _inflated(raw: bytes) -> bytes:
    try:
        found = zlib.decompressobj().decompress(raw, MOST_CHUNK + 1)
    except zlib.error as error:
        raise ValueError("a damaged chunk") from error
    if len(found) > MOST_CHUNK:
        raise ValueError("too large")
    return found


def _shuffled(raw: bytes, width: int) -> bytes:
    """All first bytes of the values, then all second ones; what is left over stays at the end."""
    count = len(raw) // width if width > 1 else 0
    body = b"".join(raw[n : count * width : width] for n in range(width)) if count > 1 else raw[: count * width]
    return body + raw[count * width :]


def _unshuffled(raw: bytes, width: int) -> bytes:
    count = len(raw) // width if width > 1 else 0
    if count < 2:
        return raw
    out = bytearray(raw)
    for n in range(width):
        out[n : count * width : width] = raw[n * count : (n + 1) * count]
    return bytes(out)
