"""PNG, JPEG and the other pictures that Pillow opens."""

from __future__ import annotations

from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import Planes, check, thin


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes:
    """The picture, JPEG already reduced while it is decoded; turned as its EXIF says."""
    import numpy as np
    from PIL import Image, ImageOps

    with Image.open(path, formats=("PNG", "JPEG", "GIF", "BMP", "WEBP")) as picture:
        picture.draft("RGB", (2 * edge, 2 * edge))
        check(picture.width, picture.height, 3)
        if picture.mode.startswith(("I", "F")):
            return Planes((thin(np.asarray(picture), edge),), (None,))
        turned = ImageOps.exif_transpose(picture)
        return Planes(rgb=thin(np.asarray(turned.convert("RGB")), edge))


def jpeg2000(path: Path, facts: ImageFacts, edge: int) -> Planes:
    """A JPEG 2000 picture."""
    import imagecodecs

    check(facts.size_x or 0, facts.size_y or 0, 3)
    found = thin(imagecodecs.jpeg2k_decode(path.read_bytes()), edge)
    return Planes(rgb=found[..., :3]) if found.ndim == 3 else Planes((found,), (None,))
