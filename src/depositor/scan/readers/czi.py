"""Zeiss CZI: the segments of a ZISRAW file and its metadata document.

Layout after the public description of the format by Zeiss (ZISRAW, "CZI file format", DS_ZISRAW-FileFormat). Only the
file header, the metadata segment and the directory of subblocks are read; pixels stay where they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import czi_optics, sane, xml
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts
from depositor.scan.readers.xml import Element, attribute, child, children, value

_HEADER = 32  # id, allocated size, used size
_MAX_ENTRIES = 500_000
_MAX_SCENES = 2000
PIXEL_TYPES = {
    "Gray8": "uint8", "Gray16": "uint16", "Gray32": "uint32", "Gray32Float": "float32", "Gray64Float": "float64",
    "Bgr24": "uint8", "Bgr48": "uint16", "Bgr96Float": "float32", "Bgra32": "uint8", "Gray64ComplexFloat": "complex64",
}  # fmt: skip
_PACKINGS = {1: "JPEG", 2: "LZW", 4: "JPEG XR", 5: "Zstandard", 6: "Zstandard"}
_NUMBERED_TYPES = {0: "Gray8", 1: "Gray16", 2: "Gray32Float", 3: "Bgr24", 4: "Bgr48", 8: "Bgr96Float", 9: "Bgra32",
                   10: "Gray64ComplexFloat", 12: "Gray32", 13: "Gray64Float"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subblock:
    """One entry of the directory: where it lies, how it is packed, and per dimension (start, size, stored size)."""

    pixel_type: str
    position: int
    compression: int
    pyramid: int
    dimensions: dict[str, tuple[int, int, int]]


class CziFile:
    """An open CZI file; all offsets are checked against its size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        data = self._segment(0, b"ZISRAWFILE", 80)
        self.directory_at, self.metadata_at = struct.unpack("<qq", data[52:68])

    def _segment(self, position: int, name: bytes, most: int) -> bytes:
        """The first ``most`` bytes of the data of the segment ``name``; Truncated where it lies beyond the end."""
        if position < 0 or position + _HEADER > self.size:
            raise Truncated("a segment lies beyond the end")
        self._file.seek(position)
        head = self._file.read(_HEADER)
        if head[:16].rstrip(b"\0") != name:
            raise Implausible("a segment is not where it should be")
        data = self._file.read(most)
        if len(data) < min(most, 8):
            raise Truncated("a segment breaks off")
        return data

    def metadata(self) -> Element | None:
        """The ``Metadata`` element of the document; None in a file without one."""
        if self.metadata_at <= 0:
            return None
        length = struct.unpack("<i", self._segment(self.metadata_at, b"ZISRAWMETADATA", 256)[:4])[0]
        if not 0 < length <= xml.MAX_BYTES:
            raise Implausible("metadata of an impossible size")
        raw = self._file.read(length)
        if len(raw) < length:
            raise Truncated("the metadata break off")
        root = xml.parse(raw.rstrip(b"\0 \r\n"))
        return root if root.tag == "Metadata" else child(root, "Metadata")

    def subblocks(self) -> Iterator[Subblock]:
        """The entries of the directory, at most half a million."""
        if self.directory_at <= 0:
            return
        count = struct.unpack("<i", self._segment(self.directory_at, b"ZISRAWDIRECTORY", 128)[:4])[0]
        if count < 0 or count * 32 > self.size:
            raise Implausible("an impossible number of subblocks")
        for _ in range(min(count, _MAX_ENTRIES)):
            yield self._entry()

    def _entry(self) -> Subblock:
        head = self._file.read(32)
        if len(head) < 32:
            raise Truncated("the directory breaks off")
        kind, position, _, compression, pyramid = struct.unpack("<iqiiB", head[2:23])
        dimensions = struct.unpack("<i", head[28:32])[0]
        if head[:2] != b"DV" or not 0 < dimensions <= 40:
            raise Implausible("a directory entry that is none")
        raw = self._file.read(20 * dimensions)
        found = {}
        for at in range(0, len(raw) - 19, 20):
            name, start, size, _, stored = struct.unpack("<4siifi", raw[at : at + 20])
            found[name.rstrip(b"\0").decode("latin-1")] = (start, size, stored or size)
        return Subblock(_NUMBERED_TYPES.get(kind, ""), position, compression, pyramid, found)


@dataclass(slots=True)
class _Extent:
    """What the directory says of one scene: the box of its full-resolution tiles, and the ranges of the others."""

    low: list[int]
    high: list[int]


