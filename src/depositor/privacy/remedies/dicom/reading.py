"""A DICOM file opened for rewriting: its header in memory, its long values left on the disk."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.problem import Damaged
from depositor.privacy.dicom import tree as dicom_tree
from depositor.privacy.remedies.dicom import refusals

MEBIBYTES = 512  # what a header may hold beside long values at its top level
UNDEFINED = 0xFFFFFFFF
PIXEL_DATA = 0x7FE00010
_LONG = 1024 * 1024  # bytes: longer binary values at the top level are copied from file to file
_PIXEL_GROUP = 0x7FE0
_BINARY = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN"})
_LONG_FORM = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
_DELIMITER = 0xFFFEE0DD
_ITEM_END = 0xFFFEE00D


@dataclass(frozen=True, slots=True)
class Long:
    """A value that stays on the disk. ``length`` is UNDEFINED for pictures in packed fragments."""

    tag: int
    vr: str | None
    offset: int
    length: int


@dataclass
class Opened:
    """``dataset`` is pydicom's, without pixel data; ``longs`` are the values on the disk by tag."""

    path: Path
    dataset: Any
    longs: dict[int, Long]
    implicit: bool
    little: bool
    syntax: str
    mask: Callable[[bytes], bytes] | None = None  # clears what is drawn into unused bits of plain pixels
    tells: Callable[[str], bool] | None = None  # true for comments in packed pictures that must go

    @property
    def pixels(self) -> Long | None:
        return self.longs.get(PIXEL_DATA)


class _Metered(io.RawIOBase):
    """A file that gives out only so many bytes: headers that do not end must not fill the memory."""

    def __init__(self, file: BinaryIO, shown: str, most: int) -> None:
        super().__init__()
        self._file, self._shown, self._left = file, shown, most
        self.name = file.name

    def read(self, size: int | None = -1, /) -> bytes:
        read = self._file.read(self._left + 1 if size is None or size < 0 else min(size, self._left + 1))
        self._left -= len(read)
        if self._left < 0:
            raise Damaged(refusals.header_too_long(self._shown, MEBIBYTES))
        return read

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def opened(path: Path, shown: str) -> Opened:
    """The file at ``path`` (not deflated). Raises Damaged for headers too long for memory, else what pydicom raises."""
    from pydicom.filereader import read_partial

    logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # it repeats values in its warnings
    with path.open("rb") as file, dicom_tree.quietly():
        metered: Any = _Metered(file, shown, MEBIBYTES * 1024**2)
        dataset: Any = read_partial(metered, _at_pixels, defer_size=_LONG, force=True)
        dataset.filename = str(path)
        implicit, little = dataset.original_encoding
        longs = {each.tag: each for each in _pixel_group(file, _is_implicit(dataset, implicit), little)}
        longs |= {each.tag: each for each in _deferred(dataset)}
    for tag in longs:
        if tag in dataset:
            del dataset[tag]
    return Opened(path, dataset, longs, bool(implicit), bool(little), _syntax(dataset, implicit, little))


def _at_pixels(tag: Any, _vr: str | None, _length: int) -> bool:
    return int(tag) >> 16 >= _PIXEL_GROUP


def _is_implicit(dataset: Any, told: bool) -> bool:
    """How the elements really are written: some files name a transfer syntax that they do not have."""
    for tag in list(dataset.keys()):
        raw = dataset.get_item(tag)
        if getattr(raw, "is_raw", False):
            return bool(raw.is_implicit_VR)
    return told


def _deferred(dataset: Any) -> Iterator[Long]:
    """Long binary values of the header; long texts and sequences are read when they are looked into."""
    from pydicom.datadict import dictionary_VR

    for tag in list(dataset.keys()):
        raw = dataset.get_item(tag)
        if not getattr(raw, "is_raw", False) or raw.value is not None or raw.length in (0, UNDEFINED):
            continue
        try:
            vr = raw.VR or dictionary_VR(tag)
        except KeyError:
            vr = "UN"
        if vr[:2] in _BINARY and int(tag) != dicom_tree.DOCUMENT:
            yield Long(int(tag), raw.VR, raw.value_tell, raw.length)


def _syntax(dataset: Any, implicit: bool, little: bool) -> str:
    found = str((getattr(dataset, "file_meta", None) or {}).get("TransferSyntaxUID", "") or "")
    if found:
        return found
    return "1.2.840.10008.1.2" if implicit else ("1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2")


def _pixel_group(file: BinaryIO, implicit: bool, little: bool) -> Iterator[Long]:
    """The elements of group 7FE0; all else there is padding, signatures and private leftovers."""
    order = "little" if little else "big"
    while True:
        head = _element(file, implicit, order)
        if head is None:
            return
        tag, vr, length = head
        if tag >> 16 == _PIXEL_GROUP and tag & 0xFFFF:  # the length of the group is not kept
            yield Long(tag, vr, file.tell(), length)
        if length == UNDEFINED:
            return  # nothing of this group comes behind pixel data
        file.seek(length, io.SEEK_CUR)


def _element(file: BinaryIO, implicit: bool, order: Any) -> tuple[int, str | None, int] | None:
    head = file.read(8)
    if len(head) < 8:
        return None
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    if implicit:
        return tag, None, int.from_bytes(head[4:8], order)
    vr = head[4:6].decode("latin-1")
    if vr in _LONG_FORM:
        return tag, vr, int.from_bytes(file.read(4), order)
    return tag, vr, int.from_bytes(head[6:8], order)


def fragments(file: BinaryIO, pixels: Long) -> Iterator[tuple[int, int]]:
    """(offset, length) of each fragment of packed pixel data, the table of offsets first. Ends where the file lies."""
    size = file.seek(0, io.SEEK_END)
    at = pixels.offset
    while at + 8 <= size:
        file.seek(at)
        head = file.read(8)
        tag = int.from_bytes(head[:2], "little") << 16 | int.from_bytes(head[2:4], "little")
        length = int.from_bytes(head[4:8], "little")
        if tag != 0xFFFEE000 or length == UNDEFINED:
            return
        yield at + 8, min(length, size - at - 8)
        at += 8 + length
