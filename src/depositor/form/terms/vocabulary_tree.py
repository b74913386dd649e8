"""Vocabularies as trees: what is above and below a term. A term may have several parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor.draft.message import Message, msg
from depositor.form.terms.vocabulary_store import Span, store
from depositor.form.vocabulary import Term

_HEADINGS: Mapping[str, Message] = {
    "mammal": msg("vocabulary.heading.mammal", "Mammals"),
    "bird": msg("vocabulary.heading.bird", "Birds"),
    "fish": msg("vocabulary.heading.fish", "Fishes"),
    "amphibian": msg("vocabulary.heading.amphibian", "Amphibians"),
    "insect": msg("vocabulary.heading.insect", "Insects"),
    "nematode": msg("vocabulary.heading.nematode", "Roundworms"),
    "other animal": msg("vocabulary.heading.other-animal", "Other animals"),
    "plant": msg("vocabulary.heading.plant", "Plants and algae"),
    "fungus": msg("vocabulary.heading.fungus", "Fungi and yeasts"),
    "protist": msg("vocabulary.heading.protist", "Protists"),
    "bacterium": msg("vocabulary.heading.bacterium", "Bacteria"),
    "archaeon": msg("vocabulary.heading.archaeon", "Archaea"),
    "virus": msg("vocabulary.heading.virus", "Viruses"),
    "other": msg("vocabulary.heading.other", "Others"),
    "cell-parts": msg("vocabulary.heading.cell-parts", "Parts of cells"),
    "cell-lines": msg("vocabulary.heading.cell-lines", "Cell lines"),
    "cell-types": msg("vocabulary.heading.cell-types", "Cell types"),
    "anatomy": msg("vocabulary.heading.anatomy", "Organs and tissues"),
    "imaging-methods": msg("vocabulary.heading.imaging-methods", "Imaging methods"),
    "assays": msg("vocabulary.heading.assays", "Kinds of study"),
}
_NODE = (
    "SELECT term.no, term.id, term.label, term.about, term.heading, "
    "(SELECT count(*) FROM child WHERE child.parent = term.no) FROM term "
)
_WITHOUT_PARENT = (
    "WHERE term.no BETWEEN ? AND ? "
    "AND NOT EXISTS (SELECT 1 FROM child WHERE child.no = term.no AND child.parent BETWEEN ? AND ?)"
)
_DEEPEST = 60  # far beyond any of the trees; a circle ends there


@dataclass(frozen=True, slots=True)
class Node:
    """A term in its tree: ``number`` is its key, ``children`` how many stand right below it.

    A ``heading`` only orders the terms below it: it cannot be chosen, and has no :class:`Term`.
    """

    number: int
    term: Term | None
    heading: Message | None
    children: int


def has_tree(vocabulary: str) -> bool:
    """True where the terms of a vocabulary have parents."""
    span = store().span(vocabulary)
    return span is not None and span.tree


def roots(vocabulary: str) -> tuple[Node, ...]:
    """Where the tree of a vocabulary begins; large branches first."""
    span = store().span(vocabulary)
    if span is None:
        return ()
    found = _nodes(
        _NODE + _WITHOUT_PARENT,
        (span.low, span.high, span.low, span.high),
    )
    return tuple(sorted(found, key=lambda node: (node.children == 0, node.heading is None, node.number)))


def children(vocabulary: str, number: int) -> tuple[Node, ...]:
    """What stands right below a node, by name."""
    span = store().span(vocabulary)
    if span is None:
        return ()
    sql = _NODE + "JOIN child ON child.no = term.no WHERE child.parent = ? AND term.no BETWEEN ? AND ?"
    found = _nodes(sql, (number, span.low, span.high))
    return tuple(sorted(found, key=lambda node: node.term.label.casefold() if node.term else ""))


def lineage(vocabulary: str, term: Term) -> tuple[Node, ...]:
    """The way from the top of the tree to ``term``, which comes last: by the first parent, where it has several.

    Empty for a term that the vocabulary does not hold.
    """
    span = store().span(vocabulary)
    number = _number(span, term) if span else None
    if span is None or number is None:
        return ()
    way = [number]
    while len(way) < _DEEPEST:
        above = store().ask(
            "SELECT parent FROM child WHERE no = ? AND parent BETWEEN ? AND ? ORDER BY parent LIMIT 1",
            (way[-1], span.low, span.high),
        )
        if not above or above[0][0] in way:
            break
        way.append(above[0][0])
    by_number = {node.number: node for node in _nodes(_NODE + f"WHERE term.no IN ({','.join('?' * len(way))})", way)}
    return tuple(by_number[n] for n in reversed(way) if n in by_number)


def synonyms(node: Node) -> tuple[str, ...]:
    """Other names of a node's term."""
    return store().synonyms((node.number,)).get(node.number, ())


def _number(span: Span, term: Term) -> int | None:
    column, value = ("id", term.id) if term.id else ("label", term.label)
    found = store().ask(
        f"SELECT no FROM term WHERE {column} = ? AND no BETWEEN ? AND ? LIMIT 1",  # noqa: S608
        (value, span.low, span.high),
    )
    return int(found[0][0]) if found else None


def _nodes(sql: str, values: Sequence[Any]) -> list[Node]:
    return [_node(*row) for row in store().ask(sql, values)]


def _node(number: int, term_id: str | None, label: str, about: str | None, heading: int | None, below: int) -> Node:
    if heading:
        key = (term_id or "").removeprefix("heading:")
        return Node(number, None, _HEADINGS.get(key, Message("vocabulary.heading", key)), below)
    return Node(number, Term(term_id or "", label, (), about or ""), None, below)
