"""What the checks of makers' formats share: numbers at places, long documents in pieces, texts found by their form."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks.slotted import Layout
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import forms
from depositor.privacy.texts.forms import Form, Part
from depositor.privacy.texts.slots import Slot

PIECE = 4 * 1024 * 1024  # bytes of a long document that are judged at once
LONGEST = 128 * 1024 * 1024  # bytes of one document that are looked at
BLOCK = 1024 * 1024
_WHOLE_PATH = re.compile(r"(?:[A-Za-z]:[\\/]+|\\\\)[^\r\n<>|\"*?]+")
_PROGRAMS = re.compile(r"[A-Za-z]:[\\/]+(?:Program Files|Windows\b|ProgramData)", re.IGNORECASE)
_HOMES = re.compile(r"[\\/](?:Users|Documents and Settings|home|Benutzer|Utilisateurs)[\\/]", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?\d*[.,]\d+(?:[eE][+-]?\d+)?")
_VALUE = re.compile(r"(?:^|/)([^/\[\]]+)(?:\[\d+\])?/@[Vv]alue$")
_CLOSED = re.compile(rb"(?:/>|</[^<>]{1,200}>)", re.DOTALL)


def with_paths(layout: Layout) -> Layout:
    """``layout`` whose slots take a field that is a folder path as that, to its last letter: in the middle of a text
    nobody knows where a path with commas and spaces ends, in a field of its own it ends where the field does."""

    def cut(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
        return [s if s.blank or s.kinds or s.kind else replace(s, kinds=_kind) for s in layout(file, shown, left)]

    return cut


def _kind(label: str, text: str) -> Kind | None:
    if not _WHOLE_PATH.fullmatch(text) or len(text) > 400 or _PROGRAMS.match(text):
        return None
    return Kind.USER_PATH if _HOMES.search(text) else Kind.PATH


def exactly(file: BinaryIO, offset: int, size: int) -> bytes:
    """``size`` bytes at ``offset``. Raises ValueError where the file has fewer: its numbers lie."""
    if not 0 <= offset <= size_of(file) or not 0 <= size <= LONGEST:
        raise ValueError("a place outside of the file")
    file.seek(offset)
    raw = file.read(size)
    if len(raw) < size:
        raise ValueError("a place beyond the end")
    return raw


def number(file: BinaryIO, offset: int, form: str) -> int:
    """The number at ``offset``. Raises ValueError where the file ends before."""
    return int(struct.unpack(form, exactly(file, offset, struct.calcsize(form)))[0])


def size_of(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def measured_xml(text: str) -> Iterator[Part]:
    """XML without decimal numbers: stages write positions with so many digits that they look like numbers of people.

    In ``<UserName value="..."/>`` the element is the field.
    """
    for part in forms.xml(text):
        if not _DECIMAL.fullmatch(part.text):
            tagged = _VALUE.search(part.location) if part.label.casefold() == "value" else None
            yield replace(part, label=tagged[1]) if tagged else part


def document(
    file: BinaryIO, location: str, offset: int, length: int, encoding: str = "utf-8", form: Form = measured_xml
) -> Iterator[Slot]:
    """The slots of an XML document: one, or for a long one pieces that end behind an element.

    Spaces behind an element mean nothing in XML, so that each piece can be filled up on its own.
    """
    fill = b" \0" if encoding == "utf-16-le" else b" "
    start, end, count = offset, offset + min(length, LONGEST), 0
    while start < end:
        stop = end if end - start <= PIECE else start + _cut(exactly(file, start, PIECE), encoding)
        name = f"{location}:part:{count}" if count or stop < end else location
        yield Slot(name, "", start, stop - start, encoding=encoding, fill=fill, form=form)
        start, count = stop, count + 1


def _cut(raw: bytes, encoding: str) -> int:
    """Where a piece ends: behind its last closed element, else where it has to."""
    if encoding == "utf-16-le":
        text = raw[: len(raw) // 2 * 2].decode("latin-1")[::2].encode("latin-1")
        found = _last(text)
        return 2 * found if found else len(raw) // 2 * 2  # a piece begins on an even distance
    return _last(raw) or len(raw)


def _last(raw: bytes) -> int:
    tail = max(len(raw) - 64 * 1024, 0)
    return max((m.end() + tail for m in _CLOSED.finditer(raw[tail:])), default=0)


def relabelled(form: Form, labels: Mapping[str, str], kept: Sequence[str] = ()) -> Form:
    """``form`` with the format's own words for fields replaced by those that the rules know; ``labels`` is in lower
    case. Parts called as one of ``kept`` are passed over: they hold nothing that a person wrote."""

    def cut(text: str) -> Iterator[Part]:
        for part in form(text):
            name = part.label.casefold()
            if name not in kept:
                yield replace(part, label=labels[name]) if name in labels else part

    return cut


def labelled_values(text: str) -> Iterator[Part]:
    """XML in which ``<Label>User</Label><Value>ERIC</Value>`` stands for a field and its value."""
    label = ""
    for part in forms.xml(text):
        if part.label == "Label":
            label = part.text
        elif part.label == "Value" and label:
            part, label = replace(part, label=label), ""
        yield part


def between(
    file: BinaryIO, starts: bytes, ends: bytes, first: int, last: int, longest: int = 16 * 1024 * 1024
) -> Iterator[tuple[int, int]]:
    """(offset, length) of each text from ``starts`` to ``ends`` between two places of the file, read block by block."""
    at = first
    while at < last:
        begin = find(file, starts, at, last)
        if begin < 0:
            return
        end = find(file, ends, begin + len(starts), min(last, begin + longest))
        if end < 0:
            at = begin + len(starts)
            continue
        yield begin, end + len(ends) - begin
        at = end + len(ends)


def find(file: BinaryIO, wanted: bytes, first: int, last: int) -> int:
    """Where ``wanted`` stands first between two places, or -1."""
    at = first
    while at < last:
        file.seek(at)
        raw = file.read(min(BLOCK, last - at) + len(wanted) - 1)
        found = raw.find(wanted)
        if found >= 0 and at + found + len(wanted) <= last:
            return at + found
        if len(raw) < len(wanted):
            return -1
        at += BLOCK
    return -1


def wipe(file: BinaryIO, offset: int, length: int) -> None:
    """Zeros over ``length`` bytes, a mebibyte at a time."""
    file.seek(offset)
    for start in range(0, length, BLOCK):
        file.write(b"\0" * min(BLOCK, length - start))
