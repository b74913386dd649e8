"""PNG: text chunks, packed ones included, EXIF, XMP, other chunks, and what stands behind the end.

Source: PNG 3 (W3C); ImageMagick's raw profiles; C2PA (``caBX``).
"""

from __future__ import annotations

import binascii
import io
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import judge
from depositor.privacy.checks import behind, exif, iptc, remarks
from depositor.privacy.examination import Examination, merged
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, runs, slots
from depositor.privacy.texts.forms import Part

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_BARE = frozenset(
    {
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"bKGD", b"hIST", b"pHYs"),
        *(b"acTL", b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI", b"oFFs", b"sCAL", b"sTER"),
    }
)
MOST = 16 * 1024 * 1024
MOST_CHUNKS = 2_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: ``offset`` is that of its length field; ``content`` is read where it may hold text."""

    kind: bytes
    offset: int
    length: int
    content: bytes


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks up to the end mark; ends early where the file is damaged."""
    file.seek(0)
    if file.read(8) != SIGNATURE:
        return
    size = file.seek(0, os.SEEK_END)
    at = 8
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if at + 12 + length > size or not kind.isalpha():
            return
        yield Chunk(kind, at, length, b"" if kind in _BARE else file.read(min(length, MOST)))
        if kind == b"IEND":
            return
        at += 12 + length


def end_of(found: list[Chunk]) -> int:
    """Where the picture ends, 0 where its end mark is missing."""
    return found[-1].offset + 12 + found[-1].length if found and found[-1].kind == b"IEND" else 0


class PngCheck:
    """Reads all chunks but those of the picture, which is named as not checked."""

    id = "png"

    def claims(self, path: Path, head: bytes) -> bool:
        return head[:8] == SIGNATURE

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        left = [remarks.pixels(shown)]
        with path.open("rb") as file:
            found = list(chunks(file))
            told = [spot for number, chunk in enumerate(found) for spot in spots_of(chunk, number, shown, left)]
            rest = behind.examine(file, end_of(found), self.id, shown, known)
        if not end_of(found):
            left.append(remarks.damaged(shown))
        return merged((Examination(judge.findings(self.id, shown, told, known), tuple(left)), rest))


@dataclass(frozen=True, slots=True)
class Text:
    """What a text chunk says: ``text`` cut into ``parts``."""

    keyword: str
    text: str
    parts: list[Part]
    spots: list[Spot]


def spots_of(chunk: Chunk, number: int, shown: str, left: list[NotChecked]) -> list[Spot]:
    """What one chunk says; chunk numbers keep the places of equal keywords apart."""
    if chunk.kind == b"eXIf":
        return _exif(chunk.content, "exif", shown, left)
    if chunk.kind == b"tIME" and chunk.length == 7:
        year, month, day = int.from_bytes(chunk.content[:2], "big"), chunk.content[2], chunk.content[3]
        return [Spot("png:tIME", "", f"{year}-{month:02}-{day:02}", Kind.DATE)]
    if chunk.kind in TEXTS:
        return _spots(chunk, number, shown, left)
    return [] if chunk.kind in _BARE else _readable(chunk, number)


def _spots(chunk: Chunk, number: int, shown: str, left: list[NotChecked]) -> list[Spot]:
    keyword, text = said(chunk)
    if text is None:
        left.append(remarks.inner(shown))
        return []
    if keyword.startswith("Raw profile type "):
        return _raw_profile(keyword, text, number, shown, left)
    told = text_of(chunk, number)
    return told.spots if told else []


def _readable(chunk: Chunk, number: int) -> list[Spot]:
    """Chunks of programs: what a person could read in them."""
    place = f"png:{chunk.kind.decode('ascii')}:{number}"
    raw = chunk.content
    if chunk.kind == b"iCCP":
        raw = raw.partition(b"\0")[0] + b"\n" + (_inflated(raw.partition(b"\0")[2][1:]) or b"")
    parts = documents.parts_of(raw.decode("latin-1"), runs.byte_runs)
    return documents.spots_of(parts, place)


def _raw_profile(keyword: str, text: str, number: int, shown: str, left: list[NotChecked]) -> list[Spot]:
    """EXIF, IPTC and XMP as ImageMagick writes them: name, length, and the bytes in hexadecimal digits."""
    digits = re.sub(r"\s", "", text.strip().split("\n", 2)[-1])
    try:
        raw = binascii.unhexlify(digits[: len(digits) // 2 * 2])
    except (binascii.Error, ValueError):
        return []
    place = f"png:{keyword}:{number}"
    if keyword.endswith(("exif", "APP1")) and b"http" not in raw[:8]:
        return _exif(raw.removeprefix(b"Exif\0\0"), place, shown, left)
    if keyword.endswith(("iptc", "8bim", "APP13")):
        file = io.BytesIO(raw)
        readings = slots.read(file, list(iptc.slots(raw, 0)))
        return [Spot(f"{place}:{s.location}", s.label, s.text, s.kind) for r in readings for s in r.spots]
    return documents.spots_of(documents.parts_of(slots.decoded(raw)), place)


def _exif(raw: bytes, place: str, shown: str, left: list[NotChecked]) -> list[Spot]:
    file = io.BytesIO(raw)
    readings = slots.read(file, list(exif.slots(file, 0, len(raw), place, shown, left)))
    return [spot for reading in readings for spot in reading.spots]


def text_of(chunk: Chunk, number: int) -> Text | None:
    """A text chunk cut into parts, None where it cannot be unpacked."""
    keyword, text = said(chunk)
    if text is None:
        return None
    place = f"png:{keyword or chunk.kind.decode('ascii')}:{number}"
    parts = documents.parts_of(text)
    if len(parts) == 1 and "/" not in parts[0].location and parts[0].text.strip() == text.strip():
        whole = Part("", keyword, text, 0, len(text), lambda new: new)
        return Text(keyword, text, [whole], [Spot(place, keyword, text)])
    return Text(keyword, text, parts, documents.spots_of(parts, place, label=keyword))


def said(chunk: Chunk) -> tuple[str, str | None]:
    """The keyword and the text of a text chunk; no text where it cannot be unpacked."""
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


def with_text(chunk: Chunk, text: str) -> bytes:
    """A whole chunk that says ``text`` in the way and with the keyword of ``chunk``."""
    keyword, _sep, rest = chunk.content.partition(b"\0")
    plain = text.encode("latin-1", "replace") if chunk.kind != b"iTXt" else text.encode("utf-8")
    if chunk.kind == b"tEXt":
        return written(chunk.kind, keyword + b"\0" + plain)
    if chunk.kind == b"zTXt":
        return written(chunk.kind, keyword + b"\0\0" + zlib.compress(plain))
    packed = rest[:1] == b"\1"
    language = rest[2:].split(b"\0", 2)[0] if rest.count(b"\0", 2) >= 2 else b""
    head = keyword + b"\0" + (b"\1\0" if packed else b"\0\0") + language + b"\0\0"
    return written(chunk.kind, head + (zlib.compress(plain) if packed else plain))


def written(kind: bytes, content: bytes) -> bytes:
    """A chunk with its length and its check sum."""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def _inflated(raw: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(raw, MOST)
    except zlib.error:
        return None


PNG = PngCheck()
