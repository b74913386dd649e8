"""Gatan DM3 and DM4: a tree of tags. Layout after the public descriptions of the format; arrays are stepped over."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import gatan_tags, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_MAX_TAGS = 200_000
_MAX_DEPTH = 40
_MAX_TEXT = 4096
_FORMS = {2: "h", 3: "i", 4: "H", 5: "I", 6: "f", 7: "d", 8: "?", 9: "b", 10: "B", 11: "q", 12: "Q"}
_STRUCT, _TEXT, _ARRAY = 15, 18, 20
_TYPES = {1: "int16", 2: "float32", 3: "complex64", 6: "uint8", 7: "int32", 9: "int8", 10: "uint16", 11: "uint32",
          12: "float64", 13: "complex128", 14: "bool"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Skipped:
    """Where a long array of numbers lies: pixels, that a header reader steps over."""

    at: int
    size: int


class TagWalk:
    """Reads the tree; every step is counted, every length checked against the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)
        version = self._number(">I")
        if version not in (3, 4):
            raise Implausible("no version")
        self._long = ">Q" if version == 4 else ">I"
        self._is_4 = version == 4
        self._number(self._long)
        self._order = "<" if self._number(">I") == 1 else ">"
        self._left = _MAX_TAGS

    def _read(self, size: int) -> bytes:
        raw = self._file.read(size) if 0 <= size <= self._size else b""
        if len(raw) < size or size > self._size:
            raise Truncated("a tag breaks off")
        return raw

    def _skip(self, size: int) -> None:
        if size < 0 or self._file.tell() + size > self._size:
            raise Truncated("an array lies beyond the end")
        self._file.seek(size, 1)

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._read(struct.calcsize(form)))[0])

    def group(self, depth: int = 0) -> dict[str, Any]:
        """A group of tags; those without a name are numbered."""
        if depth > _MAX_DEPTH:
            raise Implausible("too deep")
        self._read(2)
        found: dict[str, Any] = {}
        for number in range(self._number(self._long)):
            self._left -= 1
            if self._left < 0:
                raise Implausible("too many tags")
            kind = self._number("B")
            name = self._read(self._number(">H")).decode("latin-1") or str(number)
            if self._is_4:
                self._number(">Q")
            if kind == 20:
                found[name] = self.group(depth + 1)
            elif kind == 21:
                found[name] = self._value()
            else:
                raise Implausible("no tag")
        return found

    def _value(self) -> Any:
        if self._read(4) != b"%%%%":
            raise Implausible("no value")
        count = self._number(self._long)
        if not 0 < count <= 10_000:
            raise Implausible("no description of a value")
        described = [self._number(self._long) for _ in range(count)]
        return self._of(described)

    def _of(self, described: list[int]) -> Any:
        kind = described[0]
        if kind in _FORMS:
            return struct.unpack(self._order + _FORMS[kind], self._read(struct.calcsize(_FORMS[kind])))[0]
        if kind == _STRUCT:
            fields = described[4::2]
            return tuple(self._of([f]) for f in fields)
        if kind == _TEXT:
            self._skip(described[1])
            return None
        if kind == _ARRAY:
            return self._array(described[1:])
        raise Implausible("no type")

    def _array(self, described: list[int]) -> Any:
        kind, length = described[0], described[-1]
        if kind == _STRUCT:
            width = sum(struct.calcsize(_FORMS[f]) for f in described[4:-1:2])
        else:
            width = struct.calcsize(_FORMS[kind])
        if kind == 4 and length <= _MAX_TEXT:
            return self._read(2 * length).decode("utf-16-le" if self._order == "<" else "utf-16-be", "replace")
        at = self._file.tell()
        self._skip(width * length)
        return Skipped(at, width * length)


class GatanReader:
    """Gatan DigitalMicrograph DM3 and DM4."""

    id = "gatan"
    formats: tuple[str, ...] = ("Gatan DM3", "Gatan DM4")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        three = first_bytes[:4] == b"\0\0\0\x03" and first_bytes[8:12] in (b"\0\0\0\0", b"\0\0\0\x01")
        four = first_bytes[:4] == b"\0\0\0\x04" and first_bytes[12:16] in (b"\0\0\0\0", b"\0\0\0\x01")
        return three or four

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            version = "Gatan DM4" if file.read(4)[-1:] == b"\x04" else "Gatan DM3"
            root = TagWalk(file).group()
        images = [i for i in _group(root, "ImageList").values() if isinstance(i, Mapping)]
        # The first of several is the thumbnail that DigitalMicrograph keeps.
        shown = images[1:] if len(images) > 1 else images
        return Reading(version, tuple(_image(i) for i in shown if _group(_group(i, "ImageData"), "Dimensions")))


def _group(tags: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tags.get(name)
    return found if isinstance(found, Mapping) else {}


def _image(image: Mapping[str, Any]) -> ImageFacts:
    data, tags = _group(image, "ImageData"), _group(image, "ImageTags")
    axes = [sane.size(n) for n in _group(data, "Dimensions").values()]
    facts = with_facts(ImageFacts(), "ImageData.DataType", pixel_type=_TYPES.get(data.get("DataType", 0)))
    facts = with_facts(facts, "Name", name=sane.text(image.get("Name")))
    steps = [s for s in _group(_group(data, "Calibrations"), "Dimension").values() if isinstance(s, Mapping)]
    if len(axes) >= 2:  # one axis is a spectrum
        facts = with_facts(facts, "ImageData.Dimensions", **dict(zip(("size_x", "size_y"), axes, strict=False)))
        um = [sane.length_um(s.get("Scale"), sane.text(s.get("Units"))) for s in steps[:2]]
        named = zip(("pixel_size_x_um", "pixel_size_y_um"), um, strict=False)
        facts = with_facts(facts, "ImageData.Calibrations.Dimension", **dict(named))
    return gatan_tags.described(_deep(facts, axes, steps), tags)


def _deep(facts: ImageFacts, axes: list[int | None], steps: list[Mapping[str, Any]]) -> ImageFacts:
    """The third axis, where its unit tells what it is: a length makes slices, a time makes frames."""
    if len(axes) != 3 or len(steps) < 3:
        return facts
    unit = sane.text(steps[2].get("Units"))
    um, seconds = sane.length_um(steps[2].get("Scale"), unit), sane.seconds(steps[2].get("Scale"), unit)
    if um is not None:
        return with_facts(facts, "ImageData.Calibrations.Dimension", size_z=axes[2], pixel_size_z_um=um)
    if seconds is not None:
        return with_facts(facts, "ImageData.Calibrations.Dimension", size_t=axes[2], time_increment_s=seconds)
    return facts
