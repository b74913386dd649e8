"""Places of fixed size in binary headers that hold text: read them, judge them, and overwrite them in a copy.

Pixels and offsets never move: a remedy writes at most as many bytes as were there and fills the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from depositor.privacy import judge
from depositor.privacy.judge import Mark, Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import Known
from depositor.privacy.texts import documents
from depositor.privacy.texts.documents import Wanted
from depositor.privacy.texts.forms import Form, Part

LONGEST = 32 * 1024 * 1024  # bytes of one slot that are read
BATCH = 8 * 1024 * 1024  # bytes of slots that are in memory at once
_EACH = 512  # bytes that a slot of any length counts at least


@dataclass(frozen=True, slots=True)
class Slot:
    """``length`` bytes at ``offset`` that hold text under ``label``; ``fill`` pads what a remedy leaves free.

    ``form`` cuts the text into parts; None takes it as one value. ``blank`` slots hold no text but numbers or
    pictures: ``shown`` is the evidence and a remedy fills all bytes. In ``rigid`` slots text stands between other
    bytes, so that what is taken out is made up with spaces where it stood; their encoding must read any byte.
    ``kinds`` tells what a part is where the format gives its label a meaning of its own (label, text -> kind).
    """

    location: str
    label: str
    offset: int
    length: int
    encoding: str = "utf-8"
    fill: bytes = b"\0"
    kind: Kind | None = None
    form: Form | None = None
    whole: bool = False
    blank: bool = False
    rigid: bool = False
    shown: str = ""
    kinds: Callable[[str, str], Kind | None] | None = None


def text_of(file: BinaryIO, slot: Slot) -> str:
    """The text in a slot; bytes that are no text of its encoding are read as Latin-1."""
    if slot.blank:
        return slot.shown
    file.seek(slot.offset)
    raw = file.read(min(slot.length, LONGEST))
    if slot.encoding.startswith("utf-16"):
        raw = raw[: len(raw) // 2 * 2]
        return _units(raw, slot) if slot.rigid else raw.decode(slot.encoding, "surrogatepass").rstrip("\0")
    if slot.rigid:
        return raw.decode("latin-1")
    return decoded(raw).rstrip("\0 \r\n" if slot.fill == b" " else "\0")


def _units(raw: bytes, slot: Slot) -> str:
    """One character for each two bytes, so that places in the text are places in the bytes."""
    units = raw.decode(slot.encoding, "surrogatepass")
    if len(units) * 2 == len(raw):
        return units
    return "".join(c if ord(c) < 0x10000 else _pair(ord(c) - 0x10000) for c in units)


def _pair(code: int) -> str:
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def decoded(raw: bytes) -> str:
    """UTF-8 where it is, else Latin-1, which reads every byte."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _encoded(text: str, slot: Slot, old: bytes) -> bytes:
    if slot.encoding.startswith("utf-16"):
        return text.encode(slot.encoding, "surrogatepass")
    if slot.rigid:
        return text.encode("latin-1", "replace")
    try:
        old.decode("utf-8")
    except UnicodeDecodeError:
        return text.encode("latin-1", "replace")
    return text.encode("utf-8")


@dataclass(frozen=True, slots=True)
class Reading:
    """A slot with its text, the parts of it and the spots that are judged, one spot per part."""

    slot: Slot
    text: str
    parts: list[Part]
    spots: list[Spot]


def batches(file: BinaryIO, slots: Iterable[Slot], *, medical: bool = False) -> Iterator[list[Reading]]:
    """:func:`read` in pieces of about :data:`BATCH` bytes: stacks of 100,000 pages repeat long texts."""
    taken: list[Slot] = []
    size = 0
    for slot in slots:
        taken.append(slot)
        size += max(slot.length, _EACH)
        if size >= BATCH:
            yield read(file, taken, medical=medical)
            taken, size = [], 0
    if taken:
        yield read(file, taken, medical=medical)


def read(file: BinaryIO, slots: Iterable[Slot], *, medical: bool = False) -> list[Reading]:
    return [_reading(text_of(file, slot), slot, medical) for slot in slots]


def _reading(text: str, slot: Slot, medical: bool) -> Reading:
    if slot.whole or slot.blank or slot.kind is not None:
        part = Part("", slot.label, text, 0, len(text), lambda new: new)
        return Reading(slot, text, [part], [Spot(slot.location, slot.label, text, slot.kind, ("remove",), medical)])
    parts = documents.parts_of(text, slot.form)
    simple = len(parts) == 1 and parts[0].location.startswith("line:") and parts[0].text.strip() == text.strip()
    spots = documents.spots_of(parts, slot.location, medical=medical, label=slot.label)
    if simple:
        spots = [Spot(slot.location, slot.label, parts[0].text, None, ("remove",), medical)]
    if slot.kinds:
        spots = [replace(s, kind=kind) if (kind := slot.kinds(s.label, s.text)) else s for s in spots]
    return Reading(slot, text, parts, spots)


def marked(check: str, shown: str, readings: list[Reading], known: Known) -> list[list[tuple[Spot, list[Mark]]]]:
    """The marks of each reading; judged together, so that a name in one slot is found in the others."""
    spots = [spot for reading in readings for spot in reading.spots]
    flat = iter(judge.marks(check, shown, spots, known))
    return [[next(flat) for _ in reading.spots] for reading in readings]


def overwrite(
    file: BinaryIO, reading: Reading, found: list[tuple[Spot, list[Mark]]], wanted: Wanted
) -> tuple[str, ...]:
    """Take the wanted marks out of one slot; returns the locations that changed."""
    locations = tuple(m.finding.location or "" for _s, ms in found for m in ms if wanted(m.finding))
    slot = reading.slot
    if not locations or not slot.length:
        return ()  # a slot without length stands for a picture: no text to overwrite
    if slot.length > LONGEST and not slot.blank:
        raise ValueError("a text that was read in part only cannot be written back")
    file.seek(slot.offset)
    old = file.read(slot.length)
    new = (
        b""
        if slot.blank
        else _encoded(documents.without(reading.text, reading.parts, found, wanted, pad=slot.rigid), slot, old)
    )
    if slot.rigid:
        _write_changes(file, slot.offset, _encoded(reading.text, slot, old), new)
        return locations
    file.seek(slot.offset)
    file.write(filled(new, slot.length, slot.fill))
    return locations


def _write_changes(file: BinaryIO, offset: int, before: bytes, after: bytes) -> None:
    """Write only the bytes that change: the same bytes may be read in two ways, and both may be mended."""
    at, end = 0, min(len(before), len(after))
    while at < end:
        if before[at : at + 4096] == after[at : at + 4096]:
            at += 4096
        elif before[at] == after[at]:
            at += 1
        else:
            stop = at
            while stop < end and before[stop] != after[stop]:
                stop += 1
            file.seek(offset + at)
            file.write(after[at:stop])
            at = stop


def filled(new: bytes, length: int, fill: bytes) -> bytes:
    """``new`` in exactly ``length`` bytes. XML is filled in front of its last end tag: readers know it by its end."""
    padding = (fill * ((length - len(new)) // len(fill) + 1))[: max(length - len(new), 0)]
    last = new.rfind(b"</") if fill == b" " and new.rstrip().endswith(b">") else -1
    whole = new[:last] + padding + new[last:] if last > 0 else new + padding
    return whole[:length]
