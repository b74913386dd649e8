"""MRC / CCP4 maps (MRC2014)."""

from __future__ import annotations

import struct
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.draft.problem import Problem
from depositor.scan import kinds
from depositor.scan.readers import faults, mdoc, mrc_extended, packed, sane
from depositor.scan.readers.base import Reading, Truncated, with_facts
from depositor.scan.readers.deltavision import DeltaVisionReader

_HEADER = 1024
_MODES = {0: "int8", 1: "int16", 2: "float32", 3: "complex32", 4: "complex64", 6: "uint16", 12: "float16", 101: "uint4"}
_WIDTHS = {0: 1, 1: 2, 2: 4, 3: 4, 4: 8, 6: 2, 12: 2, 101: 0.5}
_DV_MODES = {0: "uint8", 1: "int16", 2: "float32", 4: "complex64", 6: "uint16", 7: "int32"}
_ENDINGS = frozenset(("mrc", "mrcs", "map", "rec", "st", "ali", "map.gz", "mrc.gz"))


def _order(head: bytes) -> str | None:
    """The byte order in which the sizes and the mode can be true."""
    for order in "<>":
        x, y, z, mode = struct.unpack(order + "4i", head[:16])
        if all(0 < n < 1 << 20 for n in (x, y, z)) and mode in _MODES | _DV_MODES.keys():
            return order
    return None


class MrcReader:
    """MRC and CCP4 maps, also gzipped."""

    id = "mrc"
    formats: tuple[str, ...] = ("MRC",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        head = packed.unpacked(first_bytes)
        if len(head) < 224 or _order(head) is None or DeltaVisionReader().claims(name, first_bytes):
            return False
        return head[208:211] == b"MAP" or kinds.ending(name) in _ENDINGS

    def read(self, path: Path) -> Reading:
        head = packed.first(path, _HEADER)
        order = _order(head) if len(head) >= _HEADER else None
        if order is None:
            raise Truncated("no header")
        x, y, z, mode = struct.unpack(order + "4i", head[:16])
        facts = with_facts(ImageFacts(), "MRC nx ny nz", size_x=x, size_y=y, size_z=z, size_c=1, size_t=1)
        facts = with_facts(facts, "MRC mode", pixel_type=_MODES.get(mode))
        grid = struct.unpack(order + "3i", head[28:40])
        cell = struct.unpack(order + "3f", head[40:52])
        um = [sane.length_um(c / n, "angstrom") if n > 0 else None for c, n in zip(cell, grid, strict=True)]
        is_volume = struct.unpack(order + "i", head[88:92])[0] >= 1
        facts = with_facts(facts, "MRC cella / mx", pixel_size_x_um=um[0], pixel_size_y_um=um[1])
        facts = with_facts(facts, "MRC cella / mz", pixel_size_z_um=um[2] if is_volume else None)
        facts = mrc_extended.described(facts, head, _extended(path, head, order), order)
        images = mdoc.with_beside(path, (facts,))
        return Reading("MRC", images, _cut_off(path, head, order, x * y * z, mode))


def _cut_off(path: Path, head: bytes, order: str, voxels: int, mode: int) -> tuple[Problem, ...]:
    """A Problem where voxels are missing; what is packed cannot be counted."""
    if packed.is_packed(path):
        return ()
    extended = max(struct.unpack(order + "i", head[92:96])[0], 0)
    return faults.cut_off(path, _HEADER + extended + int(voxels * _WIDTHS.get(mode, 0)))


def _extended(path: Path, head: bytes, order: str) -> bytes:
    """The extended header, as far as it is not larger than any that is known."""
    length = struct.unpack(order + "i", head[92:96])[0]
    if not 0 < length <= mrc_extended.MOST_BYTES:
        return b""
    return packed.first(path, _HEADER + length)[_HEADER:]
