"""Formats of lifetime, super-resolution, spectroscopy and deconvolution: a header of fixed places, then numbers.

Sources: Becker & Hickl, ``SPC_data_file_structure.h`` (SDT); Imspector, "OBF file format" (OBF, MSR); Princeton
Instruments, "SPE 3.0 file format"; Applied Precision, "IVE/DeltaVision image header" (DV).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.places import exactly
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts import forms, runs
from depositor.privacy.texts.slots import Slot

_SDT = struct.Struct("<h i h i h i h I i h h H I H H")
_STACK = struct.Struct("<16sII60s120s120sIIIIIQQQ")
_MOST_STACKS, _MOST_TEXT, _MOST_SETUP = 10_000, 16 << 20, 1 << 20


def _sdt(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Lines of ``Author : ...`` and the settings, of which some are paths."""
    left.append(remarks.pixels(shown))
    head = _SDT.unpack(exactly(file, 0, _SDT.size))
    lines = runs.in_bytes(forms.lines)
    slots = [Slot("sdt:identification", "", head[1], max(head[2], 0), "latin-1", form=lines, rigid=True)]
    if 0 < head[4] <= _MOST_SETUP:
        slots.append(Slot("sdt:setup", "", head[3], head[4], "latin-1", form=runs.byte_runs, rigid=True))
    return slots


def _obf(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """The description of the file, then a chain of stacks, each with a name, a description and pixels."""
    left.append(remarks.pixels(shown))
    at, length = struct.unpack("<QI", exactly(file, 14, 12))
    slots = [Slot("obf", "", 26, length, fill=b" ")] if 0 < length <= _MOST_TEXT else []
    for number in range(_MOST_STACKS):
        if not at:
            break
        head = _STACK.unpack(exactly(file, at, _STACK.size))
        if not head[0].startswith(b"OMAS_BF_STACK"):
            raise ValueError("no stack")
        name, description, following = head[9], head[10], head[13]
        begin = at + _STACK.size
        slots.append(Slot(f"obf:{number}:name", "name", begin, min(name, _MOST_TEXT), fill=b" "))
        slots.append(Slot(f"obf:{number}", "", begin + name, min(description, _MOST_TEXT), fill=b" "))
        if following <= at:
            break
        at = following
    return [s for s in slots if s.length]


def _spe(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Five comments of eighty characters, the day, and XML behind the pictures in version 3."""
    left.append(remarks.pixels(shown))
    slots = [Slot(f"spe:comment:{n}", "comment", 200 + 80 * n, 80) for n in range(5)]
    slots.append(Slot("spe:date", "date", 20, 10))
    footer, size = places.number(file, 678, "<Q"), places.size_of(file)
    if places.number(file, 1992, "<f") >= 3 and 4100 <= footer < size:
        slots += places.document(file, "spe:xml", footer, size - footer)
    return slots


def _dv(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Ten titles of eighty characters."""
    left.append(remarks.pixels(shown))
    return [Slot(f"dv:title:{n}", "title", 224 + 80 * n, 80, fill=b" ") for n in range(10)]


def _is_sdt(path: Path, head: bytes) -> bool:
    if len(head) < 60:
        return False
    told = _SDT.unpack(head[: _SDT.size])
    return bool(told[11] == 0x5555 and told[1] == _SDT.size)


def _is_obf(path: Path, head: bytes) -> bool:
    return head[:10] == b"OMAS_BF\n\xff\xff"


def _is_spe(path: Path, head: bytes) -> bool:
    return path.name.lower().endswith(".spe") and len(head) >= 2000


def _is_dv(path: Path, head: bytes) -> bool:
    return head[96:98] in (b"\xa0\xc0", b"\xc0\xa0") and len(head) >= 1024


SDT = Slotted("sdt", _is_sdt, places.with_paths(_sdt))
OBF = Slotted("obf", _is_obf, places.with_paths(_obf))
SPE = Slotted("spe", _is_spe, places.with_paths(_spe))
DV = Slotted("deltavision", _is_dv, places.with_paths(_dv))
