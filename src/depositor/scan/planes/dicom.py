"""The middle frame of a DICOM file, where numpy alone can decode it."""

from __future__ import annotations

import warnings
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import Planes, check, thin


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """One frame; None for a tile of a slide, which shows too little of it."""
    import pydicom
    from pydicom.pixels import pixel_array

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        head = pydicom.dcmread(path, stop_before_pixels=True)
        columns, rows, samples = int(head.Columns), int(head.Rows), int(head.get("SamplesPerPixel", 1))
        check(columns, rows, samples)
        if facts.size_x != columns or facts.size_y != rows:
            return None
        frames = int(head.get("NumberOfFrames", 1) or 1)
        plane = pixel_array(path, index=frames // 2 if frames > 1 else 0)
    if samples == 3:
        return Planes(rgb=thin(plane, edge))
    if head.get("PhotometricInterpretation") == "MONOCHROME1":
        plane = plane.max() - plane
    return Planes((thin(plane, edge),), (None,))
