"""Names that people make up (of files, samples, images): a person, a number, a date of birth in them?"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator

from depositor.privacy import patterns, persons
from depositor.privacy.kinds import Kind
from depositor.privacy.patterns import Hit

_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+")
_DATE = re.compile(
    r"(?<!\d)(?:((?:19|20)\d\d)[-._]?(0[1-9]|1[0-2])[-._]?(0[1-9]|[12]\d|3[01])"
    r"|(0[1-9]|[12]\d|3[01])[-._]?(0[1-9]|1[0-2])[-._]?((?:19|20)\d\d))(?!\d)"
)
_NUMBER = re.compile(
    r"(?<![A-Za-z])(?:MRN|PID|UHID|(?:pat|patient|acc|accession|case|fall)(?:id|no|nr)?)"
    r"[-_ #]{0,2}(?=[A-Z-]{0,4}\d)[A-Z\d-]{4,}",
    re.IGNORECASE,
)
_BIRTH_WORD = re.compile(r"(?<![a-z])(?:dob|born|geb|birth)[-_. ]?$", re.IGNORECASE)
BORN_BEFORE = 1990  # digital images of this year or earlier hardly exist: such a date is one of birth
_GAP = r"[_\-. ,]{1,2}"


def hits(name: str) -> list[Hit]:
    """What a made-up name tells; of two signs at one place the weightier comes first."""
    return list(_hits(name)) if len(name) <= 256 else _found(name)


@functools.lru_cache(maxsize=16384)
def _hits(name: str) -> tuple[Hit, ...]:
    return tuple(_found(name))


def _found(name: str) -> list[Hit]:
    general = patterns.hits(name)
    structured = [h for h in general if h.kind in (Kind.MAIL, Kind.USER_PATH, Kind.PATH)]
    return patterns.without_overlaps([*structured, *_numbers(name), *_births(name), *_persons(name), *general])


def _numbers(name: str) -> Iterator[Hit]:
    for match in _NUMBER.finditer(name):
        if sum(c.isdigit() for c in match[0]) >= 4:
            yield Hit(Kind.PATIENT_NUMBER, match.start(), match.end())


def _births(name: str) -> Iterator[Hit]:
    for match in _DATE.finditer(name):
        year = int(match[1] or match[6])
        told = _BIRTH_WORD.search(name[: match.start()])
        if told or (1900 < year < BORN_BEFORE and _names_before(name[: match.start()])):
            yield Hit(Kind.BIRTH_DATE, match.start(), match.end())


def _names_before(text: str) -> tuple[str, ...]:
    """The words directly before a date that could be a person's name."""
    match = re.search(rf"((?:[^\W\d_]+(?:['’-][^\W\d_]+)*{_GAP}){{1,3}})$", text)
    return persons.surnames_in(match[1].replace("_", " ")) if match else ()


def _persons(name: str) -> Iterator[Hit]:
    """Two words of a name beside each other; with a date of birth behind them one is enough."""
    for match in _DATE.finditer(name):
        year = int(match[1] or match[6])
        words = _names_before(name[: match.start()])
        if words and 1900 < year < BORN_BEFORE:
            start = name.rindex(words[0], 0, match.start()) if len(words) == 1 else name.index(words[0])
            yield Hit(Kind.PATIENT_NAME, start, match.start() - 1)
    tokens = [t for t in _TOKEN.finditer(name) if not t[0].isdigit()]
    for one, two in itertools.pairwise(tokens):
        between = name[one.end() : two.start()]
        if re.fullmatch(_GAP, between) and persons.is_full_name(f"{_cap(one[0])} {_cap(two[0])}"):
            yield Hit(Kind.PERSON_NAME, one.start(), two.end())


def _cap(word: str) -> str:
    return word[0].upper() + word[1:]
