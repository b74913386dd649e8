"""NRRD and MetaImage, with the data in the file or beside it: comments, fields, key/value pairs that repeat DICOM.

Sources: teem.sourceforge.net/nrrd/format.html, itk.org MetaImage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import faces
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.dicom import kinds as dicom_kinds
from depositor.privacy.kinds import Kind
from depositor.privacy.texts.slots import Slot

_TEXTS = ("content", "data file", "datafile", "sample units", "sampleunits", "labels", "old min", "units")
_MOST_BYTES = 1024 * 1024
_MOST_LINES = 20_000
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_DICOM_KEY = re.compile(r"(?:DICOM_)?\(?([0-9A-Fa-f]{4})[_|,]([0-9A-Fa-f]{4})\)?")
_META_START = re.compile(rb"\s*(?:ObjectType|NDims|Comment|ObjectSubType|Name|ID)\s*=", re.IGNORECASE)


def _is_meta(path: Path, head: bytes) -> bool:
    return path.suffix.lower() in (".mha", ".mhd") and _META_START.match(head) is not None


def knows(path: Path, head: bytes) -> bool:
    return head[:7] == b"NRRD000" or _is_meta(path, head)


def layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Each text is padded with spaces by a remedy: the data behind stay in place."""
    file.seek(0)
    raw = file.read(_MOST_BYTES)
    meta = raw[:4] != b"NRRD"
    slots: list[Slot] = []
    fields: dict[str, str] = {}
    at, listing = 0, False
    for number, line in enumerate(raw.split(b"\n"), 1):
        if (not line.strip() and not meta) or number > _MOST_LINES:
            break
        slots += _file_name(line, number, at) if listing else _line(line, number, at, fields)
        listing = listing or fields.get("data file", "").upper().startswith("LIST")
        at += len(line) + 1
        if meta and line.lower().startswith(b"elementdatafile"):
            break
    found = faces.in_volume(shown, *_grid(fields), (fields.get("content", ""),))
    if found:
        slots.append(Slot("nrrd:volume", "", 0, 0, kind=found.kind, blank=True, shown=found.told))
    else:
        left.append(remarks.faces(shown))
    return slots


def _line(line: bytes, number: int, at: int, fields: dict[str, str]) -> Iterator[Slot]:
    text = line.rstrip(b"\r")
    if text.startswith(b"#"):
        yield Slot(f"nrrd:{number}:comment", "", at + 1, len(text) - 1, fill=b" ")
        return
    for separator in (b":=", b": ", b" = ", b"="):
        key, found, value = text.partition(separator)
        if found:
            name = key.decode("latin-1").strip()
            fields.setdefault(name.lower(), value.decode("latin-1").strip())
            if separator != b": " or name.lower() in _TEXTS:
                start = at + len(key) + len(found)
                yield Slot(f"nrrd:{number}:{name}", name, start, len(value), fill=b" ", kind=_kind(name))
            return


def _kind(name: str) -> Kind | None:
    """What a key that is a DICOM tag holds: ``DICOM_0010_0010``, ``0010|0010``."""
    match = _DICOM_KEY.fullmatch(name)
    if match is None:
        return None
    from pydicom.datadict import dictionary_VR

    tag = int(match[1] + match[2], 16)
    try:
        return dicom_kinds.kind(tag, str(dictionary_VR(tag)))
    except KeyError:
        return Kind.PRIVATE if tag >> 16 & 1 else None


def _file_name(line: bytes, number: int, at: int) -> Iterator[Slot]:
    """One of the files that hold the data, listed one a line behind ``data file: LIST``."""
    text = line.rstrip(b"\r")
    yield Slot(f"nrrd:{number}:data file", "file", at, len(text), fill=b" ")


def _grid(fields: dict[str, str]) -> tuple[list[int], list[float]]:
    """Voxels and mm along the axes, as both formats write them."""
    sizes = [int(float(n)) for n in _numbers(fields.get("sizes") or fields.get("dimsize") or "")]
    plain = fields.get("spacings") or fields.get("elementspacing") or fields.get("elementsize") or ""
    if plain:
        return sizes, _numbers(plain)
    vectors = re.findall(r"\(([^)]*)\)", fields.get("space directions", ""))
    steps = [sum(n * n for n in _numbers(v)) ** 0.5 for v in vectors]
    return sizes[-len(steps) :] if steps else sizes, steps


def _numbers(text: str) -> list[float]:
    return [float(n) for n in _NUMBER.findall(text)][:16]


NRRD = Slotted("nrrd", knows, layout, medical=True)
