"""The total ion image of imzML, as its header tells it: no spectrum is read."""

from __future__ import annotations

from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import Planes, check, thin
from depositor.scan.readers import imzml


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """One grey value for each pixel; None where the spectra do not tell their sums."""
    import numpy as np

    totals = imzml.total_ions(path)
    if not totals or not (facts.size_x and facts.size_y):
        return None
    check(facts.size_x, facts.size_y)
    plane = np.zeros((facts.size_y, facts.size_x), "f4")
    for (x, y), total in totals.items():
        if x <= facts.size_x and y <= facts.size_y:
            plane[y - 1, x - 1] = total
    return Planes((thin(plane, edge),), (None,))
