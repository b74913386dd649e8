"""Pictures attached to a CZI file: label, overview and preview, which are JPEG or a small CZI of their own.

Layout: ZEISS "ZISRAW (CZI) File Format" 1.2.2, sections 5 and 7 (attachment directory, attachment).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from depositor.scan.frames import others
from depositor.scan.frames.base import MOST_SAMPLES, Amount, Frame, Frames, Risk
from depositor.scan.planes import czi as decoding
from depositor.scan.planes.base import TooLarge

_KINDS = {"label": "label", "slidepreview": "macro", "prescan": "macro", "thumbnail": "thumbnail", "jpeg": "thumbnail"}
_DIRECTORY_AT = 32 + 72  # in the file header segment: where the attachment directory begins
_ENTRY, _FIRST_ENTRY, _CONTENT = 128, 32 + 256, 32 + 256
_MOST_ENTRIES = 1000
_MOST_BYTES = 256 << 20
_EDGE = 1600


def frames(path: Path, amount: Amount) -> Frames | None:
    """The image as of any other format, and the attached pictures."""
    found = others.frames(path, amount)
    with path.open("rb") as file:
        attached = tuple(_attached(path, file))
    if found is None:
        return Frames(attached, Risk.HIGH, medical=True, total=0, taken=0) if attached else None
    slide = any(f.source in ("label", "macro") for f in attached)
    pictures = (*found.pictures, *attached)
    return (
        replace(found, pictures=pictures, risk=Risk.HIGH, medical=True) if slide else replace(found, pictures=pictures)
    )


def _attached(path: Path, file: BinaryIO) -> Iterator[Frame]:
    file.seek(_DIRECTORY_AT)
    (directory,) = struct.unpack("<q", file.read(8).ljust(8, b"\0"))
    if directory <= 0:
        return
    file.seek(directory)
    if file.read(16).rstrip(b"\0") != b"ZISRAWATTDIR":
        return
    file.seek(directory + 32)
    (count,) = struct.unpack("<i", file.read(4).ljust(4, b"\0"))
    file.seek(directory + _FIRST_ENTRY)
    entries = file.read(_ENTRY * min(max(count, 0), _MOST_ENTRIES))
    for number in range(len(entries) // _ENTRY):
        entry = entries[number * _ENTRY : (number + 1) * _ENTRY]
        (position,) = struct.unpack_from("<q", entry, 12)
        kind = _text(entry[40:48])
        source = _KINDS.get(_text(entry[48:128]))
        if source and kind in ("czi", "jpg", "jpeg"):
            yield Frame(source, number, _loaded(path, position, kind), turned=source != "thumbnail")


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", "replace").strip().lower()


def _loaded(path: Path, position: int, kind: str) -> Callable[[], Any]:
    def load() -> Any:
        with path.open("rb") as file:
            file.seek(position + 32)
            (size,) = struct.unpack("<i", file.read(4))
            if not 0 < size <= _MOST_BYTES:
                raise TooLarge
            file.seek(position + _CONTENT)
            content = file.read(size)
        return _small_czi(content) if kind == "czi" else _jpeg(content)

    return load


def _small_czi(content: bytes) -> Any:
    planes = decoding.planes_in(io.BytesIO(content), [], _EDGE)
    if planes is None:
        raise ValueError("no picture in the attachment")
    return planes.rgb if planes.rgb is not None else planes.grey[0]


def _jpeg(content: bytes) -> Any:
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        if picture.width * picture.height * 3 > MOST_SAMPLES:
            raise TooLarge
        return np.asarray(picture.convert("RGB"))
