"""A file's texts as another library reads them, for the second look at a cleaned copy.

Not the readers of the checks: a fault of those must not hide what it left. Every reader here may fail on a file that it
does not know; then it tells nothing, and the search in the raw bytes stands alone.
"""

from __future__ import annotations

import gzip
import html
import io
import itertools
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

UNPACKED = 64 * 1024 * 1024  # bytes that are unpacked of one part
SMALL = 32 * 1024 * 1024  # files up to this size are searched for packed streams of any kind, and read as text
_MOST = 5000  # members, pages, attributes
_LONG = 1_000_000  # characters of one value
_STREAM = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


def unpacked(file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """(place, bytes) of packed parts: gzip, members of archives, deflated chunks of PNG and PDF."""
    head = _head(file, 512)
    try:
        if head[:2] == b"\x1f\x8b":
            file.seek(0)
            yield "unpacked", io.BytesIO(gzip.GzipFile(fileobj=file).read(UNPACKED))
        elif head[:4] in (b"PK\3\4", b"PK\5\6"):
            yield from _members(file)
        elif head[257:262] == b"ustar":
            yield from _tar_members(file)
        elif head[:4] == b"\x89PNG" or head[:5] == b"%PDF-":
            yield from _streams(file)
    except Exception:  # a foreign reader on a strange file: the raw bytes are searched all the same
        return


def _members(file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(file) as archive:
        names = "\n".join(archive.namelist()) + archive.comment.decode("latin-1")
        yield "names of members", io.BytesIO(names.encode("utf-8", "replace"))
        for number, member in enumerate(archive.infolist()[:_MOST]):
            with archive.open(member) as inner:
                yield f"member {number + 1}", io.BytesIO(inner.read(UNPACKED))


def _tar_members(file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for number, member in enumerate(itertools.islice(archive, _MOST)):
            owner = f"{member.uname}\n{member.gname}\n{member.linkname}".encode("utf-8", "replace")
            yield f"member {number + 1}", io.BytesIO(owner)


def _streams(file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    raw = _all(file)
    for number, match in enumerate(itertools.islice(_STREAM.finditer(raw), _MOST)):
        try:
            yield (
                f"packed part {number + 1}",
                io.BytesIO(zlib.decompressobj().decompress(raw[match.start() :], 1 << 22)),
            )
        except zlib.error:
            continue


def texts(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """(place, text) of the values that another library decodes."""
    head = _head(file, 512)
    for knows, read in _READERS:
        if knows(head):
            try:
                file.seek(0)
                yield from read(file)
            except Exception:  # as above
                return
            return


def _dicom(file: BinaryIO) -> Iterator[tuple[str, str]]:
    import pydicom

    found = pydicom.dcmread(file, force=True, stop_before_pixels=True, defer_size=_LONG)
    for element in itertools.chain(found.file_meta, found.iterall()):
        if element.VR not in ("SQ", "OB", "OW", "OD", "OF", "OL", "OV"):
            yield str(element.tag), str(element.value)[:_LONG]


def _tiff(file: BinaryIO) -> Iterator[tuple[str, str]]:
    import tifffile

    with tifffile.TiffFile(file) as tiff:
        for number, page in enumerate(itertools.islice(iter(tiff.pages), _MOST)):
            for tag in getattr(page, "tags", ()):
                value = tag.value
                if isinstance(value, (str, bytes, dict)):
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    yield f"page {number + 1}, tag {tag.code}", html.unescape(text[:_LONG])


def _hdf5(file: BinaryIO) -> Iterator[tuple[str, str]]:
    import h5py

    found: list[tuple[str, str]] = []

    def visit(name: str, item: Any) -> bool | None:
        found.append((name, name))
        found.extend((name, _attribute(value)[:_LONG]) for _, value in itertools.islice(item.attrs.items(), 500))
        return True if len(found) > _MOST * 10 else None

    with h5py.File(file, "r") as opened:
        found.extend(("/", _attribute(value)[:_LONG]) for value in opened.attrs.values())
        opened.visititems(visit)
    yield from found


def _attribute(value: Any) -> str:
    """Imaris keeps texts as arrays of single characters."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if getattr(value, "dtype", None) is not None and value.dtype.kind == "S":
        return bytes(value.tobytes()).replace(b"\0", b"").decode("utf-8", "replace")
    return str(value)


def _picture(file: BinaryIO) -> Iterator[tuple[str, str]]:
    from PIL import Image

    with Image.open(file) as picture:
        for key, value in picture.info.items():
            yield str(key), (value.decode("latin-1") if isinstance(value, bytes) else str(value))[:_LONG]
        exif = picture.getexif()
        for block in (exif, exif.get_ifd(0x8769), exif.get_ifd(0x8825)):
            yield from ((f"EXIF {tag}", str(value)[:_LONG]) for tag, value in block.items())


def _pdf(file: BinaryIO) -> Iterator[tuple[str, str]]:
    from pypdf import PdfReader

    found = PdfReader(file)
    yield "document", str(dict(found.metadata or {}))
    for number, page in enumerate(itertools.islice(iter(found.pages), 200)):
        yield f"page {number + 1}", page.extract_text()[:_LONG]


def _text(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Text with its escapes read: ``&amp;`` of XML, ``\\u00e9`` of JSON."""
    raw = _all(file)
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    yield "text", html.unescape(text)
    if text.lstrip()[:1] in ("{", "["):
        yield "text", json.dumps(json.loads(text), ensure_ascii=False)


def _head(file: BinaryIO, count: int) -> bytes:
    file.seek(0)
    return file.read(count)


def _all(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(SMALL)


def _is_text(head: bytes) -> bool:
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or (b"\0" not in head and bool(head))


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO], Iterator[tuple[str, str]]]], ...] = (
    (lambda head: head[128:132] == b"DICM", _dicom),
    (lambda head: head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), _tiff),
    (lambda head: head[:8] == b"\x89HDF\r\n\x1a\n", _hdf5),
    (lambda head: head[:4] == b"\x89PNG" or head[:3] == b"\xff\xd8\xff" or head[:4] in (b"GIF8", b"RIFF"), _picture),
    (lambda head: head[:5] == b"%PDF-", _pdf),
    (_is_text, _text),
)
