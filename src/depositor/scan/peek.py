"""Cheap looks into a file while folders are walked: some kilobytes at most, and never an error."""

from __future__ import annotations

import json
import re
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from depositor.draft.inventory import SetKind
from depositor.scan.tifftags import NotTiff, Tiff

_PEEK = 1 << 16
_XML_PEEK = 8 << 20
_JSON_LIMIT = 16 << 20
# Study and Series Instance UID stand next to each other in every data set; alone the second also occurs in references.
_SERIES = re.compile(
    rb"\x20\x00\x0d\x00(?:UI..|..\x00\x00)[0-9.]{1,64}[\x00 ]?\x20\x00\x0e\x00(?:UI..|..\x00\x00)([0-9.]{1,64})",
    re.DOTALL,
)
_NAMED = re.compile(r"""FileName\s*=\s*(?:"([^"]+)"|'([^']+)')""")
_SERIAL_EM = re.compile(rb"^(?:ImageFile|SubFramePath)\s*=\s*([^\r\n]+)", re.MULTILINE)
ZARR_MARKERS = (".zattrs", ".zgroup", ".zarray", "zarr.json")


def head(path: str | Path, size: int = _PEEK) -> bytes:
    """The first bytes of a file; empty where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def is_dicom(path: str) -> bool:
    """True for a file with the DICOM preamble."""
    return head(path, 132)[128:] == b"DICM"


def dicom_series(path: str) -> str | None:
    """The Series Instance UID near the start of a DICOM file, or None."""
    found = _SERIES.search(head(path))
    return found[1].decode("ascii") if found else None


def ome_names(path: str) -> frozenset[str]:
    """The files that an OME-TIFF or a companion names as parts of its images (base names)."""
    try:
        text = _ome_xml(path)
    except (OSError, NotTiff, struct.error, ValueError, OverflowError, MemoryError):
        return frozenset()
    return frozenset((a or b).replace("\\", "/").rpartition("/")[2] for a, b in _NAMED.findall(text))


def mdoc_names(path: str) -> frozenset[str]:
    """The images that a SerialEM mdoc speaks of (base names): the tilt series, and the movies that it was made from."""
    told = _SERIAL_EM.findall(head(path, _XML_PEEK))
    return frozenset(t.decode("utf-8", "replace").strip().replace("\\", "/").rpartition("/")[2] for t in told)


def _ome_xml(path: str) -> str:
    with Path(path).open("rb") as file:
        if file.read(5) in (b"<?xml", b"<OME ", b"\xef\xbb\xbf<?"):
            file.seek(0)
            return file.read(_XML_PEEK).decode("utf-8", "replace")
        tiff = Tiff(file)
        page = next(tiff.pages(1), {})
        return tiff.text(page.get(270), _XML_PEEK)


def json_object(path: Path) -> dict[str, Any]:
    """A small JSON file as a mapping; empty where it is missing, too large or no JSON object."""
    try:
        found = path.stat()
        if found.st_size > _JSON_LIMIT or not stat.S_ISREG(found.st_mode):
            return {}
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def zarr_attributes(folder: Path) -> dict[str, Any]:
    """The OME attributes of a Zarr group: of ``.zattrs`` (v2), or below ``attributes`` and ``ome`` of ``zarr.json``."""
    attributes = json_object(folder / ".zattrs")
    if not attributes:
        found = json_object(folder / "zarr.json").get("attributes")
        attributes = found if isinstance(found, dict) else {}
    ome = attributes.get("ome")
    return {**attributes, **ome} if isinstance(ome, dict) else attributes


def zarr_kind(folder: Path) -> tuple[SetKind, str]:
    """What a Zarr folder is, and a word about it for lists."""
    attributes = zarr_attributes(folder)
    version = "v3" if (folder / "zarr.json").is_file() else "v2"
    if isinstance(attributes.get("plate"), Mapping):
        wells = attributes["plate"].get("wells")
        return SetKind.PLATE, f"{version}, {len(wells)} wells" if isinstance(wells, list) else version
    if "bioformats2raw.layout" in attributes or (folder / "OME").is_dir():
        return SetKind.ZARR, f"{version}, bioformats2raw"
    return SetKind.ZARR, version if "multiscales" in attributes else f"{version}, no OME metadata"


def object_kind(folder: Path, names: frozenset[str] | set[str]) -> tuple[SetKind, str] | None:
    """The kind of the object that a folder with these entries is as a whole (Zarr, N5), or None for a plain folder."""
    lower = folder.name.lower()
    if any(marker in names for marker in ZARR_MARKERS):
        return zarr_kind(folder)
    if lower.endswith(".n5") or ("attributes.json" in names and _is_n5(folder)):
        return SetKind.N5, ""
    if lower.endswith(".zarr"):
        return SetKind.ZARR, "no metadata at the top"
    return None


def owner(folder: Path) -> str | None:
    """The file beside ``folder`` that all in it belongs to: ``a.oif`` for ``a.oif.files`` (Olympus FluoView), ``a.vsi``
    for ``_a_`` (cellSens); None for any other folder."""
    name = folder.name
    if name.lower().endswith(".oif.files"):
        found = name[: -len(".files")]
    elif len(name) > 2 and name.startswith("_") and name.endswith("_"):
        found = f"{name[1:-1]}.vsi"
    else:
        return None
    return found if (folder.parent / found).is_file() else None


def owned_folder(name: str) -> str | None:
    """The opposite of :func:`owner`: the name of the folder that belongs to a file of this name."""
    if name.lower().endswith(".oif"):
        return f"{name}.files"
    return f"_{name[:-4]}_" if name.lower().endswith(".vsi") else None


def _is_n5(folder: Path) -> bool:
    attributes = json_object(folder / "attributes.json")
    if "n5" in attributes or ("dimensions" in attributes and "blockSize" in attributes):
        return True
    return any((folder / child / "attributes.json").is_file() for child in ("s0", "0", "c0", "setup0"))
