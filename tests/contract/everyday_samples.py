"""Small everyday files with something to find, made when a test asks for them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

TEXT = b"Patient: Agnieszka Wrona\r\nmail b.lindqvist@kinder.example\r\n"


def _zip(folder: Path) -> Path:
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("MRN-4471920/a.txt", TEXT)
    return path


def _tar(folder: Path) -> Path:
    path = folder / "made.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("d/readme.txt")
        info.size, info.uname = len(TEXT), "blindqvist"
        archive.addfile(info, io.BytesIO(TEXT))
    return path


def _packed(name: str, pack: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(pack(TEXT))
        return path

    return make


def _xlsx(folder: Path) -> Path:
    import openpyxl

    path = folder / "made.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Patient name", "Stain"])
    book.active.append(["Wrona, Agnieszka", "H&E"])
    book.save(path)
    return path


MADE: dict[str, Callable[[Path], Path]] = {
    "zip": _zip,
    "tar": _tar,
    "gzip": _packed("made.txt.gz", gzip.compress),
    "bzip2": _packed("made.txt.bz2", bz2.compress),
    "xz": _packed("made.txt.xz", lzma.compress),
    "office": _xlsx,
}
