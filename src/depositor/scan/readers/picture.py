"""PNG, JPEG, GIF, BMP and WebP: sizes from the first bytes, camera and date from EXIF."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import exif, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_PNG = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by PNG colour type
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # tables, not the start of a frame
_MAX_SEGMENTS = 1000
_MAX_BLOCKS = 20_000
_BMP_HEADS = (12, 40, 52, 56, 64, 108, 124)


class PictureReader:
    """Pictures of cameras and programs."""

    id = "picture"
    formats: tuple[str, ...] = ("PNG", "JPEG", "GIF", "BMP", "WebP")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if first_bytes.startswith((_PNG, b"\xff\xd8\xff", b"GIF87a", b"GIF89a")):
            return True
        if first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP":
            return True
        bitmap = first_bytes[:2] == b"BM" and len(first_bytes) >= 30
        return bitmap and struct.unpack("<I", first_bytes[14:18])[0] in _BMP_HEADS

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            first = file.read(12)
            if first[:8] == _PNG:
                return Reading("PNG", (_png(file),))
            if first[:3] == b"GIF":
                return Reading("GIF", (_gif(file),))
            if first[:2] == b"BM":
                return Reading("BMP", (_bmp(file),))
            if first[:4] == b"RIFF":
                return Reading("WebP", (_webp(file),))
            return Reading("JPEG", (_jpeg(file),))


def _exactly(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    raw = file.read(size)
    if len(raw) < size:
        raise Truncated("the header breaks off")
    return raw


def _flat(key: str, width: int, height: int, samples: int | None, kind: str | None) -> ImageFacts:
    if sane.size(width) is None or sane.size(height) is None:
        raise Implausible("no sizes")
    return with_facts(ImageFacts(), key, size_x=width, size_y=height, size_z=1, size_t=1, size_c=samples,
                      pixel_type=kind)  # fmt: skip


# --- PNG -----------------------------------------------------------------------------------------------------------


def _png(file: BinaryIO) -> ImageFacts:
    length, kind, width, height, bits, color = struct.unpack(">I4sIIBB", _exactly(file, 8, 18))
    if kind != b"IHDR" or length != 13:
        raise Implausible("no sizes")
    kinds = {1: "bool", 2: "uint8", 4: "uint8", 8: "uint8", 16: "uint16"}
    facts = _flat("IHDR", width, height, _SAMPLES.get(color), kinds.get(bits))
    return _png_exif(facts, file)


def _png_exif(facts: ImageFacts, file: BinaryIO) -> ImageFacts:
    """The EXIF of a PNG, where it stands before the pixels."""
    at = 33
    for _ in range(_MAX_SEGMENTS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"IDAT", b"IEND"):
            break
        if kind == b"eXIf" and length <= exif.MOST_BYTES:
            return exif.described(facts, file.read(length))
        at += 12 + length
    return facts


# --- JPEG ----------------------------------------------------------------------------------------------------------


def _jpeg(file: BinaryIO) -> ImageFacts:
    """Walk the segments to the start of the frame."""
    file.seek(2)
    camera = b""
    for _ in range(_MAX_SEGMENTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            raise Truncated("no frame")
        marker, length = head[1], struct.unpack(">H", head[2:])[0]
        after = file.tell() + max(length - 2, 0)
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return exif.described(_frame(file), camera) if camera else _frame(file)
        if marker == 0xE1 and not camera and file.read(6) == b"Exif\0\0":
            camera = file.read(max(length - 8, 0))
        file.seek(after)
    raise Implausible("no frame")


def _frame(file: BinaryIO) -> ImageFacts:
    frame = file.read(6)
    if len(frame) < 6:
        raise Truncated("the frame breaks off")
    bits, height, width, samples = struct.unpack(">BHHB", frame)
    return _flat("SOF", width, height, samples or None, "uint8" if bits == 8 else "uint16")


# --- GIF, BMP, WebP ------------------------------------------------------------------------------------------------


def _gif(file: BinaryIO) -> ImageFacts:
    """Colours of a table are three samples; the frames are counted, never unpacked."""
    width, height, flags = struct.unpack("<HHB", _exactly(file, 6, 5))
    file.seek(13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
    frames = _gif_frames(file)
    facts = _flat("Logical Screen", width, height, 3, "uint8")
    return with_facts(facts, "Image Descriptor", size_t=frames) if frames else _without_time(facts)


def _without_time(facts: ImageFacts) -> ImageFacts:
    from dataclasses import replace

    return replace(facts, size_t=None, keys={k: v for k, v in facts.keys.items() if k != "size_t"})


def _gif_frames(file: BinaryIO) -> int | None:
    """The number of pictures, or None where the file ends before its end mark or is too long to walk."""
    frames = 0
    for _ in range(_MAX_BLOCKS):
        mark = file.read(1)
        if mark == b"\x3b":
            return frames or None
        if mark == b"\x2c":
            frames += 1
            head = file.read(9)
            if len(head) < 9:
                return None
            file.seek((3 << (head[8] & 7) + 1 if head[8] & 0x80 else 0) + 1, 1)
        elif mark == b"\x21":
            file.seek(1, 1)
        else:
            return None
        if not _skip_blocks(file):
            return None
    return None


def _skip_blocks(file: BinaryIO) -> bool:
    for _ in range(_MAX_BLOCKS):
        length = file.read(1)
        if not length:
            return False
        if length == b"\0":
            return True
        file.seek(length[0], 1)
    return False


def _bmp(file: BinaryIO) -> ImageFacts:
    length = struct.unpack("<I", _exactly(file, 14, 4))[0]
    if length == 12:
        width, height, _, bits = struct.unpack("<HHHH", _exactly(file, 18, 8))
    else:
        width, height, _, bits = struct.unpack("<iiHH", _exactly(file, 18, 12))
    samples = {24: 3, 32: 4}.get(bits)
    kind = "uint8" if bits in (1, 4, 8, 24, 32) else None
    return _flat("biWidth, biHeight", width, abs(height), samples, kind)


def _webp(file: BinaryIO) -> ImageFacts:
    kind, raw = _exactly(file, 12, 4), _exactly(file, 20, 10)
    if kind == b"VP8X":
        width, height = (int.from_bytes(raw[n : n + 3], "little") + 1 for n in (4, 7))
    elif kind == b"VP8L" and raw[0] == 0x2F:
        bits = int.from_bytes(raw[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and raw[3:6] == b"\x9d\x01\x2a":
        width, height = (n & 0x3FFF for n in struct.unpack("<HH", raw[6:10]))
    else:
        raise Implausible("no sizes")
    told: Any = {"size_x": width, "size_y": height, "size_z": 1, "pixel_type": "uint8"}
    if not width or not height:
        raise Implausible("no sizes")
    return with_facts(ImageFacts(), kind.decode("ascii"), **told)
