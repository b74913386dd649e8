"""Everyday files: what is planted in them is found, a cleaned copy holds none of it and still opens."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import io
import logging
import os
import plistlib
import sqlite3
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.comments import Comment
from PIL import Image, PngImagePlugin, features
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Text

from depositor.draft.finding import Finding, Level, Subject
from depositor.privacy import examine, judge
from depositor.privacy.checks import fallback, jpeg, remarks
from depositor.privacy.clean import Cleaned, clean
from depositor.privacy.kinds import Kind
from depositor.privacy.known import known_from
from depositor.privacy.policy import PUBLIC

NAME, NUMBER, MAIL, STAFF = "Agnieszka Wrona", "MRN 7731204", "h.sato@kinder.example", "Haruki Sato"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>Haruki Sato</dc:creator>'
    b"<dc:subject>mitosis</dc:subject></x:xmpmeta>"
)
Maker = Callable[[Path], None]
PIXELS = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype="u1")


def found(path: Path) -> list[tuple[str, Kind | None]]:
    return [(f.evidence or "", judge.kind_in_key(f.key)) for f in examine.file(path, path.name).findings]


def told(path: Path) -> str:
    return "\n".join(text for text, _kind in found(path))


def cleaned(path: Path, folder: Path) -> Cleaned:
    folder.mkdir(exist_ok=True)
    findings = [f for f in examine.file(path, path.name).findings if PUBLIC.wants(f)]
    assert findings
    return clean(path, folder / path.name, findings, PUBLIC, shown=path.name)


def whole(result: Cleaned) -> Path:
    assert result.problems == ()
    assert result.left == ()
    assert result.path is not None
    return result.path


def everything(path: Path) -> Iterator[bytes]:
    """The bytes of a file and of all that is packed in it."""
    raw = path.read_bytes()
    yield raw
    if raw[:4] == b"PK\3\4":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                inner = archive.read(name)
                yield name.encode() + inner
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    for start in range(len(raw)):
        if raw[start] == 0x78 and raw[start + 1 : start + 2] in (b"\x01", b"\x9c", b"\xda", b"\x5e"):
            try:
                yield zlib.decompressobj().decompress(raw[start:])
            except zlib.error:
                continue


def holds(path: Path, *values: str) -> list[str]:
    parts = list(everything(path))
    forms = [(v, v.encode(e)) for v in values for e in ("utf-8", "utf-16-le", "utf-16-be")]
    return [v for v, form in forms if any(form in part for part in parts)]


def exif() -> Image.Exif:
    block = Image.Exif()
    block[274], block[271], block[315] = 6, "Nikon", STAFF
    block[0x010E] = f"Slide of patient {NAME} {NUMBER}"
    block.get_ifd(0x8769).update({33434: 0.01, 42032: STAFF, 37510: b"ASCII\0\0\0mail " + MAIL.encode()})
    block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 5.0)})
    return block


# --- pictures --------------------------------------------------------------------------------------------------------


def _jpeg(path: Path) -> None:
    Image.fromarray(PIXELS).save(path, exif=exif(), xmp=XMP, comment=b"saved to C:\\Users\\hsato\\a.jpg")
    other = io.BytesIO()
    Image.fromarray(PIXELS[::2]).save(other, "JPEG", comment=f"Patient: {NAME}".encode())
    path.write_bytes(path.read_bytes() + other.getvalue())


def _png(path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", STAFF)
    texts.add_text("Settings", '{"gain": 3, "path": "/home/hsato/raw/x.png"}', zip=True)
    texts.add_itxt("Description", f"Patient: {NAME}", zip=True)
    texts.add(b"zzZz", b"owner " + MAIL.encode() + b" ok")
    Image.fromarray(PIXELS).save(path, pnginfo=texts, exif=exif())
    path.write_bytes(path.read_bytes() + f"Patient: {NAME}, {NUMBER}\n".encode())


def _gif(path: Path) -> None:
    frames = [Image.fromarray(np.roll(PIXELS, n * 5, 0)) for n in range(3)]
    comment = b"x" * 250 + b" mail " + MAIL.encode() + b" " + b"y" * 100
    frames[0].save(path, save_all=True, append_images=frames[1:], comment=comment)
    path.write_bytes(path.read_bytes() + f"Patient: {NAME}\n".encode())


def _webp(path: Path) -> None:
    Image.fromarray(PIXELS).save(path, lossless=True, exif=exif(), xmp=XMP)


def _avif(path: Path) -> None:
    Image.fromarray(PIXELS).save(path, exif=exif(), xmp=XMP)


def _bmp(path: Path) -> None:
    Image.fromarray(PIXELS).save(path)
    path.write_bytes(path.read_bytes() + b"see /home/hsato/notes.txt by " + MAIL.encode())


@pytest.mark.parametrize("make", [_jpeg, _png, _gif, _webp, _bmp, _avif], ids=lambda m: m.__name__[1:])
def test_pictures_are_cleaned_and_keep_their_pixels(make: Maker, tmp_path: Path) -> None:
    kind = make.__name__[1:]
    if kind == "avif" and not features.check("avif"):
        pytest.skip("this Pillow writes no AVIF")
    path = tmp_path / f"a.{kind}"
    make(path)
    assert MAIL in told(path) or "hsato" in told(path)
    copy = whole(cleaned(path, tmp_path / "out"))
    assert holds(copy, NAME, STAFF, "7731204", MAIL, "hsato", "Wrona") == []
    with Image.open(path) as old, Image.open(copy) as new:
        for frame in range(getattr(old, "n_frames", 1)):
            old.seek(frame)
            new.seek(frame)
            assert np.array_equal(np.asarray(old.convert("RGB")), np.asarray(new.convert("RGB")))


@pytest.mark.parametrize("make", [_jpeg, _png, _webp], ids=lambda m: m.__name__[1:])
def test_what_science_needs_of_exif_stays(make: Maker, tmp_path: Path) -> None:
    path = tmp_path / f"a.{make.__name__[1:]}"
    make(path)
    copy = whole(cleaned(path, tmp_path / "out"))
    with Image.open(copy) as new:
        block = new.getexif()
        assert block[274] == 6
        assert block[271] == "Nikon"
        assert float(block.get_ifd(0x8769)[33434]) == pytest.approx(0.01)
        assert 34853 not in block


def test_coded_picture_of_a_jpeg_stays_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    _jpeg(path)
    copy = whole(cleaned(path, tmp_path / "out"))
    with path.open("rb") as old, copy.open("rb") as new:
        before, after = list(jpeg.segments(old)), list(jpeg.segments(new))
        assert [s.offset for s in before] == [s.offset for s in after]
        start, end = next(s.offset for s in before if s.marker == 0xDA), before[-1].offset
    assert path.read_bytes()[start:end] == copy.read_bytes()[start:end]
    assert copy.stat().st_size == end


def test_text_chunk_of_png_keeps_what_tells_of_nobody(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    _png(path)
    copy = whole(cleaned(path, tmp_path / "out"))
    with Image.open(copy) as new:
        new.load()
        assert '"gain": 3' in new.info["Settings"]


def _first_ifd(raw: bytes) -> bytes:
    """A TIFF block whose second directory holds a small picture."""
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHIHH", 274, 3, 1, 1, 0) + struct.pack("<I", 26)
    second = struct.pack("<H", 2) + struct.pack("<HHII", 513, 4, 1, 56) + struct.pack("<HHII", 514, 4, 1, len(raw))
    return head + second + struct.pack("<I", 0) + raw


def test_preview_of_a_camera_goes(tmp_path: Path) -> None:
    small = io.BytesIO()
    Image.fromarray(255 - PIXELS[::4, ::4]).save(small, "JPEG")
    path = tmp_path / "a.jpg"
    Image.fromarray(PIXELS).save(path, exif=b"Exif\0\0" + _first_ifd(small.getvalue()))
    assert Kind.PREVIEW_PICTURE in {kind for _text, kind in found(path)}
    copy = whole(cleaned(path, tmp_path / "out"))
    assert small.getvalue()[-70:-10] not in copy.read_bytes()
    assert examine.file(copy, "a.jpg").findings == ()
    with Image.open(copy) as new:
        new.load()


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def test_film_tells_its_place_and_its_author(tmp_path: Path) -> None:
    keys = [b"com.apple.quicktime.location.ISO6709", b"com.apple.quicktime.author"]
    listed = struct.pack(">II", 0, 2) + b"".join(_box(b"mdta", k) for k in keys)
    values = [b"+52.5200+013.4050/", STAFF.encode()]
    items = b"".join(
        _box(struct.pack(">I", n), _box(b"data", struct.pack(">II", 1, 0) + v)) for n, v in enumerate(values, 1)
    )
    meta = _box(b"meta", _box(b"hdlr", bytes(8) + b"mdta" + bytes(12)) + _box(b"keys", listed) + _box(b"ilst", items))
    note = b"file C:\\Users\\hsato\\v.mov"
    udta = _box(b"udta", _box(b"\xa9cmt", struct.pack(">HH", len(note), 0) + note))
    pixels = os.urandom(4000)
    path = tmp_path / "v.mov"
    path.write_bytes(
        _box(b"ftyp", b"qt  " + bytes(4))
        + _box(b"mdat", pixels)
        + _box(b"moov", _box(b"mvhd", bytes(100)) + udta + meta)
    )
    assert {Kind.GPS, Kind.STAFF_NAME, Kind.USER_PATH} <= {kind for _text, kind in found(path)}
    copy = whole(cleaned(path, tmp_path / "out"))
    assert holds(copy, "+52.5200", STAFF, "hsato") == []
    assert pixels in copy.read_bytes()
    assert copy.stat().st_size == path.stat().st_size


# --- documents -------------------------------------------------------------------------------------------------------


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Samples", 0)
    sheet.append(["Study list of 2024"])
    sheet.append(["Patient name", "MRN", "DOB", "Stain", "Count"])
    sheet.append(["Wrona, Agnieszka", "7731204", dt.date(1948, 2, 9), "H&E", 12])
    sheet.append(["Ibn Rušd, Salma", "7731999", dt.date(1961, 5, 30), "May-Grünwald", 99])
    sheet["A3"].comment = Comment("Ask Dr. Keller, tel +49 30 901820", "Beatrix Lindqvist")
    hidden = book.create_sheet("Old")
    hidden.append(["Patient name"])
    hidden.append(["Nkemelu Adaobi"])
    hidden.sheet_state = "hidden"
    book.properties.creator = "Beatrix Lindqvist"
    book.save(path)


def test_workbook(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    _workbook(path)
    text = told(path)
    for value in (
        "Wrona, Agnieszka",
        "7731204",
        "1948-02-09",
        "Salma",
        "Lindqvist",
        "Keller",
        "901820",
        "Nkemelu Adaobi",
    ):
        assert value in text
    assert Kind.HIDDEN in {kind for _text, kind in found(path)}
    assert "May" not in text
    assert "H&E" not in text
    copy = whole(cleaned(path, tmp_path / "out"))
    assert holds(copy, "Wrona", "7731204", "Salma", "Lindqvist", "Keller", "901820", "Nkemelu") == []
    sheet = openpyxl.load_workbook(copy)["Samples"]
    assert [sheet.cell(2, n).value for n in range(1, 6)] == ["Patient name", "MRN", "DOB", "Stain", "Count"]
    assert [sheet.cell(r, n).value for r in (3, 4) for n in (4, 5)] == ["H&E", 12, "May-Grünwald", 99]
    assert sheet["C3"].value is None


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?><w:document {_W}><w:body>
<w:p><w:r><w:t xml:space="preserve">Patient name: Agni</w:t></w:r>
<w:r><w:rPr><w:b/></w:rPr><w:t>eszka Wrona</w:t></w:r></w:p>
<w:p><w:r><w:t>Hunter medium and May-Grünwald were used; Wells H12.</w:t></w:r>
<w:del w:id="2" w:author="Lucía Ortega"><w:r><w:delText>MRN 7731204</w:delText></w:r></w:del></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Date of birth</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>1961-05-30</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>"""
_CORE = (
    """<?xml version="1.0"?><p xmlns:dc="d"><dc:creator>Lucía Ortega</dc:creator><dc:title>Protocol</dc:title></p>"""
)
_LINK = (
    '<Relationships><Relationship Target="file:///C:\\Users\\lortega\\t.dotm" TargetMode="External"/></Relationships>'
)


