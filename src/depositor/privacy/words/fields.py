"""What a field says of its value, once the value itself was looked at: a place that asks for a name can hold a mode."""

from __future__ import annotations

import re
from collections.abc import Callable

from depositor.privacy.kinds import Kind
from depositor.privacy.words import labels, national, persons


def kind_in_field(kind: Kind | None, label: str, text: str) -> Kind | None:
    """The kind that a field called ``label`` (or its format, ``kind``) gives to ``text``, after a look at that."""
    kind = kind or labels.kind_of(label)
    if kind in (None, Kind.STAFF_NAME) and (labels.is_perhaps_staff(label) or kind):
        kind = _staff(label, text, kind)
    if kind is Kind.INSTITUTION and persons.is_full_name(_RIGHTS.sub("", text)):
        return Kind.STAFF_NAME  # photographers hold the rights in their own name
    doubt = _DOUBTS.get(kind) if kind else None
    if doubt and not doubt[0](text):
        return doubt[1]
    return kind


_RIGHTS = re.compile(r"\W*(?:copyright|©|\(c\))[\W\d]*", re.IGNORECASE)


def _staff(label: str, text: str, kind: Kind | None) -> Kind | None:
    """Programs, firms and modes stand where names of staff are asked for."""
    if re.search(r"\b(?:GmbH|Inc|Ltd|Corp|AG|S\.A\.)\b|\(c\)|©|[Cc]opyright", text):
        return Kind.INSTITUTION
    if labels.is_perhaps_staff(label) and not persons.looks_like_name(text):
        return _written_small(text, listed=len(labels.plain(label)) < 3)
    return kind or Kind.STAFF_NAME


def _written_small(text: str, *, listed: bool) -> Kind | None:
    """Names of staff without capitals: "john meyer", "jmeyer" as one signs in. ``listed`` wants a name of the lists."""
    words = text.split()
    if len(words) > 1:
        capital = " ".join(w[:1].upper() + w[1:] for w in words)
        words = [w for w in words if not persons.is_listed_given(w[:1].upper() + w[1:])] or words
        unusual = not any(persons.is_ordinary(w) or persons.is_eponym(w) for w in words) and len(words) <= 3
        if listed and not any(map(persons.is_given_name, words)):
            return None
        return Kind.STAFF_NAME if unusual and persons.looks_like_name(capital) else None
    if re.fullmatch(r"(?=.*[a-z])[a-z][a-z0-9._-]{3,20}", text) and not persons.is_ordinary(text):
        return Kind.USER_NAME
    return None


_UUID = re.compile(r"[{(]?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-")


def _is_prose(text: str) -> bool:
    """True for a sentence, and for a word of daily language, where a name is asked for."""
    return len(persons.WORDS.findall(text)) > 7 or _is_daily(text)


def _is_daily(text: str) -> bool:
    """True for words of daily language in small letters: ctrl, yes, male."""
    words = persons.WORDS.findall(text)
    return text == text.lower() and all(persons.is_ordinary(w) and not persons.is_ambiguous(w) for w in words)


def _digits(least: int) -> Callable[[str], bool]:
    return lambda text: sum(c.isdigit() for c in text) >= least


def _letters(least: int) -> Callable[[str], bool]:
    pattern = re.compile(rf"[^\W\d_]{{{least}}}")
    return lambda text: pattern.search(text) is not None


def _very_old(text: str) -> bool:
    match = re.fullmatch(
        r"\W*(?:P(?=\d+Y))?0?(\d{2,3})(?:[.,]0*)?\s*"
        r"(?:[yYjJaA]\w*\.?(?:\s\w+)?|лет|歳|岁|세|lat|let|år|سنة|\+)?\W*",
        text,
    )
    return match is not None and 90 <= int(match[1]) <= 125


def _number_of_patient(text: str) -> bool:
    return not persons.is_pseudonym(text) and ":" not in text and not national.ACCESSION_CODE.fullmatch(text.strip())


def _could_be_national(text: str) -> bool:
    return _digits(5)(text) and re.fullmatch(r"\s*[-+]?\d*[.,]\d+(?:e[-+]?\d+)?\s*", text, re.IGNORECASE) is None


# What a value must be for its field's kind to hold, and what it is otherwise.
_DOUBTS: dict[Kind, tuple[Callable[[str], bool], Kind | None]] = {
    Kind.PATIENT_NUMBER: (_number_of_patient, Kind.PSEUDONYM),
    Kind.NATIONAL_NUMBER: (_could_be_national, None),
    Kind.CASE_NUMBER: (_digits(3), Kind.FREE_TEXT),
    Kind.HOST: (lambda text: _digits(1)(text) or not _is_daily(text.lower()), None),
    Kind.AGE: (_very_old, None),
    Kind.GPS: (lambda text: re.search(r"[1-9]", text) is not None, None),
    Kind.INSTITUTION: (_letters(3), None),
    Kind.STAFF_NAME: (lambda text: _letters(2)(text) and not _is_prose(text), None),
    Kind.PATIENT_NAME: (lambda text: _letters(2)(text) and not _is_daily(text), None),
    Kind.USER_NAME: (lambda text: _letters(2)(text) and not persons.is_ordinary(text) and not _UUID.match(text), None),
    Kind.BIRTH_DATE: (_digits(4), None),
    Kind.MAIL: (lambda text: "@" in text, None),
    Kind.PHONE: (_digits(5), None),
}
