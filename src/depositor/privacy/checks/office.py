"""Office documents (docx, xlsx, pptx, odt, ods, odp): texts, cells, properties, comments, changes, links, pictures."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from depositor.privacy import judge
from depositor.privacy.checks import nested, office_text, remarks, sheets
from depositor.privacy.checks.archives import BROKEN, is_bomb
from depositor.privacy.checks.nested import Budget, Outer
from depositor.privacy.checks.office_text import Bit
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Mark, Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, forms
from depositor.privacy.texts.forms import Part

ENDINGS = (
    *(".docx", ".docm", ".dotx", ".dotm", ".xlsx", ".xlsm", ".xltx", ".xltm", ".pptx", ".pptm", ".potx", ".ppsx"),
    *(".odt", ".ods", ".odp", ".odg", ".ott", ".ots", ".otp", ".vsdx"),
)
BLANK = 1000  # bytes: a preview of this size or less shows nothing
LONGEST = 32 << 20  # bytes of one part that are read
_LAYOUT = re.compile(
    r"(?:theme\d*|styles|stylesWithEffects|fontTable|numbering|webSettings|tableStyles|presProps|viewProps|calcChain"
    r"|\[Content_Types\]|sheetMetadata|colors\d*|quickStyle\d*|layout\d*|slideLayout\d+|META-INF/manifest)\.xml$"
)
_PICTURE = re.compile(r"(?:/media/|^Pictures/|/embeddings/|^Object |^media/|customUI/images)")
_THUMBNAIL = re.compile(r"^(?:docProps/thumbnail\.\w+|Thumbnails/thumbnail\.png)$", re.IGNORECASE)
_PROGRAMS = frozenset(
    {
        *("openpyxl", "xlsxwriter", "python-docx", "python-pptx", "apache poi", "docx4j", "exceljs", "pandoc", "calc"),
        *("writer", "impress", "microsoft office user", "libreoffice", "openoffice", "rmarkdown", "phpspreadsheet"),
        *("microsoft excel", "microsoft office word", "microsoft office powerpoint", "epplus", "closedxml", "user"),
    }
)  # written where an author's name belongs
_CHANGES = re.compile(r"<(?:w:(?:ins|del|moveFrom|moveTo)\s|text:changed-region[\s>])")


@dataclass(slots=True)
class Document:
    """What was read of a document: its parts as text, and the bits of all of them."""

    shown: str
    texts: dict[str, str] = field(default_factory=dict)
    bits: list[Bit] = field(default_factory=list)
    others: list[zipfile.ZipInfo] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    cut_off: bool = False
    locked: bool = False


class OfficeCheck:
    """Reads every part that a person may have written into; pictures inside go to the checks of their kind."""

    id = "office"

    def claims(self, path: Path, head: bytes) -> bool:
        if head[:4] != b"PK\x03\x04":
            return False
        by_name = path.name.lower().endswith(ENDINGS)
        return by_name or b"[Content_Types].xml" in head[:128] or b"mimetypeapplication/vnd.oasis" in head[:128]

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        left = [remarks.inner_pictures(shown)]
        try:
            with zipfile.ZipFile(path) as archive, nested.room() as room:
                document = read(archive, shown)
                inner = list(_pictures(archive, document, room, known))
        except BROKEN:
            return Examination((), (remarks.damaged(shown),))
        left += [remarks.limits(shown)] if document.cut_off else []
        left += [remarks.encrypted(shown)] if document.locked else []
        found = judge.findings(self.id, shown, [*spots_of(document.bits), *_asides(document)], known)
        if not any(_PICTURE.search(i.filename) for i in document.others):
            left.remove(remarks.inner_pictures(shown))
        return nested.together([Examination(found, tuple(left)), *inner])


def read(archive: zipfile.ZipFile, shown: str) -> Document:
    """All parts of a document as far as limits allow."""
    document = Document(shown)
    budget = Budget(members=20_000, all_bytes=256 << 20)
    for info in archive.infolist():
        if info.flag_bits & 1:
            document.locked = True
        elif not _is_text(info.filename):
            document.others.append(info)
        elif not budget.take() or info.file_size > LONGEST or is_bomb(info):
            document.cut_off = True
        else:
            with archive.open(info) as part:
                raw = part.read(LONGEST)
            budget.all_bytes -= len(raw)
            document.texts[info.filename] = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8",
                                                       "replace")  # fmt: skip
    document.locked |= "encryption-data" in document.texts.get("META-INF/manifest.xml", "")
    document.bits = [] if document.locked else list(_bits(document))
    document.hidden = list(_hidden(document.texts))
    return document


def _is_text(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels", ".vml", ".rdf")) and not _PICTURE.search(name)


def _bits(document: Document) -> Iterator[Bit]:
    texts = document.texts
    shared = sheets.strings(texts.get(sheets.SHARED, ""))
    dates = sheets.date_styles(texts.get(sheets.STYLES, ""))
    told: set[tuple[tuple[int, int, str], ...]] = set()
    for part, text in texts.items():
        if part == sheets.SHARED or _LAYOUT.search(part):
            continue
        if re.match(r"xl/worksheets/[^/]+\.xml$", part):
            listed = sheets.cells(part, text, shared, dates)
            told.update(bit.segments for bit in listed if bit.part == sheets.SHARED)
            yield from listed
            yield from _around_cells(part, text)
        else:
            yield from office_text.bits(part, text)
    yield from (bit for bit in shared if bit.segments and bit.segments not in told)


def _around_cells(part: str, text: str) -> Iterator[Bit]:
    """Headers, footers and links of a sheet: everything but its cells."""
    start, end = text.find("<sheetData"), text.rfind("</sheetData>")
    if start < 0 or end < start:
        return
    yield from office_text.bits(part, text[:start] + " " * (end - start) + text[end:])


def _hidden(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(place, what is hidden there)."""
    for part, text in texts.items():
        if part == "xl/workbook.xml":
            for sheet in re.finditer(r"<(?:\w+:)?sheet\s[^<>]*?\bstate=\"(?:hidden|veryHidden)\"", text):
                name = re.search(r"\bname=\"([^\"]*)\"", sheet[0])
                yield part, f"sheet {name[1] if name else '?'}"
        elif part.startswith("xl/worksheets/"):
            yield from ((part, what) for what in sheets.hidden(text)[:1])
        elif re.match(r"ppt/slides/slide\d+\.xml$", part) and re.search(r"<p:sld\s[^<>]*\bshow=\"0\"", text):
            yield part, "slide"
        if changes := len(_CHANGES.findall(text)):
            yield part, f"{changes} tracked changes"


