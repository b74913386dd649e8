"""Formats that nothing here reads, and what would: so that "no reader" is never the end of the advice."""

from __future__ import annotations

from pathlib import Path

from depositor.scan import kinds, peek

_BIO_FORMATS = "Bio-Formats (in Fiji or OMERO)"

FORMATS_WITHOUT_READER: dict[str, tuple[str, str]] = {
    "lof": ("Leica LOF", "liffile"),
    "xlef": ("Leica XLEF", "liffile"),
    "oib": ("Olympus OIB", "oiffile"),
    "oif": ("Olympus OIF", "oiffile"),
    "oir": ("Olympus OIR", _BIO_FORMATS),
    "vsi": ("Olympus VSI", _BIO_FORMATS),
    "zvi": ("Zeiss ZVI", _BIO_FORMATS),
    "ims": ("Imaris", "Imaris Viewer or h5py"),
    "sld": ("SlideBook", _BIO_FORMATS),
    "sldy": ("SlideBook", "bioio-sldy"),
    "flex": ("Opera Flex", _BIO_FORMATS),
    "mrxs": ("3DHISTECH MRXS", "OpenSlide"),
    "mcd": ("Imaging mass cytometry", "readimc"),
    "imzml": ("imzML", "pyimzML"),
    "obf": ("Abberior OBF", _BIO_FORMATS),
    "msr": ("Abberior MSR", _BIO_FORMATS),
    "sdt": ("Becker & Hickl SDT", "sdtfile or Bio-Formats"),
    "ptu": ("PicoQuant PTU", "ptufile"),
    "heic": ("HEIC", "Pillow with pillow-heif"),
    "avi": ("AVI", "a video player"),
    "mov": ("QuickTime", "a video player"),
    "mp4": ("MP4", "a video player"),
    "mnc": ("MINC", "nibabel"),
    "mgz": ("FreeSurfer MGZ", "nibabel"),
    "mgh": ("FreeSurfer MGH", "nibabel"),
    "par": ("Philips PAR/REC", "nibabel"),
    "ics": ("ICS", _BIO_FORMATS),
    "pic": ("Bio-Rad PIC", _BIO_FORMATS),
    "nd": ("MetaMorph ND", _BIO_FORMATS),
    "eer": ("EER", "RELION or MotionCor"),
    "jp2": ("JPEG 2000", "OpenJPEG"),
    "j2k": ("JPEG 2000", "OpenJPEG"),
    "n5": ("N5", "n5 for Fiji"),
    "idx.xml": ("Opera Phenix index", _BIO_FORMATS),
    "h5": ("HDF5", "h5py"),
    "hdf5": ("HDF5", "h5py"),
}
"""Ending -> the format's name, and a program that reads it."""

_HDF5 = b"\x89HDF\r\n\x1a\n"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def format_without_reader(path: Path) -> tuple[str, str] | None:
    """(format, what reads it) for a file that no reader claims, told by its ending, else by its first bytes."""
    if path.is_dir():
        return FORMATS_WITHOUT_READER["n5"] if peek.object_kind(path, set()) or path.suffix == ".n5" else None
    known = FORMATS_WITHOUT_READER.get(kinds.ending(path.name))
    if known:
        return known
    first = peek.head(path, 16)
    if first.startswith(_HDF5):
        return FORMATS_WITHOUT_READER["hdf5"]
    return ("OLE container", _BIO_FORMATS) if first.startswith(_OLE) else None