class CziReader:
    """Zeiss CZI."""

    id = "czi"
    formats: tuple[str, ...] = ("Zeiss CZI",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith(b"ZISRAWFILE")

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            czi = CziFile(file)
            scenes, common, last = _extents(czi)
            if last + _HEADER > czi.size:
                raise Truncated("subblocks lie beyond the end")
            metadata = czi.metadata()
        facts = czi_optics.facts(_sizes(metadata, common), metadata)
        told = czi_optics.scenes(metadata)
        if len(scenes) <= 1:
            return Reading("Zeiss CZI", (czi_optics.placed(facts, told.get(min(scenes, default=0)), named=False),))
        images = tuple(_scene(facts, number, box, told.get(number)) for number, box in sorted(scenes.items()))
        return Reading("Zeiss CZI", images[:_MAX_SCENES])


def _extents(czi: CziFile) -> tuple[dict[int, _Extent], dict[str, object], int]:
    """Per scene the box of its tiles; over all of them the other sizes and the pixel type; the last offset."""
    scenes: dict[int, _Extent] = {}
    ranges: dict[str, set[int]] = {}
    types: set[str] = set()
    packings: set[int] = set()
    shrunk: set[int] = set()
    last = 0
    for block in czi.subblocks():
        last = max(last, block.position)
        x, y = block.dimensions.get("X"), block.dimensions.get("Y")
        if x is None or y is None or block.pyramid or x[2] != x[1]:
            if x is not None and x[2] > 0:
                shrunk.add(round(x[1] / x[2]))
            continue
        packings.add(block.compression)
        types.add(block.pixel_type)
        scene = block.dimensions.get("S", (0, 1, 1))[0]
        box = scenes.setdefault(scene, _Extent([x[0], y[0]], [x[0], y[0]]))
        for at, (start, size, _) in enumerate((x, y)):
            box.low[at], box.high[at] = min(box.low[at], start), max(box.high[at], start + size)
        for name, (start, size, _) in block.dimensions.items():
            if name not in "XYSM":
                seen = ranges.setdefault(name, {start, start + size})
                seen |= {min(seen | {start}), max(seen | {start + size})}
    common: dict[str, object] = {name: max(seen) - min(seen) for name, seen in ranges.items()}
    if scenes:
        common["X"] = max(b.high[0] for b in scenes.values()) - min(b.low[0] for b in scenes.values())
        common["Y"] = max(b.high[1] for b in scenes.values()) - min(b.low[1] for b in scenes.values())
    common["type"] = types.pop() if len(types) == 1 else ""
    common["packing"] = _PACKINGS.get(packings.pop()) if len(packings) == 1 else None
    common["levels"] = 1 + len(shrunk - {0, 1}) if shrunk - {0, 1} else None
    return scenes, common, last


def _sizes(metadata: Element | None, common: dict[str, object]) -> ImageFacts:
    """Sizes: of the directory, which is what is stored; of the document where the directory does not tell."""
    image = child(metadata, "Information/Image")
    facts = ImageFacts()
    for axis in "XYZCT":
        stored, told = sane.size(common.get(axis)), sane.size(value(image, f"Size{axis}"))
        found = stored or told or (1 if axis in "ZCT" else None)
        key = f"ZISRAWDIRECTORY {axis}" if stored else f"Information/Image/Size{axis}"
        facts = with_facts(facts, key, **{f"size_{axis.lower()}": found})
    if facts.size_x is None or facts.size_y is None:
        raise Implausible("no sizes")
    kind = PIXEL_TYPES.get(str(common.get("type")) or value(image, "PixelType") or "")
    facts = with_facts(facts, "PixelType", pixel_type=kind)
    facts = with_facts(facts, "ZISRAWDIRECTORY compression", compression=common.get("packing"))
    facts = with_facts(facts, "ZISRAWDIRECTORY pyramid", levels=common.get("levels"))
    for distance in children(metadata, "Scaling/Items/Distance"):
        axis = attribute(distance, "Id") or ""
        if axis in ("X", "Y", "Z"):
            um = sane.length_um(value(distance, "Value"), "m")
            facts = with_facts(facts, f"Scaling/Items/Distance[{axis}]", **{f"pixel_size_{axis.lower()}_um": um})
    return facts


def _scene(facts: ImageFacts, number: int, box: _Extent, told: Element | None) -> ImageFacts:
    """One scene: its own box, name and place. The box over all scenes would span the empty glass between them."""
    sizes = {"size_x": box.high[0] - box.low[0], "size_y": box.high[1] - box.low[1]}
    facts = with_facts(facts, f"ZISRAWDIRECTORY S={number}", **sizes, name=f"Scene {number + 1}")
    return czi_optics.placed(facts, told, named=True)
