"""Builds ``resources/vocabularies/vocabularies.sqlite`` out of the tables beside this script.

``python vocabularies/build.py [TARGET]``. Columns of a table: id, label, synonyms and parents (``|`` between), species
(the taxon a term belongs to), first (1 for the terms of the first page, in their order) and a plain explanation.
The same tables give the same rows; the bytes may differ between versions of SQLite.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import re
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from depositor.form.terms.vocabulary_words import fold, squeezed

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "resources" / "vocabularies" / "vocabularies.sqlite"
SHARED = TARGET.with_name("fluorophores.tsv")  # the header readers use it too

# What the form can ask for: vocabulary -> its tables. Those of one vocabulary follow each other in the file, so that
# each vocabulary is one range of numbers.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("imaging-methods", ("imaging-methods", "assays")),
    ("biological-entities", ("cell-parts", "cell-lines", "cell-types", "anatomy")),
    ("organisms", ("organisms",)),
    ("life-stages", ("life-stages",)),
    ("signal-mechanisms", ("signal-mechanisms",)),
    ("fluorophores", ("fluorophores", "dyes")),
    ("sample-preparation", ("sample-preparation",)),
    ("visualization", ("visualization",)),
    ("illumination", ("illumination",)),
    ("detection", ("detection",)),
    ("contrast", ("contrast",)),
    ("instruments", ("instruments",)),
    ("credit", ("credit",)),
    ("countries", ("countries",)),
    ("licenses", ("licenses",)),
)
# Other names for single tables, or ranges of them.
ALSO = {
    "assays": "assays",
    "study-types": "assays",
    "cell-parts": "cell-parts",
    "cell-lines": "cell-lines",
    "cell-types": "cell-types",
    "anatomy": "anatomy",
}
# What stands beside each term of a table that has no explanation of its own.
KIND = {"anatomy": "anatomy", "cell-types": "cell type", "cell-lines": "cell line", "cell-parts": "cell part"}
SCHEMA = """
PRAGMA page_size = 4096;
CREATE TABLE vocabulary (name TEXT PRIMARY KEY, low INTEGER, high INTEGER, low_name INTEGER, high_name INTEGER,
                         tree INTEGER) WITHOUT ROWID;
CREATE TABLE term (no INTEGER PRIMARY KEY, id TEXT, label TEXT NOT NULL, about TEXT, species TEXT, first INTEGER,
                   heading INTEGER);
CREATE TABLE name (no INTEGER PRIMARY KEY, term INTEGER NOT NULL, shown TEXT);
CREATE TABLE child (parent INTEGER, no INTEGER, PRIMARY KEY (parent, no)) WITHOUT ROWID;
CREATE VIRTUAL TABLE name_text USING fts5(words, content='', detail=none, columnsize=0, prefix='2 3',
                                          tokenize='unicode61 remove_diacritics 0');
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
INDEXES = """
CREATE INDEX term_id ON term (id COLLATE NOCASE) WHERE id IS NOT NULL;
CREATE INDEX term_first ON term (first) WHERE first IS NOT NULL;
CREATE INDEX child_no ON child (no, parent);
CREATE INDEX name_term ON name (term);
INSERT INTO name_text (name_text) VALUES ('optimize');
ANALYZE;
VACUUM;
"""


@dataclass
class Row:
    """A term on its way into the file."""

    id: str
    label: str
    synonyms: list[str]
    parents: list[str]
    species: str
    first: bool
    about: str
    table: str
    heading: bool = False
    no: int = 0
    found_parents: list[int] = field(default_factory=list)


def rows(table: str) -> list[Row]:
    """The terms of a table, in its order."""
    if table == SHARED.stem:
        return [_row(line | {"first": "1", "about": line["description"]}, table) for line in lines(SHARED)]
    return [_row(line, table) for line in lines(HERE / f"{table}.tsv")]


def lines(path: Path) -> list[dict[str, str]]:
    """The lines of a table."""
    with path.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def _row(line: dict[str, str], table: str) -> Row:
    synonyms, parents = ([p for p in line.get(key, "").split("|") if p] for key in ("synonyms", "parents"))
    first = line["first"] == "1"
    return Row(line["id"], line["label"], synonyms, parents, line.get("species", ""), first, line["about"], table)


def microscope_lists() -> Iterator[tuple[str, list[Row]]]:
    """The enumerations of NBO-Q: ``nbo/`` and the path of the attribute -> its allowed values."""
    lists: dict[str, list[Row]] = {}
    for line in lines(HERE / "nbo.tsv"):
        name = "nbo/" + line["list"]
        lists.setdefault(name, []).append(Row("", line["value"], [], [], "", True, "", name))
    yield from sorted(lists.items())


