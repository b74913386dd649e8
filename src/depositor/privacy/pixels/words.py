"""Words that instruments write into their pictures; the list is data: ``resources/privacy/picture-words.txt``."""

from __future__ import annotations

import functools
import re

from depositor import resources
from depositor.privacy.pixels.ports import UNREAD
from depositor.privacy.words import persons

_WORD = re.compile(r"[^\W\d_]+")
_MONOTONE = 0.65  # of the letters are the same one
_LONG_NUMBER = re.compile(r"\d{5,}")
_PARTED_NUMBER = re.compile(r"(?<![\d.,])(?=(?:\D?\d){7})\d{1,6}(?:-\d{2,6}){2,}(?![\d.,])")  # 80-077-2215
_TAGGED_NUMBER = re.compile(  # ID: 12-345, MRN 4711, Acc.no. 12-3
    r"\b(?:id|mrn|pid|pat|acc|accession|case|fall|hn|nhs|ssn|pesel)\b[.:#\s]*(?:n[or°º]?\.?)?[:#\s]*[A-Z]{0,4}\d[\d/-]*\d{2}",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-./ ]?(?:0?[1-9]|1[0-2])[-./ ]?(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|1[0-2]|[A-Za-z]{3,9})[-./ ,]{1,2}(?:19|20)?\d\d"
    r"|(?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:19|20)?\d\d"
    r"|[A-Za-z]{3,9}\.? (?:0?[1-9]|[12]\d|3[01]),? (?:19|20)\d\d)(?!\d)"
)


@functools.cache
def _listed() -> frozenset[str]:
    found = resources.text("privacy/picture-words.txt").splitlines()
    return frozenset(persons.folded(w) for line in found if not line.startswith("#") for w in line.split())


def is_technical(text: str) -> bool:
    """True for what tells only of the picture: numbers with units, sides, settings, letters of panels, scale bars.

    >>> is_technical("10 µm"), is_technical("TIS 0.4  MI 1.2"), is_technical("A"), is_technical("DOE JOHN")
    (True, True, True, False)
    """
    if UNREAD in text or has_number(text) or has_date(text):
        return False
    return all(_is_of_screens(w) for w in _WORD.findall(text))


def has_number(text: str) -> bool:
    """True for numbers as persons, cases and slides have them: long ones, ones in parts, ones that are called so.

    >>> has_number("80-077-2215"), has_number("ID: 12-345"), has_number("100-200"), has_number("512 x 512")
    (True, True, False, False)
    """
    return any(form.search(text) for form in (_LONG_NUMBER, _PARTED_NUMBER, _TAGGED_NUMBER))


def has_date(text: str) -> bool:
    """True where a day stands in the text."""
    return _DATE.search(text) is not None


def is_noise(text: str) -> bool:
    """True for what texture gives: no word of three letters or more, no number of four digits or more, or round and
    straight shapes that read as one letter again and again."""
    if UNREAD in text:
        return False
    if not re.search(r"[^\W\d_]{3}|[\u2e80-\uffdc]{2}|\d{4}|\d[./-]\d+[./-]\d", text):
        return True
    letters = [c for c in text.casefold().replace("o", "0") if c.isalnum()]
    return len(letters) >= 4 and max(map(letters.count, letters)) >= _MONOTONE * len(letters)


def _is_of_screens(word: str) -> bool:
    bare = persons.folded(word)
    return (len(word) == 1 and word < "\u2e80") or bare in _listed() or persons.is_ordinary(word)


def without_dates(text: str) -> str:
    """The rest of a text in which days stand."""
    return re.sub(r"\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?", " ", _DATE.sub(" ", text))
