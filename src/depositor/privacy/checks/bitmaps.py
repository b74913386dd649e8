"""BMP and ICO: no place for texts, but room behind the end. Source: Microsoft, Bitmap Storage; ICO file format."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks
from depositor.privacy.checks.picture import Picture
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

_LINKED = (b"LINK", b"KNIL")


def bmp_end(file: BinaryIO) -> int:
    """Where the pixels of a BMP end, by their number; its own word on the file's size is often 0."""
    file.seek(0)
    head = file.read(54)
    if len(head) < 54:
        return 0
    start, info, width, height = struct.unpack_from("<IIii", head, 10)
    bits, packing, length = struct.unpack_from("<HII", head, 28)
    if info < 40 or bits not in (1, 4, 8, 16, 24, 32) or width <= 0:
        return 0
    rows = (width * bits + 31) // 32 * 4 * abs(height)
    size = length if packing in (1, 2, 4, 5) else rows
    return max(start + size, _profile_end(file, info)) if size else 0


def _profile_end(file: BinaryIO, info: int) -> int:
    """Version 5 heads may have a colour profile behind the pixels."""
    file.seek(14 + 112)
    raw = file.read(8)
    if info < 124 or len(raw) < 8:
        return 0
    offset, length = struct.unpack("<II", raw)
    return 14 + int(offset) + int(length) if length else 0


def _bmp(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    file.seek(0)
    head = file.read(138)
    if len(head) < 54:
        left.append(remarks.damaged(shown))
        return []
    slots = []
    if len(head) == 138 and head[70:74] in _LINKED:
        offset, length = struct.unpack("<II", head[126:134])
        slots.append(Slot("profile", "path", 14 + offset, length))
    start, info = struct.unpack_from("<II", head, 10)
    first = 14 + info + (1024 if struct.unpack_from("<H", head, 28)[0] <= 8 else 12)
    size = file.seek(0, os.SEEK_END)
    if first + 8 < start <= size and start - first < 1 << 20:
        slots.append(Slot("gap", "", first, start - first, form=runs.byte_runs, rigid=True))
    return slots


def ico_end(file: BinaryIO) -> int:
    """Behind the last picture of an ICO."""
    file.seek(4)
    count = int.from_bytes(file.read(2), "little")
    table = file.read(16 * min(count, 4096))
    ends = [sum(struct.unpack_from("<II", table, at + 8)) for at in range(0, len(table) - 15, 16)]
    return max(ends, default=0)


def _ico(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    size = file.seek(0, os.SEEK_END)
    return [Slot("pictures", "", 6, size - 6, form=runs.byte_runs, rigid=True)] if 6 < size < 1 << 22 else []


def _is_bmp(path: Path, head: bytes) -> bool:
    return (
        head[:2] == b"BM"
        and len(head) > 18
        and head[14:18] in (b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0", b"\x38\0\0\0")
    )


def _is_ico(path: Path, head: bytes) -> bool:
    return head[:4] in (b"\0\0\1\0", b"\0\0\2\0") and path.suffix.lower() in (".ico", ".cur")


BMP = Picture("bmp", _is_bmp, _bmp, end=bmp_end)
ICO = Picture("ico", _is_ico, _ico, end=ico_end)
