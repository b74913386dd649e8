"""Nikon ND2 (NIS-Elements 3 on): named chunks, found through the map at the end of the file.

Layout after the public descriptions of the format: metadata chunks hold a tree of typed, named values ("lite variant").
Older files, which are JPEG 2000, are not read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import nd2_optics, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, Unsupported, with_facts
from depositor.scan.readers.nd2_optics import group

_MAGIC = b"\xda\xce\xbe\x0a"
_OLD = b"\x00\x00\x00\x0cjP  "
_ABOUT = b"CustomDataVar|AppInfo_V1_0!"
_MAP = b"ND2 CHUNK MAP SIGNATURE 0000001!"
_MOST = 16 << 20  # bytes of one metadata chunk
_MOST_VALUES = 200_000
_MAX_DEPTH = 40
_FIXED = {1: "?", 2: "i", 3: "I", 4: "q", 5: "Q", 6: "d", 7: "Q"}
_TEXT, _BYTES, _LEVEL, _PACKED = 8, 9, 11, 76


class Nd2Reader:
    """Nikon ND2."""

    id = "nd2"
    formats: tuple[str, ...] = ("Nikon ND2",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith(_MAGIC) or (first_bytes.startswith(_OLD) and name.lower().endswith(".nd2"))

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                raise Unsupported("JPEG 2000 in ND2")
            chunks = chunk_map(file)
            attributes = _tree(file, chunks, b"ImageAttributesLV!", "SLxImageAttributes")
            picture = _tree(file, chunks, b"ImageMetadataSeqLV|0!", "SLxPictureMetadata")
            experiment = _tree(file, chunks, b"ImageMetadataLV!", "SLxExperiment")
            texts = _tree(file, chunks, b"ImageTextInfoLV!", "SLxImageTextInfo")
            about = _chunk(file, chunks[_ABOUT], file.seek(0, 2)) if _ABOUT in chunks else b""
        facts = _sizes(attributes, experiment)
        facts = _calibrated(facts, picture, experiment)
        facts = nd2_optics.told(nd2_optics.facts(facts, picture), texts, picture)
        return Reading("Nikon ND2", (with_facts(facts, "AppInfo", software=nd2_optics.software(about)),))


# --- chunks and values ---------------------------------------------------------------------------------------------


def chunk_map(file: BinaryIO) -> dict[bytes, int]:
    """Name -> where the chunk begins. Truncated where the map at the end is missing: the file was cut off."""
    size = file.seek(0, 2)
    file.seek(max(size - 40, 0))
    tail = file.read(40)
    if tail[:32] != _MAP:
        raise Truncated("no chunk map")
    raw = _chunk(file, struct.unpack("<Q", tail[32:])[0], size)
    found: dict[bytes, int] = {}
    at = 0
    while (end := raw.find(b"!", at)) >= 0 and end + 17 <= len(raw):
        name = raw[at : end + 1]
        if name == _MAP:
            break
        found[name] = struct.unpack("<Q", raw[end + 1 : end + 9])[0]
        at = end + 17
    return found


def _chunk(file: BinaryIO, position: int, size: int) -> bytes:
    if position + 16 > size:
        raise Truncated("a chunk lies beyond the end")
    file.seek(position)
    magic, name_length, length = struct.unpack("<4sIQ", file.read(16))
    if magic != _MAGIC or length > _MOST:
        raise Implausible("no chunk")
    file.seek(name_length, 1)
    return file.read(length)


def _tree(file: BinaryIO, chunks: Mapping[bytes, int], name: bytes, root: str) -> Mapping[str, Any]:
    """The values of a metadata chunk; empty where the file has none of that name."""
    if name not in chunks:
        return {}
    raw = _chunk(file, chunks[name], file.seek(0, 2))
    values = _Values().level(raw, 1, 0)
    found = values.get(root, values)
    return found if isinstance(found, Mapping) else {}


class _Values:
    """Reads a tree of values; every value is counted."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def level(self, raw: bytes, count: int, depth: int) -> dict[str, Any]:
        """``count`` values; a name that comes twice is numbered."""
        if depth > _MAX_DEPTH:
            raise Implausible("too deep")
        found: dict[str, Any] = {}
        at = 0
        for _ in range(count):
            if at + 2 > len(raw):
                break
            self._left -= 1
            if self._left < 0:
                raise Implausible("too many values")
            kind, length = raw[at], raw[at + 1]
            if kind == _PACKED:
                unpacked = zlib.decompressobj().decompress(raw[at + 12 :], _MOST)
                return self.level(unpacked, count, depth + 1)
            name = raw[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace").rstrip("\0")
            start = at
            value, at = self._value(raw, kind, at + 2 + 2 * length, start, depth)
            found[name if name not in found else f"{name}#{len(found)}"] = value
        return found

    def _value(self, raw: bytes, kind: int, at: int, start: int, depth: int) -> tuple[Any, int]:
        if kind in _FIXED:
            size = struct.calcsize(_FIXED[kind])
            return struct.unpack("<" + _FIXED[kind], raw[at : at + size])[0], at + size
        if kind == _TEXT:
            end = at
            while raw[end : end + 2] not in (b"\0\0", b""):
                end += 2
            return raw[at:end].decode("utf-16-le", "replace"), end + 2
        if kind == _BYTES:
            size = struct.unpack("<Q", raw[at : at + 8])[0]
            return None, at + 8 + size
        if kind == _LEVEL:
            count, length = struct.unpack("<IQ", raw[at : at + 12])
            inner = self.level(raw[at + 12 : start + length], min(count, _MOST_VALUES), depth + 1)
            return inner, start + length + 8 * count
        raise Implausible("no type")


# --- facts ---------------------------------------------------------------------------------------------------------


def _loops(experiment: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(kind, parameters) of the loops, the outer ones first: 1 time, 2 positions, 4 slices, 8 times in phases."""
    level: Mapping[str, Any] = experiment
    for _ in range(10):
        yield int(sane.number(level.get("eType")) or 0), group(level, "uLoopPars")
        below = [v for v in group(level, "ppNextLevelEx").values() if isinstance(v, Mapping)]
        if not below:
            return
        level = below[0]


def sequence(file: BinaryIO, chunks: Mapping[bytes, int]) -> tuple[int, list[tuple[int, int]]]:
    """How many frames there are, and kind and count of each loop that they were taken in, the outer ones first."""
    attributes = _tree(file, chunks, b"ImageAttributesLV!", "SLxImageAttributes")
    experiment = _tree(file, chunks, b"ImageMetadataLV!", "SLxExperiment")
    loops = _loops(experiment) if experiment else ()
    counted = [(kind, sane.size(parameters.get("uiCount")) or 1) for kind, parameters in loops]
    return sane.size(attributes.get("uiSequenceCount")) or 1, counted


def _sizes(attributes: Mapping[str, Any], experiment: Mapping[str, Any]) -> ImageFacts:
    key = "ImageAttributes"
    x, y = sane.size(attributes.get("uiWidth")), sane.size(attributes.get("uiHeight"))
    if x is None or y is None:
        raise Implausible("no sizes")
    facts = with_facts(ImageFacts(), f"{key}.uiWidth", size_x=x, size_y=y)
    facts = with_facts(facts, f"{key}.uiComp", size_c=sane.size(attributes.get("uiComp")))
    bits = sane.size(attributes.get("uiBpcInMemory"))
    told = sane.size(attributes.get("uiBpcSignificant"))
    facts = with_facts(facts, f"{key}.uiBpcSignificant", significant_bits=told if told and told <= 64 else None)
    kind = {8: "uint8", 16: "uint16", 32: "float32"}.get(bits or 0)
    facts = with_facts(facts, f"{key}.uiBpcInMemory", pixel_type=kind)
    counts = {1: 1, 4: 1}
    others = 1
    for loop, parameters in _loops(experiment):
        count = sane.size(parameters.get("uiCount")) or 1
        if loop in (1, 8):
            counts[1] *= count
        elif loop == 4:
            counts[4] *= count
        else:
            others *= count
    frames = sane.size(attributes.get("uiSequenceCount")) or 1
    if counts[1] * counts[4] * others == frames or (frames == 1 and not experiment):
        facts = with_facts(facts, "ImageMetadata.uLoopPars.uiCount", size_z=counts[4], size_t=counts[1])
    return facts


def _calibrated(facts: ImageFacts, picture: Mapping[str, Any], experiment: Mapping[str, Any]) -> ImageFacts:
    if picture.get("bCalibrated"):
        um = sane.length_um(picture.get("dCalibration"), "um")
        facts = with_facts(facts, "PictureMetadata.dCalibration", pixel_size_x_um=um, pixel_size_y_um=um)
    for loop, parameters in _loops(experiment):
        if loop == 4 and (facts.size_z or 1) > 1:
            step = sane.length_um(parameters.get("dZStep"), "um")
            facts = with_facts(facts, "uLoopPars.dZStep", pixel_size_z_um=step)
        if loop == 1 and (facts.size_t or 1) > 1:
            facts = with_facts(
                facts, "uLoopPars.dPeriod", time_increment_s=sane.seconds(parameters.get("dPeriod"), "ms")
            )
    return facts
