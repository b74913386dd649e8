"""PDF: written anew without properties, notes, files and versions that tell of a person; pages are not redrawn."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from depositor.draft.problem import Damaged
from depositor.privacy import troubles
from depositor.privacy.checks import nested, pdf
from depositor.privacy.checks.pdf import PDF
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.remedies.archives import members_of
from depositor.privacy.texts.documents import Wanted


class PdfRemedy:
    """Refuses a document whose pages themselves hold something wanted: only drawing them anew would help."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        from pypdf import PdfReader, PdfWriter
        from pypdf.errors import PyPdfError

        pdf.keep_quiet()
        found = {f.location or "" for f in PDF.run(copy, shown, known).findings if wanted(f)}
        if any(map(pdf.is_fixed, found)) or copy.stat().st_size > pdf.LARGEST:
            raise Damaged(troubles.no_remedy(shown))
        fresh = copy.with_name(copy.name + "~")
        members = members_of(shown, wanted, known, policy)
        try:
            with copy.open("rb") as file:
                reader = PdfReader(file, strict=False)
                if reader.is_encrypted:
                    raise Damaged(troubles.no_remedy(shown))
                writer = PdfWriter(clone_from=reader)
                _mend(writer, {str(k): str(v) for k, v in (reader.metadata or {}).items()}, found)
                for page in writer.pages:
                    _pictures(page, members)
                once = io.BytesIO()
                writer.write(once)
            PdfWriter(clone_from=PdfReader(once)).write(fresh)  # what nothing leads to any more is not cloned
            os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
        except (PyPdfError, *pdf.STRANGE) as error:
            if isinstance(error, OSError):
                raise
            raise ValueError("the document is damaged") from error
        finally:
            fresh.unlink(missing_ok=True)
        return tuple(sorted(found))


def _mend(writer: Any, properties: dict[str, str], found: set[str]) -> None:
    kept = {k: v for k, v in properties.items() if f"{pdf.INFO}:{k}" not in found}
    writer.metadata = kept or None
    root = writer.root_object
    for key in ("/Metadata", "/PieceInfo", "/AF"):
        root.pop(key, None)
    if _any(found, pdf.FILE):
        names = root.get("/Names")
        if names is not None:
            names.get_object().pop("/EmbeddedFiles", None)
    for number, page in enumerate(writer.pages, 1):
        page.pop("/Metadata", None)
        page.pop("/PieceInfo", None)
        _notes(page, number, found)
    _fields(root, found)


def _any(found: Iterable[str], place: str) -> bool:
    return any(location.startswith(f"{place}:") for location in found)


def _notes(page: Any, number: int, found: set[str]) -> None:
    """Notes that hold something wanted go as a whole."""
    from pypdf.generic import ArrayObject, NameObject

    notes = page.get("/Annots")
    if notes is None or not _any(found, pdf.NOTE):
        return
    listed = list(notes.get_object())
    gone = {_id(note) for at, note in enumerate(listed) if _any(found, f"{pdf.NOTE}:{number}:{at}")}
    kept = [note for note in listed if _id(note) not in gone and not _belongs(note, gone)]
    page[NameObject("/Annots")] = ArrayObject(kept)


def _id(note: Any) -> int:
    return int(getattr(note, "idnum", 0)) or id(note)


def _belongs(note: Any, gone: set[int]) -> bool:
    """Windows of a note, and answers to it."""
    item = note.get_object()
    return any(_id(item.raw_get(key)) in gone for key in ("/Parent", "/IRT", "/Popup") if key in item)


def _fields(root: Any, found: set[str]) -> None:
    """Values of form fields and the pictures of them."""
    form = root.get("/AcroForm")
    if form is None or not _any(found, pdf.FIELD):
        return
    waiting = [(item.get_object(), "") for item in form.get_object().get("/Fields") or ()]
    while waiting:
        item, above = waiting.pop()
        name = ".".join(p for p in (above, str(item.get("/T") or "")) if p)
        if f"{pdf.FIELD}:{name}" in found:
            _emptied(item)
        waiting += [(kid.get_object(), name) for kid in item.get("/Kids") or ()]


def _emptied(item: Any) -> None:
    for key in ("/V", "/DV", "/AP", "/RV"):
        item.pop(key, None)
    for kid in item.get("/Kids") or ():
        kid.get_object().pop("/AP", None)


def _pictures(page: Any, members: Any) -> None:
    """JPEG pictures get what JPEG files get."""
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    with nested.room() as room:
        for ref in (objects.get_object() if objects is not None else {}).values():
            item = ref.get_object()
            stored = pdf.picture_of(item)
            if stored is None:
                continue
            path = nested.place_for(room, "picture.jpg")
            path.write_bytes(stored)
            members.mend(path, "picture")
            item._data = path.read_bytes()  # noqa: SLF001 - set_data() would pack it in another way
            path.unlink()
