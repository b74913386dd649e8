"""Office documents: texts are taken out run by run, all else of the document stays; previews become blank pictures."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from depositor.draft.problem import Damaged
from depositor.privacy import troubles
from depositor.privacy.checks import nested, office
from depositor.privacy.checks.office import Document, Piece
from depositor.privacy.checks.office_text import Bit
from depositor.privacy.judge import Mark
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.remedies.archives import Members, members_of, replacing
from depositor.privacy.texts import documents
from depositor.privacy.texts.documents import Wanted

Edit = tuple[int, int, str]


class OfficeRemedy:
    """Keeps order and packing of the parts; a document that is locked or too large is refused."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        members = members_of(shown, wanted, known, policy)
        with replacing(copy) as fresh, zipfile.ZipFile(copy) as old, nested.room() as room:
            document = office.read(old, shown)
            if document.cut_off or document.locked:
                raise Damaged(troubles.no_remedy(shown))
            texts, changed = _mended(document, wanted, known)
            members.changed += changed
            with zipfile.ZipFile(fresh, "w") as new:
                for info in {info.filename: info for info in old.infolist()}.values():
                    new.writestr(_like(info), _content(old, info, texts, members, room))
        return tuple(dict.fromkeys(members.changed))


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    fresh = zipfile.ZipInfo(info.filename, max(info.date_time, (1980, 1, 1, 0, 0, 0)))
    fresh.compress_type = zipfile.ZIP_STORED if info.compress_type == 0 else zipfile.ZIP_DEFLATED
    fresh.external_attr = info.external_attr
    return fresh


def _content(old: zipfile.ZipFile, info: zipfile.ZipInfo, texts: dict[str, str], members: Members, room: Path) -> bytes:
    if info.filename in texts:
        return texts[info.filename].encode("utf-8")
    if info.is_dir() or info.filename == "mimetype" or info.filename.lower().endswith((".xml", ".rels")):
        return old.read(info)
    if office.is_preview(info.filename):
        members.changed.append(info.filename)
        return _blank(old.read(info))
    with old.open(info) as source:
        path = members.unpacked(source, info.filename, room)
    raw = path.read_bytes()
    path.unlink()
    return raw


def _blank(picture: bytes) -> bytes:
    """A white picture of the same kind, small."""
    from PIL import Image

    out = io.BytesIO()
    form = "PNG" if picture.startswith(b"\x89PNG") else "JPEG"
    Image.new("RGB", (16, 16), "white").save(out, form)
    return out.getvalue()


def _mended(document: Document, wanted: Wanted, known: Known) -> tuple[dict[str, str], list[str]]:
    """The parts that change, and where."""
    spans: dict[Bit, list[tuple[int, int]]] = defaultdict(list)
    changed: list[str] = []
    for piece, found in office.marks(document, known):
        taken = [m for m in found if wanted(m.finding)]
        spans[piece.bit] += _within(piece, taken) if taken else []
        changed += [m.finding.location or "" for m in taken]
    edits: dict[str, set[Edit]] = defaultdict(set)
    for bit, cuts in spans.items():
        if cuts:
            edits[bit.part].update(_edits(bit, cuts))
    return {part: _applied(document.texts[part], each) for part, each in edits.items()}, changed


def _within(piece: Piece, taken: Iterable[Mark]) -> list[tuple[int, int]]:
    return [(piece.start + m.start, piece.start + m.end) for m in taken]


def _edits(bit: Bit, cuts: list[tuple[int, int]]) -> Iterable[Edit]:
    """What is written over the runs of a bit: the stand-in where a cut begins, nothing where it goes on."""
    if bit.blank:
        yield from ((start, end, "") for start, end, _text in bit.segments)
        return
    joined = _joined(sorted(cuts))
    at = 0
    for start, end, text in bit.segments:
        new, last = "", 0
        for cut_start, cut_end in joined:
            a, b = max(cut_start - at, 0), min(cut_end - at, len(text))
            if a < b:
                new += text[last:a] + (documents.stand_in(cut_end - cut_start) if cut_start >= at else "")
                last = b
        if last and end > start:
            yield start, end, escape(new + text[last:], {'"': "&quot;"})
        at += len(text)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _applied(text: str, edits: set[Edit]) -> str:
    out, at = [], 0
    for start, end, new in sorted(edits):
        if start < at:
            continue
        out += [text[at:start], new]
        at = end
    return "".join([*out, text[at:]])
