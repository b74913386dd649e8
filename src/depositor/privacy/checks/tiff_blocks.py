"""TIFF tags that hold more than one text: ImageJ, Micro-Manager, Photoshop, IPTC, EXIF comments, positions."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from depositor.privacy.checks import iptc, lsm, tiff_names
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot
from depositor.privacy.tiff import slide_texts
from depositor.privacy.tiff.tags import Directory, Entry, Tiff

_MM_SUMMARY = 2355492
_ND_TIFF = 483729
_MOST_BLOCKS = 4096
_IMAGEJ = {b"info": "info", b"labl": "label", b"prop": "property", b"over": "", b"roi ": "", b"plot": ""}
_RESOURCES = {1028: "IPTC", 1033: "thumbnail", 1036: "thumbnail", 1060: "XMP", 1035: "URL", 1006: "names"}


def micromanager(file: BinaryIO, tiff: Tiff) -> Iterator[Slot]:
    """The blocks of text that Micro-Manager and NDTiff keep outside the tags. Source: their file format pages."""
    file.seek(8)
    raw = file.read(32)
    if len(raw) < 32 or not tiff.order:
        return
    words = struct.unpack(tiff.order + "8I", raw)
    if words[0] == _ND_TIFF and words[2] == _MM_SUMMARY:
        yield Slot("tiff:micro-manager:summary", "", 28, min(words[3], 1 << 24), fill=b" ", form=slide_texts.cut)
        return
    blocks = [("summary", 32, _MM_SUMMARY)] if words[6] == _MM_SUMMARY else []
    blocks += [("display", words[3], 347834724)] if words[2] == 483765892 else []
    blocks += [("comments", words[5], 84720485)] if words[4] == 99384722 else []
    for name, offset, magic in blocks:
        file.seek(offset)
        head = file.read(8)
        if len(head) == 8 and struct.unpack(tiff.order + "I", head[:4])[0] == magic:
            length = struct.unpack(tiff.order + "I", head[4:])[0]
            yield Slot(f"tiff:micro-manager:{name}", "", offset + 8, length, fill=b" ")


def _wide(tiff: Tiff, directory: Directory, entry: Entry, slot: Slot) -> Iterator[Slot]:
    """Windows' own tags: UTF-16 whatever the order of the file."""
    yield replace(slot, encoding="utf-16-le", fill=b"\0\0")


def _comment(tiff: Tiff, directory: Directory, entry: Entry, slot: Slot) -> Iterator[Slot]:
    """EXIF's user comment begins with eight bytes that name its encoding."""
    order = "utf-16-le" if tiff.order == "<" else "utf-16-be"
    encoding = order if tiff.raw(entry, 8).startswith(b"UNICODE") else "utf-8"
    if entry.length > 8:
        yield replace(slot, offset=slot.offset + 8, length=entry.length - 8, encoding=encoding)


def _imagej(tiff: Tiff, directory: Directory, entry: Entry, slot: Slot) -> Iterator[Slot]:
    """ImageJ's block: a head with a type of four letters and a count for each kind of part, then the parts.

    Their lengths are the numbers of tag 50838, the first of which is that of the head.
    """
    sizes = tiff.numbers(directory.get(50838), 100_000)
    head = tiff.raw(entry, sizes[0] if sizes else 0)
    utf16 = "utf-16-le" if tiff.order == "<" else "utf-16-be"
    at, number = len(head), 1
    if head[:4] not in (b"IJIJ", b"JIJI"):
        yield replace(slot, encoding=utf16, form=runs.runs, rigid=True)
    for start in range(4, len(head) - 7, 8):
        kind = head[start : start + 4]
        kind = kind[::-1] if tiff.order == "<" else kind
        for count in range(min(struct.unpack_from(tiff.order + "I", head, start + 4)[0], len(sizes) - number)):
            place = f"{slot.location}:{kind.decode('latin-1').strip()}:{count}"
            part = replace(slot, offset=slot.offset + at, length=sizes[number], location=place)
            at, number = at + sizes[number], number + 1
            if _IMAGEJ.get(kind):
                yield replace(part, label=_IMAGEJ[kind], encoding=utf16, form=slide_texts.cut, fill=" ".encode(utf16))
            elif kind in _IMAGEJ:
                yield replace(part, label="", encoding=utf16, form=runs.runs, rigid=True)


