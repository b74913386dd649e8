"""NIfTI-1, NIfTI-2 and Analyze 7.5, plain or in gzip: texts of the header, extensions, and whether a head is shown.

Sources: nifti1.h, nifti2.h, dbh.h of Analyze 7.5, NIfTI extension codes.
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import faces
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import forms, runs
from depositor.privacy.texts.forms import Part
from depositor.privacy.texts.slots import Slot

HEAD = 4 * 1024 * 1024  # bytes of a packed file that are unpacked to find header and extensions
_MOST_EXTENSIONS = 256
_LONGEST_EXTENSION = 64 * 1024 * 1024
_MARKS_1 = (b"\x5c\x01\0\0", b"\0\0\x01\x5c")
_MARKS_2 = (b"\x1c\x02\0\0", b"\0\0\x02\x1c")
_NIFTI1 = (("data_type", 4, 10), ("db_name", 14, 18), ("descrip", 148, 80), ("aux_file", 228, 24))
_INTENT1 = ("intent_name", 328, 16)
_NIFTI2 = (("descrip", 240, 80), ("aux_file", 320, 24), ("intent_name", 508, 16))
_ANALYZE = (
    ("originator", 253, 10, None),
    ("generated", 263, 10, None),
    ("scannum", 273, 10, Kind.CASE_NUMBER),
    ("patient_id", 283, 10, Kind.PATIENT_NUMBER),
    ("exp_date", 293, 10, Kind.DATE),
    ("exp_time", 303, 10, None),
)
_DICOM, _AFNI = 2, 4
_UNITS = {1: 1000.0, 2: 1.0, 3: 0.001}  # of xyzt_units, in mm
_NUMBER = re.compile(r"[A-Za-z]{0,4}[-_/ ]?\d{5,}(?:[-/]?\w{1,4})?|\d{2,}(?:[-/]\d{2,}){1,3}")
_WHO = re.compile(r"\[([\w.-]+)@([\w.-]+):")


@dataclass(frozen=True, slots=True)
class _Header:
    """What differs between the versions: where sizes stand, and how they are written."""

    order: str
    second: bool
    analyze: bool

    @property
    def end(self) -> int:
        return 540 if self.second else 348

    def grid(self, head: bytes) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Voxels and mm along the first three axes."""
        dims = struct.unpack_from(self.order + ("8q" if self.second else "8h"), head, 16 if self.second else 40)
        steps = struct.unpack_from(self.order + ("8d" if self.second else "8f"), head, 104 if self.second else 76)
        unit = head[500 if self.second else 123] & 7 if not self.analyze else 2
        return tuple(dims[1:4]), tuple(s * _UNITS.get(unit, 1.0) for s in steps[1:4])

    def voxels(self, head: bytes) -> float:
        """Where the voxels begin, which ends the extensions; 0 where they are in another file."""
        at, form = (168, "q") if self.second else (108, "f")
        return float(struct.unpack_from(self.order + form, head, at)[0])


def _header(head: bytes) -> _Header:
    second = head[:4] in _MARKS_2
    order = "<" if head[:4] in (_MARKS_1[0], _MARKS_2[0]) else ">"
    return _Header(order, second, not second and head[344:347] not in (b"n+1", b"ni1"))


def is_nifti(path: Path, head: bytes) -> bool:
    return head[:4] in (*_MARKS_1, *_MARKS_2)


def is_packed(path: Path, head: bytes) -> bool:
    if head[:2] != b"\x1f\x8b":
        return False
    try:
        return is_nifti(path, zlib.decompressobj(31).decompress(head, 8))
    except zlib.error:
        return False


def layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Text fields of the header, its extensions, and the head that the volume shows."""
    file.seek(0)
    head = file.read(544)
    header = _header(head)
    fields = _NIFTI2 if header.second else _NIFTI1
    slots = [Slot(f"nifti:{name}", name, at, length, kinds=_of_database) for name, at, length in fields]
    if header.analyze:
        slots += _analyze(head)
    elif not header.second:
        slots.append(Slot(f"nifti:{_INTENT1[0]}", *_INTENT1))
    slots += _extensions(file, header, header.voxels(head))
    found = _head_shown(head, header, shown)
    slots += found
    if not found:
        left.append(remarks.faces(shown))
    return slots


def _of_database(label: str, text: str) -> Kind | None:
    """Programs put the patient's number, as the scanner's database knows it, into ``db_name``."""
    return Kind.CASE_NUMBER if label == "db_name" and _NUMBER.fullmatch(text.strip()) else None


def _analyze(head: bytes) -> Iterator[Slot]:
    """Fields of Analyze that NIfTI took for other things; some programs write numbers into them."""
    for name, at, length, kind in _ANALYZE:
        raw = head[at : at + length].rstrip(b"\0 ")
        if raw and all(32 <= c < 127 or c > 160 for c in raw):
            yield Slot(f"analyze:{name}", name.replace("_", " "), at, length, kind=kind)


def _head_shown(head: bytes, header: _Header, shown: str) -> list[Slot]:
    sizes, spacing = header.grid(head)
    at = 240 if header.second else 148
    texts = (head[at : at + 80].split(b"\0")[0].decode("latin-1"),)
    found = faces.in_volume(shown, sizes, spacing, texts)
    return [Slot("nifti:volume", "", 0, 0, kind=found.kind, blank=True, shown=found.told)] if found else []


def _extensions(file: BinaryIO, header: _Header, voxels: float) -> Iterator[Slot]:
    file.seek(header.end)
    if file.read(4)[:1] != b"\1":
        return
    at = header.end + 4
    for number in range(_MOST_EXTENSIONS):
        file.seek(at)
        raw = file.read(8)
        if len(raw) < 8 or (voxels > header.end and at + 16 > voxels):
            return
        size, code = struct.unpack(header.order + "ii", raw)
        if size < 16 or size > _LONGEST_EXTENSION:
            return
        yield from _extension(file, code, f"nifti:extension:{number}", at + 8, size - 8)
        at += size


def _extension(file: BinaryIO, code: int, where: str, at: int, length: int) -> Iterator[Slot]:
    if code == _DICOM:
        file.seek(at)
        yield from _dicom(file.read(length), where, at, length)
    elif code == _AFNI:
        yield Slot(where, "", at, length, fill=b" ", form=_afni)
    else:
        file.seek(at)
        head = file.read(min(length, 256)).rstrip(b"\0")
        binary = any(c < 9 or 13 < c < 32 for c in head)
        yield Slot(where, "", at, length, form=runs.runs if binary else None, rigid=binary)


def _dicom(raw: bytes, where: str, at: int, length: int) -> Iterator[Slot]:
    """A DICOM header as it came: each value is told by its tag; a remedy takes out the whole extension."""
    from depositor.privacy.checks import dicom_spots
    from depositor.privacy.dicom.walk import Walk

    walk = Walk(io.BytesIO(raw))
    for element in walk.elements():
        for spot in dicom_spots.spots_of(element):
            place = f"{where}:{spot.location}"
            yield Slot(place, spot.label, at, length, kind=spot.kind, blank=True, shown=spot.text)
    if walk.rest.strip(b"\0"):
        yield Slot(f"{where}:rest", "", at, length, form=runs.runs, rigid=True)


def _afni(text: str) -> Iterator[Part]:
    """AFNI's attributes: XML with a history in which each line begins with ``[user@host: date]``."""
    for number, match in enumerate(_WHO.finditer(text)):
        for group, label in ((1, "user name"), (2, "host name")):
            start, end = match.span(group)
            yield Part(f"history:{number}:{label}", label, match[group], start, end, lambda new: new)
    yield from forms.lines(_WHO.sub(lambda m: "[" + " " * (len(m[0]) - 1), text))


class PackedNifti(Slotted):
    """NIfTI in gzip: the header is read from the unpacked start; the remedy packs the file again."""

    def _open(self, path: Path) -> BinaryIO:
        with gzip.open(path, "rb") as packed:
            return io.BytesIO(packed.read(HEAD))


NIFTI = Slotted("nifti", is_nifti, layout, medical=True)
PACKED_NIFTI = PackedNifti("nifti", is_packed, layout, medical=True)
