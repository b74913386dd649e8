"""One packed picture unpacked, and packed again in the same way, with the least loss that the way allows.

Colours are left as the file stores them; nothing is converted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from depositor.privacy.remedies.dicom.layout import Layout

_JPEG = "1.2.840.10008.1.2.4."
RLE = "1.2.840.10008.1.2.5"
_BASELINE = frozenset({_JPEG + "50", _JPEG + "51"})
_LOSSLESS = frozenset({_JPEG + "57", _JPEG + "70"})
_OTHER_JPEG = frozenset(_JPEG + n for n in ("52", "53", "54", "55", "56", "58"))  # retired; unpacked, not packed again
_JPEG_LS = frozenset({_JPEG + "80", _JPEG + "81"})
_JPEG_2000 = frozenset({_JPEG + "90", _JPEG + "91"})
PLAIN = "1.2.840.10008.1.2.1"


@dataclass(frozen=True, slots=True)
class Codec:
    """``encode`` is None where pictures can be unpacked only; the copy is then written unpacked.

    ``method`` is the defined term of Lossy Image Compression Method for what ``encode`` loses, "" if it loses nothing.
    """

    decode: Callable[[bytes, Layout], Any]
    encode: Callable[[Any, Layout, bytes], bytes] | None
    method: str = ""


def of(syntax: str, layout: Layout) -> Codec | None:
    """How pictures of a transfer syntax are unpacked and packed; None where nothing here can."""
    if syntax in _BASELINE:
        return Codec(_from_jpeg, _to_lossy_jpeg, "ISO_10918_1")
    if syntax in _LOSSLESS:
        return Codec(_from_jpeg, _to_lossless_jpeg)
    if syntax in _OTHER_JPEG:
        return Codec(_from_jpeg, None)
    if syntax in _JPEG_LS:
        return Codec(_from_jpeg_ls, _to_jpeg_ls)
    if syntax in _JPEG_2000:
        lossy = layout.photometric == "YBR_ICT"
        return Codec(_from_jpeg_2000, _to_jpeg_2000, "ISO_15444_1" if lossy else "")
    return Codec(_from_rle, _to_rle) if syntax == RLE else None


def _components(layout: Layout) -> dict[str, Any]:
    return {"colorspace": "RGB", "outcolorspace": "RGB"} if layout.samples == 3 else {}


def _from_jpeg(raw: bytes, layout: Layout) -> Any:
    import imagecodecs

    return imagecodecs.jpeg8_decode(raw, **_components(layout))


def _to_lossy_jpeg(picture: Any, layout: Layout, old: bytes) -> bytes:
    import imagecodecs

    kind = "YCBCR" if layout.photometric.startswith("YBR") else "RGB"
    colours: dict[str, Any] = (
        {"colorspace": kind, "outcolorspace": kind, "subsampling": "444"} if layout.samples == 3 else {}
    )
    bits = 12 if picture.dtype.itemsize == 2 else None
    return bytes(imagecodecs.jpeg8_encode(picture, level=100, bitspersample=bits, **colours))


def _to_lossless_jpeg(picture: Any, layout: Layout, old: bytes) -> bytes:
    import imagecodecs

    bits = _jpeg_precision(old) or layout.stored
    return bytes(
        imagecodecs.jpeg8_encode(picture, lossless=True, predictor=1, bitspersample=bits, **_components(layout))
    )


def _jpeg_precision(raw: bytes) -> int:
    """The bits of a sample as the frame's header says, 0 where there is none."""
    at = 2
    while at + 5 < len(raw) and raw[at] == 0xFF:
        marker = raw[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return raw[at + 4]
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    return 0


def _from_jpeg_ls(raw: bytes, layout: Layout) -> Any:
    import imagecodecs

    return imagecodecs.jpegls_decode(raw)


def _to_jpeg_ls(picture: Any, layout: Layout, old: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.jpegls_encode(picture, level=0))


def _from_jpeg_2000(raw: bytes, layout: Layout) -> Any:
    import imagecodecs

    return imagecodecs.jpeg2k_decode(raw)


def _to_jpeg_2000(picture: Any, layout: Layout, old: bytes) -> bytes:
    import imagecodecs

    size, style = old.find(b"\xff\x51"), old.find(b"\xff\x52")
    bits = (old[size + 40] & 0x7F) + 1 if size >= 0 else layout.stored
    mixed = layout.samples == 3 and style >= 0 and old[style + 8] == 1
    return bytes(
        imagecodecs.jpeg2k_encode(
            picture,
            level=0,
            codecformat="j2k",
            reversible=layout.photometric != "YBR_ICT",
            bitspersample=bits,
            mct=mixed,
        )
    )


def _from_rle(raw: bytes, layout: Layout) -> Any:
    import imagecodecs
    import numpy as np

    form = np.dtype(f"<{'i' if layout.signed else 'u'}{layout.allocated // 8}")
    planes = np.frombuffer(imagecodecs.dicomrle_decode(raw, form), form)
    picture = planes.reshape(layout.samples, layout.rows, layout.columns)
    return np.ascontiguousarray(picture.transpose(1, 2, 0)) if layout.samples > 1 else picture[0].copy()


def _to_rle(picture: Any, layout: Layout, old: bytes) -> bytes:
    """Byte planes, the highest first, each row packed by itself. Source: PS3.5 G."""
    import imagecodecs
    import numpy as np

    planes = np.atleast_3d(picture)
    segments = []
    for sample in range(layout.samples):
        plane = np.ascontiguousarray(planes[:, :, sample])
        octets = plane.view("u1").reshape(layout.rows, layout.columns, plane.itemsize)
        for byte in range(plane.itemsize - 1, -1, -1):
            rows = np.ascontiguousarray(octets[:, :, byte])
            packed = b"".join(bytes(imagecodecs.packbits_encode(row.tobytes())) for row in rows)
            segments.append(packed + bytes(len(packed) % 2))
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    head = [len(segments), *offsets, *[0] * (15 - len(offsets))]
    return b"".join([*(n.to_bytes(4, "little") for n in head), *segments])