def _photoshop(tiff: Tiff, directory: Directory, entry: Entry, slot: Slot) -> Iterator[Slot]:
    """Image resources: "8BIM", a number, a name, a length, then data padded to an even length. Source: Adobe."""
    raw, at = tiff.raw(entry, 1 << 24), 0
    for _ in range(_MOST_BLOCKS):
        if raw[at : at + 4] != b"8BIM" or at + 12 > len(raw):
            return
        number = int.from_bytes(raw[at + 4 : at + 6], "big")
        start = at + 6 + (raw[at + 6] + 2) // 2 * 2
        size = int.from_bytes(raw[start : start + 4], "big")
        if start + 4 + size > len(raw):
            return
        yield from _resource(number, raw[start + 4 : start + 4 + size], slot, start + 4)
        at = start + 4 + size + size % 2


def _resource(number: int, data: bytes, slot: Slot, at: int) -> Iterator[Slot]:
    name = _RESOURCES.get(number, str(number))
    place = f"{slot.location}:{name}"
    here = replace(slot, location=place, label="", offset=slot.offset + at, length=len(data))
    if name == "IPTC":
        yield from (replace(s, location=f"{place}:{s.location[5:]}") for s in iptc.slots(data, slot.offset + at))
    elif name == "thumbnail" and data[28:].strip(b"\0"):
        size = "x".join(str(int.from_bytes(data[n : n + 4], "big")) for n in (4, 8))
        inner = replace(here, offset=here.offset + 28, length=len(data) - 28)
        yield replace(inner, kind=Kind.PREVIEW_PICTURE, blank=True, shown=f"thumbnail {size}")
    elif name == "XMP":
        yield replace(here, form=slide_texts.cut, fill=b" ")
    elif len(data) >= 8:
        yield replace(here, form=runs.runs, rigid=True)


def _iptc(tiff: Tiff, directory: Directory, entry: Entry, slot: Slot) -> Iterator[Slot]:
    for found in iptc.slots(tiff.raw(entry, 1 << 24), slot.offset):
        yield replace(found, location=f"{slot.location}:{found.location[5:]}")


def _lsm(tiff: Tiff, directory: Directory, entry: Entry, slot: Slot) -> Iterator[Slot]:
    return lsm.slots(tiff, entry, slot.location.rsplit(":", 1)[0])


Special = Callable[[Tiff, Directory, Entry, Slot], Iterator[Slot]]
SPECIAL: dict[int, Special] = {
    33723: _iptc,
    34377: _photoshop,
    37510: _comment,
    50839: _imagej,
    lsm.TAG: _lsm,
    **dict.fromkeys((40091, 40092, 40093, 40094, 40095), _wide),
}


def position(tiff: Tiff, directory: Directory, prefix: str) -> Iterator[Slot]:
    """Where the picture was taken, in degrees; the date and other entries of the block go with it."""
    for entry in directory.entries:
        name = tiff_names.GPS.get(entry.code)
        place = f"{prefix}:{directory.name}:{name or f'tag {entry.code}'}"
        if name and entry.type in (5, 10):
            parts = tiff.rationals(entry)
            degrees = sum(p / 60**n for n, p in enumerate(parts))
            shown = f"{degrees:.4f}" if degrees else "0"
            yield Slot(place, name, tiff.base + entry.offset, entry.length, kind=Kind.GPS, blank=True, shown=shown)
        elif entry.type == 2 and entry.length > 4:
            yield Slot(place, "", tiff.base + entry.offset, entry.length, kind=Kind.DATE if entry.code == 29 else None)
