"""HEIC, AVIF and JPEG 2000: boxes before packed pixels. Only the sizes and the EXIF are read.

Layouts: ISO/IEC 23008-12 (HEIF), ISO/IEC 15444-1 (JPEG 2000).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import boxes, exif, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_MOST = 1 << 20
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_J2K = b"\xff\x4f\xff\x51"


class HeifReader:
    """HEIC and AVIF."""

    id = "heif"
    formats: tuple[str, ...] = ("HEIC", "AVIF")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes[4:8] == b"ftyp" and first_bytes[8:12] in boxes.PICTURES

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            brand = file.read(12)[8:12]
            meta = boxes.first(file, b"meta", 0, file.seek(0, 2))
            if meta is None:
                raise Truncated("no meta")
            inner = {b.kind: (b.start, b.end) for b in boxes.walk(file, meta[0] + 4, meta[1])}
            facts = _sized(file, inner)
            facts = exif.described(facts, _exif(file, inner))
        return Reading("AVIF" if brand.startswith(b"avi") else "HEIC", (facts,))


def _sized(file: BinaryIO, meta: dict[bytes, boxes.Span]) -> ImageFacts:
    """The properties of the primary item: its size before it is turned, and its bits."""
    if not {b"pitm", b"iprp"} <= meta.keys():
        raise Truncated("no primary item")
    raw = boxes.content(file, meta[b"pitm"], 8)
    primary = int.from_bytes(raw[4:6] if raw[:1] == b"\0" else raw[4:8], "big")
    parts = {b.kind: (b.start, b.end) for b in boxes.walk(file, *meta[b"iprp"])}
    if not {b"ipco", b"ipma"} <= parts.keys():
        raise Truncated("no properties")
    listed = list(boxes.walk(file, *parts[b"ipco"]))
    wanted = _associated(boxes.content(file, parts[b"ipma"], _MOST), primary)
    facts = ImageFacts()
    for index in wanted:
        if 1 <= index <= len(listed):
            facts = _property(facts, file, listed[index - 1])
    if facts.size_x is None or facts.size_y is None:
        raise Implausible("no sizes")
    return facts


def _associated(raw: bytes, primary: int) -> list[int]:
    """The numbers of the properties of an item in the table of associations."""
    version, wide = raw[0], raw[3] & 1
    count, at = struct.unpack(">I", raw[4:8])[0], 8
    for _ in range(min(count, 10_000)):
        size = 2 if version < 1 else 4
        item = int.from_bytes(raw[at : at + size], "big")
        if at + size >= len(raw):
            break
        number, at = raw[at + size], at + size + 1
        step = 2 if wide else 1
        found = [int.from_bytes(raw[at + n * step : at + (n + 1) * step], "big") for n in range(number)]
        at += number * step
        if item == primary:
            return [f & (0x7FFF if wide else 0x7F) for f in found]
    return []


def _property(facts: ImageFacts, file: BinaryIO, box: boxes.Box) -> ImageFacts:
    raw = boxes.content(file, (box.start, box.end), 64)
    if box.kind == b"ispe" and len(raw) >= 12:
        width, height = struct.unpack(">II", raw[4:12])
        return with_facts(facts, "ispe", size_x=sane.size(width), size_y=sane.size(height), size_z=1, size_t=1)
    if box.kind == b"pixi" and len(raw) >= 5:
        bits = set(raw[5 : 5 + raw[4]])
        kind = "uint8" if bits == {8} else "uint16" if bits and max(bits) <= 16 and min(bits) > 8 else None
        return with_facts(facts, "pixi", size_c=sane.size(raw[4]), pixel_type=kind)
    return facts


def _exif(file: BinaryIO, meta: dict[bytes, boxes.Span]) -> bytes:
    """The block of the item of type ``Exif``; empty where there is none."""
    if not {b"iinf", b"iloc"} <= meta.keys():
        return b""
    head = boxes.content(file, meta[b"iinf"], 8)
    start = meta[b"iinf"][0] + (6 if head[:1] == b"\0" else 8)
    for box in boxes.walk(file, start, meta[b"iinf"][1]):
        raw = boxes.content(file, (box.start, box.end), 32)
        if box.kind == b"infe" and raw[:1] == b"\x02" and raw[8:12] == b"Exif":
            return _located(file, boxes.content(file, meta[b"iloc"], _MOST), int.from_bytes(raw[4:6], "big"))
    return b""


def _located(file: BinaryIO, raw: bytes, item: int) -> bytes:
    """The first part of an item in the file, by the table of locations."""
    if len(raw) < 8 or raw[0] > 1:
        return b""
    sizes = (raw[4] >> 4, raw[4] & 15, raw[5] >> 4, raw[5] & 15 if raw[0] == 1 else 0)
    at = 8
    for _ in range(struct.unpack(">H", raw[6:8])[0]):
        found = int.from_bytes(raw[at : at + 2], "big")
        at += 2 + (2 if raw[0] == 1 else 0) + 2
        base = int.from_bytes(raw[at : at + sizes[2]], "big")
        at += sizes[2]
        extents = int.from_bytes(raw[at : at + 2], "big")
        at += 2
        if found == item and extents:
            at += sizes[3]
            offset = base + int.from_bytes(raw[at : at + sizes[0]], "big")
            length = int.from_bytes(raw[at + sizes[0] : at + sizes[0] + sizes[1]], "big")
            return _block(file, offset, length)
        at += extents * (sizes[0] + sizes[1] + sizes[3])
        if at >= len(raw):
            break
    return b""


def _block(file: BinaryIO, offset: int, length: int) -> bytes:
    """An EXIF block begins where its first four bytes say."""
    if not 4 < length <= exif.MOST_BYTES:
        return b""
    file.seek(offset)
    raw = file.read(length)
    skip = int.from_bytes(raw[:4], "big")
    return raw[4 + skip :] if skip < length else b""


class Jpeg2000Reader:
    """JPEG 2000: JP2 and bare code streams."""

    id = "jpeg2000"
    formats: tuple[str, ...] = ("JPEG 2000",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith((_JP2, _J2K))

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            at = 0 if file.read(4) == _J2K else _codestream(file)
            file.seek(at)
            head = file.read(43)
        if len(head) < 43 or head[:4] != _J2K:
            raise Truncated("no code stream")
        right, bottom, left, top = struct.unpack(">4I", head[8:24])
        samples, depth = struct.unpack(">HB", head[40:43])
        wide, high = sane.size(right - left), sane.size(bottom - top)
        if wide is None or high is None:
            raise Implausible("no sizes")
        facts = with_facts(ImageFacts(), "SIZ", size_x=wide, size_y=high, size_z=1, size_t=1, size_c=sane.size(samples))
        bits = (depth & 0x7F) + 1
        width = next((w for w in (8, 16, 32) if bits <= w), None)
        kind = f"{'int' if depth & 0x80 else 'uint'}{width}" if width else None
        facts = with_facts(facts, "SIZ Ssiz", pixel_type=kind, significant_bits=bits)
        return Reading("JPEG 2000", (facts,))


def _codestream(file: BinaryIO) -> int:
    found = boxes.first(file, b"jp2c", 0, file.seek(0, 2))
    if found is None:
        raise Truncated("no code stream")
    return found[0]
