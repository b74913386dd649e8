"""Boxes painted over an unpacked picture, and over plain pixel data where they lie in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from depositor.draft.region import Region
from depositor.privacy.remedies.dicom import elements
from depositor.privacy.remedies.dicom.layout import Layout

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, inside of it: first and last row and column (the last one excluded)."""

    top: int
    bottom: int
    left: int
    right: int


def by_frame(regions: Iterable[Region], layout: Layout) -> dict[int, list[Box]]:
    """The boxes over each frame, cut to the picture; regions without a frame lie over all."""
    found: dict[int, list[Box]] = {}
    for region in regions:
        box = _inside(region, layout)
        frames = range(layout.frames) if region.frame is None else (region.frame,)
        for frame in frames if box else ():
            if box and 0 <= frame < layout.frames:
                found.setdefault(frame, []).append(box)
    return found


def _inside(region: Region, layout: Layout) -> Box | None:
    left, right = max(region.x, 0), min(region.x + region.width, layout.columns)
    top, bottom = max(region.y, 0), min(region.y + region.height, layout.rows)
    if layout.halved:  # two neighbours share their colour
        left, right = left - left % 2, min(right + right % 2, layout.columns)
    return Box(top, bottom, left, right) if left < right and top < bottom else None


def paint(picture: Any, boxes: Iterable[Box], layout: Layout, value: tuple[int, ...] | None) -> Any:
    """``picture`` (rows, columns[, samples]) with plain boxes; ``value`` None: the darkest that it has itself."""
    picture = picture.copy()
    dark: Any = _darkest_grey(picture, layout) if value is None else value
    for box in boxes:
        picture[box.top : box.bottom, box.left : box.right] = dark
    return picture


def _darkest_grey(picture: Any, layout: Layout) -> Any:
    """The value of the darkest pixel; some packed forms carry negative values as large ones."""
    import numpy as np

    values = picture
    if layout.signed and picture.dtype.kind == "u":
        over = np.int64(1) << layout.stored
        values = np.where(picture >= over // 2, picture.astype("i8") - over, picture)
    at = values.argmax() if layout.photometric == "MONOCHROME1" else values.argmin()
    return picture.flat[at]


def plain_value(dataset: Any, layout: Layout, *, mixed: bool = True) -> tuple[int, ...] | None:
    """Black as the file writes it; None where it depends on the picture (one grey value). ``mixed``: YBR as stored."""
    if layout.photometric.startswith("YBR") and mixed:
        middle = 1 << (layout.stored - 1)
        return (16 if layout.photometric == "YBR_PARTIAL_422" else 0, middle, middle)
    if layout.samples > 1:
        return (0,) * layout.samples
    return (_darkest(dataset),) if layout.photometric == "PALETTE COLOR" else None


def _darkest(dataset: Any) -> int:
    """The number of the darkest colour of a palette; 0 where the palette cannot be read."""
    import numpy as np

    total: Any = 0
    first = 0
    for descriptor, data in ((0x00281101, 0x00281201), (0x00281102, 0x00281202), (0x00281103, 0x00281203)):
        form, table = (elements.look(dataset, t) if t in dataset else None for t in (descriptor, data))
        if form is None or table is None or not isinstance(table.value, bytes):
            return 0
        length, first, bits = ([int(v) for v in form.value] + [0, 0, 16])[:3]
        length = length or 65536
        wide = len(table.value) >= 2 * length and bits > 8
        colours = np.frombuffer(table.value, "<u2" if wide else "u1")[:length]
        total = total + colours.astype("u4")
    return int(np.argmin(total)) + first


def patch(file: BinaryIO, start: int, layout: Layout, boxes: dict[int, list[Box]], value: Any, little: bool) -> None:
    """Paint over plain pixel data that begin at ``start`` of an open file; memory does not grow with the picture."""
    for frame, each in sorted(boxes.items()):
        if layout.allocated == 1:
            _patch_bits(file, start, layout, frame, each)
            continue
        first = start + frame * layout.frame_bits // 8
        dark = value if value is not None else _extreme(file, first, layout, little)
        for box in each:
            for offset, data in _rows(layout, box, dark, little):
                _write(file, first + offset, data)


def _write(file: BinaryIO, at: int, data: bytes) -> None:
    size = file.seek(0, 2)
    if at < size:  # pixel data that were cut off stay as short as they were
        file.seek(at)
        file.write(data[: size - at])


def _rows(layout: Layout, box: Box, dark: tuple[int, ...], little: bool) -> Iterator[tuple[int, bytes]]:
    """(offset in the frame, bytes) of each painted row."""
    size = layout.allocated // 8
    units = [(v & (1 << layout.allocated) - 1).to_bytes(size, "little" if little else "big") for v in dark]
    width = box.right - box.left
    for row in range(box.top, box.bottom):
        at = row * layout.columns + box.left
        if layout.halved:
            yield at * 2 * size, (units[0] * 2 + units[1] + units[2]) * (width // 2)
        elif layout.planar and layout.samples > 1:
            plane = layout.rows * layout.columns
            for sample, unit in enumerate(units):
                yield (sample * plane + at) * size, unit * width
        else:
            yield at * layout.samples * size, b"".join(units) * width


def _extreme(file: BinaryIO, first: int, layout: Layout, little: bool) -> tuple[int, ...]:
    """The darkest value of a grey frame, so that nothing new appears in its range of values."""
    import numpy as np

    kind = "i" if layout.signed else "u"
    form = np.dtype(f"{'<' if little else '>'}{kind}{layout.allocated // 8}")
    bright = layout.photometric == "MONOCHROME1"
    left, found = layout.frame_bits // 8, []
    file.seek(first)
    while left > 0 and (block := file.read(min(_BLOCK, left))):
        left -= len(block)
        values = np.frombuffer(block[: len(block) - len(block) % form.itemsize], form)
        if values.size:
            found.append(int(values.max() if bright else values.min()))
    return ((max if bright else min)(found or [0]),)


def _patch_bits(file: BinaryIO, start: int, layout: Layout, frame: int, boxes: list[Box]) -> None:
    """One bit a pixel, the lowest bit first, frames without a gap between them. Source: PS3.5 8.1.1."""
    for box in boxes:
        for row in range(box.top, box.bottom):
            first = (frame * layout.rows + row) * layout.columns + box.left
            last = first + box.right - box.left
            file.seek(start + first // 8)
            raw = bytearray(file.read((last + 7) // 8 - first // 8))
            for bit in range(first % 8, min(first % 8 + last - first, len(raw) * 8)):
                raw[bit // 8] &= ~(1 << bit % 8) & 0xFF
            file.seek(start + first // 8)
            file.write(raw)