def test_text_document(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.fromarray(PIXELS).save(picture, "JPEG", exif=exif())
    path = tmp_path / "report.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", _DOCUMENT)
        archive.writestr("docProps/core.xml", _CORE)
        archive.writestr("word/_rels/settings.xml.rels", _LINK)
        archive.writestr("word/media/image1.jpg", picture.getvalue())
    text = told(path)
    for value in (NAME, "Lucía Ortega", NUMBER, "1961-05-30", "lortega", MAIL):
        assert value in text
    assert not any(word in text for word in ("Hunter", "Wells", "May-"))
    copy = whole(cleaned(path, tmp_path / "out"))
    assert holds(copy, "Agni", "eszka", "Wrona", "Ortega", "7731204", "1961-05-30", "lortega", MAIL) == []
    with zipfile.ZipFile(copy) as archive:
        assert archive.testzip() is None
        document = archive.read("word/document.xml").decode()
        assert "Hunter medium and May-Grünwald were used; Wells H12." in document
        assert document.count("<w:r>") == _DOCUMENT.count("<w:r>")
        assert "Protocol" in archive.read("docProps/core.xml").decode()


def test_pdf_without_pages_that_tell(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": STAFF, "/Title": "Protocol"})
    writer.add_annotation(0, Text(text=f"ask {MAIL}", rect=(1, 1, 9, 9), title_bar="Lucia Ortega"))
    writer.add_attachment("Wrona_Agnieszka.txt", f"Patient: {NAME}\n{NUMBER}\n".encode())
    first, path = tmp_path / "first.pdf", tmp_path / "report.pdf"
    writer.write(first)
    later = PdfWriter(first, incremental=True)
    later.metadata = {"/Title": "Protocol"}
    later.write(path)
    text = told(path)
    for value in (STAFF, "Lucia Ortega", MAIL, NAME, NUMBER, "Wrona_Agnieszka"):
        assert value in text
    assert Kind.HIDDEN in {kind for _text, kind in found(path)}
    copy = whole(cleaned(path, tmp_path / "out"))
    assert holds(copy, "Sato", "Ortega", "kinder", "Wrona", "7731204") == []
    reader = PdfReader(copy)
    assert len(reader.pages) == 1
    assert (reader.metadata or {})["/Title"] == "Protocol"


def test_pdf_whose_page_tells_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    page = b"BT /F1 12 Tf 20 100 Td (Patient name: Agnieszka Wrona) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s endobj\n" % (n, o) for n, o in enumerate(objects, 1))
    path.write_bytes(body + b"trailer<</Root 1 0 R>>\n%%EOF\n")
    findings = [f for f in examine.file(path, path.name).findings if f.evidence == NAME]
    assert findings
    assert findings[0].remedies == ()
    result = clean(path, tmp_path / "out" / path.name, findings, PUBLIC)
    assert result.path is None
    assert [p.code for p in result.problems] == ["privacy.clean.no-remedy"]


