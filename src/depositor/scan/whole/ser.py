"""SER: the pictures of a TIA series, one after another, the right way up."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.ser import IMAGES, TYPES
from depositor.scan.readers.base import Truncated
from depositor.scan.whole.base import MOST_PLANES, NotWhole, Whole
from depositor.scan.whole.czi import np_name

_BEFORE = 50  # bytes of an element before its pixels


def images(path: Path, facts: tuple[ImageFacts, ...], stack: ExitStack) -> list[Whole]:
    """The series as one image, its pictures as times. The format counts rows from the bottom."""
    with path.open("rb") as file:
        offsets = _offsets(file)
        heads = {_head(file, at) for at in offsets}
    if len(heads) != 1:
        raise NotWhole
    number, width, height = heads.pop()
    if number not in TYPES:
        raise NotWhole
    kind = TYPES[number]

    def load(z: int, c: int, t: int) -> Any:
        import numpy as np

        return np.memmap(path, kind, "r", offsets[t] + _BEFORE, (height, width))[::-1]

    return [Whole(width, height, 1, 1, len(offsets), np_name(kind), load)]


def _offsets(file: BinaryIO) -> list[int]:
    head = _exactly(file, 0, 30)
    _, _, version, kind, _, _, valid = struct.unpack("<hhhiiii", head[:22])
    form = "q" if version >= 0x220 else "i"
    table = struct.unpack_from(f"<{form}", head, 22)[0]
    if kind != IMAGES or not 1 <= valid <= MOST_PLANES:
        raise NotWhole
    size = struct.calcsize(form)
    return list(struct.unpack(f"<{valid}{form}", _exactly(file, table, valid * size)))


def _head(file: BinaryIO, at: int) -> tuple[int, int, int]:
    """(type, width, height) of an element."""
    number, width, height = struct.unpack("<hii", _exactly(file, at + 40, 10))
    return number, width, height


def _exactly(file: BinaryIO, at: int, size: int) -> bytes:
    if at < 0:
        raise Truncated("an offset before the file")
    file.seek(at)
    raw = file.read(size)
    if len(raw) < size:
        raise Truncated("the file breaks off")
    return raw
