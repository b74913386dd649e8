"""The chunks of image folders: what can be said of them without unpacking pixels."""

from __future__ import annotations

import re
from pathlib import Path

from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.known import NOTHING_KNOWN, Known

_CHUNK = re.compile(r"^(?:c|\d+|\d+(?:[./]\d+)*)$")


class Chunks:
    """Chunks of Zarr and N5 folders: compressed pixels. The whole folder gives one remark, not one per chunk."""

    id = "chunk"

    def claims(self, path: Path, head: bytes) -> bool:
        return image_folder(path) is not None and _CHUNK.match(path.name) is not None

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        parts = shown.split("/")
        ends = [at for at, part in enumerate(parts) if part.lower().endswith((".zarr", ".n5"))]
        root = "/".join(parts[: ends[0] + 1]) if ends else shown
        return Examination((), (remarks.chunk(root),))


def image_folder(path: Path) -> Path | None:
    """The outermost Zarr or N5 folder that ``path`` lies in."""
    found = [p for p in path.parents if p.name.lower().endswith((".zarr", ".n5"))]
    return found[-1] if found else None


CHUNKS = Chunks()