def test_locked_pdf_is_said_to_be_locked(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(9, 9)
    writer.encrypt("secret")
    path = tmp_path / "a.pdf"
    writer.write(path)
    assert remarks.encrypted("a.pdf") in examine.file(path, "a.pdf").not_checked


def test_pdf_says_nothing_of_its_content_in_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/Wrona " + b"garbage (Agnieszka Wrona" * 20)
    examine.file(path, "a.pdf")
    assert "Wrona" not in caplog.text


def test_rich_text(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times New Roman;}}{\info{\author Luc\'eda Ortega}}\pard "
        rb"Patient name: {\b Agnie}szka Wrona\par Hunter medium\par Patient: \u321?ukasz \u379?ak\par}"
    )
    assert [t for t, _k in found(path)] == ["Lucía Ortega", NAME, "Łukasz Żak"]
    copy = whole(cleaned(path, tmp_path / "out"))
    assert holds(copy, "Ortega", "Agnie", "Wrona", "321", "379") == []
    assert b"Hunter medium\\par" in copy.read_bytes()


def test_old_office_document_tells_its_authors(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "data" / "privacy" / "everyday" / "old.xls"
    assert "Beatrix Lindqvist" in told(source)
    copy = whole(cleaned(source, tmp_path / "out"))
    assert holds(copy, "Beatrix Lindqvist", "blindqvist", "+49 30 901820") == []
    assert copy.stat().st_size == source.stat().st_size


def test_locked_documents_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", os.urandom(500))
        archive.writestr(
            "META-INF/manifest.xml", "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
        )
    assert remarks.encrypted("a.odt") in examine.file(path, "a.odt").not_checked


def test_drawing_with_a_picture_inside(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.fromarray(PIXELS).save(picture, "JPEG", comment=f"by {STAFF}".encode())
    letters = base64.b64encode(picture.getvalue()).decode()
    path = tmp_path / "a.svg"
    path.write_text(
        f'<svg xmlns:inkscape="i" inkscape:export-filename="C:\\Users\\hsato\\fig.png"><desc>Patient: {NAME}</desc>'
        f'<path d="M 0 0 L 1 1"/><image href="data:image/jpeg;base64,{letters}"/><text>10 µm</text></svg>',
        "utf-8",
    )
    for value in (NAME, "hsato", STAFF):
        assert value in told(path)
    text = whole(cleaned(path, tmp_path / "out")).read_text("utf-8")
    assert not any(value in text for value in ("Wrona", "hsato"))
    assert '<path d="M 0 0 L 1 1"/>' in text
    assert "10 µm" in text
    inner = base64.b64decode(text.split("base64,")[1].split('"')[0])
    assert b"Sato" not in inner
    with Image.open(io.BytesIO(inner)) as new:
        new.load()


# --- archives --------------------------------------------------------------------------------------------------------


def test_archives_in_archives(tmp_path: Path) -> None:
    book, inner, path = tmp_path / "list.xlsx", tmp_path / "inner.zip", tmp_path / "outer.zip"
    _workbook(book)
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(book, "in/list.xlsx")
        archive.writestr("MRN-7731204/notes.txt", f"Patient: {NAME}\nHunter medium\n")
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = MAIL.encode()
        archive.write(inner, "sub/inner.zip")
        archive.writestr("plain.txt", "nothing here")
    for value in ("7731204", NAME, "Lindqvist", MAIL, "MRN-7731204"):
        assert value in told(path)
    copy = whole(cleaned(path, tmp_path / "out"))
    with zipfile.ZipFile(copy) as archive:
        assert archive.read("plain.txt") == b"nothing here"
        assert archive.comment == b""
        sub = tmp_path / "sub.zip"
        sub.write_bytes(archive.read("sub/inner.zip"))
    assert holds(sub, "7731204", "Wrona") == []
    with zipfile.ZipFile(sub) as archive:
        assert any(b"Hunter medium" in archive.read(n) for n in archive.namelist())


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_tar_files(packing: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.tar" + (f".{packing}" if packing else ""))
    with tarfile.open(path, f"w:{packing}") as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo("d/readme.txt")
        body = f"mail {MAIL}\n".encode()
        info.size, info.uname, info.gname = len(body), "blindqvist", "imaging"
        archive.addfile(info, io.BytesIO(body))
    assert {MAIL, "blindqvist"} <= {t for t, _k in found(path)}
    copy = whole(cleaned(path, tmp_path / "out"))
    with tarfile.open(copy, "r:*") as archive:
        member = archive.getmembers()[0]
        assert (member.name, member.uname) == ("d/readme.txt", "")
        content = archive.extractfile(member)
        assert content is not None
        assert MAIL.encode() not in content.read()


def test_packed_table_loses_the_name_in_its_head(tmp_path: Path) -> None:
    path = tmp_path / "list.csv.gz"
    with path.open("wb") as raw, gzip.GzipFile("Agnieszka_Wrona.csv", "wb", fileobj=raw) as packed:
        packed.write(b"patient_name,mrn,stain\nWrona,7731204,DAPI\n")
    copy = whole(cleaned(path, tmp_path / "out"))
    assert holds(copy, "Wrona", "7731204") == []
    assert b"DAPI" in gzip.decompress(copy.read_bytes())


def test_locked_members_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x" * 50)
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(mark) + at] |= 1
    path.write_bytes(raw)
    assert remarks.encrypted("a.zip") in examine.file(path, "a.zip").not_checked


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bin", bytes(100 << 20))
        for number in range(6000):
            archive.writestr(f"d/{number}", b"")
    begin = time.monotonic()
    found_there = examine.file(path, "bomb.zip")
    assert remarks.limits("bomb.zip") in found_there.not_checked
    assert time.monotonic() - begin < 60


@pytest.mark.parametrize("head", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0"])
def test_archives_that_nothing_opens_are_said(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(head + bytes(200))
    assert examine.file(path, "a.bin").not_checked == (remarks.no_unpacker("a.bin"),)


# --- what systems leave ----------------------------------------------------------------------------------------------


def _office_lock(name: str) -> bytes:
    plain = (bytes([len(name)]) + name.encode()).ljust(55, b" ")
    return plain + bytes([len(name), 0]) + name.encode("utf-16-le").ljust(105, b"\0")


def _shortcut() -> bytes:
    head = bytes.fromhex("4c0000000114020000000000c000000000000046") + struct.pack("<I", 2 | 4 | 0x80) + bytes(52)
    target, volume = b"C:\\Users\\awrona\\a.tif\0", struct.pack("<IIII", 20, 3, 1, 16) + b"DATA\0"
    at = 28 + len(volume)
    info = struct.pack("<7I", at + len(target) + 1, 28, 1, 28, at, 0, at + len(target)) + volume + target + b"\0"
    words = "Slides of Agnieszka Wrona"
    tracker = struct.pack("<IIII", 96, 0xA0000003, 88, 0) + b"labpc-17".ljust(16, b"\0") + bytes(64)
    return head + info + struct.pack("<H", len(words)) + words.encode("utf-16-le") + tracker + bytes(4)


def _apple_double() -> bytes:
    name = b"com.apple.metadata:kMDItemWhereFroms\0"
    value = plistlib.dumps(["https://cloud.kinder.example/w.zip", f"{STAFF} <{MAIL}>"], fmt=plistlib.FMT_BINARY)
    where = 300
    entry = struct.pack(">IIHB", where, len(value), 0, len(name)) + name
    attributes = b"ATTR" + bytes(16) + bytes(12) + struct.pack(">HH", 0, 1) + entry
    head = b"\0\5\x16\7\0\2\0\0" + b"Mac OS X".ljust(16) + struct.pack(">H", 1) + struct.pack(">III", 9, 38, 700)
    return (head + bytes(34) + attributes).ljust(where, b"\0") + value


def _finder() -> bytes:
    name = "Agnieszka Wrona"
    record = struct.pack(">I", len(name)) + name.encode("utf-16-be") + b"Ilocblob" + struct.pack(">I", 16) + bytes(16)
    return b"\0\0\0\1Bud1" + bytes(100) + record + bytes(50)


LEFT = {
    ".~lock.list.odt#": (f"{NAME},awrona,LABPC-17,14.02.2024 10:11,file:///home/awrona/.c;".encode(), {NAME, "awrona"}),
    "~$list.docx": (_office_lock(STAFF), {STAFF}),
    "desktop.ini": ("[.ShellClassInfo]\r\nInfoTip=Agnieszka Wrona slides\r\n".encode("utf-16"), {NAME}),
    "a.tif.Zone.Identifier": (
        b"[ZoneTransfer]\r\nHostUrl=https://pacs.kinder.example/7\r\n",
        {"https://pacs.kinder.example/7"},
    ),
    "s.lnk": (_shortcut(), {"C:\\Users\\awrona\\a.tif", NAME, "labpc-17"}),
    "._a.tif": (_apple_double(), {"https://cloud.kinder.example/w.zip", STAFF, MAIL}),
    ".DS_Store": (_finder(), {NAME}),
    "x.webloc": (plistlib.dumps({"URL": "https://a.example/1"}, fmt=plistlib.FMT_BINARY), {"https://a.example/1"}),
    ".a.txt.swp": (b"b0VIM 8.2".ljust(28, b"\0") + b"awrona".ljust(40, b"\0") + bytes(5000), {"awrona"}),
    "m.eml": (f"From: {STAFF} <{MAIL}>\r\nSubject: x\r\n\r\nPatient: {NAME}\r\n".encode(), {STAFF, MAIL, NAME}),
}


@pytest.mark.parametrize("name", LEFT, ids=lambda n: n.replace("\\", ""))
def test_leftovers_tell_and_have_no_remedy(name: str, tmp_path: Path) -> None:
    raw, values = LEFT[name]
    path = tmp_path / name
    path.write_bytes(raw)
    findings = examine.file(path, name).findings
    assert values <= {f.evidence for f in findings}
    assert all(f.remedies == () for f in findings)


def test_git_folder_tells_who_committed(tmp_path: Path) -> None:
    folder = tmp_path / ".git" / "objects" / "ab"
    folder.mkdir(parents=True)
    path = folder / "cdef"
    path.write_bytes(zlib.compress(f"commit 99\0tree a\nauthor {STAFF} <{MAIL}> 1 +0900\n\nmsg".encode()))
    assert {STAFF, MAIL} <= {t for t, _k in found(path)}


def test_database_names_its_cells_by_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute('CREATE TABLE "pa""tients" (patient_name TEXT, dob TEXT, stain TEXT)')
        base.execute('INSERT INTO "pa""tients" VALUES (?, ?, ?)', ("Wrona, Agnieszka", "1948-02-09", "May-Grünwald"))
    assert [t for t, _k in found(path)] == ["Wrona, Agnieszka", "1948-02-09"]


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="this system's Python has no extended attributes")
def test_attributes_beside_a_file_are_information(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("nothing")
    try:
        os.setxattr(path, "user.xdg.origin.url", b"https://pacs.kinder.example/x")
        os.setxattr(path, "user.comment", f"from {MAIL}".encode())
    except OSError:
        pytest.skip("this disk keeps no extended attributes")
    findings: tuple[Finding, ...] = examine.file(path, "a.txt").findings
    assert {f.evidence for f in findings} == {"https://pacs.kinder.example/x", MAIL}
    assert {f.level for f in findings} == {Level.INFO}
    assert {f.subject for f in findings} == {Subject.STAFF}
    assert not any(map(PUBLIC.wants, findings))


# --- unknown files ---------------------------------------------------------------------------------------------------


def test_unknown_file_is_searched_in_all_scripts(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).bytes(300_000)
    planted = [
        b"\0Patient name: Agnieszka Wrona\0",
        "Patient: Łukasz Żak".encode("utf-16-le") + b"\0\0",
        b"\0DOB: 1948-02-09\0",
        b"\0C:\\Users\\hsato\\x.dat\0",
        b"\0May-Grunwald and Hunter medium\0",
    ]
    path = tmp_path / "a.xyz"
    path.write_bytes(b"".join(noise[n * 50_001 : (n + 1) * 50_001] + p for n, p in enumerate(planted)))
    texts = {t for t, _k in found(path)}
    assert {NAME, "Łukasz Żak", "1948-02-09", "C:\\Users\\hsato\\x.dat"} == texts


def test_unknown_file_is_searched_for_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(bytes(range(256)) * 100 + b"\0 seen with Wrona today\0" + bytes(9))
    known = known_from([(Kind.PATIENT_NAME, NAME)])
    assert not examine.file(path, "a.xyz").findings
    assert examine.file(path, "a.xyz", known).findings


def test_noise_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(np.random.default_rng(9).bytes(4 << 20))
    known = known_from([(Kind.PATIENT_NAME, "Sato Haruki"), (Kind.PATIENT_NUMBER, NUMBER)])
    result = fallback.UNKNOWN.run(path, "a.xyz", known)
    assert result.findings == ()
    assert result.not_checked == (remarks.pieces("a.xyz"),)


def test_middle_of_a_long_unknown_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallback, "WHOLE", 20_000)
    path = tmp_path / "a.xyz"
    path.write_bytes(bytes(30_000) + b"Patient: Agnieszka Wrona\0" + bytes(30_000) + b"mail " + MAIL.encode() + b"\0")
    result = fallback.UNKNOWN.run(path, "a.xyz")
    assert [f.evidence for f in result.findings] == [MAIL]
    assert result.not_checked == (remarks.middle("a.xyz"),)
