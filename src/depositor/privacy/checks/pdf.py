"""PDF: properties, XMP, attachments, notes, form fields, the text on the pages, pictures, and earlier versions.

Source: ISO 32000-2. A file that is changed by appending keeps all that stood in it before.
"""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.finding import NotChecked
from depositor.privacy import judge
from depositor.privacy.checks import grid, nested, remarks
from depositor.privacy.checks.fallback import UNKNOWN
from depositor.privacy.checks.nested import Budget, Outer
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, forms

if TYPE_CHECKING:
    from pypdf import PdfReader

LARGEST = 256 << 20  # bytes of a file that is read
MOST_PAGES = 500
MOST_PICTURES = 100
SECONDS = 45.0
_MOST_LAID_OUT = 50_000  # characters of a page whose tables are looked for
PAGE, INFO, NOTE, FIELD, FILE, PICTURE, OLD = "page", "info", "note", "field", "attachment", "picture", "version"
_END = re.compile(rb"%%EOF[\r\n \t]*")
_TABLE_LOST = b"\nstartxref\n0\n%%EOF\n"  # has the library look for the objects itself
_LABELS = {
    "/Author": "author",
    "/Title": "title",
    "/Subject": "subject",
    "/Keywords": "keywords",
    "/Creator": "",
    "/Producer": "",
}


@dataclass(slots=True)
class Content:
    """What was read of one PDF: ``spots`` with a remedy, ``fixed`` ones without, and files inside."""

    spots: list[Spot] = field(default_factory=list)
    fixed: list[Spot] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    left: list[NotChecked] = field(default_factory=list)


class PdfCheck:
    """Pages are read as text where they hold text; text in pictures is named as not checked."""

    id = "pdf"

    def claims(self, path: Path, head: bytes) -> bool:
        return b"%PDF-" in head[:1024]

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        if path.stat().st_size > LARGEST:
            return _raw(path, shown, known, [remarks.limits(shown)])
        raw = path.read_bytes()
        content = read(raw, shown)
        content.spots += list(earlier(raw, shown, content))
        outer = Outer(self.id, shown)
        parts = [_judged(content, shown, known), *_inside(content, outer, known)]
        parts.append(_raw(path, shown, known, []))
        return nested.together(parts)


def _judged(content: Content, shown: str, known: Known) -> Examination:
    """Both sorts of spots are judged together, so that a name in the properties is found on the pages."""
    found = judge.findings("pdf", shown, [*content.spots, *content.fixed], known)
    fixed = tuple(replace(f, remedies=()) if is_fixed(f.location) else f for f in found)
    return Examination(fixed, tuple(content.left))


def is_fixed(location: str | None) -> bool:
    """True for what stands on the pages themselves: it cannot be taken out without drawing them anew."""
    return (location or "").startswith((PAGE, "outline"))


def _raw(path: Path, shown: str, known: Known, left: list[NotChecked]) -> Examination:
    """What can be read in the bytes themselves, whatever version of the document they belong to."""
    outer = Outer("pdf", shown)
    found = tuple(outer.own(f, f.location or "") for f in UNKNOWN.run(path, shown, known).findings)
    return Examination(found, tuple(left))


def _inside(content: Content, outer: Outer, known: Known) -> Iterator[Examination]:
    budget = Budget(members=MOST_PICTURES)
    if nested.too_deep():
        return
    with nested.room() as room:
        for name, raw in content.files:
            if name.startswith(FILE):
                yield Examination(tuple(replace(f, location=name) for f in outer.name(name.split(":", 1)[1], known)))
            if not budget.take():
                yield Examination((), (remarks.limits(outer.shown),))
                return
            path = nested.place_for(room, name.split(":", 1)[-1] or "file")
            path.write_bytes(raw)
            found = outer.look(path, name, known)
            path.unlink()
            keep = [r for r in found.not_checked if not name.startswith(PICTURE) or not r.why.id.endswith("pixels")]
            yield Examination(found.findings, tuple(keep))


def read(raw: bytes, shown: str, *, deep: bool = True) -> Content:
    """Everything that can be read of a document within limits; what cannot be is in ``left``."""
    keep_quiet()
    content = Content()
    if not _opened(raw, content, shown, deep) and not _opened(raw + _TABLE_LOST, content, shown, deep):
        content.left.append(remarks.damaged(shown))
    return content


def _opened(raw: bytes, content: Content, shown: str, deep: bool) -> bool:
    """False where the document cannot be opened as it is."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(raw), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            content.left.append(remarks.encrypted(shown))
            return True
        _read(reader, content, shown, deep)
    except (PyPdfError, *STRANGE):
        return False
    return True


def keep_quiet() -> None:
    """The library writes pieces of what it reads into its log: personal data must not get there."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


# What a library may raise on documents that lie; RecursionError and AttributeError among them.
STRANGE = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OSError, ArithmeticError,
            NotImplementedError, AssertionError, EOFError, MemoryError, UnicodeError)  # fmt: skip


def _read(reader: PdfReader, content: Content, shown: str, deep: bool) -> None:
    steps = (_properties, _xmp, _fields, _attachments, _outline)
    for step in steps:
        try:
            step(reader, content)
        except STRANGE:
            content.left.append(remarks.inner(shown))
    until = time.monotonic() + SECONDS
    pages = reader.pages
    for number, page in enumerate(pages, 1):
        if number > MOST_PAGES or time.monotonic() > until:
            content.left.append(remarks.limits(shown))
            return
        _page(page, number, content, shown, deep)


