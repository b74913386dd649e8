"""Frames of a DICOM file, its overlay planes and its icon, and how likely text stands in them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from depositor.scan.frames.base import (
    LAID_OVER,
    MOST_SAMPLES,
    Amount,
    Frame,
    Frames,
    Risk,
    chosen,
    evenly,
    projections,
)
from depositor.scan.planes import dicom as decoding
from depositor.scan.planes.base import TooLarge
from depositor.scan.readers import dicom_file

_VOLUMES = frozenset({"CT", "MR", "PT", "NM"})
_DRAWN = frozenset({"SECONDARY", "SCREEN SAVE", "LOCALIZER", "SCREENSHOT", "REPORT", "DOSE_INFO", "PROJECTION IMAGE"})
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_LABEL_KINDS = {"LABEL": "label", "OVERVIEW": "macro", "THUMBNAIL": "thumbnail"}
_OVERLAYS = range(0x6000, 0x6020, 2)  # PS3.3 C.9.2
_ICON = 0x00880200
_PIXEL_GROUP = (b"\xe0\x7f", b"\x7f\xe0")  # 7FE0 in either order of bytes: the reader stops before it
_MOST_OVERLAYS = 64
_WORD = 16  # bits in which a picture of fewer bits leaves room


def frames(path: Path, amount: Amount) -> Frames | None:
    """What of the file is to be read; None where no picture is in it."""
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with dicom_file.opened(path) as file:
            head = pydicom.dcmread(file, stop_before_pixels=True, force=True)
            has_pixels = file.read(2) in _PIXEL_GROUP
        more = [*_overlays(head), *_icon(head)]
    if has_pixels:
        more += _in_unused_bits(path, head)
    if not (has_pixels and whole(head, "Rows") and whole(head, "Columns")):
        return Frames(tuple(more), Risk.HIGH, medical=True, total=0, taken=0) if more else None
    if "TotalPixelMatrixColumns" in head and _source(head) == "pixels":
        return _slide(path, head, amount, more)
    return _plain(path, head, amount, more)


def whole(head: Any, keyword: str) -> int:
    """A whole number of the header; 0 where there is none or nonsense."""
    try:
        return int(head.get(keyword) or 0)
    except (TypeError, ValueError):
        return 0


def load_quietly(load: Callable[[], Any]) -> Callable[[], Any]:
    """Without the warnings of pydicom, which quote values of the file."""

    def loaded() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load()

    return loaded


def _plain(path: Path, head: Any, amount: Amount, more: list[Frame]) -> Frames:
    total = max(whole(head, "NumberOfFrames"), 1)
    source = _source(head)
    numbers = chosen(total, amount)

    def load(number: int) -> Any:
        if whole(head, "Rows") * whole(head, "Columns") * max(whole(head, "SamplesPerPixel"), 1) > MOST_SAMPLES:
            raise TooLarge
        return load_quietly(lambda: _values(path, head, number))()

    pictures = [Frame(source, n if total > 1 else None, _later(load, n), turned=source != "pixels") for n in numbers]
    laid = evenly(total, LAID_OVER) if len(numbers) < total else ()
    if laid:
        pictures = [*projections(load, laid), *pictures]
    return Frames((*pictures, *more), risk(head), True, total, len(numbers), len(laid))


def _later(load: Callable[[int], Any], number: int) -> Callable[[], Any]:
    return lambda: load(number)


def _values(path: Path, head: Any, number: int) -> Any:
    """One frame in grey or red, green, blue."""
    import numpy as np
    from pydicom.pixels import apply_color_lut

    try:
        values = decoding.frame(path, head, number)
    except (AttributeError, EOFError, ValueError):
        values = _cut_off(path, number)
    if head.get("PhotometricInterpretation") == "PALETTE COLOR":
        coloured = apply_color_lut(values, head)
        return (coloured >> 8).astype(np.uint8) if coloured.dtype == np.uint16 else coloured
    if values.ndim == 2 and "PixelPaddingValue" in head and values.dtype.kind in "iu":
        padding = int(head.PixelPaddingValue)
        values = np.where(values == padding, values[values != padding].min(initial=padding), values)
    return values


def _cut_off(path: Path, number: int) -> Any:
    """A frame of plain pixel data that end too early, black where they do: what is there can be read by anybody."""
    import pydicom
    from pydicom.pixels import pixel_array
    from pydicom.pixels.utils import get_expected_length

    if path.stat().st_size > 2 * MOST_SAMPLES:
        raise TooLarge
    with dicom_file.opened(path) as file:
        dataset = pydicom.dcmread(file, force=True)
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        raise ValueError("packed pictures that end too early are not unpacked")
    expected = get_expected_length(dataset)
    if expected > 2 * MOST_SAMPLES or len(dataset.PixelData) >= expected:
        raise ValueError("not cut off")
    dataset.PixelData = dataset.PixelData.ljust(expected, b"\0")
    return pixel_array(dataset, index=number if whole(dataset, "NumberOfFrames") > 1 else None)


def risk(head: Any) -> Risk:
    """Original slices of CT, MR, PET are rarely written on; all else may be."""
    kinds = {str(part).upper() for part in head.get("ImageType", None) or ()}
    if str(head.get("SOPClassUID", "")).startswith(_SECONDARY_CAPTURE) or kinds & _DRAWN:
        return Risk.HIGH
    if whole(head, "SamplesPerPixel") > 1 or str(head.get("BurnedInAnnotation", "")).upper() == "YES":
        return Risk.HIGH
    if str(head.get("Modality", "")) in _VOLUMES and {"ORIGINAL", "PRIMARY"} <= kinds:
        return Risk.LOW
    return Risk.HIGH


def _source(head: Any) -> str:
    kinds = [str(part).upper() for part in head.get("ImageType", None) or ()]
    if "TotalPixelMatrixColumns" not in head and str(head.get("Modality", "")) != "SM":
        return "pixels"
    return next((_LABEL_KINDS[k] for k in kinds if k in _LABEL_KINDS), "pixels")


def _slide(path: Path, head: Any, amount: Amount, more: list[Frame]) -> Frames:
    """The whole slide, thinned: ink and labels in view are large."""
    width, height = int(head.TotalPixelMatrixColumns), int(head.TotalPixelMatrixRows)
    edge = 1500
    step = max(1, max(width, height) // (2 * edge))

    def load() -> Any:
        found = decoding.slide(path, head, edge)
        if found is None:
            raise TooLarge
        return found

    whole = Frame("pixels", None, load_quietly(load), float(step))
    return Frames((whole, *more), Risk.HIGH if step == 1 else Risk.LOW, True, reduced=step)


def _overlays(head: Any) -> Iterator[Frame]:
    """Graphics of one bit per pixel in groups 6000 to 601E, frame by frame."""
    for group in _OVERLAYS:
        rows, columns = _number(head, group, 0x0010), _number(head, group, 0x0011)
        data = head.get((group, 0x3000))
        if data is None or not (rows and columns) or rows * columns > MOST_SAMPLES:
            continue
        count = min(max(_number(head, group, 0x0015), 1), _MOST_OVERLAYS)
        for number in range(count):
            yield Frame("overlay", group - 0x6000, _bits(bytes(data.value or b""), number, rows, columns))


def _in_unused_bits(path: Path, head: Any) -> Iterator[Frame]:
    """Graphics of older files that lie in bits of the pixels which the picture does not use (PS3.3 C.9.2, 2003)."""
    allocated, rows, columns = (whole(head, k) for k in ("BitsAllocated", "Rows", "Columns"))
    if allocated != _WORD or whole(head, "SamplesPerPixel") > 1 or rows * columns > MOST_SAMPLES:
        return
    for group in _OVERLAYS:
        position = _number(head, group, 0x0102)
        if 0 < position < _WORD and (group, 0x3000) not in head:
            yield Frame("overlay", group - 0x6000, load_quietly(_drawn(path, position, rows, columns)))


def _drawn(path: Path, position: int, rows: int, columns: int) -> Callable[[], Any]:
    """One bit of every pixel, of all frames together; empty where the pixels are packed."""

    def load() -> Any:
        import numpy as np
        import pydicom

        if path.stat().st_size > 2 * MOST_SAMPLES:
            raise TooLarge
        with dicom_file.opened(path) as file:
            dataset = pydicom.dcmread(file, specific_tags=["PixelData"], force=True)
        if not dataset.file_meta.get("TransferSyntaxUID", pydicom.uid.ImplicitVRLittleEndian).is_compressed:
            order = ">" if dataset.original_encoding[1] is False else "<"
            words = np.frombuffer(dataset.PixelData, f"{order}u2")
            whole_frames = words[: len(words) // (rows * columns) * rows * columns].reshape(-1, rows, columns)
            return np.bitwise_or.reduce(whole_frames >> position & 1, axis=0).astype(bool)
        return np.zeros((rows, columns), bool)

    return load


def _bits(data: bytes, number: int, rows: int, columns: int) -> Callable[[], Any]:
    def load() -> Any:
        import numpy as np

        size = rows * columns
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[number * size : (number + 1) * size]
        return np.pad(bits, (0, size - len(bits))).reshape(rows, columns).astype(bool)

    return load


def _number(head: Any, group: int, element: int) -> int:
    found = head.get((group, element))
    try:
        return int(found.value) if found is not None else 0
    except (TypeError, ValueError):
        return 0


def _icon(head: Any) -> Iterator[Frame]:
    """The small picture of the icon image sequence; it may show what was cut off the picture itself."""
    item = next(iter(head.get(_ICON).value), None) if _ICON in head and head.get(_ICON).value else None
    if item is None or "PixelData" not in item or not ("Rows" in item and "Columns" in item):
        return

    def load() -> Any:
        import numpy as np

        kind = np.uint8 if int(item.get("BitsAllocated", 8)) == 8 else np.dtype("<u2")
        samples = int(item.get("SamplesPerPixel", 1))
        shape = (int(item.Rows), int(item.Columns), samples) if samples > 1 else (int(item.Rows), int(item.Columns))
        return np.frombuffer(item.PixelData, kind, int(np.prod(shape))).reshape(shape)

    yield Frame("thumbnail", None, load)
