"""A DICOM file to parse: its data set may be deflated as a whole, and then unpacks without any limit in the library."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from depositor.scan.bounded import Bounded

_META = b"\x02\x00\x00\x00UL\x04\x00"  # group 2 begins with its length (PS3.10, 7.1)
_META_AT = 132
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_PLAIN = b"1.2.840.10008.1.2.1".ljust(len(_DEFLATED), b"\0")
_MOST = 32 << 20  # bytes of an unpacked data set: what comes later is no header
_MOST_META = 1 << 16


def opened(path: Path) -> closing[BinaryIO]:
    """The file for pydicom. Of one that is deflated, the first 32 MiB of what it unpacks to. Raises OSError."""
    with path.open("rb") as file:
        meta = file.read(_META_AT + 12)
        length = struct.unpack("<I", meta[-4:])[0] if meta[_META_AT:-4] == _META else _MOST_META
        meta += file.read(length) if length < _MOST_META else b""
        if _DEFLATED not in meta:
            return closing(Bounded(path))
        unpacker = zlib.decompressobj(-15)
        body = unpacker.decompress(file.read(_MOST), _MOST)
    return closing(io.BytesIO(meta.replace(_DEFLATED, _PLAIN) + body))


def is_deflated(file: BinaryIO) -> bool:
    """True for what :func:`opened` gives of a deflated file: its pixels may be cut off."""
    return isinstance(file, io.BytesIO)
