"""The middle frame of a DICOM file, or the tiles of a small level of a slide put together."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import Planes, TooLarge, check, thin
from depositor.scan.readers import dicom_file

_MOST_TILES = 4000
_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
_LOSSLESS_JPEG = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """One frame, or the whole of a slide whose tiles lie in order; None where the tiles may lie anywhere."""
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with dicom_file.opened(path) as file:
            head = pydicom.dcmread(file, stop_before_pixels=True)
        columns, rows, samples = int(head.Columns), int(head.Rows), int(head.get("SamplesPerPixel", 1))
        check(columns, rows, samples)
        if "TotalPixelMatrixColumns" in head:
            plane = slide(path, head, edge)
        else:
            frames = int(head.get("NumberOfFrames", 1) or 1)
            plane = thin(frame(path, head, frames // 2 if frames > 1 else 0), edge)
    if plane is None:
        return None
    if samples == 3:
        return Planes(rgb=plane)
    if head.get("PhotometricInterpretation") == "MONOCHROME1":
        plane = plane.max() - plane
    return Planes((plane,), (None,))


def frame(path: Path, head: Any, index: int) -> Any:
    """One frame by pydicom, or by the decoder of its transfer syntax where pydicom has none."""
    import pydicom
    from pydicom.pixels import pixel_array

    syntax = str(head.file_meta.get("TransferSyntaxUID", ""))
    if syntax in _JPEG_LS or syntax in _LOSSLESS_JPEG:
        return _decoded(path, head, index, syntax)
    with dicom_file.opened(path) as file:
        if dicom_file.is_deflated(file):  # pydicom does not look for single frames in those
            return pixel_array(
                pydicom.dcmread(file), index=index if int(head.get("NumberOfFrames", 1) or 1) > 1 else None
            )
    return pixel_array(path, index=index)


def _decoded(path: Path, head: Any, index: int, syntax: str) -> Any:
    import imagecodecs
    import pydicom
    from pydicom.encaps import get_frame

    frames = int(head.get("NumberOfFrames", 1) or 1)
    content = get_frame(pydicom.dcmread(path).PixelData, index, number_of_frames=frames)
    return imagecodecs.jpegls_decode(content) if syntax in _JPEG_LS else imagecodecs.ljpeg_decode(content)


def slide(path: Path, head: Any, edge: int) -> Any:
    """The tiles, each thinned, on one canvas (DICOM PS3.3 C.7.6.17.3, TILED_FULL: by rows from the upper left)."""
    import numpy as np

    if str(head.get("DimensionOrganizationType", "")) == "TILED_SPARSE":
        return None
    width, height = int(head.TotalPixelMatrixColumns), int(head.TotalPixelMatrixRows)
    across, down = -(-width // int(head.Columns)), -(-height // int(head.Rows))
    if across * down > _MOST_TILES or across * down > int(head.get("NumberOfFrames", 1)):
        raise TooLarge
    check(width, height, int(head.get("SamplesPerPixel", 1)))
    step = max(1, max(width, height) // (2 * edge))
    if step > min(int(head.Columns), int(head.Rows)):
        raise TooLarge
    lines = []
    for row in range(down):
        tiles = [frame(path, head, row * across + n) for n in range(across)]
        line = np.concatenate(tiles, axis=1)[:, :width]
        lines.append(line[-row * int(head.Rows) % step :: step, ::step])
    return np.concatenate(lines, axis=0)[: -(-height // step)]
