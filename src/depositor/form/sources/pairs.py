"""Pairs of key and value (of notebooks, of OMERO) laid to the questions that are called so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from depositor.draft import paths
from depositor.draft.message import msg
from depositor.form.fields import Kind
from depositor.form.sources.source import Context
from depositor.form.vocabulary import fold
from depositor.form.workbook.parsing import parse
from depositor.form.workbook.reading import NotTaken
from depositor.form.workbook.tables import Column, Table, tables

_WHY = msg("import.no-question", "The form has no question of this name.")
_CLASH = msg("source.pairs.differ", "The file gives several different values for it.")


def placed(
    tree: Mapping[str, Any], values: Iterable[tuple[str, str]], context: Context, place: str
) -> tuple[dict[str, Any], list[NotTaken]]:
    """``tree`` with each value at the one question that has its name; the others with the reason.

    A value for a record goes to its first record: pairs do not say which one they mean.
    """
    known = _questions(context)
    out = dict(tree)
    left: list[NotTaken] = []
    for key, value in dict.fromkeys(values):
        found = known.get(fold(key), [])
        if len(found) != 1 or not value:
            if value:
                left.append(NotTaken(place, f"{key}: {value}"[:200], _WHY))
            continue
        table, column = found[0]
        path = ".".join(f"{p}[0]" for p in table.lists) if table.lists else table.module.key
        path = f"{path}.{column.key}"
        parsed = parse(column.field, value, context.wording, own=False)
        held = paths.get(out, path)
        if held is not None and held != parsed.value and not column.field.many:
            left.append(NotTaken(place, f"{key}: {value}"[:200], _CLASH))
        elif parsed.unfit:
            left.append(NotTaken(place, f"{key}: {value}"[:200], parsed.told[0][1]))
        else:
            new = [*held, *(v for v in parsed.value if v not in held)] if column.field.many and held else parsed.value
            out = paths.put(out, path, new)
    return out, left


def _questions(context: Context) -> dict[str, list[tuple[Table, Column]]]:
    """Folded name -> the questions that are called so; names of records (title) are left out: too many have them."""
    out: dict[str, list[tuple[Table, Column]]] = {}
    wording = context.wording
    for table in tables(context.form):
        if len(table.lists) > 1:
            continue
        for column in table.columns:
            if column.key == table.name_key or column.field.kind is Kind.REFERENCE:
                continue
            names = {fold(column.field.key), *(fold(say(column.field.label)) for say in (wording.say, *wording.also))}
            for name in names:
                out.setdefault(name, []).append((table, column))
    return out
