"""The first frame of a TIA series (SER). Layout after the public description of the format (Boothroyd)."""

from __future__ import annotations

import struct
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.planes import raw
from depositor.scan.planes.base import Planes

TYPES = {1: "<u1", 2: "<u2", 3: "<u4", 4: "<i1", 5: "<i2", 6: "<i4", 7: "<f4", 8: "<f8"}
IMAGES = 0x4122


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The frame; None for a series of spectra."""
    with path.open("rb") as file:
        head = file.read(30)
        _, _, version, kind, _, _, valid = struct.unpack("<hhhiiii", head[:22])
        wide = version >= 0x220
        table = struct.unpack("<q" if wide else "<i", head[22 : 30 if wide else 26])[0]
        if kind != IMAGES or valid < 1:
            return None
        file.seek(table)
        at = struct.unpack("<q" if wide else "<i", file.read(8 if wide else 4))[0]
        file.seek(at + 40)
        number, width, height = struct.unpack("<hii", file.read(10))
    if number not in TYPES:
        return None
    return Planes((raw.plane(path, at + 50, height, width, TYPES[number], edge)[::-1],), (None,))
