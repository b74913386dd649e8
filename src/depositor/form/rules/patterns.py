"""Identifiers of the profiles that have a shape of their own: antibodies, proteins, isotopes, accessions.

A field names its rule (``pattern = "rrid"``): a kind of :mod:`depositor.form.identifiers` or a row of the table here.
Sources: EMPIAR's JSON schema (references), wwPDB, MITI (isotopes), TCIA's proposal form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem
from depositor.form import identifiers
from depositor.form.spots import Spot


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shape: ``example`` is the shortest way to tell a person what is meant."""

    shape: re.Pattern[str]
    example: str


PATTERNS: Mapping[str, Pattern] = {
    "isotope": Pattern(re.compile(r"[A-Z][a-z]?-?\d{2,3}|\d{2,3}-?[A-Z][a-z]?"), "Yb171"),
    "emdb": Pattern(re.compile(r"EMD-\d{4,}"), "EMD-12345"),
    "pdb": Pattern(re.compile(r"(?:pdb_\d{4})?[0-9][A-Za-z0-9]{3}"), "7ABC"),
    "empiar": Pattern(re.compile(r"EMPIAR-\d{5,}"), "EMPIAR-10001"),
    "idr": Pattern(re.compile(r"idr\d{4}.*"), "idr0079"),
    "biostudies": Pattern(re.compile(r"S-[A-Z]+\d+"), "S-BIAD634"),
    "nickname": Pattern(re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,29}"), "Example-GBM"),
}


def names() -> frozenset[str]:
    """Every rule that a field may name."""
    return frozenset((*PATTERNS, *identifiers.kinds()))


def findings(spot: Spot) -> Iterator[Finding]:
    """What does not have the shape that its field asks for; never more than a warning."""
    if not spot.field.pattern:
        return
    for path, value in spot.values():
        told = _wrong(spot.field.pattern, value) if isinstance(value, str) else None
        if told:
            said, advice = told
            yield Finding(f"form:pattern:{path}", "form.pattern", Level.WARNING, said, _WHY, advice, location=path)


_WHY = msg("form.pattern.why", "Programs follow identifiers; one in another shape leads nowhere.")


def _wrong(name: str, value: str) -> tuple[Message, Message] | None:
    pattern = PATTERNS.get(name)
    if pattern is None:
        found = identifiers.parse(name, value) if name in identifiers.kinds() else None
        return (found.message, found.advice) if isinstance(found, Problem) else None
    if pattern.shape.fullmatch(value.strip()):
        return None
    said = msg("form.pattern", "“{value}” is not such an identifier.", value=value)
    example = pattern.example
    return said, msg("form.pattern.advice", "It looks like {example}. Copy it from its page.", example=example)
