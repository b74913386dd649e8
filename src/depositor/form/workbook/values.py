"""One answer as the text, number or date of a cell, and what a cell says as an answer.

Both directions know a field by its kind alone. What a cell cannot hold exactly (a line break within a list's item) is
shown as well as it can be: whoever reads the cell back compares it with what would be shown now, so that nothing that
was not touched ever changes.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

from depositor.draft.message import Message, msg
from depositor.draft.paths import is_empty
from depositor.form.fields import Field, Kind
from depositor.form.spots import items
from depositor.form.vocabulary import fold, term

Say = Callable[[Message], str]
Value = str | int | float | bool | dt.date | dt.datetime | None

BOOLEAN = "boolean"  # the key of the words for yes and no in ``Wording.known``
LONGEST = 32_000  # characters; a cell takes 32,767
TERMS = frozenset((Kind.TERM, Kind.TEXT_OR_TERM, Kind.TAXON))
_DIGITS = 15  # spreadsheet programs keep no more of a number
_BREAK = " ⏎ "
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u200e\u200f\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")


@dataclass(frozen=True, slots=True)
class Wording:
    """How choices are worded: shown in ``say``, understood in ``also`` too, and as a workbook's own list has them
    (``known``: path of the field -> folded label -> value)."""

    say: Say
    also: tuple[Say, ...] = ()
    known: Mapping[str, Mapping[str, str]] = made(default_factory=dict)


def plain(text: str) -> str:
    """A text as two people would call it the same: no unseen letters, one kind of space, no space at the ends."""
    lines = unicodedata.normalize("NFC", _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))).split("\n")
    return "\n".join(_SPACES.sub(" ", one).strip() for one in lines).strip()


def shown(field: Field, value: Any, wording: Wording) -> Value:
    """What a cell shows for the answer ``value``."""
    if is_empty(value):
        return None
    if not field.many:
        return _cut(_one(field, value, wording))
    each = (_text(_one(field, v, wording)) for v in items(value) if not is_empty(v))
    return _cut("\n".join(_BREAK.join(filter(None, (p.strip() for p in one.splitlines()))) for one in each))


def words(field: Field, value: Any, wording: Wording) -> str:
    """The same as a text, for people and for comparing."""
    return plain(_text(shown(field, value, wording)))


def text_of(value: Value) -> str:
    """What a cell says as a text: whole numbers without a point, days in ISO 8601."""
    return plain(_text(value))


def _cut(value: Value) -> Value:
    return value[:LONGEST] if isinstance(value, str) else value


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _one(field: Field, value: Any, wording: Wording) -> Value:
    if isinstance(value, Mapping):
        return _record(field, value)
    if isinstance(value, bool):
        return wording.say(YES if value else NO)
    if isinstance(value, (int, float)):
        number = field.kind in (Kind.NUMBER, Kind.YEAR) and math.isfinite(value)
        return _text(value) if not number else value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}")
    return _of_text(field, value, wording) if isinstance(value, str) else str(value)


def _of_text(field: Field, value: str, wording: Wording) -> Value:
    if field.kind in (Kind.DATE, Kind.DATETIME):
        return _day(value)
    if field.kind is Kind.ENUM:
        return _choice(field, value, wording)
    if field.kind is Kind.YEAR and value.strip().isdigit() and len(value.strip()) == 4:
        return int(value)
    return value


def _record(field: Field, value: Mapping[str, Any]) -> str:
    """A term as ``label [id]``, an organisation as ``name | ror | country``."""
    if field.subfields:
        keys = [f.key for f in field.subfields]
        parts = [str(value.get(k) or "").replace("\\", "\\\\").replace("|", "\\|").strip() for k in keys]
        return " | ".join(parts).rstrip(" |") if any(parts) else ""
    label, term_id = str(value.get("label") or "").strip(), str(value.get("id") or "").strip()
    return f"{label} [{term_id}]".strip() if term_id else label


def _day(value: str) -> Value:
    """A day as a real date; anything else (times, years) as it was written."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip(), re.ASCII) and value.strip() >= "1900-03-01":
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            return value
    return value


def _choice(field: Field, value: str, wording: Wording) -> str:
    option = next((o for o in field.choices if o.value == value), None)
    if option:
        return wording.say(option.label)
    found = term(field.vocabulary, value) if field.vocabulary else None
    return found.label if found else value


def choices(field: Field, wording: Wording) -> dict[str, str]:
    """Folded label -> value of every choice, in all languages that are understood."""
    out: dict[str, str] = {}
    for option in field.choices:
        for say in (wording.say, *wording.also, Message.english):
            out.setdefault(fold(say(option.label)), option.value)
        out.setdefault(fold(option.value), option.value)
    return {**out, **wording.known.get(field.path, {})}


YES = msg("workbook.yes", "yes")
NO = msg("workbook.no", "no")
