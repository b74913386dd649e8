"""HDF5 (Imaris, BigDataViewer, NWB, Velox and NCEM EMD, MINC 2): attributes, data sets of texts, names, user block.

The library tells what there is; where the bytes lie is read by hand, so that a remedy can overwrite them. Attributes
that were deleted are found by their shape. Pixels are never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.hdf5 import sums as hdf5_sums
from depositor.privacy.hdf5.headers import Headers, Text
from depositor.privacy.hdf5.sums import Block
from depositor.privacy.hdf5.walk import Link, Member, Table, Walk, table
from depositor.privacy.known import Known
from depositor.privacy.texts import forms, runs
from depositor.privacy.texts.documents import Wanted
from depositor.privacy.texts.forms import Form, Part
from depositor.privacy.texts.slots import Slot

MAGIC = b"\x89HDF\r\n\x1a\n"
_WINDOW = 16 * 1024 * 1024  # bytes at both ends that are searched for attributes nothing points to
_MOST_ATTRIBUTE = 1 << 20
_MOST_SLOTS = 400_000
_MOST_TEXTS = 96 * 1024 * 1024
# Names that programs give to the parts of their files.
_USUAL = re.compile(
    r"(?:data|data ?set|data ?set ?info|image|histogram|thumbnail|setup|cells|metadata|time ?point|channel|frame|entry"
    r"|resolution ?level|[a-z])? ?\d{0,6}",
    re.IGNORECASE,
)


def open_library(file: BinaryIO, mode: str = "r") -> Any:
    """The file through the library. Raises ValueError where the library refuses it."""
    import h5py

    try:
        return h5py.File(file, mode)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ValueError("no HDF5") from error


@dataclass(frozen=True, slots=True)
class Contents:
    """What the walk over one file gave."""

    slots: list[Slot]
    blocks: list[Block]


class _Survey:
    """One walk over one file; everything is counted."""

    def __init__(self, file: BinaryIO, shown: str, left: list[NotChecked]) -> None:
        self._file, self._shown, self._left = file, shown, left
        self.slots: list[Slot] = []
        self.blocks: list[Block] = []
        self._seen: set[tuple[int, int]] = set()
        self._names: set[str] = set()
        self._paths: set[str] = set()  # of objects: texts that name one are no paths of a computer
        self._room = _MOST_TEXTS
        self._headers = Headers(file, 0)

    def run(self) -> Contents:
        try:
            self._walk()
        except (ValueError, RuntimeError, OSError, KeyError, TypeError, UnicodeDecodeError):
            self._left.append(remarks.damaged(self._shown))
        self._leftovers()
        return Contents(self.slots, self.blocks)

    def _walk(self) -> None:
        with open_library(self._file) as opened:
            base = int(opened.userblock_size)
            self._headers = Headers(self._file, base)
            if base:
                self._add(Slot("hdf5:userblock", "", 0, min(base, 1 << 20), "latin-1", form=runs.byte_runs, rigid=True))
            walk = Walk(opened)
            for step in walk.steps():
                if isinstance(step, Link):
                    self._link(step)
                else:
                    self._object(step)
                if len(self.slots) > _MOST_SLOTS or self._room < 0:
                    walk.cut = True
                    break
            if walk.cut:
                self._left.append(remarks.some_texts(self._shown, _MOST_TEXTS >> 20))

    def _add(self, slot: Slot) -> None:
        place = (slot.offset, slot.length)
        if slot.length and place in self._seen:
            return
        self._seen.add(place)
        self._room -= slot.length
        self.slots.append(slot)

    def _link(self, link: Link) -> None:
        if link.target:
            self._virtual(f"hdf5:link:{link.path}", "path", link.target)
        name = link.name
        if name not in self._names and not _USUAL.fullmatch(name) and len(self._names) < 100_000:
            self._names.add(name)
            self._virtual(f"hdf5:name:{link.path}", "name", name)

    def _virtual(self, location: str, label: str, text: str) -> None:
        """A text that only the library can change."""
        self.slots.append(Slot(location, label, 0, 0, blank=True, shown=text))

    def _object(self, member: Member) -> None:
        self._paths.add(member.path)
        found = self._headers.of(member.address)
        self.blocks += [b for b in found.blocks if b.is_true(self._file)]
        for text in found.texts:
            self._text(f"hdf5:{member.path}@{text.name}", text)
        self._others(member, found.names)
        stored = table(member)
        if stored:
            self._table(stored)

    def _text(self, place: str, text: Text) -> None:
        if not text.each:
            self._add(Slot(place, text.name, text.offset, text.count, "latin-1", form=runs.byte_runs, rigid=True))
        elif text.each == 1 or text.count == 1:
            fill = b" " if text.spaces else b"\0"
            self._add(Slot(place, text.name, text.offset, text.length, fill=fill, form=self._outer))
        else:
            cells = records(((text.name, 0, text.each),), text.each)
            self._add(Slot(place, text.name, text.offset, text.length, "latin-1", form=cells, rigid=True))

    def _outer(self, text: str) -> Iterator[Part]:
        """The parts of a text but for paths inside the file, by which programs find its data sets."""
        return (part for part in forms.form_of(text)(text) if not self._leads_inside(part.text))

    def _leads_inside(self, text: str) -> bool:
        return text.startswith("/") and "/" + text.split("/", 2)[1].strip() in self._paths

    def _others(self, member: Member, seen: frozenset[str]) -> None:
        """Attributes whose place was not found (types that are shared): the library reads and changes them."""
        for name in member.node.attrs:
            if name in seen or len(self.slots) > _MOST_SLOTS:
                continue
            told = member.node.attrs.get_id(name)
            if told.dtype.hasobject:  # the library would follow pointers that may lead in circles
                self._left.append(remarks.inner(self._shown))
            elif told.dtype.kind == "S" and told.get_storage_size() <= _MOST_ATTRIBUTE:
                for text in texts_of(member.node.attrs[name])[:1000]:
                    self._virtual(f"hdf5:attribute:{member.path}@{name}", name, text)

    def _table(self, stored: Table) -> None:
        place = f"hdf5:{stored.path}"
        if stored.cut:
            self._left.append(remarks.some_texts(self._shown, 8))
        if stored.filters:
            self._packed(stored)
            return
        for number, (offset, length) in enumerate(stored.pieces):
            here = place if len(stored.pieces) == 1 else f"{place}:{number}"
            if stored.document:
                self._add(Slot(here, "", offset, length, form=self._outer))
                continue
            fixed = fixed_fields(stored)
            if fixed:
                form = records(fixed, stored.record)
                self._add(Slot(here, "", offset, length, "latin-1", form=form, rigid=True))
            self._pointed(stored, here, self._headers.at(offset, length))

    def _pointed(self, stored: Table, here: str, raw: bytes) -> None:
        """Texts of any length: records hold pointers to them."""
        for field in stored.fields:
            if field.any_length:
                starts = range(field.offset, len(raw) - 15, stored.record)
                pointers = b"".join(raw[at : at + 16] for at in starts)
                for count, text in enumerate(self._headers.pointed(field.label, pointers)):
                    self._text(here if not count else f"{here}[{count}]", text)

    def _packed(self, stored: Table) -> None:
        """Chunks are unpacked here; texts of any length lie unpacked in the heap, those of fixed length are told."""
        if not stored.filters or not stored.filters.are_known:
            self._left.append(remarks.inner(self._shown))
            return
        cells = records(fixed_fields(stored), stored.record)
        seen: set[str] = set()
        for number, chunk in enumerate(stored.chunks):
            try:
                raw = stored.filters.unpacked(self._headers.at(chunk.offset, chunk.size), chunk.mask)
            except ValueError:
                self._left.append(remarks.damaged(self._shown))
                return
            self._room -= len(raw)
            self._pointed(stored, f"hdf5:{stored.path}:{number}", raw)
            for part in cells(raw.decode("latin-1")):
                if part.text not in seen and self._room > 0:
                    seen.add(part.text)
                    self._virtual(f"hdf5:packed:{stored.path}", part.label, part.text)

    def _leftovers(self) -> None:
        """Attributes that were deleted, or of files that the library refuses."""
        size = places.size_of(self._file)
        windows = [(0, min(size, _WINDOW)), (max(size - _WINDOW, _WINDOW), max(min(_WINDOW, size - _WINDOW), 0))]
        for begin, length in windows:
            for text in self._headers.leftovers(begin, length) if length else ():
                if len(self.slots) <= _MOST_SLOTS and self._room > 0:
                    self._text(f"hdf5:free:{text.offset}@{text.name}", text)
            for text in self._headers.collections(begin, length, frozenset(self._seen)) if length else ():
                self._text(f"hdf5:heap:{text.offset}", text)


def fixed_fields(stored: Table) -> tuple[tuple[str, int, int], ...]:
    """(label, offset, size) of the texts of fixed length in a record."""
    return tuple((f.label, f.offset, f.size) for f in stored.fields if not f.any_length)


def records(fields: tuple[tuple[str, int, int], ...], record: int) -> Form:
    """Texts at fixed places of records of ``record`` bytes."""

    def cut(text: str) -> Iterator[Part]:
        for number, start in enumerate(range(0, len(text) - record + 1, record)):
            for label, offset, size in fields:
                value = text[start + offset : start + offset + size].split("\0")[0].rstrip()
                if value.strip():
                    begin = start + offset
                    yield Part(f"[{number}].{label}", label, value, begin, begin + len(value), lambda new: new)

    return runs.in_bytes(cut)


def texts_of(values: Any) -> list[str]:
    """The texts in what the library gives for an attribute or a piece of a data set."""
    import numpy as np

    found = np.asarray(values).ravel().tolist()
    return [t.decode("utf-8", "replace").rstrip("\0 ") if isinstance(t, bytes) else str(t) for t in found if t]


def survey(file: BinaryIO, shown: str, left: list[NotChecked]) -> Contents:
    """The places of texts in an open HDF5 file."""
    return _Survey(file, shown, left).run()


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    return survey(file, shown, left).slots


class Hdf5(Slotted):
    """Slots in blocks with a check sum: it is made true after a change."""

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        blocks = survey(file, shown, []).blocks
        changed = super().mend_file(file, shown, wanted, known)
        hdf5_sums.mend_all(file, blocks)
        return changed


def _knows(path: Path, head: bytes) -> bool:
    return any(head[at : at + 8] == MAGIC for at in (0, 512, 1024))


HDF5 = Hdf5("hdf5", _knows, places.with_paths(_layout))
