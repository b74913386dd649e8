"""What is searched elsewhere of a value that was found: names in parts and joined, numbers, days.

Short and common words never become terms: May, Test, Wells alone would be found everywhere.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from depositor.privacy.kinds import NAMES, Kind
from depositor.privacy.words import days, patterns, persons

_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_PART = re.compile(r"[^\W\d_]+|\d+")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_NUMBER = re.compile(r"(?<![A-Za-z\d])[A-Z]+[-_ ]?\d[\dA-Z-]{4,}|\d[\d -]{5,}\d")
_DATE_SHAPE = re.compile(r"(?:19|20)\d\d-?[01]\d-?[0-3]\d|[0-3]\d-[01]\d-(?:19|20)?\d\d")
_TELEPHONE = re.compile(r"\d[\d ()./-]{5,}\d")
LONGEST_NAME = 60


def terms_of(kind: Kind, text: str) -> Iterator[tuple[str, Kind]]:
    """Terms (words in lower case, one space between them) with the kind that each of them tells of."""
    if kind in (Kind.PATIENT_NAME, Kind.STAFF_NAME, Kind.PERSON_NAME):
        for name in _names_in(text):
            yield from ((t, kind) for t in _of_name(name))
    elif kind is Kind.BIRTH_DATE:
        if day := days.as_day(text):
            yield day, kind
    elif kind is Kind.LINKED_DATE:
        if _DAY.fullmatch(text):
            yield text, kind
    elif kind is Kind.MAIL:
        parts = re.split(r"[._+\d]", text.split("@")[0])
        yield from ((p.casefold(), Kind.PERSON_NAME) for p in parts if len(p) >= 5 and not _common(p))
    else:
        for value in _values(kind, text):
            words = " ".join(w.casefold() for w in _PART.findall(value))
            if len(words) >= 4:
                yield words, kind


def _values(kind: Kind, text: str) -> Iterator[str]:
    digits = sum(c.isdigit() for c in text)
    if kind is Kind.USER_NAME and re.fullmatch(r"[\w.-]{5,40}", text) and not persons.is_ordinary(text):
        yield text
    elif kind in (Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER) and digits >= 5:
        for match in _NUMBER.finditer(_own(kind, text)):
            if not _DATE_SHAPE.fullmatch(match[0]):
                yield match[0]
                yield from (
                    d for d in re.findall(r"\d{6,}", match[0]) if len(d) < len(match[0]) and not _DAY.fullmatch(d)
                )
    elif kind is Kind.CASE_NUMBER and digits >= 5:
        yield from (m[0] for m in re.finditer(r"[A-Z]+\d[\dA-Z-]{5,}", text))
    elif kind is Kind.PATIENT_CONTACT:
        yield from (m[0] for m in _TELEPHONE.finditer(text) if sum(c.isdigit() for c in m[0]) >= 7)
    elif kind is Kind.LINKED and len(text) >= 6:
        yield text


def _own(kind: Kind, text: str) -> str:
    """Of a sentence the numbers that the rules see to be somebody's: lots and phones beside them teach nothing."""
    inside = [text[h.start : h.end] for h in patterns.hits(text) if h.kind is kind] if " " in text.strip() else []
    return "\n".join(inside) or text


def _names_in(text: str) -> Iterator[str]:
    """The text itself where it is a name, else the names that the rules see in it."""
    alphabetic, *others = text.split("=")
    if persons.looks_like_name(alphabetic) or _is_name_of_words(alphabetic):
        yield alphabetic
        yield from (o for o in others if o.strip("^ "))
        return
    for hit in patterns.hits(text):
        if hit.kind in NAMES and hit.kind is not Kind.USER_NAME and hit.end - hit.start <= LONGEST_NAME:
            yield text[hit.start : hit.end]


def _is_name_of_words(text: str) -> bool:
    """True for "May Wells": two or three words, each a family or given name though it is a word too."""
    words = _NAME_WORD.findall(text)
    named = (
        persons.is_part(w) or persons.is_ambiguous(w) or persons.is_eponym(w) or persons.is_listed_given(w)
        for w in words
    )
    return 2 <= len(words) <= 3 and not re.search(r"[\d@/:;|.]", text) and all(named)


def _of_name(name: str) -> Iterator[str]:
    words = [w for w in _NAME_WORD.findall(name) if not re.fullmatch(persons.PARTICLE, w)]
    eastern = [w for w in words if persons.is_eastern(w)]
    if eastern:
        yield from (w for w in (*eastern, "".join(eastern)) if len(w) >= 2 and not persons.is_thing(w))
        return
    for word in words:
        if len(word) >= 4 and not _common(word) and not (word.isascii() and word.islower()):
            yield from _spellings(word)
    for one, two in itertools.permutations(words[:4], 2):
        yield from _joined(one.casefold(), two.casefold())


def _joined(one: str, two: str) -> Iterator[str]:
    """Both words beside each other, and as people sign in: "anna meyer", "annameyer", "ameyer", "meyera"."""
    if min(len(one), len(two)) < 2 or len(one) + len(two) < 6:
        return
    yield f"{one} {two}"
    yield one + two
    if len(two) >= 5 and not persons.is_ordinary(one[0] + two):
        yield one[0] + two
    if len(one) >= 5 and not persons.is_ordinary(one + two[0]):
        yield one + two[0]


def _spellings(word: str) -> Iterator[str]:
    """With and without accents, and with ä written as ae."""
    lower = " ".join(_PART.findall(word.casefold()))
    yield lower
    wide = lower.translate(_WIDE)
    if wide != lower:
        yield wide
    narrow = re.sub(r"(?<![aeiouq])([aou])e(?=[^\W\daeiou_])", r"\1", lower)
    if narrow != lower and len(narrow) >= 5 and not _common(narrow):
        yield narrow


_WIDE = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "ñ": "n"})


def _common(word: str) -> bool:
    return (
        persons.is_ordinary(word)
        or persons.is_given_name(word)
        or persons.is_eponym(word)
        or persons.is_ambiguous(word)
    )
