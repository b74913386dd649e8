"""What a cell says as an answer of a field, or why it says nothing that can be taken."""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass
from typing import Any

from depositor.draft.finding import Level
from depositor.draft.message import Message, msg
from depositor.form.fields import Field, Kind
from depositor.form.rules import formats, shapes
from depositor.form.spots import Spot
from depositor.form.vocabulary import fold, suggest, term
from depositor.form.workbook.numbers import Ambiguous, day, number, truth
from depositor.form.workbook.values import BOOLEAN, NO, TERMS, YES, Value, Wording, choices, plain, text_of

Told = tuple[Level, Message, Message]  # how bad, what is wrong, what to do
_LONGEST = 2_000  # characters of the name of a term
_TERM = re.compile(r"(.*?)\s*\[([A-Za-z][\w.-]*[:_][^\]\s]+|https?://[^\]\s]+)\]", re.DOTALL)
_LOST = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
_DAYS = (Kind.DATE, Kind.DATETIME)


@dataclass(frozen=True, slots=True)
class Parsed:
    """An answer as the document holds it; ``unfit`` where nothing can be taken, for the reason ``told``."""

    value: Any
    told: tuple[Told, ...] = ()
    unfit: bool = False


class _Unfit(Exception):
    def __init__(self, message: Message, advice: Message) -> None:
        super().__init__(message.id)
        self.told: Told = (Level.WARNING, message, advice)


def parse(field: Field, cell: Value, wording: Wording, *, own: bool, comma: bool = False) -> Parsed:
    """What the cell says for ``field``; ``own``: one of our workbooks, where each line of a list is one item;
    ``comma``: the table is known to write decimal commas."""
    told: list[Told] = []
    try:
        if not field.many:
            value = _one(field, cell, wording, told, comma=comma)
        else:
            parts = _parts(field, cell, own=own)
            value = [_one(field, part, wording, told, comma=comma) for part in parts]
    except _Unfit as unfit:
        return Parsed(None, (unfit.told,), unfit=True)
    return Parsed(value, (*told, *_judged(field, value)))


def _parts(field: Field, cell: Value, *, own: bool) -> list[Value]:
    """The items of a list: a line each; in other people's tables also between semicolons."""
    if not isinstance(cell, str):
        return [cell]
    rows = [p for p in plain(cell).split("\n") if p]
    if not own and len(rows) == 1 and field.kind is not Kind.LONG_TEXT:
        rows = [p.strip() for p in rows[0].split(";") if p.strip()]
    return list(rows)


def _judged(field: Field, value: Any) -> list[Told]:
    """What the form itself would say of the answer; it is taken all the same, as a typed one would be."""
    if field.kind in TERMS:  # the form says so beside the answer, with the term that is near
        return []
    found = formats.findings(Spot(field, field.path, value, ""), dt.datetime.now(dt.UTC).date())
    return [(Level.ADVICE, f.message, f.advice or _LOOK_AGAIN) for f in found if f.level is not Level.ADVICE]


def _one(field: Field, cell: Value, wording: Wording, told: list[Told], *, comma: bool) -> Any:
    if isinstance(cell, str) and cell.strip() in _LOST:
        raise _Unfit(
            msg("import.lost", "The cell holds an error of the spreadsheet ({value}).", value=cell.strip()),
            msg("import.lost.advice", "Mend the formula there, or type the value."),
        )
    if isinstance(cell, (dt.date, dt.datetime)) and field.kind not in (*_DAYS, Kind.YEAR):
        raise _Unfit(
            msg("import.made-date", "The spreadsheet made a date of it: {value}.", value=text_of(cell)),
            msg("import.made-date.advice", "Format the cell as text there and type the value again."),
        )
    text = text_of(cell)
    if field.kind is Kind.BOOLEAN:
        return _truth(cell, text, wording)
    rule = _RULES.get(field.kind)
    if rule is not None:
        return rule(field, cell, text, comma)
    if field.kind is Kind.ENUM:
        return _choice(field, text, wording)
    if field.kind in TERMS:
        return _term(field, text, told)
    if field.subfields:
        return _record(field, text, wording)
    return text


# --- kinds -----------------------------------------------------------------------------------------------------------


def _number(field: Field, cell: Value, text: str, comma: bool) -> int | float:
    if isinstance(cell, bool):
        text = "?"
    elif isinstance(cell, int):
        return cell
    elif isinstance(cell, float) and abs(cell) < 1e300:
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    try:
        return number(text, field.unit, comma=comma)
    except Ambiguous:
        raise _Unfit(
            msg("import.comma", "“{value}” can be read in two ways: the comma may be a decimal one.", value=text),
            msg("import.comma.advice", "Write it with a point (1.5), or without a separator for thousands."),
        ) from None
    except ValueError:
        raise _Unfit(
            msg("form.number", "“{value}” is not a number.", value=text),
            msg("form.number.advice", "Type the number alone, with a point: 0.108."),
        ) from None


