"""Terms and identifiers, as the faces see them: they ask the session, not the packages below it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from depositor.draft.draft import Draft
from depositor.draft.problem import Problem

if TYPE_CHECKING:
    from depositor.form.fields import Form
    from depositor.form.identifiers import Identifier
    from depositor.form.terms.vocabulary_tree import Node
    from depositor.form.vocabulary import Term

__all__ = [
    "Node",
    "Term",
    "children",
    "has_tree",
    "lineage",
    "made_term",
    "organisms_of",
    "parse",
    "prepare",
    "roots",
    "suggest",
    "synonyms",
    "trouble",
    "unresolved",
]


def suggest(
    vocabulary: str, text: str, limit: int, recent: Sequence[str] = (), species: Collection[str] = ()
) -> tuple[Term, ...]:
    """Terms that fit what was typed, see :func:`depositor.form.vocabulary.suggest`."""
    from depositor.form import vocabulary as vocabularies

    return vocabularies.suggest(vocabulary, text, limit, recent=recent, species=species)


def prepare() -> None:
    """Read, beside what goes on, what the first typing error needs: the words of all names (50 ms)."""
    from depositor.form.terms.vocabulary_store import store

    threading.Thread(target=lambda: store().words(), name="words", daemon=True).start()


def trouble() -> Problem | None:
    """Why there are no lists of terms; None where all is well."""
    from depositor.form import vocabulary as vocabularies

    return vocabularies.problem()


def has_tree(vocabulary: str) -> bool:
    """True where one can walk from wide to narrow terms."""
    from depositor.form.terms import vocabulary_tree

    return vocabulary_tree.has_tree(vocabulary)


def roots(vocabulary: str) -> tuple[Node, ...]:
    """Where the tree of a vocabulary begins."""
    from depositor.form.terms import vocabulary_tree

    return vocabulary_tree.roots(vocabulary)


def children(vocabulary: str, number: int) -> tuple[Node, ...]:
    """What stands right below a node."""
    from depositor.form.terms import vocabulary_tree

    return vocabulary_tree.children(vocabulary, number)


def lineage(vocabulary: str, term: Term) -> tuple[Node, ...]:
    """The way from the top to a term."""
    from depositor.form.terms import vocabulary_tree

    return vocabulary_tree.lineage(vocabulary, term)


def synonyms(node: Node) -> tuple[str, ...]:
    """Other names of a term in the tree."""
    from depositor.form.terms import vocabulary_tree

    return vocabulary_tree.synonyms(node)


def parse(kind: str, text: str) -> Identifier | Problem:
    """What was typed, pasted or scanned, as an identifier; see :mod:`depositor.form.identifiers`."""
    from depositor.form import identifiers

    return identifiers.parse(kind, text)


def organisms_of(draft: Draft) -> frozenset[str]:
    """The identifiers of the organisms that a draft names so far."""
    found: set[str] = set()
    biosamples = draft.get("biosample")
    for sample in biosamples if isinstance(biosamples, list) else []:
        named = sample.get("organism") if isinstance(sample, dict) else None
        for one in named if isinstance(named, list) else [named]:
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                found.add(one["id"])
    return frozenset(found)


def unresolved(form: Form, draft: Draft) -> tuple[tuple[str, str, str], ...]:
    """Answers in own words where a term with an identifier could stand: (path, vocabulary, words).

    They are valid as they are; a face can offer to look for their terms later, for instance when there is a network.
    """
    from depositor.form.fields import Kind
    from depositor.form.spots import spots

    kinds = (Kind.TERM, Kind.TEXT_OR_TERM, Kind.TAXON)
    found = []
    for spot in spots(form, draft):
        if spot.field.kind in kinds and spot.field.vocabulary:
            for path, value in spot.values():
                words = value.get("label") if isinstance(value, dict) and not value.get("id") else value
                if isinstance(words, str) and words.strip():
                    found.append((path, spot.field.vocabulary, words.strip()))
    return tuple(found)


def made_term(term_id: str, label: str, description: str) -> Term:
    """A term that came from elsewhere."""
    from depositor.form.vocabulary import Term

    return Term(term_id, label, (), description)
