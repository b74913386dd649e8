"""The file with all terms (``resources/vocabularies/vocabularies.sqlite``): opened at the first question, read only.

Safe to use from many threads, each has a connection of its own. Without the file, or with a damaged one, there are no
suggestions: every question gets an empty answer and :func:`problem` says why. ``vocabularies/build.py`` makes it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depositor import resources
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.form.terms.vocabulary_words import Words

_FILE = "vocabularies/vocabularies.sqlite"
_ROW = "name.no, term.no, name.shown, term.id, term.label, term.about, term.species, term.first"


@dataclass(frozen=True, slots=True)
class Span:
    """Where the terms and the names of one vocabulary stand; ``tree``: they have parents."""

    low: int
    high: int
    low_name: int
    high_name: int
    tree: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A name and its term; ``shown`` is the synonym, None where the name is the label."""

    name: int
    term: int
    shown: str | None
    id: str
    label: str
    about: str
    species: str
    first: int | None


class Store:
    """The file at ``path``; nothing is opened before the first question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._guard = threading.Lock()
        self._spans: dict[str, Span] | None = None
        self._words: Words | None = None
        self.problem: Problem | None = None

    def span(self, vocabulary: str) -> Span | None:
        """The place of a vocabulary; None for one that does not exist."""
        return self.spans().get(vocabulary)

    def spans(self) -> dict[str, Span]:
        """All vocabularies."""
        with self._guard:
            if self._spans is None:
                found = self.ask("SELECT name, low, high, low_name, high_name, tree FROM vocabulary")
                spans = {row[0]: Span(row[1], row[2], row[3], row[4], bool(row[5])) for row in found}
                if self.problem:
                    return {}
                self._spans = spans
            return self._spans

    def words(self) -> Words:
        """Every word of every name."""
        if self._words is None:
            self._words = Words(word for (word,) in self.ask("SELECT term FROM temp.words"))
        return self._words

    def first(self, span: Span, limit: int) -> list[Row]:
        """The first page of a vocabulary; all of it from the start where it has none."""
        page = self._rows(
            f"SELECT {_ROW} FROM term JOIN name ON name.term = term.no AND name.shown IS NULL "  # noqa: S608
            "WHERE term.first BETWEEN ? AND ? ORDER BY term.first LIMIT ?",
            (span.low, span.high, limit),
        )
        return page or self._rows(
            f"SELECT {_ROW} FROM term JOIN name ON name.term = term.no AND name.shown IS NULL "  # noqa: S608
            "WHERE term.no BETWEEN ? AND ? AND term.heading IS NULL ORDER BY term.no LIMIT ?",
            (span.low, span.high, limit),
        )

    def matching(self, span: Span, query: str, limit: int) -> list[Row]:
        """Names that fit an FTS5 query, the likeliest first."""
        return self._rows(
            f"SELECT {_ROW} FROM name_text JOIN name ON name.no = name_text.rowid "  # noqa: S608
            "JOIN term ON term.no = name.term WHERE name_text MATCH ? AND name_text.rowid BETWEEN ? AND ? "
            "AND name.term BETWEEN ? AND ? LIMIT ?",
            (query, span.low_name, span.high_name, span.low, span.high, limit),
        )

    def containing(self, span: Span, pattern: str, limit: int) -> list[Row]:
        """Names that fit a LIKE pattern (with ``!`` before a literal ``%`` or ``_``), the likeliest first."""
        return self._rows(
            f"SELECT {_ROW} FROM name JOIN term ON term.no = name.term "  # noqa: S608
            "WHERE name.no BETWEEN ? AND ? AND name.term BETWEEN ? AND ? "
            "AND coalesce(name.shown, term.label) LIKE ? ESCAPE '!' ORDER BY name.no LIMIT ?",
            (span.low_name, span.high_name, span.low, span.high, pattern, limit),
        )

    def by_id(self, span: Span, term_id: str) -> list[Row]:
        """The term of an identifier, whatever its case."""
        return self._rows(
            f"SELECT {_ROW} FROM term JOIN name ON name.term = term.no AND name.shown IS NULL "  # noqa: S608
            "WHERE term.id = ? COLLATE NOCASE AND term.no BETWEEN ? AND ? LIMIT 1",
            (term_id, span.low, span.high),
        )

    def synonyms(self, terms: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """The synonyms of some terms."""
        places = ",".join("?" * len(terms))
        out: dict[int, tuple[str, ...]] = {}
        for term, shown in self.ask(
            f"SELECT term, shown FROM name WHERE term IN ({places}) AND shown IS NOT NULL ORDER BY no",  # noqa: S608
            tuple(terms),
        ):
            out[term] = (*out.get(term, ()), shown)
        return out

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a question; none where the file cannot be read, which ``problem`` tells."""
        try:
            return self._connection().execute(sql, values).fetchall()
        except (sqlite3.Error, OSError):
            self.problem = self.problem or damaged()
            return []

    def close(self) -> None:
        """Close this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            del self._local.connection

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        return [
            Row(no, term, shown, id_ or "", label, about or "", species or "", first)
            for no, term, shown, id_, label, about, species, first in self.ask(sql, values)
        ]

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            address = self._path.absolute().as_uri() + "?mode=ro&immutable=1"
            found = sqlite3.connect(address, uri=True, isolation_level=None)
            try:
                found.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'name_text', 'row')")
            except sqlite3.Error:
                found.close()
                raise
            self._local.connection = found
        return found


_store: Store | None = None
_swap = threading.Lock()


def store() -> Store:
    """The store of this program."""
    global _store
    with _swap:
        if _store is None:
            _store = Store(resources.path(_FILE))
        return _store


@contextlib.contextmanager
def using(other: Store) -> Iterator[Store]:
    """Answer from another file for a while."""
    global _store
    before = store()
    _store = other
    try:
        yield other
    finally:
        other.close()
        _store = before


def damaged() -> Problem:
    """The file with the terms is missing or cannot be read."""
    return Problem(
        "vocabulary.damaged",
        Side.PROGRAM,
        msg("vocabulary.damaged", "The lists of terms that come with Depositor cannot be read."),
        msg(
            "vocabulary.damaged.advice",
            "You can type your own words; nothing you wrote is lost. Installing Depositor again brings the lists back.",
        ),
    )
