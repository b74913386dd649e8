"""Choices for drop-downs: what a person can pick in a cell, and what each stands for."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from depositor.form import licenses
from depositor.form.fields import Asked, Field, Form, Kind
from depositor.form.vocabulary import fold, suggest
from depositor.form.workbook.grid import Grid
from depositor.form.workbook.signs import LISTS, sign_of
from depositor.form.workbook.tables import Table, tables
from depositor.form.workbook.values import BOOLEAN, NO, TERMS, YES, Wording, text_of

_MOST = 400  # a longer list is no help in a cell; other terms can be typed
_CHOICE = "choice:"


@dataclass(frozen=True, slots=True)
class PickList:
    """``key`` is stable (``choice:study.author.role``, ``terms:organisms``); ``closed`` where nothing else is taken.
    ``values`` stand for the labels, empty where the label says it all."""

    key: str
    labels: tuple[str, ...]
    values: tuple[str, ...] = ()
    closed: bool = False

    @property
    def name(self) -> str:
        """Its name inside a workbook."""
        return "list_" + "".join(c if c.isalnum() else "_" for c in self.key)


def pick_list(field: Field, wording: Wording) -> PickList | None:
    """The list for a field, or None where anything can be typed."""
    if field.kind is Kind.BOOLEAN:
        return PickList(BOOLEAN, (wording.say(YES), wording.say(NO)), ("true", "false"))
    if field.asked is Asked.LICENSE and field.key == "license":
        return PickList(f"{_CHOICE}{field.path}", tuple(one.id for one in licenses.all_licenses()))
    if field.choices:
        labels = tuple(wording.say(o.label) for o in field.choices)
        closed = not field.open and not field.many
        return PickList(f"{_CHOICE}{field.path}", labels, tuple(o.value for o in field.choices), closed)
    if field.vocabulary and (field.kind in TERMS or field.kind in (Kind.ENUM, Kind.TEXT)):
        return _terms(field.vocabulary, coded=field.kind in TERMS)
    return None


@functools.cache
def _terms(vocabulary: str, *, coded: bool) -> PickList | None:
    found = suggest(vocabulary, "", _MOST)
    labels = tuple(f"{t.label} [{t.id}]" if coded and t.id else t.label for t in found)
    return PickList(f"{'terms' if coded else 'words'}:{vocabulary}", labels) if labels else None


def pick_lists(form: Form, wording: Wording) -> dict[str, PickList]:
    """All lists of a form by key, each once."""
    found = (pick_list(c.field, wording) for t in tables(form) for c in t.columns)
    return {one.key: one for one in found if one is not None}


def referred(table: Table, all_tables: tuple[Table, ...]) -> Iterator[str]:
    """The keys of the modules whose records a table names."""
    for column in table.columns:
        if column.field.kind is Kind.REFERENCE and column.field.refers_to:
            yield column.field.refers_to
    yield from (t.key for t in all_tables if t.lists and t.lists in _above(table))


def _above(table: Table) -> tuple[tuple[str, ...], ...]:
    return tuple(table.lists[:end] for end in range(1, len(table.lists)))


def known_labels(grids: tuple[Grid, ...]) -> dict[str, dict[str, str]]:
    """What the labels of a workbook stand for, as its own hidden sheet says: field path -> folded label -> value.

    So a workbook in one language is understood by a program that speaks another.
    """
    out: dict[str, dict[str, str]] = {}
    for grid in grids:
        sign = sign_of(grid)
        if sign is None or sign.table != LISTS or not grid.rows:
            continue
        for at, heading in enumerate(grid.rows[0]):
            key = text_of(heading)
            if key != BOOLEAN and not key.startswith(_CHOICE):
                continue
            for row in grid.rows[1:]:
                label, value = (text_of(row[n]) if n < len(row) else "" for n in (at, at + 1))
                if label and value:
                    out.setdefault(key.removeprefix(_CHOICE), {})[fold(label)] = value
    return out
