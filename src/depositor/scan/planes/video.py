"""The first frame of an AVI: Motion JPEG, or pixels as they are."""

from __future__ import annotations

import io
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import Planes, check, thin
from depositor.scan.readers import video

_MOST_FRAME = 64 << 20
_JPEG = b"\xff\xd8\xff"


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The frame; None for a codec that is not among these."""
    with path.open("rb") as file:
        found = video.first_frame(file)
        if found is None or found[1] > _MOST_FRAME:
            return None
        file.seek(found[0])
        content = file.read(found[1])
    if content.startswith(_JPEG):
        return _jpeg(content, edge)
    plain = facts.compression is None and facts.pixel_type == "uint8"
    return _plain(content, facts, edge) if plain else None


def _jpeg(content: bytes, edge: int) -> Planes:
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        picture.draft("RGB", (2 * edge, 2 * edge))
        check(picture.width, picture.height, 3)
        return Planes(rgb=thin(np.asarray(picture.convert("RGB")), edge))


def _plain(content: bytes, facts: ImageFacts, edge: int) -> Planes | None:
    """Rows from the lowest up, each filled to four bytes; blue, green, red."""
    import numpy as np

    width, height, samples = facts.size_x or 0, facts.size_y or 0, facts.size_c or 1
    check(width, height, samples)
    row = (width * samples + 3) // 4 * 4
    if len(content) < row * height:
        raise EOFError
    pixels = np.frombuffer(content, "u1", row * height).reshape(height, row)[::-1, : width * samples]
    if samples == 1:
        return Planes((thin(pixels, edge),), (None,))
    return Planes(rgb=thin(pixels.reshape(height, width, 3)[..., ::-1], edge))
