"""Text files beside images: XML (OME, mzML), JSON (Zarr, BIDS), tables, notes, mdoc, ini."""

from __future__ import annotations

import re
from pathlib import Path

from depositor.draft.problem import Damaged
from depositor.privacy import documents, forms, judge, names, troubles
from depositor.privacy.checks import remarks
from depositor.privacy.documents import Wanted
from depositor.privacy.examination import Examination
from depositor.privacy.forms import Form
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.slots import decoded

MEBIBYTES = 32
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
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class TextFiles:
    """A check of whole text files, and the remedy that replaces values in them."""

    id = "text"

    def claims(self, path: Path, head: bytes) -> bool:
        if head[:2] in _BOMS or head[:3] in _BOMS:
            return True
        named = names.suffix(path.name).rsplit(".", 1)[-1] in _TEXTS
        return (named or looks_like_text(head)) and b"\0" not in head

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            raw = file.read(MEBIBYTES * 1024 * 1024 + 1)
        left = [remarks.too_long(shown, MEBIBYTES)] if len(raw) > MEBIBYTES * 1024 * 1024 else []
        left += [remarks.inner(shown)] if _has_binary(raw) else []
        text, _encoding = read(raw[: MEBIBYTES * 1024 * 1024])
        parts = documents.parts_of(text, form_for(path, text))
        return Examination(judge.findings(self.id, shown, documents.spots_of(parts, ""), known), tuple(left))

    def rewrite(self, path: Path, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        """Replace what is wanted in the copy at ``path``; returns the locations that changed."""
        if path.stat().st_size > MEBIBYTES * 1024 * 1024:
            raise Damaged(troubles.too_large(shown, MEBIBYTES))
        raw = path.read_bytes()
        if _has_binary(raw):
            raise Damaged(troubles.no_remedy(shown))  # data behind a text header would move
        text, encoding = read(raw)
        parts = documents.parts_of(text, form_for(path, text))
        marked = judge.marks(self.id, shown, documents.spots_of(parts, ""), known)
        changed = tuple(m.finding.location or "" for _s, ms in marked for m in ms if wanted(m.finding))
        if changed:
            path.write_bytes(documents.without(text, parts, marked, wanted).encode(encoding))
        return changed


def _has_binary(raw: bytes) -> bool:
    """True for text with something else behind it; UTF-16 announces itself by its first two bytes."""
    return b"\0" in raw and raw[:2] not in _BOMS


def looks_like_text(head: bytes) -> bool:
    """True where the start of a file holds nothing but text (UTF-8 or Latin-1) and line ends."""
    if not head:
        return False
    odd = len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", head))
    high = len(re.findall(rb"[\x80-\xff]", head))
    return not odd and high <= len(head) // 4


def read(raw: bytes) -> tuple[str, str]:
    """The text and the encoding that writes it back byte by byte."""
    for mark, encoding in _BOMS.items():
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), encoding
    text = decoded(raw)
    return text, "utf-8" if text.encode("utf-8", "replace") == raw else "latin-1"


def form_for(path: Path, text: str) -> Form:
    """The cutter for a file: by its ending for tables, else by what its text looks like."""
    if names.suffix(path.name).rsplit(".", 1)[-1] in _TABLES:
        return forms.table
    if path.name.endswith(".txt") and _is_table(text):
        return forms.table
    return forms.form_of(text)


def _is_table(text: str) -> bool:
    first = [line for line in text[:4096].splitlines()[:5] if line]
    return len(first) > 1 and first[0].count("\t") >= 2 and len({line.count("\t") for line in first[:-1]}) == 1


TEXT = TextFiles()
