"""Terms to choose from, offline: type-ahead over labels and synonyms that forgives accents, word order and a typo.

The tables lie in ``resources/vocabularies`` (see SOURCES.md there) and are read at the first question.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from depositor import resources

_TABLES: Mapping[str, tuple[str, ...]] = {
    "imaging-methods": ("imaging-methods",),
    "organisms": ("organisms",),
    "biological-entities": ("cell-parts", "cell-lines", "cell-types", "anatomy"),
    "signal-mechanisms": ("signal-mechanisms",),
    "fluorophores": ("fluorophores",),
    "credit": ("credit",),
    "countries": ("countries",),
}
_PREFIXES = {"organisms": "NCBITaxon:"}  # a bare number typed there is meant as this
_COMMON = 55  # lines at the top of a table that are ordered by how common they are
_TYPO_FROM = 4  # letters: shorter words have too many neighbours


@dataclass(frozen=True, slots=True)
class Term:
    """A term; ``id`` is a compact identifier (``FBbi:00000253``) or empty for words without one.

    ``matched`` is the synonym that brought a suggestion, None where the label did.
    """

    id: str
    label: str
    synonyms: tuple[str, ...] = ()
    description: str = ""
    matched: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    term: Term
    names: tuple[str, ...]  # folded: the label, then the synonyms
    hay: str  # all names between line ends
    common: bool  # among the first of its table, which are the commonest


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    entries: tuple[_Entry, ...]
    by_id: Mapping[str, _Entry]
    words: frozenset[str]


def vocabularies() -> tuple[str, ...]:
    """The names of all vocabularies."""
    return tuple(_TABLES)


def suggest(vocabulary: str, text: str, limit: int) -> tuple[Term, ...]:
    """At most ``limit`` terms for what was typed so far, the likeliest first; for nothing typed the commonest ones.

    Exact names come before names that begin so, then words that begin so, then parts of words, then names spaced in
    another way; names with one wrong letter where nothing else fits. An identifier (also as an address, for organisms
    the bare number) finds its term. Empty for a vocabulary that does not exist.
    """
    if vocabulary not in _TABLES:
        return ()
    known = _load(vocabulary)
    direct = term(vocabulary, text)
    if direct:
        return (direct,)
    query = fold(text)
    if not query:
        return tuple(e.term for e in known.entries[:limit])
    found = _ranked(known, query)
    if len(found) < limit:
        found += _squeezed(known, query)
    if not found:
        found = [row for near in _corrected(known.words, query) for row in _ranked(known, near)]
    return _first(found, limit)


def term(vocabulary: str, term_id: str) -> Term | None:
    """The term of an identifier: ``FBbi:00000253``, ``FBbi_00000253``, or an address that ends so."""
    if vocabulary not in _TABLES:
        return None
    short = term_id.strip().rstrip("/").rpartition("/")[2]
    if short.isdigit():
        short = _PREFIXES.get(vocabulary, "") + short
    entry = _load(vocabulary).by_id.get(_id_key(short))
    return entry.term if entry else None


def fold(text: str) -> str:
    """Lower case without accents, punctuation as spaces: ``Förster (FRET)`` as ``forster fret``."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w]+", " ", "".join(c for c in plain if not unicodedata.combining(c))).split())


# --- ranking ---------------------------------------------------------------------------------------------------------

_Row = tuple[tuple[int, int, int], _Entry, str | None]


def _ranked(known: _Vocabulary, query: str) -> list[_Row]:
    words = query.split()
    rows: list[_Row] = []
    for place, entry in enumerate(known.entries):
        if query in entry.hay or (len(words) > 1 and all(w in entry.hay for w in words)):
            best = min(_tiers(entry, query, words), default=None)
            if best is not None:
                tier, at = best
                matched = None if at == 0 else entry.term.synonyms[at - 1]
                rows.append(((tier, _worth(entry), place), entry, matched))
    return rows


def _squeezed(known: _Vocabulary, query: str) -> list[_Row]:
    """Names that begin with the query if spaces do not count: ``HEK 293`` and ``U2-OS`` for HEK293 and U2OS."""
    short = query.replace(" ", "")
    rows: list[_Row] = []
    for place, entry in enumerate(known.entries):
        for at, name in enumerate(entry.names):
            if name.replace(" ", "").startswith(short):
                rows.append(((10, _worth(entry), place), entry, entry.term.synonyms[at - 1] if at else None))
                break
    return rows


def _worth(entry: _Entry) -> int:
    """The commonest terms stay first; among the others the shorter name is likelier."""
    return 0 if entry.common else len(entry.names[0])


def _tiers(entry: _Entry, query: str, words: list[str]) -> Iterator[tuple[int, int]]:
    """(how well, which name) for each name that fits."""
    for at, name in enumerate(entry.names):
        synonym = 1 if at else 0
        if name == query:
            yield synonym, at
        elif name.startswith(query):
            yield 2 + synonym, at
        elif f" {query}" in name:
            yield 4 + synonym, at
        elif len(words) > 1 and all(f" {w}" in f" {name}" for w in words):
            yield 6 + synonym, at
        elif query in name:
            yield 8 + synonym, at


def _first(rows: list[_Row], limit: int) -> tuple[Term, ...]:
    out: list[Term] = []
    seen: set[int] = set()
    for _, entry, matched in sorted(rows, key=lambda row: row[0]):
        if id(entry) not in seen:
            seen.add(id(entry))
            one = entry.term
            out.append(one if matched is None else Term(one.id, one.label, one.synonyms, one.description, matched))
        if len(out) >= limit:
            break
    return tuple(out)


# --- typing errors ---------------------------------------------------------------------------------------------------


def _corrected(words: frozenset[str], query: str) -> Iterator[str]:
    """The query with each unknown word replaced by known words that are one slip away."""
    parts = query.split()
    for at, part in enumerate(parts):
        if len(part) < _TYPO_FROM or part in words:
            continue
        for near in sorted(w for w in words if _one_slip(part, w)):
            yield " ".join((*parts[:at], near, *parts[at + 1 :]))


def _one_slip(typed: str, word: str) -> bool:
    """True where one letter is wrong, missing, too many, or swapped with its neighbour."""
    if abs(len(typed) - len(word)) > 1 or (typed[0] != word[0] and typed[1:2] != word[1:2]):
        return False
    at = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    rest, other = typed[at:], word[at:]
    if len(typed) == len(word):
        return rest[1:] == other[1:] or (rest[2:] == other[2:] and rest[:2] == other[1::-1])
    return rest[1:] == other if len(typed) > len(word) else rest == other[1:]


# --- reading ---------------------------------------------------------------------------------------------------------


@functools.cache
def _load(vocabulary: str) -> _Vocabulary:
    entries = tuple(e for table in _TABLES[vocabulary] for e in _read(table))
    by_id = {_id_key(e.term.id): e for e in reversed(entries) if e.term.id}
    words = frozenset(w for e in entries for n in e.names for w in n.split() if len(w) >= _TYPO_FROM - 1)
    return _Vocabulary(entries, by_id, words)


def _read(table: str) -> Iterator[_Entry]:
    for place, line in enumerate(resources.text(f"vocabularies/{table}.tsv").splitlines()[1:]):
        term_id, label, synonyms, description = line.split("\t")
        listed = tuple(s for s in synonyms.split("|") if s)
        names = (fold(label), *map(fold, listed))
        yield _Entry(Term(term_id, label, listed, description), names, "\n".join(names), place < _COMMON)


def _id_key(term_id: str) -> str:
    return term_id.casefold().replace("_", ":")
