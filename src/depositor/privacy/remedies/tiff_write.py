"""Writing into a TIFF in place: bytes overwritten, links patched, a directory moved to the end of the file."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from depositor.privacy.tiff.gaps import Range
from depositor.privacy.tiff.tags import Directory, Entry, Tiff

BLOCK = 1 << 20


def overwrite(file: BinaryIO, start: int, end: int) -> None:
    """Zeroes from ``start`` to ``end``."""
    file.seek(start)
    for at in range(start, end, BLOCK):
        file.write(bytes(min(BLOCK, end - at)))


def outside(start: int, end: int, kept: Iterable[Range]) -> Iterator[Range]:
    """The parts of a stretch that no range of ``kept`` (sorted) touches."""
    for one, two in kept:
        if two <= start:
            continue
        if one >= end:
            break
        if one > start:
            yield start, one
        start = max(start, two)
    if start < end:
        yield start, end


def link(tiff: Tiff, at: int, offset: int) -> None:
    """Write the offset of a directory to the place ``at``."""
    tiff.file.seek(at)
    tiff.file.write(struct.pack(tiff.link_format, offset))


def head_at(tiff: Tiff) -> int:
    """The place of the offset of the first directory."""
    return 8 if tiff.big else 4


def append(file: BinaryIO, data: bytes, align: int = 16) -> int:
    """Write ``data`` behind the end of the file; returns where it lies."""
    end = file.seek(0, os.SEEK_END)
    file.write(bytes(-end % align) + data)
    return end + -end % align


def raw_entry(tiff: Tiff, entry: Entry) -> bytes:
    """The bytes of an entry as they stand in its table."""
    tiff.file.seek(entry.at)
    return tiff.file.read(20 if tiff.big else 12)


def moved(tiff: Tiff, directory: Directory, carried: Iterable[Entry]) -> Directory:
    """A copy of a directory's table at the end of the file with the entries ``carried`` over from another one.

    Values stay where they are. Raises ValueError where the file has no room for it: classic TIFF above 4 GiB, NDPI.
    """
    rows = {e.code: raw_entry(tiff, e) for e in (*directory.entries, *carried)}
    count = struct.pack(tiff.order + ("Q" if tiff.big else "H"), len(rows))
    table = count + b"".join(rows[code] for code in sorted(rows)) + struct.pack(tiff.link_format, directory.following)
    if tiff.ndpi or (not tiff.big and tiff.end + len(table) + 16 >= 1 << 32):
        raise ValueError("no room for a directory")
    at = append(tiff.file, table)
    tiff.end = tiff.file.seek(0, os.SEEK_END)
    found = tiff.directory(at, directory.name)
    if found is None:
        raise ValueError("a directory that cannot be read back")
    return found[0]
