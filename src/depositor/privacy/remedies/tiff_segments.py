"""New bytes for one strip or tile: where the old ones were, or at the end of the file with the offset patched."""

from __future__ import annotations

import struct

from depositor.privacy.remedies import tiff_write
from depositor.privacy.tiff.tags import Directory, Entry, Tiff

_LETTERS = {3: "H", 4: "I", 16: "Q"}


def put(tiff: Tiff, directory: Directory, index: int, old: bytes, new: bytes) -> None:
    """Write ``new`` for the segment ``index`` that held ``old``. Raises ValueError where offsets cannot say where."""
    at, size = (
        (directory.get(324), directory.get(325)) if directory.get(324) else (directory.get(273), directory.get(279))
    )
    if at is None or size is None or index >= min(at.count, size.count):
        raise ValueError("no such segment")
    offset = _number(tiff, at, index)
    shared = sum(1 for other in tiff.each_number(at) if other == offset) > 1
    if len(new) <= len(old) and not shared:
        tiff.file.seek(offset)
        tiff.file.write(new + bytes(len(old) - len(new)))
    else:
        _write(tiff, at, index, _append(tiff, new))
        if not shared:
            tiff_write.overwrite(tiff.file, offset, offset + len(old))
    _write(tiff, size, index, len(new))


def _append(tiff: Tiff, data: bytes) -> int:
    if tiff.ndpi and tiff.end + len(data) + 16 >= 1 << 32:
        raise ValueError("no offset reaches the end of this file")
    return tiff_write.append(tiff.file, data)


def _number(tiff: Tiff, entry: Entry, index: int) -> int:
    letter = _LETTERS[entry.type]
    tiff.file.seek(entry.offset + index * struct.calcsize(letter))
    return int(struct.unpack(tiff.order + letter, tiff.file.read(struct.calcsize(letter)))[0])


def _write(tiff: Tiff, entry: Entry, index: int, number: int) -> None:
    letter = _LETTERS[entry.type]
    if number >= 1 << 8 * struct.calcsize(letter):
        raise ValueError("a number too large for its field")
    tiff.file.seek(entry.offset + index * struct.calcsize(letter))
    tiff.file.write(struct.pack(tiff.order + letter, number))
