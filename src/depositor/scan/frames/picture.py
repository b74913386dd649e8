"""PNG, JPEG, GIF, BMP, WebP at full size, with the small picture that EXIF keeps of a photo."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from depositor.scan.frames.base import LAID_OVER, MOST_SAMPLES, Amount, Frame, Frames, Risk, chosen, evenly, projections
from depositor.scan.planes.base import TooLarge

FORMATS = ("PNG", "JPEG", "MPO", "GIF", "BMP", "WEBP", "JPEG2000")
_SMALL_JPEG = (513, 514)  # JPEGInterchangeFormat and its length, in the second directory of EXIF


def frames(path: Path, amount: Amount) -> Frames:
    """The picture, the frames of an animation, and an embedded small one."""
    from PIL import Image

    with Image.open(path, formats=_formats()) as picture:
        total = max(int(getattr(picture, "n_frames", 1)), 1)
        small = list(_thumbnail(picture))
    numbers = chosen(total, amount)

    def load(number: int) -> Any:
        return _frame(path, number)

    pictures = [Frame("pixels", n if total > 1 else None, _later(load, n)) for n in numbers]
    laid = evenly(total, LAID_OVER) if len(numbers) < total else ()
    if laid:
        pictures = [*projections(load, laid), *pictures]
    return Frames((*pictures, *small), Risk.MIDDLE, total=total, taken=len(numbers), laid_over=len(laid))


def _formats() -> tuple[str, ...]:
    """Those of our formats that this build of Pillow has."""
    from PIL import Image

    Image.init()
    return tuple(f for f in FORMATS if f in Image.OPEN)


def _later(load: Callable[[int], Any], number: int) -> Callable[[], Any]:
    return lambda: load(number)


def _frame(path: Path, number: int) -> Any:
    """As it is stored, not turned as EXIF asks: boxes are painted over stored pixels."""
    import numpy as np
    from PIL import Image

    with Image.open(path, formats=_formats()) as picture:
        if picture.width * picture.height > MOST_SAMPLES // 3:
            raise TooLarge
        picture.seek(number)
        if picture.mode.startswith(("I", "F")) or picture.mode in ("L", "1"):
            return np.asarray(picture)
        return np.asarray(_opaque(picture))


def _opaque(picture: Any) -> Any:
    """In red, green, blue; what is transparent shows what lies under it, for a viewer may show that too."""
    return picture.convert("RGBA").convert("RGB") if picture.mode in ("P", "PA") else picture.convert("RGB")


def _thumbnail(picture: Any) -> Iterator[Frame]:
    content = _small_jpeg(picture)
    if content is None:
        return

    def load() -> Any:
        import numpy as np
        from PIL import Image

        with Image.open(io.BytesIO(content), formats=("JPEG",)) as small:
            if small.width * small.height > MOST_SAMPLES // 3:
                raise TooLarge
            return np.asarray(small.convert("RGB"))

    yield Frame("thumbnail", None, load)


def _small_jpeg(picture: Any) -> bytes | None:
    from PIL import ExifTags

    exif = picture.info.get("exif") or b""
    try:
        directory = picture.getexif().get_ifd(ExifTags.IFD.IFD1)
        start, length = (int(directory.get(tag, 0)) for tag in _SMALL_JPEG)
    except Exception:  # damaged EXIF may raise anything
        return None
    base = 6 if exif.startswith(b"Exif\0\0") else 0
    content = exif[base + start : base + start + length] if start and length else b""
    return bytes(content) if content.startswith(b"\xff\xd8") else None
