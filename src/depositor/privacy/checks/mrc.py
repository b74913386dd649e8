"""MRC, CCP4 and their relatives: ten labels and the extended headers of FEI, SerialEM, IMOD. Source: MRC2014."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

EXTENDED = 8 * 1024 * 1024  # bytes of an extended header that are looked at
_RECORDS = 4096
_ENDINGS = (".mrc", ".mrcs", ".st", ".rec", ".ali", ".map", ".ccp4", ".preali")


def knows(path: Path, head: bytes) -> bool:
    if head[208:211] == b"MAP":
        return True
    return path.suffix.lower() in _ENDINGS[:4] and len(head) >= 1024 and head[:2] != b"\x1f\x8b"


def layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """The labels are padded with spaces; between the numbers of an extended header texts keep their length."""
    file.seek(0)
    head = file.read(1024)
    order = ">" if head[212:214] == b"\x11\x11" else "<"
    slots = [Slot(f"mrc:label:{n + 1}", "", 224 + n * 80, 80, fill=b" ") for n in range(10)]
    extended = struct.unpack(order + "i", head[92:96])[0]
    size = file.seek(0, 2)
    if extended > 0 and 1024 + extended <= size:
        slots += _microscope(file, head[104:108], extended, order)
        slots.append(Slot("mrc:extended", "", 1024, min(extended, EXTENDED), form=runs.runs, rigid=True))
        if extended > EXTENDED:
            left.append(remarks.some_texts(shown, EXTENDED // 1024**2))
    elif extended:
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown))
    return slots


def _microscope(file: BinaryIO, layout: bytes, extended: int, order: str) -> Iterator[Slot]:
    """The names of the very instrument in each record of FEI's extended header. Source: MRC2014 FEI1, FEI2."""
    if layout not in (b"FEI1", b"FEI2"):
        return
    file.seek(1024)
    first = file.read(4)
    size = struct.unpack(order + "i", first)[0] if len(first) == 4 else 0
    if not 84 <= size <= 4096:
        return
    for record in range(min(extended // size, _RECORDS)):
        for name, offset in (("Microscope type", 20), ("D-Number", 36)):
            place = f"mrc:record:{record}:{name}"
            yield Slot(place, name, 1024 + record * size + offset, 16, kind=Kind.SERIAL)


MRC = Slotted("mrc", knows, layout)
