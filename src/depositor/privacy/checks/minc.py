"""MINC 1 (netCDF): attributes of patient and study, who made the file and with what. MINC 2 is HDF5.

Sources: netCDF classic format, MINC user's guide ("MINC standard variables": patient, study, acquisition).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import faces
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import forms, runs
from depositor.privacy.texts.forms import Form, Part
from depositor.privacy.texts.slots import Slot

_HEADER = 16 * 1024 * 1024
_MOST = 100_000  # entries of one list
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8}
_CHAR, _DOUBLE = 2, 6
_AXES = ("xspace", "yspace", "zspace")
_KINDS: dict[str, Kind] = {
    "patient:full_name": Kind.PATIENT_NAME,
    "patient:other_names": Kind.PATIENT_NAME,
    "patient:identification": Kind.PATIENT_NUMBER,
    "patient:other_ids": Kind.PATIENT_NUMBER,
    "patient:insurance_id": Kind.PATIENT_NUMBER,
    "patient:birthdate": Kind.BIRTH_DATE,
    "patient:age": Kind.AGE,
    "patient:address": Kind.PATIENT_CONTACT,
    "patient:telephone": Kind.PATIENT_CONTACT,
    "patient:occupation": Kind.PATIENT_TEXT,
    "patient:medical_alerts": Kind.PATIENT_TEXT,
    "patient:history": Kind.PATIENT_TEXT,
    "patient:comment": Kind.PATIENT_TEXT,
    "study:operator": Kind.STAFF_NAME,
    "study:performing_physician": Kind.STAFF_NAME,
    "study:referring_physician": Kind.STAFF_NAME,
    "study:attending_physician": Kind.STAFF_NAME,
    "study:radiologist": Kind.STAFF_NAME,
    "study:institution": Kind.INSTITUTION,
    "study:department": Kind.INSTITUTION,
    "study:station_id": Kind.HOST,
    "study:study_id": Kind.CASE_NUMBER,
    "study:start_time": Kind.DATE,
}


@dataclass
class _NetCdf:
    """The header of a netCDF file, read as far as it makes sense."""

    raw: bytes
    at: int = 8
    dimensions: dict[str, int] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)

    def number(self) -> int:
        (value,) = struct.unpack_from(">i", self.raw, self.at)
        self.at += 4
        return int(value)

    def count(self) -> int:
        """How many entries a list has, behind its mark."""
        self.number()
        count = self.number()
        if not 0 <= count <= _MOST:
            raise ValueError("no list")
        return count

    def name(self) -> str:
        length = self.number()
        if not 0 <= length <= 4096:
            raise ValueError("no name")
        text = self.raw[self.at : self.at + length].decode("utf-8", "replace")
        self.at += (length + 3) // 4 * 4
        return text

    def attributes(self, owner: str) -> Iterator[Slot]:
        for _ in range(self.count()):
            name = self.name()
            form, count = self.number(), self.number()
            length = count * _SIZES[form]
            if length < 0 or self.at + length > len(self.raw):
                raise ValueError("an attribute beyond the header")
            if form == _CHAR:
                yield _slot(owner, name, self.at, length)
            elif form == _DOUBLE and name == "step" and count:
                self.steps[owner] = struct.unpack_from(">d", self.raw, self.at)[0]
            self.at += (length + 3) // 4 * 4

    def slots(self) -> Iterator[Slot]:
        """All attributes that are text, of the file and of its variables."""
        for _ in range(self.count()):
            name = self.name()
            self.dimensions[name] = self.number()
        yield from self.attributes("")
        for _ in range(self.count()):
            owner = self.name()
            count = self.count_of_dimensions()
            self.at += 4 * count
            yield from self.attributes(owner)
            self.at += 8 + (8 if self.raw[3] == 2 else 4)

    def count_of_dimensions(self) -> int:
        count = self.number()
        if not 0 <= count <= 1024:
            raise ValueError("no variable")
        return count


def _slot(owner: str, name: str, at: int, length: int) -> Slot:
    place = f"{owner}:{name}" if owner else name
    kind = _KINDS.get(place)
    form: Form | None = {"ident": _ident, "history": forms.lines}.get(name) if kind is None else None
    return Slot(f"netcdf:{place}", f"{owner} {name}".strip(), at, length, kind=kind, form=form)


def _ident(text: str) -> Iterator[Part]:
    """``user:host:date:process:count``, in either order of the first two."""
    at = 0
    for label, word in zip(("user name", "host name"), text.split(":"), strict=False):
        yield Part(label, label, word, at, at + len(word), lambda new: new)
        at += len(word) + 1


def knows(path: Path, head: bytes) -> bool:
    return head[:4] in (b"CDF\1", b"CDF\2")


def layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    file.seek(0)
    header = _NetCdf(file.read(_HEADER))
    slots: list[Slot] = []
    try:
        for slot in header.slots():
            slots.append(slot)  # what was read before the damage counts
    except (struct.error, ValueError, KeyError, IndexError):
        left.append(remarks.damaged(shown))
        size = min(len(header.raw), 256 * 1024)
        slots.append(Slot("netcdf", "", header.at, max(0, size - header.at), form=runs.runs, rigid=True))
    sizes = [header.dimensions.get(axis, 0) for axis in _AXES]
    found = faces.in_volume(shown, sizes, [header.steps.get(axis, 1.0) for axis in _AXES])
    if found:
        slots.append(Slot("netcdf:volume", "", 0, 0, kind=found.kind, blank=True, shown=found.told))
    else:
        left.append(remarks.faces(shown))
    return slots


MINC = Slotted("minc", knows, layout, medical=True)
