"""DICOM: every attribute at every depth, after PS3.15 Table E.1-1, with preamble, file meta and private fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from depositor.draft.finding import NotChecked
from depositor.privacy import dicom_kinds, dicom_tree, judge, names, persons, runs
from depositor.privacy.checks import remarks
from depositor.privacy.dicom_tree import Node
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known

PROFILE = ("dicom-profile",)
_ENDINGS = frozenset({".dcm", ".dicom", ".ima"})
_META = {
    0x00020016: Kind.HOST,
    0x00020017: Kind.HOST,
    0x00020018: Kind.HOST,
    0x00020102: Kind.PRIVATE,
    0x00020003: Kind.UID,
}
_DUMMY_DATES = ("19000101", "190001010000", "000000")
_SCHEMES_OF_THE_FIELD = frozenset(
    {
        "SCT",
        "SRT",
        "SNM3",
        "DCM",
        "UCUM",
        "FMA",
        "LN",
        "RADLEX",
        "NCIT",
        "NCIt",
        "UMLS",
        "MSH",
        "ICD10",
        "CTV3",
        "ISO3166_1",
        "MDC",
        "SCPECG",
        "RFC5646",
        "UNS",
        "FDC",
        "NICIP",
        "PUBCHEM_CID",
    }
)
_TEXT_VALUE = 0x0040A160


class DicomCheck:
    """Reads headers only; what is drawn into pixels and overlays is named as not checked."""

    id = "dicom"

    def claims(self, path: Path, head: bytes) -> bool:
        if dicom_tree.looks_like(head):
            return True
        return names.suffix(path.name) in _ENDINGS or path.name.upper() == "DICOMDIR"

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        try:
            dataset = dicom_tree.read(path)
        except OSError:
            raise
        except Exception:  # pydicom raises many things on files that lie
            return Examination((), (remarks.damaged(shown),))
        left = [remarks.pixels(shown)] if _has_pixels(dataset) else []
        if not len(dataset):
            return Examination((), (remarks.damaged(shown),))
        spots = [*_preamble(dataset), *_file_meta(dataset), *elements(dataset, shown, left)]
        others = known.without(Kind.LINKED, Kind.LINKED_DATE)  # they were learnt from files like this one
        return Examination(judge.findings(self.id, shown, spots, others), tuple(left))


def _has_pixels(dataset: Any) -> bool:
    return any(tag in dataset for tag in dicom_tree.PIXELS)


def _preamble(dataset: Any) -> Iterator[Spot]:
    text = runs.readable(getattr(dataset, "preamble", None) or b"")
    if text:
        yield Spot("preamble", "", text, Kind.FREE_TEXT, PROFILE, medical=True)


def _file_meta(dataset: Any) -> Iterator[Spot]:
    for node in dicom_tree.walk(getattr(dataset, "file_meta", None) or {}):
        kind = _META.get(node.tag)
        if kind:
            yield Spot(node.location, node.keyword, _text(node.value), kind, PROFILE, medical=True)


def elements(dataset: Any, shown: str, left: list[NotChecked]) -> Iterator[Spot]:
    """What every element says, at every depth; parts that nobody looks at are added to ``left``."""
    private: Counter[str] = Counter()
    for node in dicom_tree.walk(dataset):
        if node.tag >> 24 in (0x50, 0x60) and node.tag & 0xFFFF == 0x3000:
            left.append(remarks.overlay(shown))
        elif node.tag == dicom_tree.DOCUMENT:
            yield from _document(node, shown, left)
        elif node.vr == "SQ":
            continue
        elif node.private:
            private[_creator(node)] += node.tag & 0xFFFF > 0xFF
            yield from _private(node)
        else:
            yield from _standard(node)
    for creator, count in private.items():
        if count:
            text = f"{creator}: {count}"
            yield Spot(f"private:{creator}", "", text, Kind.PRIVATE, PROFILE)


def _standard(node: Node) -> Iterator[Spot]:
    text = _text(node.value)
    if not text.strip("\\^= \0") or _is_dummy(text):
        return
    kind = dicom_kinds.kind(node.tag, node.vr)
    if node.tag == 0xFFFCFFFC:
        kind = Kind.FREE_TEXT if text else None
    if kind is None and dicom_kinds.is_text(node.vr) and node.tag not in dicom_kinds.TECHNICAL:
        kind = Kind.MAYBE_NAME if unusual(node, text) else None
    if kind is None and not dicom_kinds.is_text(node.vr):
        return
    yield Spot(node.location, node.keyword, text, kind, PROFILE, medical=node.tag not in dicom_kinds.TECHNICAL)


def unusual(node: Node, text: str) -> bool:
    """True for a text outside the profile's table with a word that could be a name."""
    if node.keyword == "CodeMeaning" and _scheme(node.dataset) in _SCHEMES_OF_THE_FIELD:
        return False
    return bool(persons.surnames_in(text))


def _scheme(dataset: Any) -> str:
    try:
        return str(dataset.get("CodingSchemeDesignator", "")).strip()
    except Exception:  # a value that cannot be decoded names no scheme
        return ""


def _private(node: Node) -> Iterator[Spot]:
    text = _text(node.value)
    if text and node.tag & 0xFFFF > 0xFF:
        yield Spot(node.location, "", text, Kind.PRIVATE, PROFILE, medical=True)


def _creator(node: Node) -> str:
    """The maker of a private block, as it names itself."""
    try:
        found = node.dataset.get(((node.tag >> 16), (node.tag & 0xFFFF) >> 8))
        return str(found.value) if found is not None else f"({node.tag >> 16:04X})"
    except Exception:  # an unreadable creator names nobody
        return f"({node.tag >> 16:04X})"


def _document(node: Node, shown: str, left: list[NotChecked]) -> Iterator[Spot]:
    """A report inside the file: the document itself is a finding, and so is what its text tells."""
    raw = bytes(node.value or b"")
    if not raw or raw.rstrip(b"\0\n") == EMPTY_PDF.rstrip(b"\n"):
        return
    text, missed = dicom_tree.pdf_text(raw) if raw.startswith(b"%PDF") else (runs.readable(raw, 1_000_000), False)
    if missed:
        left.append(remarks.inner(shown))
    yield Spot(node.location, "", text or f"{len(raw)} bytes", Kind.DOCUMENT, PROFILE)
    for number, line in enumerate(text.splitlines()):
        label, sep, value = line.partition(": ")
        known_label = sep and label in ("Author", "Creator", "Title", "Subject", "Keywords")
        if label in ("Creator", "Producer"):
            continue
        place = f"{node.location}:text:{number}"
        yield Spot(place, label if known_label else "", value if known_label else line, None, PROFILE, medical=True)


EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def _is_dummy(text: str) -> bool:
    return text.startswith(_DUMMY_DATES)


def _text(value: Any) -> str:
    """A value as a person would read it; of bytes the readable runs."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return runs.readable(value)
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        return "\\".join(str(v) for v in value)
    return str(value)


DICOM = DicomCheck()
