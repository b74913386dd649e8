"""Facts that are harmless one by one and together fit few people: age, sex, place, day, a rare disease, a family."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence

from depositor import resources
from depositor.draft.finding import Finding
from depositor.privacy import judge
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.words import births, contacts, days, labels, persons

FEWEST = 3  # sorts of facts that together may fit few people


@functools.cache
def _columns() -> Mapping[str, frozenset[str]]:
    """What headings of tables tell of a person, by sort."""
    facts = resources.toml("privacy/labels.toml")["facts"]
    return {sort: frozenset(map(labels.plain, known)) for sort, known in facts.items()}


_SEX = re.compile(
    r"(?i:\b(?:woman|man|female|male|girl|boy|lady|frau|mann|patientin|mädchen|junge|femme|homme|fille|garçon"
    r"|mujer|hombre|niñ[ao]|donna|uomo|ragazz[ao]|vrouw|meisje|jongen|kobieta|mężczyzna|kvinna|flicka|pojke"
    r"|mulher|homem|kadın|erkek)\b)"
    r"|女性|男性|女|男|여성|남성|женщина|мужчина|امرأة|رجل"
)
_AGE = re.compile(
    r"(?<![\d.])(?:\d{1,3})[-\s]?(?:years?[- ]old|year[- ]old|yrs? old|y/?o\b|jährige\w*|jahre alt|ans\b|años"
    r"|anni\b|jaar oud|jarige|lat\b|letni\w*|år gammal|anos de idade|yaşında|歳|岁|세|лет)|\baged? \d{1,3}\b",
    re.IGNORECASE,
)
_FROM = re.compile(
    rf"\b(?:from|of|in|near|aus|bei|wohnhaft in|de|à|di|da|uit|te|z|från|i|em|resident of|lives in|living in"
    rf"|native of)\s+({persons.WORD})"
)
_RARE = re.compile(
    r"(?i:\b(?:rare|only (?:known )?case|first case|unique|index patient|selten\w*|raro|rara|unico|orphan)\b"
    r"|\b\w+(?:'s)? (?:syndrome|disease|dystrophy|ataxia|progeria|leukodystrophy)\b|\w+(?:syndrom|krankheit"
    r"|dystrophie)\b|\bsyndrome (?:de|d')\b)"
)
_WORK = re.compile(
    r"(?i:\b(?:mayor|teacher|priest|farmer|nurse|football player|pilot|minister|twin|triplet|mother of|father of"
    r"|bürgermeister\w*|lehrer\w*|pfarrer\w*|landwirt\w*|maire|alcalde|sindaco)\b)"
)


@functools.lru_cache(maxsize=4096)
def of_text(text: str) -> frozenset[str]:
    """The sorts of facts about a person that a text tells."""
    if len(text) < 12 or not any(c.isdigit() for c in text[:4000]):
        return frozenset()
    text = text[:4000]
    found = {name for name, pattern in _SIMPLE if pattern.search(text)}
    if any(days.written(text)):
        found.add("day")
    if any(births.ages(text)):
        found.add("age")
    if "age" in found or "sex" in found:
        found |= _places(text)
    return frozenset(found)


def _tells_age(text: str) -> bool:
    """Without it nothing tells too much (:func:`are_telling`): most texts need not be searched for all the rest."""
    some = text[:4000]
    return len(text) >= 12 and (_AGE.search(some) is not None or any(births.ages(some)))


_SIMPLE = (("age", _AGE), ("sex", _SEX), ("disease", _RARE), ("work", _WORK))


def _places(text: str) -> set[str]:
    town = any(_is_town(m[1]) for m in _FROM.finditer(text))
    return {"place"} if town or any(contacts.postcodes(text)) or any(contacts.streets(text)) else set()


def _is_town(word: str) -> bool:
    return (
        len(word) > 3
        and persons.could_be_name(word)
        and not persons.is_eponym(word)
        and not persons.is_given_name(word)
    )


def are_telling(sorts: frozenset[str]) -> bool:
    """True where the facts together may fit few people: three sorts, of which one narrows strongly."""
    return len(sorts) >= FEWEST and "age" in sorts and bool(sorts & {"place", "disease", "work"})


@functools.lru_cache(maxsize=4096)
def _of_label(label: str) -> str:
    bare = labels.plain(label)
    return next((sort for sort, known in _columns().items() if bare in known), "")


def findings(check: str, shown: str, spots: Sequence[Spot]) -> tuple[Finding, ...]:
    """One advice for a table whose columns tell too much together, one for each text that does so by itself."""
    out: list[Finding] = []
    columns = {s.label: _of_label(s.label) for s in spots if s.location.startswith("row:") and s.label}
    sorts = frozenset(columns.values()) - {""}
    if are_telling(sorts):
        named = ", ".join(label for label, sort in columns.items() if sort)
        out.append(finding(check, shown, "columns", named, ("remove",)))
    for spot in spots:
        if len(out) < judge.MOST and _tells_age(spot.text) and are_telling(of_text(spot.text)):
            out.append(finding(check, shown, spot.location, spot.text[: judge.SHORT], ()))
    return tuple(out)


def of_record(values: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The sorts of facts that the fields of one record (a biosample, headers of a file) tell together."""
    out: set[str] = set()
    values = list(values)
    for label, text in values:
        sort = _of_label(label)
        if sort and not persons.is_placeholder(text):
            out.add(sort)
        out |= of_text(text)
    if out & {"age", "sex"}:
        out |= {sort for _label, text in values for sort in _places(text[:4000])}
    return frozenset(out)


def finding(check: str, shown: str, location: str, evidence: str, remedies: tuple[str, ...]) -> Finding:
    key = f"privacy:{check}:{shown}:{location}:{Kind.COMBINATION}"
    return judge.finding_of(check, key, Kind.COMBINATION, shown, location, evidence, remedies)


__all__ = ["are_telling", "finding", "findings", "of_record", "of_text"]
