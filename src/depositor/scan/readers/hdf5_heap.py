"""Texts of variable length in HDF5, read by hand: the library believes their lengths and loops or dies on a damaged
file.

Layout: "HDF5 File Format Specification Version 3.0", object headers (IV.A), attribute message (IV.A.2.m) and global
heap (III.E). Files whose offsets are not eight bytes wide, and attributes in a "dense" store, are left alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_ATTRIBUTE, _CONTINUED = 0x0C, 0x10
_VARIABLE = 9
_MOST_MESSAGES, _MOST_BLOCKS, _MOST_OBJECTS = 2000, 50, 20_000
_MOST_HEADER = 1 << 20


def attribute(owner: Any, name: str) -> str | None:
    """The text of the attribute of a group or data set, or None."""
    import h5py

    base = owner.file.userblock_size
    with Path(owner.file.filename).open("rb") as file:
        for message in _messages(file, base, h5py.h5o.get_info(owner.id).addr + base):
            found = _named(message, name.encode())
            if found is not None:
                return _text(file, base, found)
    return None


def first(data: Any) -> str | None:
    """The first text of a data set of such texts, or None; a packed one is left alone."""
    plist = data.id.get_create_plist()
    if plist.get_nfilters():
        return None
    base = data.file.userblock_size
    at = data.id.get_chunk_info(0).byte_offset if data.chunks and data.id.get_num_chunks() else data.id.get_offset()
    if not at:
        return None
    with Path(data.file.filename).open("rb") as file:
        return _text(file, base, _at(file, at, 16))


def _at(file: BinaryIO, at: int, size: int) -> bytes:
    if not 0 <= at < 1 << 62:
        return b""
    file.seek(at)
    return file.read(size)


def _messages(file: BinaryIO, base: int, at: int) -> Iterator[bytes]:
    """The attribute messages of the object header at ``at``, through its continuation blocks."""
    head = _at(file, at, 32)
    if head[:4] == b"OHDR" and len(head) == 32:
        flags = head[5]
        start = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        length = int.from_bytes(head[start : start + width], "little")
        waiting, form, skip = [(at + start + width, length)], "<BHB", 2 if flags & 4 else 0
    elif head[:1] == b"\x01" and len(head) == 32:
        waiting, form, skip = [(at + 16, struct.unpack("<I", head[8:12])[0])], "<HHB", 3
    else:
        return
    for _ in range(_MOST_BLOCKS):
        if not waiting:
            return
        begin, length = waiting.pop(0)
        raw = _at(file, begin, min(length, _MOST_HEADER))
        for kind, data in _block(raw[4:-4] if raw[:4] == b"OCHK" else raw, form, skip):
            if kind == _CONTINUED and len(data) >= 16:
                offset, size = struct.unpack("<QQ", data[:16])
                waiting.append((offset + base, size))
            elif kind == _ATTRIBUTE:
                yield data


def _block(raw: bytes, form: str, skip: int) -> Iterator[tuple[int, bytes]]:
    at, head = 0, struct.calcsize(form)
    for _ in range(_MOST_MESSAGES):
        if at + head + skip > len(raw):
            return
        kind, size, _ = struct.unpack(form, raw[at : at + head])
        at += head + skip
        yield kind, raw[at : at + size]
        at += size


def _named(message: bytes, name: bytes) -> bytes | None:
    """The sixteen bytes that point to the text of an attribute of that name."""
    if len(message) < 9 or message[0] not in (1, 2, 3):
        return None
    sizes = struct.unpack("<3H", message[2:8])
    at = 9 if message[0] == 3 else 8
    step = 8 if message[0] == 1 else 1
    places = []
    for size in sizes:
        places.append(at)
        at += size + -size % step
    told = message[places[0] : places[0] + sizes[0]].split(b"\0")[0]
    is_text = len(message) > places[1] and message[places[1]] & 15 == _VARIABLE
    return message[at : at + 16] if told == name and is_text else None


def _text(file: BinaryIO, base: int, pointer: bytes) -> str | None:
    """The text in the global heap that a length, an address and an index point to."""
    if len(pointer) < 16:
        return None
    length, address, wanted = struct.unpack("<IQI", pointer)
    head = _at(file, address + base, 16)
    if head[:4] != b"GCOL" or len(head) < 16:
        return None
    end = address + base + struct.unpack("<Q", head[8:16])[0]
    at = address + base + 16
    for _ in range(_MOST_OBJECTS):
        raw = _at(file, at, 16)
        if len(raw) < 16 or at + 16 > end:
            return None
        index, _, size = struct.unpack("<HHxxxxQ", raw)
        if index == wanted:
            return _at(file, at + 16, min(length, size, _MOST_HEADER)).decode("utf-8", "replace").rstrip("\0")
        if index == 0:
            return None
        at += 16 + size + -size % 8
    return None