def _day(field: Field, cell: Value, text: str, comma: bool) -> str:
    try:
        return day(text)
    except Ambiguous:
        raise _Unfit(
            msg("import.day", "“{value}” can be read in two ways: which is the month?", value=text),
            msg("form.date.advice", "Write year, month and day: 2027-01-31."),
        ) from None
    except ValueError:
        if field.kind is Kind.DATETIME and shapes.is_moment(text):
            return text
        raise _Unfit(
            msg("form.date", "“{value}” is not a date.", value=text),
            msg("form.date.advice", "Write year, month and day: 2027-01-31."),
        ) from None


def _year(field: Field, cell: Value, text: str, comma: bool) -> Any:
    if isinstance(cell, (dt.date, dt.datetime)):
        return cell.year
    return int(text) if re.fullmatch(r"\d{4}", text, re.ASCII) else text


def _truth(cell: Value, text: str, wording: Wording) -> bool:
    if isinstance(cell, bool):
        return cell
    known = {fold(say(m)): value for say in (wording.say, *wording.also) for m, value in ((YES, True), (NO, False))}
    known |= {label: value == "true" for label, value in wording.known.get(BOOLEAN, {}).items()}
    if fold(text) in known:
        return known[fold(text)]
    try:
        return truth(text)
    except ValueError:
        raise _Unfit(
            msg("import.truth", "“{value}” is neither yes nor no.", value=text),
            msg("import.truth.advice", "Write yes or no."),
        ) from None


_RULES = {
    Kind.NUMBER: _number,
    Kind.DATE: _day,
    Kind.DATETIME: _day,
    Kind.YEAR: _year,
}


def _choice(field: Field, text: str, wording: Wording) -> str:
    known = choices(field, wording)
    found = known.get(fold(text))
    if found is not None:
        return found
    if field.vocabulary:
        listed = _listed(field.vocabulary, text)
        if listed:
            return listed[0] or listed[1]
    if field.open or not known:
        return text
    raise _Unfit(
        msg("form.choice", "“{value}” is not one of the choices.", value=text),
        msg("form.choice.advice", "Choose from the list."),
    )


def _term(field: Field, text: str, told: list[Told]) -> Any:
    found = _TERM.fullmatch(text) if len(text) <= _LONGEST else None
    if found:
        label = found[1].strip()
        return {"id": found[2], "label": label} if label else _of_id(field, found[2])
    listed = _listed(field.vocabulary or "", text)
    if listed is None:
        return text
    term_id, label, by_synonym = listed
    if by_synonym:
        said = msg("import.synonym", "“{value}” is read as “{term}”.", value=text, term=label)
        told.append((Level.INFO, said, msg("import.synonym.advice", "Leave this change out if you mean another one.")))
    return {"id": term_id, "label": label} if term_id else label


def _of_id(field: Field, term_id: str) -> dict[str, str]:
    found = term(field.vocabulary, term_id) if field.vocabulary else None
    return {"id": found.id, "label": found.label} if found else {"id": term_id, "label": term_id}


@functools.lru_cache(maxsize=4096)
def _listed(vocabulary: str, text: str) -> tuple[str, str, bool] | None:
    """(id, label, found by a synonym) of the one term that is called exactly so."""
    if not vocabulary or len(text) > _LONGEST or not fold(text):
        return None
    direct = term(vocabulary, text) if re.fullmatch(r"[A-Za-z][\w.-]*[:_][\w.-]+|https?://\S+|[A-Z]{2}", text) else None
    if direct:
        return direct.id, direct.label, False
    same = [t for t in suggest(vocabulary, text, 8) if fold(text) in (fold(t.label), *map(fold, t.synonyms))]
    exact = [t for t in same if fold(t.label) == fold(text)]
    if exact:
        return exact[0].id, exact[0].label, False
    return (same[0].id, same[0].label, True) if len(same) == 1 else None


def _record(field: Field, text: str, wording: Wording) -> Any:
    """An organisation out of ``name | ror | country``; the parts that look like a ROR id or a country may change
    places."""
    parts = [p.replace("\\|", "|").replace("\\\\", "\\").strip() for p in re.split(r"(?<!\\)\|", text)]
    keys = [f.key for f in field.subfields]
    out = {key: part for key, part in zip(keys, parts, strict=False) if part}
    country = field.subfield("country")
    if country and out.get("country"):
        out["country"] = _choice(country, out["country"], wording)
    if "name" in out and len(parts) > len(keys):
        out["name"] = text
    return out or text


_LOOK_AGAIN = msg("form.look-again", "Please look at it again.")