def is_preview(name: str) -> bool:
    """True for the small picture of the first page that office programs keep."""
    return _THUMBNAIL.match(name) is not None


def _asides(document: Document) -> list[Spot]:
    """Hidden things and previews: a person decides about them."""
    spots = [Spot(place, "", what, Kind.HIDDEN) for place, what in document.hidden]
    for info in document.others:
        if is_preview(info.filename) and info.file_size > BLANK:
            spots.append(Spot(info.filename, "", f"preview picture, {info.file_size} bytes", Kind.PREVIEW_PICTURE))
    return spots


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bit that is judged: ``start`` is its place in the bit's text."""

    bit: Bit
    start: int
    spot: Spot


def pieces(bits: Iterable[Bit]) -> list[Piece]:
    """Bits cut into lines of ``key: value``; cells and named fields stay whole."""
    out: list[Piece] = []
    for bit in bits:
        if bit.text.strip().casefold() in _PROGRAMS:
            continue
        for part in documents.parts_of(bit.text, forms.lines if not bit.label else _whole(bit)):
            label = part.label or bit.label
            out.append(Piece(bit, part.start, Spot(f"{bit.part}:{bit.location}", label, part.text, bit.kind)))
    return out


def _whole(bit: Bit) -> forms.Form:
    def form(text: str) -> Iterator[Part]:
        if text.strip():
            yield Part(bit.location, bit.label, text, 0, len(text), lambda new: new)

    return form


def spots_of(bits: Iterable[Bit]) -> list[Spot]:
    return [piece.spot for piece in pieces(bits)]


def marks(document: Document, known: Known) -> list[tuple[Piece, list[Mark]]]:
    """What the bits of a document hold, with the same keys as the findings of :class:`OfficeCheck`."""
    listed = pieces(document.bits)
    marked = judge.marks("office", document.shown, [p.spot for p in listed] + _asides(document), known)
    return [(piece, found) for piece, (_spot, found) in zip(listed, marked, strict=False)]


def _pictures(archive: zipfile.ZipFile, document: Document, room: Path, known: Known) -> Iterator[Examination]:
    """Pictures, embedded documents and printer settings."""
    outer, budget = Outer("office", document.shown), Budget(members=2000)
    for info in document.others:
        if info.is_dir() or not budget.take() or is_bomb(info):
            continue
        if nested.too_deep():
            yield Examination((), (remarks.archive(document.shown),))
            return
        path = nested.place_for(room, info.filename)
        with archive.open(info) as source:
            budget.copy(source, path)
        found = outer.look(path, info.filename, known)
        path.unlink()
        keep = tuple(r for r in found.not_checked if r.why.id != "privacy.not-checked.pixels")
        yield Examination(found.findings, keep if _PICTURE.search(info.filename) else ())
    if budget.spent:
        yield Examination((), (remarks.limits(document.shown),))


OFFICE = OfficeCheck()
