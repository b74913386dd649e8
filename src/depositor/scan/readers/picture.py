"""PNG and JPEG: sizes from the first bytes, camera and date from EXIF. A place (GPS) is never read here."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from depositor.draft.facts import Device, ImageFacts
from depositor.scan.readers import sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_PNG = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by PNG colour type
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # tables, not the start of a frame
_MAX_SEGMENTS = 1000


class PictureReader:
    """PNG and JPEG."""

    id = "picture"
    formats: tuple[str, ...] = ("PNG", "JPEG")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith((_PNG, b"\xff\xd8\xff"))

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            if file.read(8) == _PNG:
                return Reading("PNG", (_png(file),))
            return Reading("JPEG", (_camera(_jpeg(file), path),))


def _png(file: BinaryIO) -> ImageFacts:
    head = file.read(25)
    if len(head) < 25:
        raise Truncated("no IHDR")
    length, kind, width, height, bits, color = struct.unpack(">I4sIIBB", head[:18])
    if kind != b"IHDR" or length != 13 or sane.size(width) is None or sane.size(height) is None:
        raise Implausible("no sizes")
    facts = with_facts(ImageFacts(), "IHDR", size_x=width, size_y=height, size_z=1, size_t=1)
    kinds = {1: "bool", 2: "uint8", 4: "uint8", 8: "uint8", 16: "uint16"}
    return with_facts(facts, "IHDR", size_c=_SAMPLES.get(color), pixel_type=kinds.get(bits))


def _jpeg(file: BinaryIO) -> ImageFacts:
    """Walk the segments to the start of the frame."""
    file.seek(2)
    for _ in range(_MAX_SEGMENTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            raise Truncated("no frame")
        marker, length = head[1], struct.unpack(">H", head[2:])[0]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            frame = file.read(6)
            if len(frame) < 6:
                raise Truncated("the frame breaks off")
            bits, height, width, samples = struct.unpack(">BHHB", frame)
            if not width or not height:
                raise Implausible("no sizes")
            kind = "uint8" if bits == 8 else "uint16"
            return with_facts(ImageFacts(), "SOF", size_x=width, size_y=height, size_z=1, size_t=1, size_c=samples,
                              pixel_type=kind)  # fmt: skip
        file.seek(max(length - 2, 0), 1)
    raise Implausible("no frame")


def _camera(facts: ImageFacts, path: Path) -> ImageFacts:
    """Make, model and date of the EXIF block."""
    from PIL import Image

    try:
        with Image.open(path, formats=("JPEG",)) as picture:
            said = dict(picture.getexif())
            said |= dict(picture.getexif().get_ifd(0x8769))
    except Exception:
        return facts
    camera = Device(sane.text(said.get(271)), sane.text(said.get(272)))
    facts = with_facts(facts, "EXIF Make, Model", instrument=camera if camera != Device() else None)
    return with_facts(facts, "EXIF DateTimeOriginal", acquired=sane.when(said.get(36867)))
