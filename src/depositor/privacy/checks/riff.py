"""RIFF files: WebP pictures (EXIF, XMP), AVI films and WAV sounds (INFO lists and other texts).

Source: WebP container specification; Microsoft RIFF; Adobe XMP part 3 for the chunk ``_PMX``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import exif, remarks
from depositor.privacy.checks.picture import Locations, Picture
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

MOST_CHUNKS = 200_000
_LISTS = frozenset({b"INFO", b"hdrl", b"exif", b"adtl", b"ncdt", b"strl"})
_KINDS = {b"IART": Kind.STAFF_NAME, b"IENG": Kind.STAFF_NAME, b"ITCH": Kind.STAFF_NAME}
_LABELS = {
    b"ICMT": "comment",
    b"INAM": "title",
    b"ICOP": "copyright",
    b"IARL": "path",
    b"ISBJ": "subject",
    b"ISFT": "software",
    b"ICRD": "date",
    b"IKEY": "keywords",
    b"ISRC": "source",
    b"GPS ": "gpsposition",
}
_DATA = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANMF", b"ANIM", b"VP8X", b"data", b"movi", b"idx1", b"fmt ", b"JUNQ"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: ``offset`` and ``length`` are those of its content, ``inside`` the list that it stands in."""

    kind: bytes
    offset: int
    length: int
    inside: bytes


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks, those of text lists too; ends early where the file is damaged."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if len(head) < 12:
        return
    stop = min(size, 8 + int.from_bytes(head[4:8], "little"))
    waiting = [(12, stop, head[8:12])]
    count = 0
    while waiting:
        at, end, inside = waiting.pop()
        while at + 8 <= end and count < MOST_CHUNKS:
            count += 1
            file.seek(at)
            raw = file.read(12)
            kind, length = raw[:4], int.from_bytes(raw[4:8], "little")
            if kind in (b"LIST", b"RIFF") and raw[8:12] in _LISTS:
                waiting.append((at + 12, min(end, at + 8 + length), raw[8:12]))
            else:
                yield Chunk(kind, at + 8, min(length, end - at - 8), inside)
            at += 8 + length + length % 2


def end_of(file: BinaryIO) -> int:
    """Where the file ends by its own word; further pieces of long films count as part of it."""
    size = file.seek(0, os.SEEK_END)
    at = 0
    while at + 12 <= size:
        file.seek(at)
        head = file.read(12)
        if head[:4] != b"RIFF":
            break
        length = int.from_bytes(head[4:8], "little")
        at += 8 + length + length % 2
    return min(at, size)


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    file.seek(8)
    picture = file.read(4) == b"WEBP"
    slots: list[Slot] = []
    for number, chunk in enumerate(chunks(file)):
        slots += _slots(file, chunk, number, shown, left)
    left.append(remarks.pixels(shown) if picture else remarks.sound(shown))
    return slots


def _slots(file: BinaryIO, chunk: Chunk, number: int, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    if chunk.kind == b"EXIF":
        start = _exif_start(file, chunk)
        yield from exif.slots(file, start, chunk.offset + chunk.length, "exif", shown, left)
    elif chunk.kind in (b"XMP ", b"_PMX"):
        yield Slot("xmp", "", chunk.offset, chunk.length, fill=b" ")
    elif chunk.inside in (b"INFO", b"exif", b"adtl"):
        name = chunk.kind.decode("latin-1").strip()
        label = _LABELS.get(chunk.kind, "")
        yield Slot(f"info:{name}:{number}", label, chunk.offset, chunk.length, kind=_KINDS.get(chunk.kind))
    elif chunk.kind not in _DATA and 12 < chunk.length <= 1 << 24 and chunk.kind.isascii():
        name = chunk.kind.decode("latin-1").strip()
        yield Slot(f"chunk:{name}:{number}", "", chunk.offset, chunk.length, form=runs.byte_runs, rigid=True)


def _exif_start(file: BinaryIO, chunk: Chunk) -> int:
    """Some programs write the head that JPEG has before the block."""
    file.seek(chunk.offset)
    return chunk.offset + (6 if file.read(6) == b"Exif\0\0" else 0)


def _trim(file: BinaryIO, gone: Locations) -> None:
    for chunk in list(chunks(file)):
        if chunk.kind == b"EXIF":
            exif.trim(file, _exif_start(file, chunk), chunk.offset + chunk.length, "exif", gone)


def _is_picture(path: Path, head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_film(path: Path, head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] in (b"AVI ", b"WAVE")


WEBP = Picture("webp", _is_picture, _layout, end=end_of, trim=_trim)
FILM = Picture("avi", _is_film, _layout, end=end_of)
