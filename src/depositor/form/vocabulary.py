"""Terms to choose from, offline: type-ahead over labels and synonyms that forgives accents, word order and a typo.

All of them lie in one file (``vocabulary_store``); their origin and licences stand in ``resources/vocabularies``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from depositor.draft.problem import Problem
from depositor.form.terms.vocabulary_store import Row, Span, store
from depositor.form.terms.vocabulary_words import fold, squeezed

__all__ = ["Term", "fold", "problem", "suggest", "term", "vocabularies"]

_PREFIXES = {"organisms": "NCBITaxon:"}  # a bare number typed there is meant as this
_CANDIDATES = 300  # names that are looked at closely; they come in the order of their likelihood
_CORRECTIONS = 6
_SUBSTRING_FROM = 3  # letters
_FEW = 3  # terms; with more of them nobody looks for parts of words
_OBO = re.compile(r"(?:https?://\S*[/#])?([A-Za-z][A-Za-z0-9-]*)[_:]([A-Za-z0-9]+)/?")
# Identifiers of animals' parts and cells: less likely where the study is about plants, fungi or microbes only.
_ANIMAL_TABLES = ("UBERON:", "CL:")
_NO_ANIMALS = frozenset(("plant", "fungus", "bacterium", "archaeon", "protist", "virus"))


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


def vocabularies() -> tuple[str, ...]:
    """The names of all vocabularies; empty where the file with the terms cannot be read."""
    return tuple(sorted(store().spans()))


def problem() -> Problem | None:
    """Why there are no terms; None where all is well."""
    store().spans()
    return store().problem


def suggest(
    vocabulary: str, text: str, limit: int, *, recent: Sequence[str] = (), species: Collection[str] = ()
) -> tuple[Term, ...]:
    """At most ``limit`` terms for what was typed so far, the likeliest first; for nothing typed the first page.

    Exact names come before names that begin so, then words that begin so, then parts of words; names with a typing
    error only where nothing else fits. An identifier (also as an address, for organisms the bare number) finds its
    term. ``recent`` are identifiers (or labels) that this person chose before, the latest first; ``species`` are the
    organisms of the study. Never raises; empty for a vocabulary that does not exist.
    """
    span = store().span(vocabulary)
    if span is None or limit < 1:
        return ()
    direct = term(vocabulary, text)
    if direct:
        return (direct,)
    query = fold(text)
    if not query:
        return _terms([*_recent(span, recent), *store().first(span, limit)], limit)
    wish = _Wish(query, query.split(), {r: at for at, r in enumerate(recent)}, frozenset(species), _plain_life(species))
    rows = _found(span, wish, limit)
    return _terms(rows, limit)


def term(vocabulary: str, term_id: str) -> Term | None:
    """The term of an identifier: ``FBbi:00000253``, ``FBbi_00000253``, ``GB``, or an address that ends so."""
    span = store().span(vocabulary)
    short = term_id.strip()
    if span is None or not short or len(short) > 200:
        return None
    for form in _forms(vocabulary, short):
        rows = store().by_id(span, form)
        if rows:
            return _terms(rows, 1)[0]
    return None


# --- finding ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is looked for, and for whom."""

    query: str
    words: list[str]
    recent: dict[str, int]
    species: frozenset[str]
    no_animals: bool


def _found(span: Span, wish: _Wish, limit: int) -> list[Row]:
    rows = _ranked(store().matching(span, _fts(wish.query), _CANDIDATES), wish)
    if _distinct(rows) < min(_FEW, limit) and len(wish.query.replace(" ", "")) >= _SUBSTRING_FROM:
        rows += _ranked(store().containing(span, _like(wish.query), limit * 4), wish)
    if not rows:
        for near_by in _corrected(wish):
            other = replace(wish, query=near_by, words=near_by.split())
            rows += _ranked(store().matching(span, _fts(near_by), limit * 4), other)
            if _distinct(rows) >= limit:
                break
    return rows


def _ranked(rows: Iterable[Row], wish: _Wish) -> list[Row]:
    return [row for _, row in sorted(((_rank(row, wish), row) for row in rows), key=lambda pair: pair[0])]


def _rank(row: Row, wish: _Wish) -> tuple[int, int, int, int, int]:
    """The smaller, the likelier: recent picks, how well the name fits, the first page, short names."""
    tier = _tier(fold(row.shown or row.label), wish) + (1 if row.shown else 0)
    if wish.no_animals and row.id.startswith(_ANIMAL_TABLES):
        tier += 2
    if row.species and wish.species and row.species not in wish.species:
        tier += 10
    used = wish.recent.get(row.id or row.label, len(wish.recent))
    worth = row.first - 1_000_000 if row.first is not None else len(row.label)
    return used if tier < 8 else len(wish.recent), tier, worth, row.term, row.name


def _tier(name: str, wish: _Wish) -> int:
    query = wish.query
    if name == query:
        return 0
    if name.startswith(query):
        return 2
    if f" {query}" in name:
        return 4
    if len(wish.words) > 1 and all(f" {w}" in f" {name}" for w in wish.words):
        return 6
    return 10 if name.replace(" ", "").startswith(query.replace(" ", "")) else 8


def _fts(query: str) -> str:
    """All words, each as a beginning; or all of it written as one word."""
    words = " AND ".join(f'"{word}"*' for word in query.split())
    joined = squeezed(query)
    return f'({words}) OR "{joined}"*' if joined else words


def _like(query: str) -> str:
    """Any one character may stand where words part: ``light sheet`` is in ``light-sheet``."""
    return "%" + query.replace(" ", "_") + "%"


def _corrected(wish: _Wish) -> Iterator[str]:
    """The query with each unknown word replaced by known words that are a slip or two away."""
    every = store().words()
    for at, part in enumerate(wish.words):
        if part in every.all:
            continue
        last = at == len(wish.words) - 1
        for word in every.near(part, unfinished=last)[:_CORRECTIONS]:
            yield " ".join((*wish.words[:at], word, *wish.words[at + 1 :]))


# --- rows and terms --------------------------------------------------------------------------------------------------


def _terms(rows: Iterable[Row], limit: int) -> tuple[Term, ...]:
    """The terms of rows, each once."""
    chosen: dict[int, Row] = {}
    for row in rows:
        if row.term not in chosen:
            chosen[row.term] = row
        if len(chosen) >= limit:
            break
    synonyms = store().synonyms(tuple(chosen)) if chosen else {}
    return tuple(Term(r.id, r.label, synonyms.get(no, ()), r.about, r.shown) for no, r in chosen.items())


def _distinct(rows: Iterable[Row]) -> int:
    return len({row.term for row in rows})


def _recent(span: Span, recent: Sequence[str]) -> list[Row]:
    """What this person chose before, as long as it is still in the vocabulary."""
    return [row for one in recent[:5] for row in store().by_id(span, one)]


def _forms(vocabulary: str, short: str) -> Iterator[str]:
    """The ways in which an identifier may be meant."""
    if short.isdigit():
        yield _PREFIXES.get(vocabulary, "") + short
        return
    yield short
    curie = _OBO.fullmatch(short)
    if curie:
        yield f"{curie[1]}:{curie[2]}"
        yield f"{curie[1]}_{curie[2]}"
    elif "/" in short:
        yield short.rstrip("/").rpartition("/")[2]


def _plain_life(species: Collection[str]) -> bool:
    """True where the organisms are known and none of them is an animal."""
    span = store().span("organisms")
    groups = {row.about for one in species for row in (store().by_id(span, one) if span else ())}
    return bool(groups) and groups <= _NO_ANIMALS
