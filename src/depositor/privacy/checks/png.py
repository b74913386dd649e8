"""PNG: text chunks, packed ones included, EXIF and XMP."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import documents, judge, slots
from depositor.privacy.checks import remarks, tiff
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.tiff_tags import Tiff

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
MOST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: ``offset`` is that of its length field; ``content`` is read for text chunks only."""

    kind: bytes
    offset: int
    length: int
    content: bytes


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks up to the end mark; ends early where the file is damaged."""
    file.seek(0)
    if file.read(8) != SIGNATURE:
        return
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        yield Chunk(kind, at, length, file.read(min(length, MOST)) if kind in TEXTS else b"")
        if kind == b"IEND":
            return
        at += 12 + length


class PngCheck:
    """Reads the chunks that hold text; the picture itself is named as not checked."""

    id = "png"

    def claims(self, path: Path, head: bytes) -> bool:
        return head[:8] == SIGNATURE

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        left = [remarks.pixels(shown)]
        with path.open("rb") as file:
            found = list(chunks(file))
        spots = [spot for number, chunk in enumerate(found) for spot in spots_of(chunk, number, shown, left)]
        if not found or found[-1].kind != b"IEND":
            left.append(remarks.damaged(shown))
        return Examination(judge.findings(self.id, shown, spots, known), tuple(left))


def spots_of(chunk: Chunk, number: int, shown: str, left: list[NotChecked]) -> list[Spot]:
    """What one chunk says; chunk numbers keep the places of equal keywords apart."""
    if chunk.kind == b"eXIf":
        exif = io.BytesIO(chunk.content)
        readings = slots.read(exif, tiff.slots_of(Tiff(exif), "exif", shown, left))
        return [spot for reading in readings for spot in reading.spots]
    if chunk.kind == b"tIME" and chunk.length == 7:
        year, month, day = int.from_bytes(chunk.content[:2], "big"), chunk.content[2], chunk.content[3]
        return [Spot("png:tIME", "", f"{year}-{month:02}-{day:02}", Kind.DATE)]
    if chunk.kind not in TEXTS:
        return []
    keyword, text = _text(chunk)
    if text is None:
        left.append(remarks.inner(shown))
        return []
    place = f"png:{keyword or chunk.kind.decode('ascii')}:{number}"
    parts = documents.parts_of(text)
    if len(parts) == 1 and "/" not in parts[0].location:
        return [Spot(place, keyword, text)]
    return documents.spots_of(parts, place, label=keyword)


def _text(chunk: Chunk) -> tuple[str, str | None]:
    keyword, _sep, rest = chunk.content.partition(b"\0")
    name = keyword.decode("latin-1")
    if chunk.kind == b"tEXt":
        return name, slots.decoded(rest)
    if chunk.kind == b"zTXt":
        raw = _inflated(rest[1:])
        return name, None if raw is None else slots.decoded(raw)
    packed, body = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    plain = _inflated(body) if packed else body
    return name, None if plain is None else slots.decoded(plain)


def _inflated(raw: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(raw, MOST)
    except zlib.error:
        return None


PNG = PngCheck()
