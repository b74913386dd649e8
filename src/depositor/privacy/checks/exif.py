"""EXIF blocks of pictures: the preview of cameras and the position, taken out in place.

Source: EXIF 2.32 (CIPA DC-008), sections 4.5 and 4.6.6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import tiff
from depositor.privacy.kinds import Kind
from depositor.privacy.texts.slots import Slot
from depositor.privacy.tiff.tags import Directory, Tiff

PREVIEW = "thumbnail"
_POINTER, _JPEG, _JPEG_LENGTH = 34853, 513, 514


def slots(file: BinaryIO, start: int, end: int, place: str, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    """The texts of the block from ``start`` to ``end``, and its preview."""
    block = Tiff(file, start, end)
    yield from tiff.slots_of(block, place, shown, left)
    for directory in block.directories():
        if directory.name == "1" and directory.get(_JPEG):
            said = "EXIF preview picture"
            yield Slot(f"{place}:1:{PREVIEW}", "", 0, 0, kind=Kind.PREVIEW_PICTURE, blank=True, shown=said)


def trim(file: BinaryIO, start: int, end: int, place: str, gone: frozenset[str]) -> None:
    """Take out the preview and the position where their findings are among ``gone``."""
    if f"{place}:1:{PREVIEW}" in gone:
        _without_preview(Tiff(file, start, end))
    if any(location.startswith(f"{place}:0/gps") for location in gone):
        _without_position(Tiff(file, start, end))


def _without_preview(block: Tiff) -> None:
    listed = [d for d in block.directories() if d.name in ("0", "1")]
    if len(listed) < 2:
        return
    first, second = listed[0], listed[1]
    at, size = second.get(_JPEG), second.get(_JPEG_LENGTH)
    if at and size and block.numbers(at) and block.numbers(size):
        _zero(block, block.numbers(at)[0], block.numbers(size)[0])
    _zero_values(block, second)
    _zero(block, second.offset, 2 + 12 * len(second.entries) + 4)
    block.file.seek(block.base + _end_of(block, first))
    block.file.write(b"\0\0\0\0")


def _without_position(block: Tiff) -> None:
    """The directory goes with its values, and the entry that leads to it."""
    for directory in block.directories():
        if directory.name == "0/gps":
            _zero_values(block, directory)
            _zero(block, directory.offset, 2 + 12 * len(directory.entries) + 4)
    main = next((d for d in block.directories() if d.name == "0"), None)
    pointer = main.get(_POINTER) if main else None
    if main is None or pointer is None:
        return
    end = _end_of(block, main) + 4
    block.file.seek(block.base + pointer.at + 12)
    rest = block.file.read(end - pointer.at - 12)
    block.file.seek(block.base + pointer.at)
    block.file.write(rest + bytes(12))
    count = _count(block, main)
    block.file.seek(block.base + main.offset)
    block.file.write(struct.pack(block.order + "H", count - 1))


def _count(block: Tiff, directory: Directory) -> int:
    block.file.seek(block.base + directory.offset)
    return int(struct.unpack(block.order + "H", block.file.read(2))[0])


def _end_of(block: Tiff, directory: Directory) -> int:
    """Where the offset of the next directory stands."""
    return directory.offset + 2 + 12 * _count(block, directory)


def _zero_values(block: Tiff, directory: Directory) -> None:
    for entry in directory.entries:
        if entry.length > 4:
            _zero(block, entry.offset, entry.length)


def _zero(block: Tiff, offset: int, length: int) -> None:
    start = block.base + offset
    if offset < 8 or length <= 0 or start + length > block.end:
        return
    block.file.seek(start)
    block.file.write(bytes(length))
