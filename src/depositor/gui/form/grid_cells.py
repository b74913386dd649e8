"""Cells of a table as text and back: what is shown, copied and pasted, as spreadsheets write it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from depositor.gui.form.editors import number_in, words_of
from depositor.gui.form.wording import wording
from depositor.gui.texts import say, tr
from depositor.session.forms import Field, Kind

OWN = "application/x-depositor-cells"  # beside the text: with identifiers of terms
Block = tuple[tuple[Any, ...], ...]

_NUMBERS = (Kind.NUMBER, Kind.YEAR)
_YES, _NO = frozenset(("yes", "true", "1", "y", "x")), frozenset(("no", "false", "0", "n"))


def shown(field: Field, value: Any) -> str:
    """What a cell shows."""
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    for option in field.choices:
        if option.value == value:
            return say(option.label)
    if isinstance(value, list):
        return "; ".join(shown(field, one) for one in value)
    if isinstance(value, float):
        return f"{value:.15g}"
    return wording(field).label(value) if field.vocabulary else words_of(value)


def answer(field: Field, text: str, before: Any = None) -> Any:
    """The answer for a pasted text. What does not fit the question stays as it is: the checks tell of it. The same
    words as ``before`` keep its identifier."""
    words = text.strip()
    if not words:
        return None
    if before is not None and shown(field, before) == words:
        return before
    folded = words.casefold()
    if field.kind is Kind.BOOLEAN:
        told = (_YES | {tr("Yes").casefold()}, _NO | {tr("No").casefold()})
        return True if folded in told[0] else False if folded in told[1] else words
    if field.kind in _NUMBERS:
        return number_in(words, whole=field.kind is Kind.YEAR)
    for option in field.choices:
        if folded in (option.value.casefold(), say(option.label).casefold()):
            return option.value
    return wording(field).typed(words) if field.vocabulary else words


def as_text(fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> str:
    """A block as spreadsheets take it: columns apart by tabs."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([[shown(f, row.get(f.key)) for f in fields] for row in rows])
    return out.getvalue()


def as_own(fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The same block with all that the cells hold."""
    return json.dumps([[row.get(f.key) for f in fields] for row in rows]).encode()


def from_text(text: str) -> Block:
    """A block out of a spreadsheet, or of lines with commas or semicolons where no line has a tab."""
    lines = text.removesuffix("\n").removesuffix("\r")
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter="\t" if "\t" in lines else _separator(lines))
    try:
        return tuple(tuple(line) for line in reader)
    except csv.Error:  # a lone quote or a line without end: as it stands
        return tuple(tuple(line.split("\t")) for line in lines.splitlines())


def _separator(text: str) -> str:
    """Commas and semicolons part columns only where each of several lines has as many of them."""
    lines = [line for line in text.splitlines() if line.strip()]
    for mark in (";", ","):
        counts = {line.count(mark) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return mark
    return "\t"


def from_own(data: bytes) -> Block | None:
    """A block that this program copied; None for what cannot be one."""
    try:
        rows = json.loads(data)
    except ValueError:
        return None
    block = isinstance(rows, list) and all(isinstance(r, list) for r in rows)
    return tuple(tuple(r) for r in rows) if block else None


def heads(fields: Sequence[Field], line: Sequence[Any]) -> tuple[Field | None, ...] | None:
    """The columns that a pasted first line names; None where it is no line of headings."""
    known = {word.casefold(): f for f in fields for word in (f.key, say(f.label), f.label.english())}
    found = tuple(known.get(str(cell).strip().casefold()) for cell in line)
    return found if len([f for f in found if f]) >= max(2, len(line) // 2 + 1) else None
