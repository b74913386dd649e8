"""The pictures of any readable file, for reading text in them."""

from __future__ import annotations

from pathlib import Path

from depositor.scan import headers
from depositor.scan.frames.base import Amount, Frames

_NO_PICTURES = frozenset({"imc-text", "mdoc"})


def frames(path: Path, amount: Amount) -> Frames | None:
    """What of the file at ``path`` is to be read; None where nothing here knows a picture in it.

    Pictures are decoded when their ``load`` is called. May raise anything for a damaged file.
    """
    from depositor.scan.frames import czi, dicom, others, picture, tiff

    reader = headers.reader_of(path)
    named = reader.id if reader else ""
    if named in _NO_PICTURES or (reader is None and path.suffix.lower() in _TEXTS):
        return None
    if named == "dicom":
        return dicom.frames(path, amount)
    if named == "tiff":
        return tiff.frames(path, amount)
    if named == "czi":
        return czi.frames(path, amount)
    if named in ("picture", "jpeg2000"):
        return picture.frames(path, amount)
    return others.frames(path, amount)


_TEXTS = frozenset({".txt", ".csv", ".tsv", ".json", ".xml", ".md", ".py", ".pdf", ".log", ".html", ".xlsx", ".docx"})
