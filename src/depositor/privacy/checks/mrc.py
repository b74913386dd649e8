"""MRC, CCP4 and their relatives: ten labels and the extended headers of FEI, SerialEM, IMOD. Source: MRC2014."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import runs
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.slots import Slot

EXTENDED = 8 * 1024 * 1024  # bytes of an extended header that are looked at
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
        slots.append(Slot("mrc:extended", "", 1024, min(extended, EXTENDED), form=runs.runs, rigid=True))
        if extended > EXTENDED:
            left.append(remarks.some_texts(shown, EXTENDED // 1024**2))
    elif extended:
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown))
    return slots


MRC = Slotted("mrc", knows, layout)
