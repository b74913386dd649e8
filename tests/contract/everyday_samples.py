"""Small everyday files with something to find, made when a test asks for them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
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
    sheet = book.create_sheet("List")
    sheet.append(["Patient name", "Stain"])
    sheet.append(["Wrona, Agnieszka", "H&E"])
    book.save(path)
    return path


def _picture(name: str, tail: bytes = b"", **options: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from PIL import Image

        path = folder / name
        Image.new("RGB", (24, 24), "teal").save(path, **options)  # type: ignore[arg-type]
        path.write_bytes(path.read_bytes() + tail)
        return path

    return make


def _avi(folder: Path) -> Path:
    info = b"INFOIART" + (16).to_bytes(4, "little") + b"Agnieszka Wrona\0"
    body = b"AVI LIST" + len(info).to_bytes(4, "little") + info
    path = folder / "made.avi"
    path.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    return path


def _pdf(folder: Path) -> Path:
    from pypdf import PdfWriter

    path = folder / "made.pdf"
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.add_metadata({"/Author": "Agnieszka Wrona"})
    writer.write(path)
    return path


def _lock(folder: Path) -> Path:
    path = folder / ".~lock.list.odt#"
    path.write_bytes(b"Agnieszka Wrona,awrona,LABPC-17,14.02.2024 10:11,file:///home/awrona/.config/office;")
    return path


def _shortcut(folder: Path) -> Path:
    head = bytes.fromhex("4c0000000114020000000000c000000000000046") + (0x84).to_bytes(4, "little") + bytes(52)
    text = "Slides of Agnieszka Wrona"
    path = folder / "made.lnk"
    path.write_bytes(head + len(text).to_bytes(2, "little") + text.encode("utf-16-le") + bytes(4))
    return path


def _movie(folder: Path) -> Path:
    def box(kind: bytes, content: bytes) -> bytes:
        return (8 + len(content)).to_bytes(4, "big") + kind + content

    text = b"+52.5200+013.4050/"
    position = box(b"\xa9xyz", len(text).to_bytes(2, "big") + b"\x15\xc7" + text)
    path = folder / "made.mov"
    path.write_bytes(box(b"ftyp", b"qt  " + bytes(4)) + box(b"moov", box(b"udta", position)))
    return path


def _database(folder: Path) -> Path:
    path = folder / "made.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE list (patient_name TEXT)")
        base.execute("INSERT INTO list VALUES ('Wrona, Agnieszka')")
    return path


def _drawing(folder: Path) -> Path:
    path = folder / "made.svg"
    path.write_text("<svg><desc>Patient: Agnieszka Wrona</desc><path d='M 0 0'/></svg>", "utf-8")
    return path


def _mail(folder: Path) -> Path:
    path = folder / "made.eml"
    path.write_bytes(b"From: Agnieszka Wrona <a.wrona@kinder.example>\r\nSubject: slides\r\n\r\n" + TEXT)
    return path


def _rich_text(folder: Path) -> Path:
    path = folder / "made.rtf"
    path.write_bytes(rb"{\rtf1\ansi{\info{\author Haruki Sato}}\pard Patient name: {\b Agnie}szka Wrona\par}")
    return path


def _old_document(folder: Path) -> Path:
    path = folder / "made.xls"
    path.write_bytes((Path(__file__).parents[1] / "data/privacy/everyday/old.xls").read_bytes())
    return path


MADE: dict[str, Callable[[Path], Path]] = {
    "zip": _zip,
    "tar": _tar,
    "gzip": _packed("made.txt.gz", gzip.compress),
    "bzip2": _packed("made.txt.bz2", bz2.compress),
    "xz": _packed("made.txt.xz", lzma.compress),
    "office": _xlsx,
    "pdf": _pdf,
    "rtf": _rich_text,
    "ole": _old_document,
    "boxes": _movie,
    "sqlite": _database,
    "svg": _drawing,
    "mail": _mail,
    "leftover": _lock,
    "shortcut": _shortcut,
    "gif": _picture("made.gif", comment=TEXT),
    "webp": _picture("made.webp", xmp=b"<x:xmpmeta><dc:creator>Agnieszka Wrona</dc:creator></x:xmpmeta>"),
    "bmp": _picture("made.bmp", tail=TEXT),
    "ico": _picture("made.ico", tail=TEXT),
    "avi": _avi,
}
