"""Packed bytes, unpacked: the codecs of Zarr, N5 and CZI. What comes out is bounded by what is expected."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Mapping
from typing import Any

from depositor.scan.planes import raw
from depositor.scan.planes.base import TooLarge

_SLACK = 1024  # codecs that write a little more than they were given


def unpacked(content: bytes, codec: Mapping[str, Any], expected: int) -> bytes:
    """``content`` unpacked by the codec of that ``id``; ``expected`` bytes shall come out. Raises KeyError for a codec
    that is not known, TooLarge where more comes out than was said."""
    import imagecodecs

    most = expected + _SLACK
    found: Any
    match codec["id"]:
        case "zlib" | "gzip":
            found = raw.inflated(content, most)
        case "bz2" | "bzip2":
            found = bz2.BZ2Decompressor().decompress(content, most)
        case "lzma" | "xz":
            found = lzma.LZMADecompressor().decompress(content, most)
        case "blosc":
            if int.from_bytes(content[4:8], "little") > most:
                raise TooLarge
            found = imagecodecs.blosc_decode(content)
        case "zstd":
            found = imagecodecs.zstd_decode(content, out=most)
        case "lz4":
            if int.from_bytes(content[:4], "little") > most:
                raise TooLarge
            found = imagecodecs.lz4_decode(content, header=True)
        case _:
            raise KeyError(codec["id"])
    return bytes(found)[:expected]