def with_headings(tables: tuple[str, ...]) -> list[Row]:
    """The terms of some tables; those without a parent hang below a heading where that helps to find the way."""
    every = [row for table in tables for row in rows(table)]
    known = {row.id for row in every if row.id}
    headings: dict[str, Row] = {}
    trees = any(row.parents for row in every)
    for row in every:
        group = next((p for p in row.parents if p.startswith("group:")), None)
        row.parents = [p for p in row.parents if p in known]
        if not row.parents and (group or (trees and len(tables) > 1)):
            key = "heading:" + (group.removeprefix("group:") if group else row.table)
            headings.setdefault(key, Row(key, key, [], [], "", False, "", row.table, heading=True))
            row.parents = [key]
    out = []
    for _table, some in itertools.groupby(every, key=lambda r: r.table):
        listed = list(some)
        own = [h for h in headings.values() if h.table == listed[0].table]
        out += [*own, *listed]
    return out


def fill(connection: sqlite3.Connection) -> None:
    """Write everything; numbers are given in the order of the file."""
    next_term, next_name = itertools.count(1), itertools.count(1)
    groups = [(name, with_headings(tables)) for name, tables in GROUPS]
    spans: dict[str, tuple[int, int, int, int, bool]] = {}
    for name, listed in [*groups, *microscope_lists()]:
        for row in listed:
            row.no = next(next_term)
        names = _names(connection, listed, next_name)
        tree = _tree(connection, listed)
        spans[name] = (listed[0].no, listed[-1].no, *names, tree)
        for table, some in itertools.groupby(listed, key=lambda r: r.table):
            members = list(some)
            for other in (alias for alias, meant in ALSO.items() if meant == table):
                spans[other] = (members[0].no, members[-1].no, *names, any(m.parents for m in members))
        _terms(connection, listed)
    connection.executemany("INSERT INTO vocabulary VALUES (?, ?, ?, ?, ?, ?)", [(n, *s) for n, s in spans.items()])


def _terms(connection: sqlite3.Connection, listed: list[Row]) -> None:
    order = itertools.count(listed[0].no)
    connection.executemany(
        "INSERT INTO term VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (r.no, r.id or None, r.label, r.about or KIND.get(r.table), r.species or None,
             next(order) if r.first else None, 1 if r.heading else None)
            for r in listed
        ],
    )  # fmt: skip


def _names(connection: sqlite3.Connection, listed: list[Row], numbers: Iterator[int]) -> tuple[int, int]:
    """All names of a vocabulary, the likeliest first: those of the first page, then the shorter ones."""
    every = []
    for row in (r for r in listed if not r.heading):
        for at, shown in enumerate((row.label, *row.synonyms)):
            folded = fold(shown)
            every.append((not row.first, len(folded), at > 0, row.no, at, folded, shown if at else None))
    every.sort(key=lambda n: n[:5])
    low = high = 0
    for _, _, _, term, _, folded, kept in every:
        high = next(numbers)
        low = low or high
        connection.execute("INSERT INTO name VALUES (?, ?, ?)", (high, term, kept))
        words = f"{folded} {squeezed(folded)}".strip()
        connection.execute("INSERT INTO name_text (rowid, words) VALUES (?, ?)", (high, words))
    return low, high


def _tree(connection: sqlite3.Connection, listed: list[Row]) -> bool:
    by_id = {r.id: r.no for r in reversed(listed) if r.id}
    pairs = {(by_id[p], r.no) for r in listed for p in r.parents if p in by_id and by_id[p] != r.no}
    connection.executemany("INSERT INTO child VALUES (?, ?)", sorted(pairs))
    return bool(pairs)


def sources_digest() -> str:
    """What the file was built from: the tables, this script, and the rule by which names are compared."""
    digest = hashlib.sha256()
    words = HERE.parent / "src" / "depositor" / "form" / "terms" / "vocabulary_words.py"
    for path in (*sorted(HERE.glob("*.tsv")), SHARED, Path(__file__), words):
        digest.update(path.name.encode() + b"\0" + re.sub(rb"\r\n", b"\n", path.read_bytes()))
    return digest.hexdigest()


def build(target: Path) -> int:
    """Write the file; its size in bytes."""
    beside = target.with_suffix(".new")
    beside.unlink(missing_ok=True)
    connection = sqlite3.connect(beside, isolation_level=None)
    try:
        connection.executescript(SCHEMA)
        connection.execute("BEGIN")
        fill(connection)
        connection.execute("INSERT INTO about VALUES ('sources', ?)", (sources_digest(),))
        connection.execute("COMMIT")
        connection.executescript(INDEXES)
    finally:
        connection.close()
    beside.replace(target)
    return target.stat().st_size


if __name__ == "__main__":
    to = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    sys.stdout.write(f"{to.name}: {build(to):,} bytes\n")
