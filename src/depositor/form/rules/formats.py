"""Answers that are there but cannot be right: wrong shape, wrong check digit, too short, out of bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg, msgn
from depositor.form.fields import Field, Kind
from depositor.form.rules import shapes
from depositor.form.spots import Spot
from depositor.form.vocabulary import suggest

Told = tuple[Level, Message, Message]  # how bad, what is wrong, what to do
_TEXTUAL = frozenset((Kind.TEXT, Kind.LONG_TEXT, Kind.DATE, Kind.DATETIME, Kind.EMAIL, Kind.DOI, Kind.URL, Kind.ORCID,
                      Kind.ROR, Kind.REFERENCE, Kind.ENUM, Kind.FILE))  # fmt: skip
_RECORDS = frozenset((Kind.ASSOCIATIONS, Kind.GRID))
_BY_NAME = frozenset((Kind.PERSON, Kind.ORGANISATION, Kind.RECORD))  # a bare text stands for the record
_TERMS = frozenset((Kind.TERM, Kind.TEXT_OR_TERM, Kind.TAXON))


_WHY = msg("form.wrong.why", "Others will rely on it: a wrong answer is worse than none.")


def findings(spot: Spot, today: dt.date) -> Iterator[Finding]:
    """What is wrong with the answer, or with each of the answers, at one place."""
    for path, value in spot.values():
        told = _judged(spot.field, value, today)
        if told:
            level, message, advice = told
            key = f"form:{message.id.removeprefix('form.')}:{path}"
            yield Finding(key, message.id, level, message, spot.field.why or _WHY, advice, location=path)


def _judged(field: Field, value: Any, today: dt.date) -> Told | None:
    shape = _shape(field, value)
    if shape:
        return shape
    if field.kind in _TERMS:
        return _term(field, value)
    if field.kind is Kind.NUMBER:
        return _number(field, value)
    if field.kind is Kind.YEAR:
        return _year(value, today)
    if field.kind is Kind.PMID:
        return _pmid(str(value))
    rule = _RULES.get(field.kind)
    told = rule(value) if rule and isinstance(value, str) else None
    return told or _words(field, value)


def _shape(field: Field, value: Any) -> Told | None:
    if field.kind in _TEXTUAL:
        good = isinstance(value, str) or _is_code(field, value)
    elif field.kind in _RECORDS:
        good = isinstance(value, Mapping)
    elif field.kind in _TERMS or field.kind in _BY_NAME:
        good = isinstance(value, (str, Mapping))
    elif field.kind is Kind.BOOLEAN:
        good = isinstance(value, bool)
    else:
        good = not isinstance(value, (Mapping, list, tuple))
    if good:
        return None
    message = msg("form.shape", "This answer has a form that Depositor cannot read.")
    level = Level.BLOCKER if field.needed else Level.WARNING
    return level, message, msg("form.shape.advice", "Clear it and type it again.")


def _is_code(field: Field, value: Any) -> bool:
    """A number where the choices are numbers: archives write their codes so (``"experiment_type": 4``)."""
    return field.kind is Kind.ENUM and isinstance(value, int) and str(value) in {c.value for c in field.choices}


def _words(field: Field, value: Any) -> Told | None:
    """Length and choice of a text."""
    if field.min_length and isinstance(value, str) and len(value.strip()) < field.min_length:
        level = Level.BLOCKER if field.needed else Level.WARNING
        short = field.min_length - len(value.strip())
        message = msgn("form.too-short", "This is {n} character too short.", "This is {n} characters too short.", short)
        advice = msg(
            "form.too-short.advice", "It needs at least {least} characters: say a little more.", least=field.min_length
        )
        return level, message, advice
    if field.max_length and isinstance(value, str) and len(value.strip()) > field.max_length:
        level = Level.BLOCKER if field.needed else Level.WARNING
        over = len(value.strip()) - field.max_length
        message = msgn("form.too-long", "This is {n} character too long.", "This is {n} characters too long.", over)
        advice = msg(
            "form.too-long.advice", "At most {most} characters fit: say it in fewer words.", most=field.max_length
        )
        return level, message, advice
    closed = field.kind is Kind.ENUM and field.choices and not field.open
    if closed and str(value) not in {c.value for c in field.choices}:
        message = msg("form.choice", "“{value}” is not one of the choices.", value=str(value))
        level = Level.BLOCKER if field.needed else Level.WARNING
        return level, message, msg("form.choice.advice", "Choose from the list.")
    return None


def _term(field: Field, value: Any) -> Told | None:
    term_id = value.get("id") if isinstance(value, Mapping) else None
    if term_id and not (isinstance(term_id, str) and shapes.is_term_id(term_id)):
        message = msg("form.term-id", "“{value}” is not the identifier of a term.", value=str(term_id))
        return Level.WARNING, message, msg("form.term-id.advice", "Choose the term from the list again.")
    label = value if isinstance(value, str) else value.get("label")
    if not term_id and not label:
        return _shape_of_term()
    return None if term_id or field.kind is Kind.TEXT_OR_TERM else _own_word(field, str(label))


def _own_word(field: Field, label: str) -> Told | None:
    """A word where the list has terms; the list may hold it without an identifier, or a term that is meant."""
    near = suggest(field.vocabulary or "", label, 1)
    if near and not near[0].id and near[0].label == label:
        return None
    message = msg("form.no-term", "“{value}” is your own word, not a term of the list.", value=label)
    if near and near[0].id:
        advice = msg("form.no-term.near", "The list has “{term}”. Choose it if you mean that.", term=near[0].label)
    else:
        advice = msg("form.no-term.advice", "If the list has a term that is near, choose it: searches find it then.")
    return Level.ADVICE, message, advice


def _shape_of_term() -> Told:
    message = msg("form.term-empty", "This term has neither a name nor an identifier.")
    return Level.WARNING, message, msg("form.term-empty.advice", "Choose it from the list, or type a name.")


def _number(field: Field, value: Any) -> Told | None:
    try:
        number = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = None
    if number is None:
        message = msg("form.number", "“{value}” is not a number.", value=str(value))
        return Level.WARNING, message, msg("form.number.advice", "Type the number alone, with a point: 0.108.")
    bound = _out_of_bounds(field, number)
    return (Level.WARNING, bound, msg("form.look-again", "Please look at it again.")) if bound else None


def _out_of_bounds(field: Field, number: float) -> Message | None:
    if field.above is not None and not number > field.above:
        return msg(
            "form.bounds.above", "{value} cannot be: it must be more than {least}.", value=number, least=field.above
        )
    if field.minimum is not None and number < field.minimum:
        return msg(
            "form.bounds.least", "{value} cannot be: it must be at least {least}.", value=number, least=field.minimum
        )
    if field.maximum is not None and not number <= field.maximum:
        return msg(
            "form.bounds.most", "{value} cannot be: it must be at most {most}.", value=number, most=field.maximum
        )
    return None


def _year(value: Any, today: dt.date) -> Told | None:
    text = str(value).strip()
    if text.isascii() and text.isdigit() and 1800 <= int(text) <= today.year + 1:
        return None
    message = msg("form.year", "“{value}” is not a year.", value=text)
    return Level.WARNING, message, msg("form.year.advice", "Type the four digits of the year.")


def _pmid(value: str) -> Told | None:
    if shapes.is_pmid(value):
        return None
    message = msg("form.pmid", "“{value}” is not a PubMed id.", value=value)
    if value.strip().upper().startswith("PMC"):
        advice = msg("form.pmid.pmc", "This is a number of PubMed Central. The PubMed id is the one without letters.")
    else:
        advice = msg(
            "form.pmid.advice", "It is a number of up to eight digits; the page of the paper in PubMed shows it."
        )
    return Level.WARNING, message, advice


def _orcid(value: str) -> Told | None:
    if shapes.is_orcid(value):
        return None
    if shapes.is_orcid_shape(value):
        message = msg("form.orcid.digit", "One digit of the ORCID iD {value} is not right.", value=value)
        return Level.BLOCKER, message, msg("form.orcid.digit.advice", "Copy it once more from the person’s ORCID page.")
    message = msg("form.orcid", "“{value}” is not an ORCID iD.", value=value)
    return Level.BLOCKER, message, msg("form.orcid.advice", "It has sixteen digits, like 0000-0002-1825-0097.")


def _ror(value: str) -> Told | None:
    if shapes.is_ror(value):
        return None
    message = msg("form.ror", "“{value}” is not a ROR id.", value=value)
    advice = msg("form.ror.advice", "Look the organisation up on ror.org; its id looks like https://ror.org/02catss52.")
    return Level.BLOCKER, message, advice


def _doi(value: str) -> Told | None:
    if shapes.is_doi(value):
        return None
    message = msg("form.doi", "“{value}” is not a DOI.", value=value)
    return Level.WARNING, message, msg("form.doi.advice", "A DOI starts with 10., like 10.1038/s41592-021-01166-8.")


def _email(value: str) -> Told | None:
    if shapes.is_email(value):
        return None
    message = msg("form.email", "“{value}” is not an e-mail address.", value=value)
    return Level.BLOCKER, message, msg("form.email.advice", "It looks like name@institute.org.")


def _url(value: str) -> Told | None:
    if shapes.is_url(value):
        return None
    message = msg("form.url", "“{value}” is not a web address.", value=value)
    return Level.WARNING, message, msg("form.url.advice", "Copy it from the browser; it starts with https://.")


def _date(value: str) -> Told | None:
    if shapes.day(value):
        return None
    message = msg("form.date", "“{value}” is not a date.", value=value)
    return Level.BLOCKER, message, msg("form.date.advice", "Write year, month and day: 2027-01-31.")


def _moment(value: str) -> Told | None:
    if shapes.is_moment(value):
        return None
    message = msg("form.moment", "“{value}” is not a date or time.", value=value)
    return Level.WARNING, message, msg("form.moment.advice", "Write year, month and day: 2027-01-31.")


_RULES: Mapping[Kind, Callable[[str], Told | None]] = {
    Kind.ORCID: _orcid,
    Kind.ROR: _ror,
    Kind.DOI: _doi,
    Kind.EMAIL: _email,
    Kind.URL: _url,
    Kind.DATE: _date,
    Kind.DATETIME: _moment,
}
