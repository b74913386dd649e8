"""RTF: who wrote it, comments, changes, and its paragraphs, however many groups they are cut into.

Source: Microsoft, Rich Text Format Specification 1.9.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from depositor.draft.problem import Damaged
from depositor.privacy import judge, troubles
from depositor.privacy.checks import office, remarks
from depositor.privacy.checks.office_text import Bit
from depositor.privacy.examination import Examination
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents
from depositor.privacy.texts.documents import Wanted

LARGEST = 32 << 20
_TOKEN = re.compile(
    r"\\u(?P<code>-?\d+) ?(?:\\'[0-9a-fA-F]{2}|[^\\{}])?|\\'(?P<byte>[0-9a-fA-F]{2})"
    r"|\\(?P<word>[a-z]{1,32})(?P<number>-?\d+)? ?|\\(?P<sign>[^a-z])|(?P<open>\{)|(?P<close>\})"
    r"|(?P<text>[^\\{}\r\n]+)|[\r\n]+"
)
_SKIPPED = frozenset({"fonttbl", "colortbl", "stylesheet", "pict", "themedata", "colorschememapping", "latentstyles",
                      "datastore", "listtable", "listoverridetable", "rsidtbl", "generator", "xmlnstbl", "fontemb",
                      "objdata", "blipuid", "panose", "falt"})  # fmt: skip
_FIELDS = {
    "author": "author",
    "operator": "author",
    "manager": "author",
    "company": "company",
    "title": "title",
    "subject": "subject",
    "keywords": "keywords",
    "doccomm": "comment",
    "hlinkbase": "path",
    "atnauthor": "author",
    "atnid": "",
    "propname": "",
    "staticval": "",
    "revtbl": "author",
    "template": "path",
    "bkmkstart": "",
    "filetbl": "path",
}
_BREAKS = frozenset({"par", "line", "cell", "row", "tab", "sect", "page", "nestcell"})


@dataclass(slots=True)
class _Group:
    """What an open brace holds: the field that it stands for, and whether its text is passed over."""

    label: str | None = None
    skipped: bool = False
    segments: list[tuple[int, int, str]] = field(default_factory=list)


class RichTextCheck:
    """Texts are found however they are written: plain, as bytes of a code page, as Unicode numbers."""

    id = "rtf"

    def claims(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"{\\rtf")

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        left = [remarks.limits(shown)] if len(raw) > LARGEST else []
        text = raw[:LARGEST].decode("latin-1")
        left += [remarks.inner_pictures(shown)] if "\\pict" in text else []
        spots = office.spots_of(bits(text))
        return Examination(judge.findings(self.id, shown, spots, known), tuple(left))

    def rewrite(self, path: Path, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        """Replace what is wanted in the copy; letters that go are written as plain ones."""
        if path.stat().st_size > LARGEST:
            raise Damaged(troubles.too_large(shown, LARGEST >> 20))
        text = path.read_bytes().decode("latin-1")
        pieces = office.pieces(bits(text))
        changed: list[str] = []
        edits: list[tuple[int, int, str]] = []
        for piece, (_spot, found) in zip(
            pieces, judge.marks(self.id, shown, [p.spot for p in pieces], known), strict=True
        ):
            taken = [m for m in found if wanted(m.finding)]
            changed += [m.finding.location or "" for m in taken]
            for mark in taken:
                edits += _edits(piece.bit, piece.start + mark.start, piece.start + mark.end)
        for start, end, new in sorted(set(edits), reverse=True):
            text = text[:start] + new + text[end:]
        path.write_bytes(text.encode("latin-1"))
        return tuple(changed)


def _edits(bit: Bit, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    """What is written over each letter of a bit from ``first`` to ``last``: nothing, but for the stand-in at once."""
    at, stand_in = 0, documents.stand_in(last - first)
    for start, end, text in bit.segments:
        if at < last and at + len(text) > first and end > start:
            plain = len(text) == end - start
            a, b = (max(first - at, 0), min(last - at, len(text))) if plain else (0, end - start)
            yield start + a, start + b, (" " if stand_in and not plain else "") + stand_in
            stand_in = ""
        at += len(text)


def bits(text: str) -> Iterator[Bit]:
    """Paragraphs and fields of an RTF text."""
    stack = [_Group()]
    count = 0
    page = _code_page(text)
    for match in _TOKEN.finditer(text):
        group = stack[-1]
        if match["open"]:
            stack.append(_Group(None, group.skipped))
        elif match["close"]:
            done = stack.pop() if len(stack) > 1 else group
            count += 1
            yield from _closed(done, stack[-1], count)
        elif match["word"]:
            count += 1
            yield from _word(match["word"], stack, match, count)
        elif not group.skipped:
            letters = _letters(match, page)
            if letters:
                _target(stack).append((match.start(), match.end(), letters))
    yield from _bit(stack[0], count + 1)


def _word(word: str, stack: list[_Group], match: re.Match[str], count: int) -> Iterator[Bit]:
    group = stack[-1]
    if word in _SKIPPED:
        group.skipped = True
    elif word in _FIELDS and group.label is None:
        group.label = _FIELDS[word]
    elif word in _BREAKS and not group.skipped:
        if word == "tab":
            _target(stack).append((match.end(), match.end(), "\t"))
            return
        holder = next((g for g in reversed(stack) if g.label is not None), stack[0])
        yield from _bit(holder, count)
        holder.segments = []


def _target(stack: list[_Group]) -> list[tuple[int, int, str]]:
    """Text belongs to the field around it, else to the paragraph."""
    return next((g for g in reversed(stack) if g.label is not None), stack[0]).segments


def _closed(done: _Group, above: _Group, count: int) -> Iterator[Bit]:
    if done.label is not None:
        yield from _bit(done, count)


def _bit(group: _Group, count: int) -> Iterator[Bit]:
    if any(text.strip() for _start, _end, text in group.segments):
        yield Bit("rtf", f"text:{count}", group.label or "", tuple(group.segments))


def _letters(match: re.Match[str], page: str) -> str:
    if match["code"]:
        number = int(match["code"]) & 0xFFFF
        return chr(number) if not 0xD800 <= number < 0xE000 else "?"
    if match["byte"]:
        return bytes.fromhex(match["byte"]).decode(page, "replace")
    if match["sign"]:
        return {"~": " ", "_": "-", "{": "{", "}": "}", "\\": "\\"}.get(match["sign"], "")
    return match["text"] or ""


def _code_page(text: str) -> str:
    found = re.search(r"\\ansicpg(\d+)", text[:4096])
    try:
        "".encode(f"cp{found[1]}") if found else None
    except LookupError:
        return "cp1252"
    return f"cp{found[1]}" if found else "cp1252"


RICH_TEXT = RichTextCheck()
