"""What the dialects of TIFF share: the first page, and lengths from its resolution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import sane
from depositor.scan.tifftags import Tag, Tiff


@dataclass(frozen=True, slots=True)
class Page:
    """The first page: the open file, its tags, what they say in general, and how many pages follow."""

    tiff: Tiff
    tags: dict[int, Tag]
    facts: ImageFacts
    pages: int
    description: str
    path: Path | None = None


Vendor = Callable[[Page], tuple[str, ImageFacts] | None]
"""What a dialect says: its name and the facts; None for a file of another dialect."""


def per_unit(page: Page, tag: int, unit: str | None) -> float | None:
    """The length of a pixel in µm from a resolution tag that counts pixels in ``unit``; None for one per unit, and
    for inches, which printers use."""
    found = page.tiff.numbers(page.tags.get(tag), 1)
    if not found or found[0] <= 0 or found[0] == 1 or (unit or "").strip().lower() in ("inch", "in"):
        return None
    return sane.length_um(1 / found[0], unit)
