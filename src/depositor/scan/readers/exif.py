"""Camera and date of an EXIF block. A place (GPS) is never read here, nor a serial number or a name."""

from __future__ import annotations

import io
import struct

from depositor.draft.facts import Device, ImageFacts
from depositor.scan.readers import sane
from depositor.scan.readers.base import with_facts
from depositor.scan.tifftags import NotTiff, Tag, Tiff

MOST_BYTES = 1 << 20
_MAKE, _MODEL, _EXIF, _TAKEN = 271, 272, 34665, 36867


def described(facts: ImageFacts, block: bytes) -> ImageFacts:
    """``facts`` with what an EXIF block (a TIFF header and its tables) says; a damaged block adds nothing."""
    try:
        tiff = Tiff(io.BytesIO(block))
        tags = next(tiff.pages(1), {})
        pointer = tiff.number(tags.get(_EXIF))
        inner = tiff.table(pointer)[0] if pointer else {}
        camera = Device(_text(tiff, tags.get(_MAKE)), _text(tiff, tags.get(_MODEL)))
        taken = sane.when(_text(tiff, inner.get(_TAKEN)))
    except (NotTiff, struct.error):
        return facts
    facts = with_facts(facts, "EXIF Make, Model", instrument=camera if camera != Device() else None)
    return with_facts(facts, "EXIF DateTimeOriginal", acquired=taken)


def _text(tiff: Tiff, tag: Tag | None) -> str | None:
    return sane.text(tiff.text(tag, 1000), 100) if tag is not None else None
