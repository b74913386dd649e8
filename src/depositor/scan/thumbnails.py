"""A small picture of an image file, for people to recognise it. Runs in the worker process."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan import headers
from depositor.scan.planes.base import Planes
from depositor.scan.readers import decoded

_LOW, _HIGH = 0.5, 99.8  # percentiles that become black and white
_COLORS = ("#FF0000", "#00FF00", "#0000FF")  # where the file tells none
_Source = Callable[[Path, ImageFacts, int], Planes | None]


def render(path: Path, edge: int) -> bytes | None:
    """A PNG of at most ``edge`` x ``edge`` pixels, or None where there is nothing that can be shown: unknown format,
    packed with a codec that is not installed, damaged, or too large to decode (64 million samples).

    The smallest level of a pyramid that is large enough is used; contrast from percentiles; up to three channels in the
    colours that the file names.
    """
    try:
        path = _with_pixels(path)
        source = source_of(path)
        if source is None:
            return None
        images = headers.read(path).images
        planes = source(path, images[0], edge) if images else None
        return _png(planes, edge) if planes is not None else None
    except Exception:
        return None


_SOURCES: Mapping[str, tuple[str, str]] = {  # reader -> module and function that decodes what it describes
    "tiff": ("tiff", "planes"),
    "czi": ("czi", "planes"),
    "dicom": ("dicom", "planes"),
    "ome-zarr": ("zarr", "planes"),
    "n5": ("n5", "planes"),
    "picture": ("picture", "planes"),
    "mrc": ("volumes", "mrc"),
    "deltavision": ("volumes", "deltavision"),
    "nifti": ("volumes", "nifti"),
    "nrrd": ("volumes", "nrrd"),
    "metaimage": ("volumes", "metaimage"),
    "imaris": ("hdf5", "imaris"),
    "emd": ("hdf5", "largest"),
    "minc": ("hdf5", "largest"),
    "ser": ("ser", "planes"),
    "nd2": ("nd2", "planes"),
    "lif": ("lif", "planes"),
    "gatan": ("gatan", "planes"),
    "olympus-fluoview": ("olympus", "planes"),
    "jpeg2000": ("picture", "jpeg2000"),
    "mgh": ("volumes", "mgh"),
    "par-rec": ("scanned", "philips"),
    "sdt": ("scanned", "lifetimes"),
    "mcd": ("scanned", "metals"),
    "imc-text": ("scanned", "metals_as_text"),
    "imzml": ("ions", "planes"),
    "avi": ("video", "planes"),
    "lof": ("lif", "single"),
    decoded.ID: ("decoded", "planes"),
}


def shows(reader_id: str) -> bool:
    """True where there are small pictures of what that reader describes, or of the files that it tells of."""
    from depositor.scan.planes import beside

    return reader_id in _SOURCES or reader_id in beside.READERS


def _with_pixels(path: Path) -> Path:
    """``path``, or the file that an index or a companion tells of first."""
    from depositor.scan.planes import beside

    reader = headers.reader_of(path)
    return (beside.image_of(path, reader.id) if reader else None) or path


def source_of(path: Path) -> _Source | None:
    """What decodes the file at ``path``; None where nothing here does."""
    reader = headers.reader_of(path)
    named = reader.id if reader else decoded.ID if decoded.installed() else ""
    module, function = _SOURCES.get(named, ("", ""))
    if not module:
        return None
    found: _Source = getattr(importlib.import_module(f"depositor.scan.planes.{module}"), function)
    return found


def _png(planes: Planes, edge: int) -> bytes:
    from PIL import Image

    pixels = _rgb(planes.rgb) if planes.rgb is not None else _merged(planes)
    picture = Image.fromarray(pixels)
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _rgb(array: Any) -> Any:
    import numpy as np

    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    return (_stretched(array) * 255).astype(np.uint8)


def _merged(planes: Planes) -> Any:
    """The channels, each stretched, added in their colours; one channel without a colour is grey."""
    import numpy as np

    stretched = [_stretched(p) for p in planes.grey]
    if len(stretched) == 1:
        return (stretched[0] * 255).astype(np.uint8)
    total = np.zeros((*stretched[0].shape, 3), np.float32)
    for number, plane in enumerate(stretched):
        color = planes.colors[number] or _COLORS[number % 3]
        weights = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        total += plane[..., None] * np.asarray(weights, np.float32)
    return (total.clip(0, 1) * 255).astype(np.uint8)


def _stretched(plane: Any) -> Any:
    """The values from 0 to 1 between the two percentiles."""
    import numpy as np

    values = np.nan_to_num(plane.astype(np.float32), posinf=0, neginf=0)
    low, high = (float(v) for v in np.percentile(values, (_LOW, _HIGH)))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros_like(values)
    return ((values - low) / (high - low)).clip(0, 1)
