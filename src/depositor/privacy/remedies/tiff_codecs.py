"""One strip or tile of a TIFF packed again as it was: the same compression, predictor, byte order, colours.

Source: TIFF 6.0 and its supplements; codes of compression as libtiff and tifffile list them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_QUALITY = 95
_DEFLATE, _J2K = (8, 32946, 50013), (33003, 33004, 33005, 34712)
_SUBSAMPLING = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (1, 2): "440", (4, 1): "411", (4, 2): "410"}


def encode(page: Any, array: Any, old: bytes) -> bytes | None:
    """The bytes of a segment that shows ``array`` (depth, length, width, samples); None where that cannot be written.

    ``page`` is tifffile's page, ``old`` what the segment held: JPEG keeps how it thinned its colours.
    """
    code = int(page.compression)
    if code == 7:
        return _jpeg(page, array[0], old)
    if code in _J2K:
        return _jpeg2000(array[0])
    packer = _PACKERS.get(code)
    raw = _raw(page, array)
    return None if packer is None or raw is None else packer(raw)


def _raw(page: Any, array: Any) -> bytes | None:
    """The bytes before packing: differences where the file keeps those, in the file's order."""
    if page.bitspersample != array.itemsize * 8 or page.fillorder != 1:
        return None
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    predictor = int(page.predictor)
    if predictor == 3:
        return _floating(page, array)
    if predictor == 2:
        import imagecodecs

        native = imagecodecs.delta_encode(native, axis=-2)
    order = {"<": "little", ">": "big"}[page.parent.byteorder]
    return bytes((native if order == sys.byteorder else native.byteswap()).tobytes())


def _floating(page: Any, array: Any) -> bytes | None:
    """Floating numbers with their bytes sorted by weight, then differences: tifffile reads them in the file's order."""
    import imagecodecs

    ordered = array.astype(array.dtype.newbyteorder(page.parent.byteorder))
    return bytes(imagecodecs.floatpred_encode(ordered, axis=-2).tobytes())


def _deflate(raw: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.zlib_encode(raw, level=6))


def _lzw(raw: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.lzw_encode(raw))


def _packbits(raw: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.packbits_encode(raw))


def _zstd(raw: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.zstd_encode(raw))


def _lzma(raw: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.lzma_encode(raw))


_PACKERS: dict[int, Callable[[bytes], bytes]] = {
    1: bytes,
    5: _lzw,
    32773: _packbits,
    34925: _lzma,
    50000: _zstd,
    **dict.fromkeys(_DEFLATE, _deflate),
}


def _jpeg(page: Any, picture: Any, old: bytes) -> bytes | None:
    import imagecodecs

    if picture.dtype.kind != "u" or picture.itemsize != 1 or picture.shape[-1] not in (1, 3):
        return None
    if picture.shape[-1] == 1:
        return bytes(imagecodecs.jpeg8_encode(picture[..., 0], level=_QUALITY))
    colours = "RGB" if int(page.photometric) == 2 else "YCBCR"
    thinned = _subsampling(old) if colours == "YCBCR" else "444"
    return bytes(
        imagecodecs.jpeg8_encode(picture, level=_QUALITY, colorspace="RGB", outcolorspace=colours, subsampling=thinned)
    )


def _subsampling(jpeg: bytes) -> str:
    """How the colours of a JPEG are thinned, from its frame header."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xC2 and at + 12 <= len(jpeg):
            return _SUBSAMPLING.get((jpeg[at + 11] >> 4, jpeg[at + 11] & 15), "444")
        at += 2 + length
    return "444"


def _jpeg2000(picture: Any) -> bytes | None:
    import imagecodecs

    if picture.dtype.kind != "u" or picture.itemsize > 2:
        return None
    flat = picture[..., 0] if picture.shape[-1] == 1 else picture
    return bytes(imagecodecs.jpeg2k_encode(flat, level=0, codecformat="J2K", reversible=True, mct=False))
