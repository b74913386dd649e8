"""JPEG: the segments with EXIF, XMP, IPTC and comments go as a whole; the picture is copied byte by byte."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from depositor.privacy.checks import jpeg
from depositor.privacy.documents import Wanted
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.tiff_tags import Tiff

_DROPPED = {0xE1: "exif", 0xED: "iptc", 0xFE: "comment"}


class JpegRemedy:
    """Keeps how the picture is turned, its colour profile and what decoders need."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        fresh = copy.with_name(copy.name + "~")
        with copy.open("rb") as file, fresh.open("wb") as out:
            found = list(jpeg.segments(file))
            if not found:
                raise ValueError("not a JPEG file")
            turned = _orientation(file, found)
            out.write(b"\xff\xd8")
            if turned > 1:
                out.write(_exif_with(turned))
            for segment in found:
                if segment.marker not in _DROPPED:
                    file.seek(segment.offset - 4)
                    out.write(file.read(segment.length + 4))
            file.seek(found[-1].offset + found[-1].length)
            while block := file.read(1 << 20):
                out.write(block)
        os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
        return tuple(dict.fromkeys(_DROPPED[s.marker] for s in found if s.marker in _DROPPED))


def _orientation(file: BinaryIO, found: list[jpeg.Segment]) -> int:
    for segment in found:
        if segment.marker == 0xE1 and segment.head.startswith(jpeg.EXIF):
            exif = Tiff(file, segment.offset + len(jpeg.EXIF), segment.offset + segment.length)
            for directory in exif.directories():
                entry = directory.get(274)
                return (exif.numbers(entry) or (1,))[0] if entry else 1
    return 1


def _exif_with(orientation: int) -> bytes:
    """A segment that says nothing but how the picture is turned."""
    body = jpeg.EXIF + b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 274, 3, 1, min(orientation, 8), 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
