"""The files of a crate as entities, or their folders where there are too many to name each."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from depositor.bundle.crate_graph import Graph, Ref
from depositor.bundle.sealed import Sealed
from depositor.draft.submission import SubmissionFile

MOST = 10_000  # beyond, a reader of crates needs minutes; the manifest names every file anyway
# Types that Python's own table does not know; those of makers without a registered type get the general one.
_TYPES = {".zattrs": "application/json", ".zgroup": "application/json", ".zarray": "application/json"}
_TYPES |= {".dcm": "application/dicom", ".tsv": "text/tab-separated-values", ".h5": "application/x-hdf5"}
_TYPES |= {".tif": "image/tiff", ".tiff": "image/tiff", ".json": "application/json", ".md": "text/markdown"}
_TYPES |= {".csv": "text/csv", ".xml": "application/xml", ".txt": "text/plain", ".nii.gz": "application/gzip"}
_known = mimetypes.MimeTypes()  # the built-in table, whatever this machine has in /etc


def parts(graph: Graph, sealed: Sealed) -> dict[str, list[Ref]]:
    """References to the data by the study component or annotation they belong to; "" for those that name none."""
    if sealed.submission.files > MOST:
        return _folders(graph, sealed)
    found: dict[str, list[Ref]] = {}
    told = sealed.told()
    for file in sealed.data():
        found.setdefault(file.group or "", []).append(_file(graph, file, told(file)))
    return found


def document(graph: Graph, name: str, description: str, kind: str) -> Ref:
    """A document of ours that lies beside the data."""
    return graph.add(
        {"@id": address(name), "@type": "File", "name": name, "description": description, "encodingFormat": kind}
    )


def address(name: str) -> str:
    """A name at the archive as a relative reference: percent-encoded, ``/`` kept."""
    return quote(name, safe="/!$&'()*+,;=@~")


def media_type(name: str) -> str:
    """The media type by the ending of the name."""
    lower = name.lower().rpartition("/")[2]
    own = next((kind for ending, kind in _TYPES.items() if lower.endswith(ending)), None)
    return own or _known.guess_type(f"x{lower}", strict=True)[0] or "application/octet-stream"


def _file(graph: Graph, file: SubmissionFile, told: str) -> Ref:
    return graph.add(
        {
            "@id": address(file.name),
            "@type": "File",
            "name": file.name.rpartition("/")[2],
            "alternateName": told if told.isprintable() and told != file.name else None,
            "description": "; ".join(f"{k}: {v}" for k, v in file.facts.items() if v),
            "contentSize": str(file.size),
            "encodingFormat": media_type(file.name),
            "sha256": file.sha256,
        }
    )


def _folders(graph: Graph, sealed: Sealed) -> dict[str, list[Ref]]:
    """The folders at the top, each under the first component that has a file in it, with number and bytes of files.

    Files that lie in no folder are named in the manifest alone.
    """
    count: dict[str, list[int]] = {}
    home: dict[str, str] = {}
    for file in sealed.data():
        folder, slash, _ = file.name.partition("/")
        if slash:
            home.setdefault(folder, file.group or "")
            totals = count.setdefault(folder, [0, 0])
            totals[0] += 1
            totals[1] += file.size
    found: dict[str, list[Ref]] = {}
    for folder, (files, size) in count.items():
        described = f"{files} files, {size} bytes; each with its SHA-256 checksum in manifest-sha256.txt"
        entity = {"@id": f"{address(folder)}/", "@type": "Dataset", "name": folder, "description": described}
        found.setdefault(home[folder], []).append(graph.add(entity))
    return found
