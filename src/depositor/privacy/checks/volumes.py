"""Volumes with small headers: NIfTI and Analyze, NRRD and MetaImage, MRC, MINC."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import runs
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.slots import Slot

HEAD = 4 * 1024 * 1024  # bytes of a packed file that are unpacked to find header and extensions
_NIFTI1 = (("db_name", 14, 18), ("descrip", 148, 80), ("aux_file", 228, 24), ("intent_name", 328, 16))
_NIFTI2 = (("descrip", 240, 80), ("aux_file", 320, 24), ("intent_name", 508, 16))
_NRRD_TEXTS = ("content", "data file", "datafile", "sample units", "sampleunits")
_NRRD_BYTES = 1024 * 1024


def _is_nifti(path: Path, head: bytes) -> bool:
    return head[:4] in (b"\x5c\x01\0\0", b"\0\0\x01\x5c", b"\x1c\x02\0\0", b"\0\0\x02\x1c")


def _is_packed_nifti(path: Path, head: bytes) -> bool:
    if head[:2] != b"\x1f\x8b":
        return False
    try:
        return _is_nifti(path, zlib.decompressobj(31).decompress(head, 8))
    except zlib.error:
        return False


def _nifti(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Text fields of the header and its extensions. Source: nifti1.h, nifti2.h."""
    file.seek(0)
    head = file.read(8)
    order = "<" if head[0] or head[:2] == b"\x1c\x02" else ">"
    second = head[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c")
    slots = [Slot(f"nifti:{name}", name, at, length) for name, at, length in (_NIFTI2 if second else _NIFTI1)]
    slots += _extensions(file, 540 if second else 348, order)
    left.append(remarks.faces(shown))
    return slots


def _extensions(file: BinaryIO, at: int, order: str) -> Iterator[Slot]:
    file.seek(at)
    if file.read(4)[:1] not in (b"\1",):
        return
    at += 4
    for number in range(64):
        file.seek(at)
        raw = file.read(8)
        if len(raw) < 8:
            return
        size, code = struct.unpack(order + "ii", raw)
        if size < 16 or size > 64 * 1024 * 1024:
            return
        binary = code == 2  # a DICOM header as it came
        yield Slot(f"nifti:extension:{number}", "", at + 8, size - 8, form=runs.runs if binary else None, rigid=binary)
        at += size


class PackedNifti(Slotted):
    """NIfTI in gzip: the header is read from the unpacked start; the remedy packs the file again."""

    def _open(self, path: Path) -> BinaryIO:
        with gzip.open(path, "rb") as packed:
            return io.BytesIO(packed.read(HEAD))


def _is_nrrd(path: Path, head: bytes) -> bool:
    return head[:7] == b"NRRD000" or (head[:10].lower() == b"objecttype" and path.suffix.lower() == ".mha")


def _nrrd(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Comments, content and key/value lines; each is padded with spaces: the data behind stay in place."""
    file.seek(0)
    raw = file.read(_NRRD_BYTES)
    meta = raw[:10].lower() == b"objecttype"
    slots: list[Slot] = []
    at = 0
    for number, line in enumerate(raw.split(b"\n"), 1):
        if (not line.strip() and not meta) or number > 10_000:
            break
        slots += _nrrd_line(line, number, at)
        if meta and line.lower().startswith(b"elementdatafile"):
            break
        at += len(line) + 1
    left.append(remarks.faces(shown))
    return slots


def _nrrd_line(line: bytes, number: int, at: int) -> Iterator[Slot]:
    text = line.rstrip(b"\r")
    if text.startswith(b"#"):
        yield Slot(f"nrrd:{number}:comment", "", at + 1, len(text) - 1, fill=b" ")
        return
    for separator in (b":=", b": ", b" = "):
        key, found, value = text.partition(separator)
        if found:
            name = key.decode("latin-1").strip()
            if separator != b": " or name.lower() in _NRRD_TEXTS:
                yield Slot(f"nrrd:{number}:{name}", name, at + len(key) + len(found), len(value), fill=b" ")
            return


def _is_mrc(path: Path, head: bytes) -> bool:
    return head[208:211] == b"MAP" or (path.suffix.lower() in (".mrc", ".mrcs", ".st", ".rec") and len(head) >= 1024)


def _mrc(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Ten labels of 80 characters and the extended header. Source: MRC2014."""
    file.seek(0)
    head = file.read(1024)
    order = ">" if head[212:214] == b"\x11\x11" else "<"
    slots = [Slot(f"mrc:label:{n + 1}", "", 224 + n * 80, 80, fill=b" ") for n in range(10)]
    extended = struct.unpack(order + "i", head[92:96])[0]
    if 0 < extended <= 256 * 1024 * 1024:
        slots.append(Slot("mrc:extended", "", 1024, min(extended, HEAD), form=runs.runs, rigid=True))
    left.append(remarks.pixels(shown))
    return slots


def _is_minc(path: Path, head: bytes) -> bool:
    return head[:4] in (b"CDF\1", b"CDF\2")


def _minc(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    size = file.seek(0, io.SEEK_END)
    left.append(remarks.faces(shown))
    return [Slot("netcdf", "", 0, min(size, 256 * 1024), form=runs.runs, rigid=True)]


NIFTI = Slotted("nifti", _is_nifti, _nifti, medical=True)
PACKED_NIFTI = PackedNifti("nifti", _is_packed_nifti, _nifti, medical=True)
NRRD = Slotted("nrrd", _is_nrrd, _nrrd, medical=True)
MRC = Slotted("mrc", _is_mrc, _mrc)
MINC = Slotted("minc", _is_minc, _minc, medical=True)
