"""What a DICOM file shows rather than tells: which pictures are in it, and what stands in the bytes around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import faces
from depositor.privacy.checks import remarks
from depositor.privacy.checks.dicom_spots import PROFILE
from depositor.privacy.dicom import text as dicom_text
from depositor.privacy.dicom.walk import Walk
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.words import persons

ICON = 0x00880200
CONVERSION, SAMPLES, BITS, IDENTITY_REMOVED = 0x00080064, 0x00280002, 0x00280100, 0x00120062
WANTED = faces.WANTED | {CONVERSION, SAMPLES, BITS, IDENTITY_REMOVED}
_PIXELS = "(7FE0,0010)"
_OFTEN_WRITTEN = frozenset({"US", "IVUS", "XA", "RF", "ES", "XC", "OP", "OT", "IO", "PX", "SC", "DOC", "GM", "HC"})
_OFTEN_WRITTEN_KINDS = ("SCREEN SAVE", "SCREEN CAPTURE", "DOSE", "REPORT", "FUSED", "LOCALIZER")
_SURPLUS = 64 * 1024
_NUMBER = re.compile(r"(?<![\d.])\d(?:[-/]?\d){6,}(?![\d.])")


def remark(facts: Mapping[int, str], shown: str) -> NotChecked:
    """That nobody read the pixels, with a warning for kinds of pictures that often carry text."""
    kind = facts.get(faces.IMAGE_TYPE, "").upper()
    often = (
        facts.get(faces.MODALITY, "") in _OFTEN_WRITTEN
        or faces.is_secondary_capture(facts.get(faces.SOP_CLASS, ""))
        or bool(facts.get(CONVERSION))
        or any(word in kind for word in _OFTEN_WRITTEN_KINDS)
    )
    return remarks.often_written(shown) if often else remarks.pixels(shown)


def spots(facts: Mapping[int, str], walk: Walk, shown: str) -> Iterator[Spot]:
    """Pictures that are findings by themselves: labels and overviews of slides, icons, heads with a face."""
    parts = [p.strip() for p in facts.get(faces.IMAGE_TYPE, "").upper().split("\\")]
    if "LABEL" in parts[2:3]:
        yield Spot("(0008,0008)", "", "LABEL", Kind.LABEL_PICTURE, PROFILE)
    elif {"OVERVIEW", "THUMBNAIL"} & set(parts[2:3]):
        yield Spot("(0008,0008)", "", parts[2], Kind.PREVIEW_PICTURE, PROFILE)
    for element, _at in walk.pixels:
        if element.scope.sequence == ICON:
            yield Spot(element.scope.prefix.rstrip("."), "", "IconImageSequence", Kind.PREVIEW_PICTURE, PROFILE)
        elif element.raw:
            yield from _comments(element.raw, element.location)
    head = faces.in_dicom(facts, shown) if walk.pixels else None
    if head is not None:
        yield Spot(_PIXELS, "", head.told, head.kind, PROFILE)


def is_doubtful(text: str) -> bool:
    """True for a comment with a word that could be a name, or with a number as long as those of people."""
    return bool(persons.surnames_in(text)) or _NUMBER.search(text) is not None


def _comments(raw: bytes, location: str) -> Iterator[Spot]:
    """Comments and blocks of applications at the start of a JPEG or JPEG 2000 picture."""
    at = 2
    while raw[:1] == b"\xff" and raw[at : at + 1] == b"\xff" and at + 4 <= len(raw):
        marker, length = raw[at + 1], int.from_bytes(raw[at + 2 : at + 4], "big")
        body = raw[at + 4 : at + 2 + length]
        if marker in (0xDA, 0x90):
            return
        if marker in (0xFE, 0x64) or (0xE1 <= marker <= 0xEF and marker not in (0xE2, 0xEE)):
            text = dicom_text.readable(body[2:] if marker == 0x64 else body)
            kind = Kind.FREE_TEXT if is_doubtful(text) else None
            yield Spot(f"{location}:comment", "Comment", text, kind, PROFILE, medical=True)
        at += 2 + max(length, 2)


def behind_pixels(facts: Mapping[int, str], walk: Walk, file: BinaryIO) -> Iterator[Spot]:
    """Text in the bytes by which plain pixel data are longer than the picture."""
    root = next(((e, at) for e, at in walk.pixels if e.scope.depth == 0 and e.length > 0), None)
    start = walk.start
    expected = _expected(facts)
    if root is None or start is None or not expected:
        return
    element, at = root
    surplus = element.length - expected
    if surplus >= 8:
        file.seek(start + at + expected)
        text = dicom_text.readable(file.read(min(surplus, _SURPLUS)))
        if text:
            yield Spot(element.location, "", text, Kind.TRAILING, PROFILE, medical=True)


def _expected(facts: Mapping[int, str]) -> int:
    """Bytes of the picture as rows, columns, samples, bits and frames give them; 0 where one is missing."""
    try:
        rows, columns, bits = (int(facts[tag]) for tag in (faces.ROWS, faces.COLUMNS, BITS))
        samples, frames = int(facts.get(SAMPLES) or 1), int(facts.get(faces.FRAMES) or 1)
    except (KeyError, ValueError):
        return 0
    return (rows * columns * samples * frames * bits + 7) // 8
