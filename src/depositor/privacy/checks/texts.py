"""Text files beside images: XML (OME, mzML), JSON (Zarr, BIDS), tables, notes, mdoc, ini."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from depositor.draft.finding import Finding
from depositor.draft.problem import Damaged
from depositor.privacy import judge, names, troubles
from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, encodings, forms, tables, windows
from depositor.privacy.texts.documents import Wanted
from depositor.privacy.texts.forms import Form, Part
from depositor.privacy.texts.windows import Piece
from depositor.privacy.words import combinations

MEBIBYTES = 2048  # of one text that are looked at, in pieces
WHOLE = 32 * 1024 * 1024  # bytes: a text up to this length is taken in one piece
_TABLES = frozenset({"csv", "tsv", "tab"})
_TEXTS = frozenset(
    {
        *("txt", "md", "rst", "log", "ini", "cfg", "conf", "toml", "yaml", "yml", "mdoc", "nhdr", "mhd", "html", "htm"),
        *(
            "xml",
            "ome",
            "xlef",
            "json",
            "jsonl",
            "nd",
            "mes",
            "mlf",
            "mrf",
            "wpi",
            "wpp",
            "bvec",
            "bval",
            "hdr",
            "star",
        ),
        *("box", "csv", "tsv", "tab", "imzml", "mzml", "gpr", "py", "m", "r", "ijm", "groovy", "tex", "bib", "url"),
        *("properties", "dat", "vti", "xdmf", "pos", "idx", "info", "opt", "scn", "zattrs", "zgroup", "zarray"),
    }
)


class TextFiles:
    """A check of whole text files, and the remedy that replaces values in them."""

    id = "text"

    def claims(self, path: Path, head: bytes) -> bool:
        if head[:2] in encodings.BOMS or head[:3] in encodings.BOMS:
            return True
        named = names.suffix(path.name).rsplit(".", 1)[-1] in _TEXTS
        if b"\0" in head:
            return named and encodings.encoding_of(head).startswith("utf-16")
        return named or looks_like_text(head)

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        if path.stat().st_size > WHOLE:
            return self._in_pieces(path, shown, known)
        raw = path.read_bytes()
        left = (remarks.inner(shown),) if _has_binary(raw) else ()
        text, _encoding = read(raw)
        return Examination(self._findings(path, text, shown, known), left)

    def _findings(self, path: Path, text: str, shown: str, known: Known) -> tuple[Finding, ...]:
        parts = documents.parts_of(text, form_for(path, text))
        spots = documents.spots_of(parts, "")
        return (*judge.findings(self.id, shown, spots, known), *combinations.findings(self.id, shown, spots))

    def _in_pieces(self, path: Path, shown: str, known: Known) -> Examination:
        """A long text: the places in later pieces are ``part:2:line:7``, counted within their piece."""
        found: list[Finding] = []
        heading, form = "", None
        with path.open("rb") as file:
            for piece in windows.pieces(file, MEBIBYTES * 1024 * 1024):
                form = form or form_for(path, piece.text)
                heading = heading or _heading(form, piece.text)
                parts = _parts(form, piece, heading)
                spots = documents.spots_of(parts, f"part:{piece.number}" if piece.number > 1 else "")
                found += judge.findings(self.id, shown, spots, known)
                if len(found) > judge.MOST:
                    break
        rest = path.stat().st_size > MEBIBYTES * 1024 * 1024 or len(found) > judge.MOST
        return Examination(tuple(found[: judge.MOST]), (remarks.too_long(shown, MEBIBYTES),) if rest else ())

    def rewrite(self, path: Path, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        """Replace what is wanted in the copy at ``path``; returns the locations that changed."""
        if path.stat().st_size > WHOLE:
            return self._rewrite_pieces(path, shown, wanted, known)
        raw = path.read_bytes()
        if _has_binary(raw):
            raise Damaged(troubles.no_remedy(shown))  # data behind a text header would move
        text, encoding = read(raw)
        parts = documents.parts_of(text, form_for(path, text))
        marked = judge.marks(self.id, shown, documents.spots_of(parts, ""), known)
        changed = tuple(m.finding.location or "" for _s, ms in marked for m in ms if wanted(m.finding))
        if changed:
            path.write_bytes(documents.without(text, parts, marked, wanted).encode(encoding, "replace"))
        return changed

    def _rewrite_pieces(self, path: Path, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        if path.stat().st_size > MEBIBYTES * 1024 * 1024:
            raise Damaged(troubles.too_large(shown, MEBIBYTES))
        changed: list[str] = []
        heading, form = "", None
        beside = path.with_name(path.name + "~")
        with path.open("rb") as old, beside.open("wb") as new:
            for piece in windows.pieces(old, MEBIBYTES * 1024 * 1024):
                form = form or form_for(path, piece.text)
                heading = heading or _heading(form, piece.text)
                parts = _parts(form, piece, heading)
                spots = documents.spots_of(parts, f"part:{piece.number}" if piece.number > 1 else "")
                marked = judge.marks(self.id, shown, spots, known)
                changed += [m.finding.location or "" for _s, ms in marked for m in ms if wanted(m.finding)]
                new.write(piece.encoded(documents.without(piece.text, parts, marked, wanted)))
        beside.replace(path)
        return tuple(changed[: judge.MOST])


def _heading(form: Form, text: str) -> str:
    """The first line of a table: it says what the columns of later pieces hold."""
    return text[: text.find("\n") + 1] if form is tables.table else ""


def _parts(form: Form, piece: Piece, heading: str) -> list[Part]:
    """The parts of a piece; those of a table are read below the heading of the first piece."""
    if piece.number == 1 or not heading:
        return documents.parts_of(piece.text, form)
    below = documents.parts_of(heading + piece.text, form)
    shift = len(heading)
    return [replace(p, start=p.start - shift, end=p.end - shift) for p in below if p.start >= shift]


def _has_binary(raw: bytes) -> bool:
    """True for text with something else behind it; UTF-16 has zeros in its letters."""
    return b"\0" in raw and raw[:2] not in encodings.BOMS and not encodings.encoding_of(raw).startswith("utf-16")


def looks_like_text(head: bytes) -> bool:
    """True where the start of a file holds nothing but text (UTF-8 or Latin-1) and line ends."""
    if not head:
        return False
    odd = len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", head))
    high = len(re.findall(rb"[\x80-\xff]", head))
    return not odd and (high <= len(head) // 4 or encodings.encoding_of(head[: head.rfind(b"\n") + 1]) == "utf-8")


def read(raw: bytes) -> tuple[str, str]:
    """The text and the encoding that writes it back byte by byte."""
    encoding = encodings.encoding_of(raw)
    return raw.decode(encoding, "replace"), encoding


def form_for(path: Path, text: str) -> Form:
    """The cutter for a file: by its ending for tables, else by what its text looks like."""
    if names.suffix(path.name).rsplit(".", 1)[-1] in _TABLES:
        return tables.table
    if path.name.endswith(".txt") and _is_table(text):
        return tables.table
    return forms.form_of(text)


def _is_table(text: str) -> bool:
    first = [line for line in text[:4096].splitlines()[:5] if line]
    return len(first) > 1 and first[0].count("\t") >= 2 and len({line.count("\t") for line in first[:-1]}) == 1


TEXT = TextFiles()
