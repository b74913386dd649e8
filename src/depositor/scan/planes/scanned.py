"""Images that instruments write pixel by pixel in layouts of their own: Philips PAR/REC, Becker & Hickl SDT, imaging
mass cytometry. Layouts as in the readers of the same formats."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes import raw
from depositor.scan.planes.base import MAX_CHANNELS, MAX_PIXELS, Planes, check, thin
from depositor.scan.readers import cytometry, parrec, sdt

_SDT_BLOCK = 22
_SDT_ZIPPED = 0x1000
_SDT_TYPES = {"uint16": "<u2", "uint32": "<u4", "float64": "<f8"}
_LONGEST_LINE = 1 << 16


def philips(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of the first time point, out of the REC beside the PAR."""
    rec = parrec.rec_of(path)
    kind = {"uint8": "<u1", "uint16": "<u2"}.get(facts.pixel_type or "")
    if rec is None or kind is None or not (facts.size_x and facts.size_y):
        return None
    par = parrec.parsed(path.read_text("latin-1"))
    slices = sorted({n for r in par.rows if (n := par.of(r, "slice number")) is not None})
    if not slices:
        return None
    middle = next(r for r in par.rows if par.of(r, "slice number") == slices[len(slices) // 2])
    number = int(par.of(middle, "index in REC") or 0)
    at = number * facts.size_x * facts.size_y * int(kind[-1])
    return Planes((raw.plane(rec, at, facts.size_y, facts.size_x, kind, edge),), (None,))


def lifetimes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """All photons of each pixel, whenever they came: the sum of its decay, up to three channels of the first block."""
    import numpy as np

    bins = facts.lifetime.bins if facts.lifetime else None
    kind = _SDT_TYPES.get(facts.pixel_type or "")
    if kind is None or not (bins and facts.size_x and facts.size_y):
        return None
    with path.open("rb") as file:
        at = sdt.block_at(file)
        file.seek(at)
        head = file.read(_SDT_BLOCK)
    (start,), (packing,), (length,) = (struct.unpack_from(f, head, n) for f, n in (("<i", 2), ("<H", 10), ("<I", 18)))
    pixel = facts.size_x * facts.size_y * bins
    channels = min(max(length // (pixel * int(kind[-1])), 1), MAX_CHANNELS)
    check(pixel, channels)
    shape = (channels, facts.size_y, facts.size_x, bins)
    if packing & _SDT_ZIPPED:
        values: Any = np.frombuffer(_unzipped(path, start, pixel * channels * int(kind[-1])), kind).reshape(shape)
    else:
        values = np.memmap(path, kind, "r", start, shape)
    step = max(1, max(shape[1:3]) // (2 * edge))
    return Planes(tuple(v[::step, ::step].sum(axis=-1, dtype="f8") for v in values), (None,) * channels)


def _unzipped(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(8 * MAX_PIXELS)
    with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open(packed.namelist()[0]) as inner:
        found = inner.read(size)
    if len(found) < size:
        raise EOFError
    return found


def metals(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The first three metals of the first acquisition of an MCD."""
    import numpy as np

    with path.open("rb") as file:
        start, columns, positions = cytometry.first_values(file)
    if facts.pixel_type != "float32" or not (facts.size_x and facts.size_y) or positions >= columns:
        return None
    check(facts.size_x, facts.size_y, columns)
    present = min(facts.size_x * facts.size_y, (path.stat().st_size - start) // (4 * columns))
    values = np.memmap(path, "<f4", "r", start, (present, columns))
    step = max(1, max(facts.size_x, facts.size_y) // (2 * edge))
    found = []
    for column in range(positions, min(columns, positions + MAX_CHANNELS)):
        plane = np.zeros(facts.size_x * facts.size_y, "f4")
        plane[:present] = values[:, column]
        found.append(plane.reshape(facts.size_y, facts.size_x)[::step, ::step])
    return Planes(tuple(found), (None,) * len(found))


def metals_as_text(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The first three metals of the text of an acquisition: a line for each pixel."""
    import numpy as np

    count = min(len(facts.channels), MAX_CHANNELS)
    if not (count and facts.size_x and facts.size_y):
        return None
    check(facts.size_x, facts.size_y, 16)  # reading numbers out of text takes long
    planes = np.zeros((count, facts.size_y, facts.size_x), "f4")
    with path.open("rb") as file:
        file.readline(1 << 20)
        for _ in range(facts.size_x * facts.size_y):
            words = file.readline(_LONGEST_LINE).split(b"\t", 6 + count)
            if len(words) < 6 + count:
                break
            x, y = int(float(words[3])), int(float(words[4]))
            if 0 <= x < facts.size_x and 0 <= y < facts.size_y:
                planes[:, y, x] = [float(w) for w in words[6 : 6 + count]]
    return Planes(tuple(thin(p, edge) for p in planes), (None,) * count)
