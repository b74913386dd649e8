"""All other formats: the plane that a small picture shows, as large as is quick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from depositor.scan import headers, thumbnails
from depositor.scan.frames.base import Amount, Frame, Frames, Risk
from depositor.scan.planes.base import Planes

EDGE = 1024


def frames(path: Path, amount: Amount) -> Frames | None:
    """One plane of each channel of the first image; None where nothing decodes it. Several planes are told as such."""
    source = thumbnails.source_of(path)
    images = headers.read(path).images if source is not None else ()
    if source is None or not images:
        return None
    facts = images[0]
    planes = source(path, facts, EDGE)
    if planes is None:
        return None
    pictures = _pictures(planes)
    length = max(pictures[0].shape[:2])
    scale = max(1.0, max(facts.size_x or 0, facts.size_y or 0) / length)
    total = max((facts.size_z or 1) * (facts.size_t or 1), 1) * len(images)
    taken = tuple(Frame("pixels", None, _given(p), scale) for p in pictures)
    return Frames(taken, Risk.LOW, total=total, reduced=max(1, round(scale)))


def _pictures(planes: Planes) -> list[Any]:
    return [planes.rgb] if planes.rgb is not None else list(planes.grey)


def _given(pixels: Any) -> Callable[[], Any]:
    return lambda: pixels
