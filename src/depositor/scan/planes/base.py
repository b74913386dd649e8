"""What a source of planes hands back, and the limit that keeps memory bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_PIXELS = 64_000_000  # samples that are decoded for one thumbnail, over all its planes
MAX_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Planes:
    """Either one RGB picture (``rgb``: height, width, 3) or up to three grey planes (2-D arrays) in their colours
    (``#RRGGBB``, None where the file does not tell)."""

    grey: tuple[Any, ...] = ()
    colors: tuple[str | None, ...] = ()
    rgb: Any = None


class TooLarge(Exception):
    """More pixels than may be decoded for a small picture."""


def check(*sizes: int) -> None:
    """Raise TooLarge for an array of these sizes."""
    total = 1
    for size in sizes:
        if size <= 0:
            raise TooLarge
        total *= size
    if total > MAX_PIXELS:
        raise TooLarge


def thin(plane: Any, edge: int) -> Any:
    """Every n-th pixel of a plane, so that about twice ``edge`` remain: enough to shrink well."""
    step = max(1, max(plane.shape[:2]) // (2 * edge))
    return plane[::step, ::step]
