"""The texts of an XML part of an office document, paragraph by paragraph, however many runs a paragraph is cut into.

Source: ECMA-376 (WordprocessingML, PresentationML, DrawingML), OpenDocument 1.3.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from depositor.privacy.checks import grid
from depositor.privacy.checks.grid import Cell
from depositor.privacy.kinds import Kind
from depositor.privacy.words import labels

_TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[\w:.-]+)(?P<attrs>[^<>]*?)(?P<empty>/?)>|(?P<text>[^<]+)|<[^>]*>|<")
_ATTR = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PARAGRAPHS = frozenset({"p", "h", "si", "is", "del", "moveFrom"})
_OWN = frozenset({"creator", "initial-creator", "creator-initials", "date", "author", "instrText", "Author"})
_WRITTEN = frozenset({"t", "delText", "span", "a"})  # spaces count in these, elsewhere they only part elements
_GAPS = frozenset({"tab", "br", "cr", "s", "line-break"})
_ROWS, _CELLS = frozenset({"tr", "table-row"}), frozenset({"tc", "table-cell", "covered-table-cell"})
_DEEPEST = 200  # elements in each other; what looks like more is no document
_TABLES = frozenset({"tbl", "table"})
# Attributes that a person filled in; all others describe layout.
_TOLD = frozenset(
    {
        *("author", "displayName", "userId", "userName", "refreshedBy", "Target", "descr", "title", "url", "href"),
        *("tooltip", "dataSource", "connectionString", "connection", "command", "sourceFile", "alt", "date-value"),
        *("string-value", "providerId", "initials", "path"),
    }
)
_NAMED = frozenset({"sheet", "cmAuthor", "author", "person", "table", "cacheField", "definedName"})
_ALIASES = {"Manager": "author", "lastModifiedBy": "author", "initial-creator": "creator", "printed-by": "author",
            "Author": "author"}  # fmt: skip
_STAFF = frozenset({"author", "displayName", "userName", "refreshedBy", "userId"})


@dataclass(frozen=True, slots=True)
class Bit:
    """A text that is judged as one. ``segments`` are (start, end, text) in the raw part; ``blank`` ones go as a whole
    with the element around them. ``part`` is the file inside the document that they stand in."""

    part: str
    location: str
    label: str
    segments: tuple[tuple[int, int, str], ...]
    kind: Kind | None = None
    blank: bool = False

    @property
    def text(self) -> str:
        return "".join(text for _start, _end, text in self.segments)


@dataclass(slots=True)
class _Open:
    tag: str
    named: str
    segments: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    row: int = 0
    column: int = 0
    found: list[tuple[Cell, Bit]] = field(default_factory=list)


def bits(part: str, text: str) -> Iterator[Bit]:
    """All that a person may have written into one part."""
    walk = _Walk(part)
    for match in _TOKEN.finditer(text):
        if match["text"] is not None:
            walk.text(match)
        elif match["tag"]:
            yield from walk.tag(match)
    yield from walk.rest()


class _Walk:
    """Goes through a part once; tolerant of what is not well formed."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.stack: list[_Open] = [_Open("", "")]
        self.tables: list[_Table] = []
        self.count = 0

    def text(self, match: re.Match[str]) -> None:
        raw = match[0]
        if not raw.strip():
            inside = self.stack[-1].tag in _WRITTEN or (self.stack[-1].tag in ("p", "h") and "\n" not in raw)
            if inside and self._block() is not None:
                self._hold(match.start(), match.end(), raw)
            return
        self._hold(match.start(), match.end(), html.unescape(raw))

    def _hold(self, start: int, end: int, text: str) -> None:
        block = self._block() or self.stack[-1]
        block.segments.append((start, end, text))

    def _block(self) -> _Open | None:
        """The paragraph that text belongs to at this place."""
        for opened in reversed(self.stack):
            if opened.tag in _PARAGRAPHS or opened.tag in _OWN:
                return opened
        return None

    def tag(self, match: re.Match[str]) -> Iterator[Bit]:
        tag = match["tag"].split(":")[-1]
        if match["close"]:
            yield from self._closed(tag)
            return
        yield from self._attributes(match, tag)
        self._enter(tag, match["attrs"])
        if tag in _GAPS and (block := self._block()) is not None:
            block.segments.append((match.end(), match.end(), " "))
        if not match["empty"] and len(self.stack) < _DEEPEST:
            self.stack.append(_Open(tag, _named(match["attrs"])))

    def _enter(self, tag: str, attrs: str) -> None:
        if tag in _TABLES:
            self.tables.append(_Table())
        elif tag in _ROWS and self.tables:
            self.tables[-1].row += 1
            self.tables[-1].column = 0
        elif tag in _CELLS and self.tables:
            self.tables[-1].column += 1

    def _attributes(self, match: re.Match[str], tag: str) -> Iterator[Bit]:
        for attr in _ATTR.finditer(match["attrs"]):
            name, group = attr[1].split(":")[-1], 2 if attr[2] is not None else 3
            told = name in _TOLD or (name == "name" and tag in _NAMED) or (name == "v" and tag in ("s", "d"))
            if not told or not attr[group] or (name == "Target" and "External" not in match["attrs"]):
                continue
            start = match.start("attrs") + attr.start(group)
            segment = (start, start + len(attr[group]), html.unescape(attr[group]))
            label = "author" if name in _STAFF or tag == "cmAuthor" else "" if name in ("v", "Target") else name
            yield from self._told(Bit(self.part, f"{tag}/@{name}", label, (segment,)))
        if tag in _CELLS and self.tables:
            repeated = re.search(r"number-columns-repeated=\"(\d+)\"", match["attrs"])
            self.tables[-1].column += min(int(repeated[1]) - 1, 16384) if repeated and match["empty"] else 0

    def _closed(self, tag: str) -> Iterator[Bit]:
        while len(self.stack) > 1:
            done = self.stack.pop()
            if done.segments:
                yield from self._told(self._bit(done))
            if done.tag == tag:
                break
        if tag in _TABLES and self.tables:
            yield from _labelled(self.tables.pop())

    def _bit(self, done: _Open) -> Bit:
        self.count += 1
        named = done.named or self.stack[-1].named or _ALIASES.get(done.tag, done.tag)
        label = "" if done.tag in _PARAGRAPHS else named
        return Bit(self.part, f"{done.tag}[{self.count}]", label, tuple(done.segments))

    def _told(self, bit: Bit) -> Iterator[Bit]:
        """Bits in a table wait for its end: then its headings are known."""
        aside = any(opened.tag == "annotation" for opened in self.stack)
        if aside or not self.tables or (bit.label and bit.label not in ("date-value", "string-value")):
            yield bit
            return
        table = self.tables[-1]
        column = table.column + (1 if bit.location.endswith(("date-value", "string-value")) else 0)
        table.found.append((Cell(table.row, column, bit.text), replace(bit, label="")))

    def rest(self) -> Iterator[Bit]:
        for opened in self.stack[1:]:
            if opened.segments:
                yield self._bit(opened)
        for table in self.tables:
            yield from _labelled(table)


def _labelled(table: _Table) -> Iterator[Bit]:
    names = grid.names_for([cell for cell, _bit in table.found])
    for (cell, bit), name in zip(table.found, names, strict=True):
        yield replace(bit, label=name, location=f"{bit.location}:row:{cell.row}:{name or cell.column}")


def _named(attrs: str) -> str:
    found = re.search(r"(?:^|[\s:])name\s*=\s*\"([^\"]*)\"", attrs)
    return html.unescape(found[1]) if found and labels.plain(found[1]) else ""