def _properties(reader: PdfReader, content: Content) -> None:
    for key, value in (reader.metadata or {}).items():
        text = str(value)
        if text and not text.startswith("D:"):
            content.spots.append(Spot(f"{INFO}:{key}", _LABELS.get(key, key.strip("/")), text))


def _xmp(reader: PdfReader, content: Content) -> None:
    stream = reader.trailer["/Root"].get("/Metadata")
    data = stream.get_object().get_data() if stream is not None else b""
    if data:
        text = data.decode("utf-8", "replace")
        content.spots += documents.spots_of(documents.parts_of(text, forms.xml), "xmp")


def _fields(reader: PdfReader, content: Content) -> None:
    for name, item in (reader.get_fields() or {}).items():
        value = item.get("/V")
        if value is not None and str(value) not in ("", "/Off"):
            label = str(item.get("/TU") or name).rsplit(".", 1)[-1]
            content.spots.append(Spot(f"{FIELD}:{name}", label, str(value)))


def _attachments(reader: PdfReader, content: Content) -> None:
    for name, versions in list(reader.attachments.items())[:MOST_PICTURES]:
        content.spots.append(Spot(f"{FILE}:{name}", "", f"file “{name}”", Kind.DOCUMENT))
        content.files += [(f"{FILE}:{name}", bytes(raw)) for raw in versions]


def _outline(reader: PdfReader, content: Content) -> None:
    waiting: list[Any] = list(reader.outline)
    for number in range(MOST_PAGES):
        if not waiting:
            return
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting = [*item, *waiting]
        elif getattr(item, "title", None):
            content.fixed.append(Spot(f"outline:{number}", "title", str(item.title)))


def _page(page: Any, number: int, content: Content, shown: str, deep: bool) -> None:
    try:
        text = page.extract_text() or ""
        parts = documents.parts_of(text[:1_000_000], forms.lines)
        content.fixed += documents.spots_of(parts, f"{PAGE}:{number}")
        content.fixed += list(_cells(page, number)) if len(text) < _MOST_LAID_OUT else []
        if not deep:
            return
        content.spots += list(_notes(page, number))
        content.files += list(_pictures(page, number, content, shown))
    except STRANGE:
        content.left.append(remarks.inner(shown))


def _cells(page: Any, number: int) -> Iterator[Spot]:
    """Tables of a page: what stands below a heading that says what it is."""
    cells = grid.lines(page.extract_text(extraction_mode="layout") or "")
    for cell, name in zip(cells, grid.names_for(cells), strict=True):
        if name and grid.tells(name):
            yield Spot(f"{PAGE}:{number}:row:{cell.row}:{name}", name, cell.text)


def _notes(page: Any, number: int) -> Iterator[Spot]:
    """Notes on a page: who wrote them, what they say, and where links lead."""
    for at, note in enumerate(page.get("/Annots") or ()):
        item = note.get_object()
        action = item.get("/A")
        values = [("author", item.get("/T")), ("", item.get("/Contents")), ("subject", item.get("/Subj"))]
        values.append(("link", action.get_object().get("/URI") if action is not None else None))
        field_of_form = item.get("/Subtype") == "/Widget"
        for label, value in values:
            if value and not (field_of_form and label == "author"):
                yield Spot(f"{NOTE}:{number}:{at}:{label or 'text'}", label, str(value))


def _pictures(page: Any, number: int, content: Content, shown: str) -> Iterator[tuple[str, bytes]]:
    """JPEG pictures of a page as they are stored: cameras write EXIF into them."""
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    for name, ref in (objects.get_object() if objects is not None else {}).items():
        item = ref.get_object()
        if item.get("/Subtype") != "/Image":
            continue
        if not any(r.why.id.endswith("inner-pictures") for r in content.left):
            content.left.append(remarks.inner_pictures(shown))
        stored = picture_of(item)
        if stored and len(content.files) < MOST_PICTURES:
            yield f"{PICTURE}:{number}:{name.strip('/')}.jpg", stored


def picture_of(item: Any) -> bytes | None:
    """The bytes of a picture that is stored as a JPEG file, None for others."""
    filters = item.get("/Filter")
    names = filters if isinstance(filters, list) else [filters]
    raw = getattr(item, "_data", None)
    return bytes(raw) if list(names) == ["/DCTDecode"] and raw and raw[:2] == b"\xff\xd8" else None


def ends(raw: bytes) -> list[int]:
    """Where each version of the document ends; a file made for the web has a mark behind its first page as well."""
    found = [m.end() for m in _END.finditer(raw)]
    return found[1:] if b"/Linearized" in raw[:2048] and len(found) > 1 else found


def earlier(raw: bytes, shown: str, now: Content) -> Iterator[Spot]:
    """What earlier versions say that the last one does not."""
    versions = ends(raw)[:-1]
    if not versions:
        return
    said = {spot.text for spot in (*now.spots, *now.fixed)}
    yield Spot(f"{OLD}s", "", f"{len(versions)} earlier", Kind.HIDDEN)
    for number, end in list(enumerate(versions, 1))[-5:]:
        with suppress(*STRANGE):
            old = read(raw[:end], shown)
            yield from (_of_version(s, number) for s in _news((*old.spots, *old.fixed), said))


def _news(spots: Iterable[Spot], said: set[str]) -> Iterator[Spot]:
    for spot in spots:
        if spot.text not in said:
            said.add(spot.text)
            yield spot


def _of_version(spot: Spot, number: int) -> Spot:
    return replace(spot, location=f"{OLD}:{number}:{spot.location}")


PDF = PdfCheck()
