"""Text tables: which letters, which separator, as people's programs write them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from depositor.draft.message import Message, msg
from depositor.draft.problem import Damaged, NeedsUser
from depositor.form.workbook import safety
from depositor.form.workbook.grid import Grid

LARGEST = 256 * 1024 * 1024  # bytes
MOST_ROWS, MOST_COLUMNS, LONGEST = 1_100_000, 2_000, 100_000
_SEPARATORS = ("\t", ";", ",", "|")
_SAMPLE = 64 * 1024
NAMES = {
    "\t": msg("import.separator.tab", "tabs"),
    ";": msg("import.separator.semicolon", "semicolons"),
    ",": msg("import.separator.comma", "commas"),
    "|": msg("import.separator.bar", "vertical bars"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text file as it was read."""

    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Delimited:
    """A text table as a grid, and how it was read."""

    grid: Grid
    encoding: str
    separator: str

    def details(self) -> tuple[Message, ...]:
        """How it was read, for people."""
        separator = NAMES[self.separator].text
        return (
            msg("import.encoding", "Letters: {encoding}", encoding=self.encoding),
            msg("import.separated", "Separated by {separator}", separator=separator),
        )


def load(path: Path) -> bytes:
    """The bytes of a text file, bounded. NeedsUser where it cannot be read, Damaged where it is far too large."""
    try:
        if path.stat().st_size > LARGEST:
            raise Damaged(safety.too_large(path))
        return path.read_bytes()
    except OSError as error:
        raise NeedsUser(safety.not_there(path)) from error


def decoded(data: bytes) -> Text:
    """Letters by their mark, else UTF-8, else those of Windows in the West; UTF-16 without a mark by its zeros."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return Text(data.decode(name, "replace"), name.removesuffix("-sig").upper())
    sample = data[:4000]
    if b"\x00" in sample:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        name = "utf-16-be" if even > odd else "utf-16-le"
        return Text(data.decode(name, "replace"), "UTF-16")
    try:
        return Text(data.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError:
        return Text(data.decode("cp1252", "replace"), "Windows-1252")


def looks_like_text(head: bytes) -> bool:
    """True for bytes that a person could read, in whichever letters."""
    if not head.strip():
        return False
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:3] == b"\xef\xbb\xbf":
        return True
    zeros = head[:4000].count(0)
    if zeros:  # UTF-16 without a mark: every other byte
        return 0.3 < zeros / len(head[:4000]) < 0.7
    control = sum(b < 9 or 13 < b < 32 for b in head[:4000])
    return control == 0


def separator(text: str) -> str:
    """What separates the cells: the sign that gives the same number of cells in most lines."""
    best, found = (0.0, 0), ","
    for sign in _SEPARATORS:
        counts = [len(r) for r in _rows(text[:_SAMPLE], sign, 60) if r]
        if not counts:
            continue
        usual = max(set(counts), key=lambda n: (counts.count(n), n))
        score = (counts.count(usual) / len(counts), usual) if usual > 1 else (0.0, 0)
        if score > best:
            best, found = score, sign
    return found


def table(path: Path) -> Delimited:
    """The file as a grid. Damaged where no cells can be told apart."""
    got = decoded(load(path))
    return parsed(got, path)


def parsed(got: Text, path: Path) -> Delimited:
    """A text as a grid of texts."""
    text = got.text
    sign = separator(text)
    first = text.split("\n", 1)[0]
    if first.casefold().startswith("sep=") and len(first.strip()) == 5:  # Excel's own hint
        sign, text = first.strip()[4], text.partition("\n")[2]
    try:
        rows = [tuple(c[:LONGEST] or None for c in row[:MOST_COLUMNS]) for row in _rows(text, sign, MOST_ROWS)]
    except csv.Error as error:
        raise Damaged(safety.unreadable(path)) from error
    kept = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    grid = Grid(path.name, tuple(r for _, r in kept), tuple(n for n, _ in kept), single=True)
    return Delimited(grid, got.encoding, sign if sign in NAMES else ",")


def _rows(text: str, sign: str, most: int) -> list[list[str]]:
    csv.field_size_limit(LONGEST * 10)
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=sign)
    out: list[list[str]] = []
    try:
        for row in reader:
            out.append(row)
            if len(out) >= most:
                break
    except csv.Error:
        if not out:
            raise
    return out
