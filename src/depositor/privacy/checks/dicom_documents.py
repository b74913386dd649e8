"""Whole documents inside of a DICOM file: reports (PDF, CDA), surfaces (STL, OBJ) with their names and comments."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import nested, remarks
from depositor.privacy.checks.dicom_spots import PROFILE
from depositor.privacy.dicom.elements import Element
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import Known
from depositor.privacy.texts import forms
from depositor.privacy.words import labels

MIME_TYPE = 0x00420012
_ENDINGS = {
    "application/pdf": ".pdf",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "text/plain": ".txt",
    "text/html": ".html",
}
_MOST_PACKED = 16 * 1024 * 1024
_LABELLED = ("Author", "Title", "Subject", "Keywords")
_PROGRAMS = ("Creator", "Producer")
EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def spots(element: Element, mime: str, shown: str, left: list[NotChecked]) -> Iterator[Spot]:
    """The document itself, and the pieces of text in a PDF: old versions and hidden layers stay in its bytes."""
    raw = element.raw
    if not raw.strip(b"\0\n ") or raw.rstrip(b"\0\n") == EMPTY_PDF.rstrip(b"\n"):
        return
    if not element.whole:
        left.append(remarks.too_long(shown, len(raw) // 1024**2))
    yield from _clinical(raw, element.location)
    lines: list[str] = []
    if raw.startswith(b"%PDF"):
        lines, missed = _pieces(raw)
        if missed:
            left.append(remarks.inner(shown))
    yield Spot(element.location, "", f"{mime or 'document'}, {len(raw)} bytes", Kind.DOCUMENT, PROFILE)
    for number, line in enumerate(lines):
        label, sep, value = line.partition(": ")
        if sep and label in _PROGRAMS:
            continue
        label = label if label in _LABELLED else _of_patient(label)
        known_label = bool(sep and label)
        place = f"{element.location}:text:{number}"
        yield Spot(place, label if known_label else "", value if known_label else line, None, PROFILE, medical=True)


def _of_patient(label: str) -> str:
    """What a report calls a field in which a patient stands ("Name", "Nombre"): it is about nobody else."""
    told = labels.kind_of(label) or labels.kind_of(f"patient {label}")
    return f"patient {label}" if told in (Kind.PATIENT_NAME, Kind.PATIENT_NUMBER) else ""


# What the fields of a clinical document hold, by the end of their path. Source: HL7 CDA release 2, header.
_CLINICAL: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"/patientRole\[\d+\]/id\[\d+\]/@extension"), Kind.PATIENT_NUMBER),
    (re.compile(r"/birthTime\[\d+\]/@value"), Kind.BIRTH_DATE),
    (re.compile(r"/(?:patient|guardianPerson|subject)\[\d+\]/name\[\d+\].*"), Kind.PATIENT_NAME),
    (re.compile(r"/(?:patientRole|guardian)\[\d+\]/(?:addr|telecom)\[\d+\].*"), Kind.PATIENT_CONTACT),
    (re.compile(r"/\w+Person\[\d+\]/name\[\d+\].*"), Kind.STAFF_NAME),
    (re.compile(r"/\w*[oO]rganization\[\d+\]/name\[\d+\]"), Kind.INSTITUTION),
)


def _clinical(raw: bytes, location: str) -> Iterator[Spot]:
    """The header of a clinical document (CDA): its fields say who is the patient and who wrote it."""
    if b"ClinicalDocument" not in raw[:4096]:
        return
    for part in forms.xml(raw.decode("utf-8", "replace")):
        kind = next((k for path, k in _CLINICAL if path.search(part.location)), None)
        text = part.text.removeprefix("tel:").removeprefix("mailto:").strip()
        if kind is not None and text:
            yield Spot(f"{location}:{part.location}", "", text, kind, PROFILE, medical=True)


def inside(element: Element, mime: str, shown: str, known: Known) -> Examination:
    """What the check for its own kind finds in a document."""
    if not element.raw.strip(b"\0\n ") or element.raw.rstrip(b"\0\n") == EMPTY_PDF.rstrip(b"\n"):
        return Examination()
    raw = element.raw[:-1] if element.raw.endswith(b"\0") else element.raw  # padded to an even length
    with nested.room() as folder:
        path = nested.place_for(folder, f"document{_ENDINGS.get(mime.lower()) or _ending(raw)}")
        path.write_bytes(raw)
        return nested.Outer("dicom", shown, PROFILE).look(path, element.location, known)


def _ending(raw: bytes) -> str:
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return ".xml"
    return ".txt" if raw[:4096].isascii() and b"\0" not in raw[:4096] else ".bin"


def _pieces(raw: bytes) -> tuple[list[str], bool]:
    """Text literals of all parts, packed ones included, and whether one could not be unpacked.

    Text drawn glyph by glyph is not joined here; the check for PDF does that.
    """
    pieces, missed, room = [raw[:_MOST_PACKED]], b"/Encrypt" in raw, _MOST_PACKED
    for match in re.finditer(rb"stream\r?\n", raw):
        body = raw[match.end() : raw.find(b"endstream", match.end())]
        if b"FlateDecode" not in raw[max(0, match.start() - 400) : match.start()]:
            continue
        try:
            piece = zlib.decompressobj().decompress(body, max(room, 1))
        except zlib.error:
            missed = True
            continue
        room -= len(piece)
        pieces.append(piece)
        if room <= 0:
            missed = True
            break
    return list(dict.fromkeys(line for piece in pieces for line in _literals(piece))), missed


_LITERAL = re.compile(rb"(/\w+)?\s*(?:\(((?:[^()\\]|\\.)*)\)|<((?:[0-9A-Fa-f]{2}\s*){3,})>)")


def _literals(piece: bytes) -> Iterator[str]:
    for literal in _LITERAL.finditer(piece):
        text = _literal(literal)
        label = (literal[1] or b"").decode("latin-1").lstrip("/")
        if re.search(r"[^\W_]{2}", text) and label != "ID":
            yield f"{label}: {text}" if label else text


def _literal(match: re.Match[bytes]) -> str:
    raw = bytes.fromhex(match[3].decode("ascii")) if match[3] else re.sub(rb"\\([()\\])", rb"\1", match[2] or b"")
    return raw.decode("utf-16-be" if raw.startswith(b"\xfe\xff") else "latin-1", "replace").lstrip("\ufeff")
