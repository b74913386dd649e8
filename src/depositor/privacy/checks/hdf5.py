"""HDF5 (Imaris, BigDataViewer, NWB): texts in attributes of object headers, found by their shape in the bytes.

Imaris stores texts as arrays of single characters; both that and plain texts of fixed length are read.
Texts that lie in the file's heaps or in data sets are not, and that is said.
Source: HDF5 file format 3.0, IV.A.2.m (attribute message).
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.slots import Slot

WINDOW = 64 * 1024 * 1024  # bytes at the start of the file where object headers are looked for
_ATTRIBUTE = re.compile(rb"\x01\0(..)(..)(..)([A-Za-z_][\w .:/\-]{0,62})\0", re.DOTALL)
_STRING = 0x13  # class 3 (string), version 1


def _knows(path: Path, head: bytes) -> bool:
    return head[:8] == b"\x89HDF\r\n\x1a\n"


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    file.seek(0, io.SEEK_SET)
    raw = file.read(WINDOW)
    left += [remarks.heaps(shown), remarks.pixels(shown)]
    return list(_attributes(raw))


def _attributes(raw: bytes) -> Iterator[Slot]:
    for match in _ATTRIBUTE.finditer(raw):
        name_size, type_size, space_size = (struct.unpack("<H", match[n])[0] for n in (1, 2, 3))
        if name_size != len(match[4]) + 1 or not 8 <= type_size <= 64 or not 4 <= space_size <= 64:
            continue
        at = match.start() + 8 + _padded(name_size)
        if raw[at : at + 1] != bytes([_STRING]):
            continue
        each = struct.unpack_from("<I", raw, at + 4)[0]
        space = at + _padded(type_size)
        count = _count(raw[space : space + space_size])
        start = space + _padded(space_size)
        if 0 < each * count <= 1024 * 1024 and start + each * count <= len(raw):
            name = match[4].decode("latin-1")
            yield Slot(f"hdf5:{match.start()}:{name}", name, start, each * count, fill=b" ")


def _padded(size: int) -> int:
    return (size + 7) // 8 * 8


def _count(space: bytes) -> int:
    """The number of elements of a simple data space of version 1."""
    if len(space) < 8 or space[0] != 1:
        return 0
    rank = space[1]
    if rank > 4 or len(space) < 8 + 8 * rank:
        return 0
    count = 1
    for dimension in struct.unpack_from(f"<{rank}Q", space, 8):
        count *= dimension
    return int(count)


HDF5 = Slotted("hdf5", _knows, _layout)
