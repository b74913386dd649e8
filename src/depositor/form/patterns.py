"""Identifiers of the profiles that have a shape of their own: antibodies, proteins, isotopes, accessions.

A field names its rule (``pattern = "rrid"``); the texts of a rule are in its row below. Sources: RRID (scicrunch.org),
UniProt (help, accession numbers), EMPIAR's JSON schema (references), wwPDB, TCIA's proposal form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg
from depositor.form.spots import Spot


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shape: ``example`` is the shortest way to tell a person what is meant."""

    shape: re.Pattern[str]
    example: str


PATTERNS: Mapping[str, Pattern] = {
    "rrid": Pattern(re.compile(r"(?:RRID:\s*)?(?:AB_\d{3,9}|[A-Z][A-Za-z]*_[\w:-]+)"), "RRID:AB_2889189"),
    "uniprot": Pattern(re.compile(r"(?:[OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2})(?:-\d+)?"), "P07766"),
    "isotope": Pattern(re.compile(r"(?:[A-Z][a-z]?-?\d{2,3}|\d{2,3}-?[A-Z][a-z]?)"), "Yb171"),
    "emdb": Pattern(re.compile(r"EMD-\d{4,}"), "EMD-12345"),
    "pdb": Pattern(re.compile(r"(?:pdb_\d{4})?[0-9][A-Za-z0-9]{3}"), "7ABC"),
    "empiar": Pattern(re.compile(r"EMPIAR-\d{5,}"), "EMPIAR-10001"),
    "idr": Pattern(re.compile(r"idr\d{4}.*"), "idr0079"),
    "biostudies": Pattern(re.compile(r"S-[A-Z]+\d+"), "S-BIAD634"),
    "nickname": Pattern(re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,29}"), "Example-GBM"),
}


def findings(spot: Spot) -> Iterator[Finding]:
    """What does not have the shape that its field asks for; never more than a warning."""
    pattern = PATTERNS.get(spot.field.pattern or "")
    if pattern is None:
        return
    for path, value in spot.values():
        if isinstance(value, str) and not pattern.shape.fullmatch(value.strip()):
            key = f"form:pattern:{path}"
            said, advice = _told(value, pattern.example)
            yield Finding(key, "form.pattern", Level.WARNING, said, _WHY, advice, location=path)


def is_rrid(text: str) -> bool:
    """The shape of a research resource identifier, with or without ``RRID:``."""
    return PATTERNS["rrid"].shape.fullmatch(text.strip()) is not None


_WHY = msg("form.pattern.why", "Programs follow identifiers; one in another shape leads nowhere.")


def _told(value: str, example: str) -> tuple[Message, Message]:
    said = msg("form.pattern", "“{value}” is not such an identifier.", value=value)
    return said, msg("form.pattern.advice", "It looks like {example}. Copy it from its page.", example=example)
