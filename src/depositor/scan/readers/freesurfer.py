"""FreeSurfer MGH and MGZ: 284 bytes before the voxels, the settings of the scanner behind them."""

from __future__ import annotations

import math
import struct
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan import kinds
from depositor.scan.readers import faults, packed, parts, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_HEADER = 284
_TYPES = {0: ("uint8", 1), 1: ("int32", 4), 3: ("float32", 4), 4: ("int16", 2), 10: ("uint16", 2)}


class MghReader:
    """FreeSurfer MGH, also gzipped (MGZ)."""

    id = "mgh"
    formats: tuple[str, ...] = ("FreeSurfer MGH",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if kinds.ending(name) not in ("mgh", "mgz"):
            return False
        head = packed.unpacked(first_bytes)
        return len(head) >= 28 and head[:4] == b"\0\0\0\1" and struct.unpack(">i", head[20:24])[0] in _TYPES

    def read(self, path: Path) -> Reading:
        head = packed.first(path, _HEADER)
        if len(head) < _HEADER:
            raise Truncated("no header")
        sizes = struct.unpack(">4i", head[4:20])
        kind, width = _TYPES[struct.unpack(">i", head[20:24])[0]]
        if any(sane.size(n) is None for n in sizes):
            raise Implausible("no sizes")
        named = dict(zip(("size_x", "size_y", "size_z", "size_t"), sizes, strict=True))
        facts = with_facts(ImageFacts(), "width, height, depth, nframes", **named)
        facts = with_facts(facts, "type", pixel_type=kind)
        if struct.unpack(">h", head[28:30])[0] == 1:  # else the sizes are of nothing
            um = [sane.length_um(n, "mm") for n in struct.unpack(">3f", head[30:42])]
            facts = with_facts(facts, "delta", pixel_size_x_um=um[0], pixel_size_y_um=um[1], pixel_size_z_um=um[2])
        after = _HEADER + math.prod(sizes) * width
        if packed.is_packed(path):
            return Reading("FreeSurfer MGH", (facts,))
        return Reading("FreeSurfer MGH", (_scanner(facts, path, after),), faults.cut_off(path, after))


def _scanner(facts: ImageFacts, path: Path, after: int) -> ImageFacts:
    """Repetition, flip angle, echo and inversion behind the voxels; zero is not told."""
    with path.open("rb") as file:
        file.seek(after)
        raw = file.read(16)
    if len(raw) < 16:
        return facts
    repetition, flip, echo, inversion = struct.unpack(">4f", raw)
    return parts.with_medical(
        facts,
        repetition_ms=(repetition, "tr"),
        flip_angle_deg=(parts.scaled(flip, 180 / math.pi), "flip_angle"),
        echo_ms=(echo, "te"),
        inversion_ms=(inversion, "ti"),
    )
