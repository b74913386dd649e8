"""What a worker process does to show where text was found: the picture, small enough for a window."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depositor.draft.region import Region
from depositor.scan.frames.base import Amount, Frame

SHOW = "depositor.session.pixels.showing:show"


@dataclass(frozen=True, slots=True)
class Shown:
    """A PNG; ``scale``: pixels of it for one pixel of the full picture; it begins at (x, y) of that."""

    png: bytes
    scale: float
    x: int = 0
    y: int = 0


def show(path: Path, place: Region, edge: int, margin: int | None = None) -> Shown | None:
    """The picture that ``place`` is in, no longer than ``edge`` pixels; with ``margin`` only the box and so many pixels
    around it. None where it cannot be decoded."""
    try:
        frame = _frame(path, place)
        if frame is None:
            return None
        return _png(frame, place, edge, margin)
    except Exception:  # decoders of foreign formats raise anything
        return None


def _frame(path: Path, place: Region) -> Frame | None:
    """The frame that a finding names; where it names none, the brightest values of all frames, or the only one."""
    from depositor.scan.frames.read import frames

    mine: list[Frame] = []
    for amount in (Amount.SAMPLE, Amount.ALL):
        found = frames(path, amount) or frames(path.parent, amount)  # a chunked folder is named by its first file
        mine = [f for f in (found.pictures if found else ()) if f.source == place.source]
        exact = next((f for f in mine if f.number == place.frame), None)
        if exact is not None:
            return exact
    return mine[0] if mine and place.frame is None else None


def _png(frame: Frame, place: Region, edge: int, margin: int | None) -> Shown | None:
    from PIL import Image

    from depositor.scan.frames import contrast

    views = contrast.views(frame.load())
    if not views:
        return None
    picture = Image.fromarray(_plain(views[0]))
    x = y = 0
    if margin is not None:
        box = _around(place, frame.scale, margin, picture.size)
        picture, x, y = picture.crop(box), round(box[0] * frame.scale), round(box[1] * frame.scale)
    whole = picture.width
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return Shown(out.getvalue(), picture.width / whole / frame.scale, x, y)


def _around(place: Region, scale: float, margin: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """In pixels of the decoded picture."""
    left, top = int(place.x / scale) - margin, int(place.y / scale) - margin
    right, bottom = int((place.x + place.width) / scale) + margin, int((place.y + place.height) / scale) + margin
    return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])


def _plain(view: Any) -> Any:
    import numpy as np

    return np.ascontiguousarray(view[..., :3] if view.ndim == 3 else view)
