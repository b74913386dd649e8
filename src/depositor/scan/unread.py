"""Formats that nothing here reads, and what would: so that "no reader" is never the end of the advice."""

from __future__ import annotations

from pathlib import Path

from depositor.scan import kinds, peek

_BIO_FORMATS = "Bio-Formats (in Fiji or OMERO)"

FORMATS_WITHOUT_READER: dict[str, tuple[str, str]] = {
    "oir": ("Olympus OIR", _BIO_FORMATS),
    "vsi": ("Olympus VSI", _BIO_FORMATS),
    "ets": ("Olympus ETS", _BIO_FORMATS),
    "zvi": ("Zeiss ZVI", _BIO_FORMATS),
    "sld": ("SlideBook", _BIO_FORMATS),
    "sldy": ("SlideBook", "bioio-sldy"),
    "flex": ("Opera Flex", _BIO_FORMATS),
    "obf": ("Abberior OBF", _BIO_FORMATS),
    "msr": ("Abberior MSR", _BIO_FORMATS),
    "ptu": ("PicoQuant PTU", "ptufile"),
    "ics": ("ICS", _BIO_FORMATS),
    "pic": ("Bio-Rad PIC", _BIO_FORMATS),
    "h5": ("HDF5", "h5py"),
    "hdf5": ("HDF5", "h5py"),
}
"""Ending -> the format's name, and a program that reads it."""

_N5 = ("N5 without image metadata", "n5 for Fiji")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def format_without_reader(path: Path) -> tuple[str, str] | None:
    """(format, what reads it) for a file that no reader claims, told by its ending, else by its first bytes."""
    if path.is_dir():
        return _N5 if peek.object_kind(path, set()) or path.suffix == ".n5" else None
    known = FORMATS_WITHOUT_READER.get(kinds.ending(path.name))
    if known:
        return known
    first = peek.head(path, 16)
    if first.startswith(_HDF5):
        return FORMATS_WITHOUT_READER["hdf5"]
    return ("OLE container", _BIO_FORMATS) if first.startswith(_OLE) else None
