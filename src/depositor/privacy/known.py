"""Values learnt from some places (headers, names of folders, the form) and searched in all others."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from depositor.privacy import patterns, persons
from depositor.privacy.kinds import Kind
from depositor.privacy.patterns import Hit

_WORD = re.compile(r"[^\W_]+")
_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_GAP = re.compile(r"[\s_.^'’-]{1,3}")
_DAY = re.compile(r"(?:19[5-9]|20[0-4])\d{5}")
_DATE = re.compile(
    r"(?<!\d)(?:(\d{4})[-:./_ ]?(\d\d)[-:./_ ]?(\d\d)(?:T[\d:.+Z-]*)?|(\d\d)[./](\d\d)[./](\d{4}|\d\d))(?!\d)"
)


@dataclass(frozen=True)
class Known:
    """``terms`` maps a value (words in lower case, one space between them; days as YYYYMMDD) to its kind.

    The search takes the time of one walk over the words of a text, however many terms there are.
    """

    terms: dict[str, Kind] = field(default_factory=dict)

    def __or__(self, other: Known) -> Known:
        return Known({**other.terms, **self.terms}) if other.terms else self

    def without(self, *kinds: Kind) -> Known:
        """The same without values of some kinds."""
        return Known({t: k for t, k in self.terms.items() if k not in kinds})

    @functools.cached_property
    def _by_first_word(self) -> dict[str, list[tuple[str, ...]]]:
        index: dict[str, list[tuple[str, ...]]] = {}
        for term, kind in self.terms.items():
            words = tuple(term.split())
            if words and kind is not Kind.LINKED_DATE:
                index.setdefault(words[0], []).append(words)
        return {first: sorted(each, key=len, reverse=True) for first, each in index.items()}

    @functools.cached_property
    def _days(self) -> frozenset[str]:
        return frozenset(t for t, k in self.terms.items() if k is Kind.LINKED_DATE)

    def hits(self, text: str) -> Iterator[Hit]:
        """Where the known values stand in ``text``, whatever stands between their words."""
        text = text[: patterns.LONGEST]
        if self._by_first_word:
            yield from self._word_hits(text)
        if self._days:
            yield from self._day_hits(text)

    def _word_hits(self, text: str) -> Iterator[Hit]:
        found = list(_WORD.finditer(text))
        for at, word in enumerate(found):
            for words in self._by_first_word.get(word[0].casefold(), ()):
                run = found[at : at + len(words)]
                if len(run) == len(words) and all(_follows(text, run, n, words[n]) for n in range(1, len(words))):
                    yield Hit(self.terms[" ".join(words)], word.start(), run[-1].end())
                    break

    def _day_hits(self, text: str) -> Iterator[Hit]:
        for match in _DATE.finditer(text):
            if any(day in self._days for day in _days_of(match)):
                yield Hit(Kind.LINKED_DATE, match.start(), match.end())


NOTHING_KNOWN = Known()


def _follows(text: str, run: list[re.Match[str]], at: int, word: str) -> bool:
    gap = text[run[at - 1].end() : run[at].start()]
    return run[at][0].casefold() == word and _GAP.fullmatch(gap) is not None


def _days_of(match: re.Match[str]) -> tuple[str, ...]:
    """The days that a written date can mean: 06/07/23 is one in June or in July."""
    if match[1]:
        return (match[1] + match[2] + match[3],)
    years = (match[6],) if len(match[6]) == 4 else ("19" + match[6], "20" + match[6])
    return tuple(y + order for y in years for order in (match[4] + match[5], match[5] + match[4]))


def known_from(pairs: Iterable[tuple[Kind, str]]) -> Known:
    """What to search elsewhere, from (kind, text): parts of names, sign-in names, numbers, days."""
    terms: dict[str, Kind] = {}
    for kind, text in pairs:
        for term in _terms_of(kind, text):
            words = " ".join(w.casefold() for w in _WORD.findall(term))
            if len(words) >= 4:
                terms.setdefault(words, Kind.PERSON_NAME if kind is Kind.MAIL else kind)
    return Known(terms)


def _terms_of(kind: Kind, text: str) -> Iterator[str]:
    if kind in (Kind.PATIENT_NAME, Kind.STAFF_NAME, Kind.PERSON_NAME):
        words = _NAME_WORD.findall(text) if persons.looks_like_name(text) else []
        yield from (w for w in words if not _common(w) and not (w.isascii() and w.islower()))
    elif kind is Kind.USER_NAME and re.fullmatch(r"[\w.-]{5,40}", text) and not persons.is_ordinary(text):
        yield text
    elif kind in (Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER) and sum(c.isdigit() for c in text) >= 5:
        yield from (m[0] for m in re.finditer(r"[A-Z]+-?\d[\dA-Z-]{4,}|\d[\d -]{6,}\d", text))
    elif kind is Kind.MAIL:
        parts = re.split(r"[._+\d]", text.split("@")[0])
        yield from (p for p in parts if len(p) >= 5 and not _common(p))
    elif kind is Kind.CASE_NUMBER and sum(c.isdigit() for c in text) >= 5:
        yield from (m[0] for m in re.finditer(r"[A-Z]+\d[\dA-Z-]{5,}", text))
    elif (kind is Kind.LINKED and len(text) >= 6) or (kind is Kind.LINKED_DATE and _DAY.fullmatch(text)):
        yield text


def _common(word: str) -> bool:
    return persons.is_ordinary(word) or persons.is_given_name(word)
