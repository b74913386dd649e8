"""Planes of Olympus OIB and OIF: each is a TIFF, in the compound file or in the folder beside the settings."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import MAX_CHANNELS, Planes, check, thin
from depositor.scan.readers.compound import MAGIC, CompoundFile
from depositor.scan.readers.olympus import settings

PLACE = re.compile(r"(?:^|[_/])s_C(\d{3})(?:L\d{3})?(?:Z(\d{3}))?(?:T(\d{3}))?\.tif$", re.IGNORECASE)
_MOST = 64 << 20
_MOST_TEXT = 4 << 20
_MOST_PLANES = 200_000


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """Up to three channels of the middle slice of the first time point."""
    with path.open("rb") as file:
        if file.read(8) == MAGIC:
            stored = CompoundFile(file)
            named = named_streams(stored)
            grey = [_tiff(io.BytesIO(stored.read(named[n], _MOST)), edge) for n in _middle(list(named), facts)]
        else:
            folder = path.with_name(path.name + ".files")
            listed = [p.name for p, _ in zip(folder.iterdir(), range(_MOST_PLANES), strict=False)]
            grey = [_tiff(folder / n, edge) for n in _middle(listed, facts)]
    colors = ([c.color for c in facts.channels] + [None] * len(grey))[: len(grey)]
    return Planes(tuple(grey), tuple(colors)) if grey else None


def named_streams(stored: CompoundFile) -> dict[str, str]:
    """The names that files of an OIB would have in a folder, with the streams that hold them."""
    told = settings(stored.read("OibInfo.txt", _MOST_TEXT)).get("OibSaveInfo", {})
    streams = {p.rpartition("/")[2]: p for p in stored.streams}
    return {shown: streams[key] for key, shown in told.items() if key in streams}


def _middle(names: list[str], facts: ImageFacts) -> list[str]:
    """The planes of the channels that are wanted, by name."""
    places = {n: [int(g or 1) for g in found.groups()] for n in names if (found := PLACE.search(n))}
    if not places:
        return []
    slices = sorted({z for _, z, _ in places.values()})
    middle, first = slices[len(slices) // 2], min(t for _, _, t in places.values())
    wanted = sorted((c, n) for n, (c, z, t) in places.items() if z == middle and t == first)
    return [n for _, n in wanted[:MAX_CHANNELS]]


def _tiff(source: Any, edge: int) -> Any:
    import tifffile

    with tifffile.TiffFile(source) as file:
        page = file.pages[0]
        check(page.imagewidth, page.imagelength, page.samplesperpixel)
        return thin(page.asarray(), edge)
