"""Columns of files out of a table: pasted cells, or a CSV or TSV file. One of its columns names the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.name_patterns import nfc, place_name
from depositor.draft.problem import NeedsUser, Problem, Side

MOST_BYTES = 20_000_000
MOST_ROWS = 200_000
_MOST_COLUMNS = 200
_FILE_HEADINGS = (
    "files",
    "file",
    "filename",
    "file name",
    "file_name",
    "path",
    "filepath",
    "file path",
    "image",
    "name",
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with headings; all rows are as long as the headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> int:
        """Which column names the files: by its heading, else the first."""
        plain = [h.strip().casefold() for h in self.headings]
        return next((plain.index(h) for h in _FILE_HEADINGS if h in plain), 0)


@dataclass(frozen=True, slots=True)
class Matched:
    """Heading -> path -> value, for the rows that name a file; ``unknown`` rows name none, ``unclear`` more than one.

    ``missing`` files stand in no row.
    """

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    files: int = 0
    unknown: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    missing: int = 0


def parsed(text: str) -> Table:
    """A pasted or read table. NeedsUser where it is none, or too large."""
    if len(text) > MOST_BYTES:
        raise NeedsUser(_too_large())
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if len(lines) < 2:
        raise NeedsUser(_no_table())
    if len(lines) > MOST_ROWS:
        raise NeedsUser(_too_large())
    counts = {d: lines[0].count(d) for d in ("\t", ";", ",")}
    delimiter = max(counts, key=lambda d: (counts[d], d == "\t"))
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error as error:
        raise NeedsUser(_no_table()) from error
    headings = tuple(h.strip() for h in rows[0])
    if len(headings) < 2 or len(headings) > _MOST_COLUMNS:
        raise NeedsUser(_no_table())
    width = len(headings)
    return Table(headings, tuple(tuple(c.strip() for c in (*r, *[""] * width))[:width] for r in rows[1:]))


def read(path: Path) -> Table:
    """The table in a CSV or TSV file. NeedsUser where it cannot be read as one."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise NeedsUser(_unreadable()) from error
    if len(raw) > MOST_BYTES or b"\0" in raw[:4096].replace(b"\xff\xfe", b"", 1):
        raise NeedsUser(_too_large() if len(raw) > MOST_BYTES else _no_table())
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return parsed(text)


def matched(table: Table, paths: Sequence[str], key: int | None = None) -> Matched:
    """The values of a table for the files that its rows name: by the whole path, its end, its name, or its stem."""
    at = table.key if key is None else key
    told = [nfc(row[at].replace("\\", "/").strip()) for row in table.rows]
    index = _index(paths, {way for name in told for way in _ways(name)})
    columns: dict[str, dict[str, str]] = {
        place_name(h) or f"Column {n + 1}": {} for n, h in enumerate(table.headings) if n != at
    }
    order = [n for n in range(len(table.headings)) if n != at]
    unknown, unclear, seen = list[str](), list[str](), set[str]()
    for row, name in zip(table.rows, told, strict=True):
        found = _find(index, name)
        if found is None or found == "":
            (unknown if found is None else unclear).append(row[at])
            continue
        seen.add(found)
        for heading, n in zip(columns, order, strict=False):
            if row[n]:
                columns[heading][found] = row[n]
    kept = {h: v for h, v in columns.items() if v}
    return Matched(kept, len(seen), tuple(unknown), tuple(unclear), len(paths) - len(seen))


def _index(paths: Iterable[str], wanted: set[str]) -> dict[str, str]:
    """The wanted ways to name a file -> its path; an empty text where the name is that of several."""
    out: dict[str, str] = {}
    whole = set[str]()
    for path in paths:
        parts = path.split("/")
        for way in {*("/".join(parts[n:]) for n in range(len(parts))), parts[-1].split(".")[0]} & wanted:
            out[way] = path if out.get(way, path) == path else ""
        if path in wanted:
            whole.add(path)
    return out | {path: path for path in whole}


def _ways(name: str) -> tuple[str, ...]:
    return name, name.removeprefix("./"), name.rpartition("/")[2]


def _find(index: dict[str, str], name: str) -> str | None:
    return next((index[way] for way in _ways(name) if way and way in index), None)


def _no_table() -> Problem:
    return Problem(
        "columns.no-table",
        Side.COMPUTER,
        msg("columns.no-table", "This is no table with headings and rows."),
        msg("columns.no-table.advice", "Copy the cells with their headings; one column must hold the file names."),
    )


def _too_large() -> Problem:
    return Problem(
        "columns.table-too-large",
        Side.COMPUTER,
        msg("columns.table-too-large", "This table is too large to be kept file by file."),
        msg(
            "columns.table-too-large.advice",
            "Use a pattern over the file names, or a table of at most {rows} rows.",
            rows=MOST_ROWS,
        ),
    )


def _unreadable() -> Problem:
    return Problem(
        "columns.table-unreadable",
        Side.COMPUTER,
        msg("columns.table-unreadable", "This file cannot be read."),
        msg("columns.table-unreadable.advice", "Look whether it is open in another program, or was moved."),
    )
