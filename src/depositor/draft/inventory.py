"""What lies in the chosen folders, as values. The rows live in the store; nothing here holds a million of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from depositor.draft.message import Message
from depositor.draft.problem import Problem


class SetKind(StrEnum):
    """What a group of files is, as one object in lists, plans and reports."""

    SINGLE = "single"  # one file that is an image of its own
    ZARR = "ome-zarr"  # a chunked image folder, OME-Zarr 0.4 or 0.5
    PLATE = "plate"  # an OME-Zarr plate, or a plate folder of a screening microscope
    N5 = "n5"
    DICOM = "dicom-series"
    OME_TIFF = "ome-tiff-set"  # OME-TIFF files that name each other
    STACK = "stack"  # numbered files of one shape: img_0001.tif ...
    COMPANION = "companion"  # an image with the files that belong to it (.mdoc, .xml, .nd, .companion.ome)
    OTHER = "other"  # not an image: tables, notes, code


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file: ``root`` is the index of the chosen folder, ``path`` is below it, ``/`` separated, as on the disk.

    ``size`` in bytes, ``mtime_ns`` and ``inode`` tell later whether the file changed.
    """

    root: int
    path: str
    size: int
    mtime_ns: int
    inode: int
    set_path: str | None = None


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Files that are one object; ``path`` names it (the folder, the first file, or the pattern of a stack)."""

    root: int
    kind: SetKind
    path: str
    files: int
    bytes: int
    detail: str = ""

    @property
    def is_image(self) -> bool:
        """False for notes and tables, and for what has no byte."""
        return self.kind is not SetKind.OTHER and self.bytes > 0

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "path": self.path,
            "files": self.files,
            "bytes": self.bytes,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that is not sent, and why (junk of a file manager, a lock, an excluded pattern)."""

    root: int
    path: str
    why: Message

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "why": self.why.english()}


@dataclass(frozen=True, slots=True)
class Batch:
    """What a scan found since the last batch."""

    files: tuple[FileRow, ...] = ()
    sets: tuple[ImageSet, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    problems: tuple[Problem, ...] = ()
    folders: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The totals of an inventory; ``by_type`` maps a file ending to (files, bytes), the largest first.

    ``images`` are those of the ``sets`` that hold an image; ``other_files`` the files of the rest: notes, tables, and
    image files of no byte.
    """

    files: int = 0
    bytes: int = 0
    sets: int = 0
    ignored: int = 0
    problems: int = 0
    largest: int = 0
    by_type: tuple[tuple[str, int, int], ...] = ()
    complete: bool = False
    images: int = 0
    other_files: int = 0
