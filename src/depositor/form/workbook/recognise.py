"""Which table of the form a sheet is, and which of its columns is which question.

Our own workbooks say so in a hidden row and column, so that they may be sorted, translated, renamed and cut. Sheets of
other people are known by their headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made

from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg, msgn
from depositor.form.fields import Form
from depositor.form.vocabulary import fold
from depositor.form.workbook.channel_sheets import channel_rows
from depositor.form.workbook.file_sheets import file_columns
from depositor.form.workbook.grid import Grid, filled, is_blank
from depositor.form.workbook.parsing import parse
from depositor.form.workbook.reading import FileColumn, Given, NotTaken, Row, told
from depositor.form.workbook.signs import ANSWER, HEAD, LISTS, NOTES, PARENT, SIGN, sign_of
from depositor.form.workbook.tables import Column, Table, tables
from depositor.form.workbook.values import Value, Wording, text_of

_LOOKED_AT = 30  # rows in which headings are looked for
_LONGEST = 300  # characters of a heading
_UNIT = re.compile(r"\s*[\[(]\s*([^\])]*?)\s*[\])]\s*$")


@dataclass(slots=True)
class Found:
    """What a sheet holds for the form."""

    rows: list[Row] = made(default_factory=list)
    findings: list[Finding] = made(default_factory=list)
    not_taken: list[NotTaken] = made(default_factory=list)
    tables: set[str] = made(default_factory=set)
    columns: list[FileColumn] = made(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where in a sheet a table lies: columns by number, those with names of records above, that with the marks."""

    table: Table
    columns: Mapping[int, Column]
    above: tuple[int, ...]
    first: int  # row
    mark: int | None = None
    own: bool = False
    comma: bool = False


def read_sheet(form: Form, grid: Grid, wording: Wording) -> Found:
    """The rows of the form's tables that a sheet holds, and what is not taken over."""
    found = Found()
    sign = sign_of(grid)
    if sign is not None and sign.table in (NOTES, LISTS):
        return found
    if (listed := file_columns(grid, own=sign is not None)) is not None:
        found.columns.extend(listed)
        return found
    if sign is None and (channels := channel_rows(form, grid)) is not None:
        found.rows.extend(channels[0])
        found.not_taken.extend(channels[1])
        found.tables.update(r.table for r in channels[0])
        return found
    by_key = {t.key: t for t in tables(form)}
    if sign is not None:
        table = by_key.get(sign.table)
        if table is None:
            why = msg("import.other-profile", "The chosen profiles do not ask this.")
            found.not_taken.append(NotTaken(grid.name, sign.table, why))
        elif table.upright:
            _own_upright(table, grid, wording, found)
        else:
            _own_rows(table, grid, wording, found)
        return found
    _foreign(form, filled(grid), wording, found)
    return found


# --- our own ---------------------------------------------------------------------------------------------------------


def _own_upright(table: Table, grid: Grid, wording: Wording, found: Found) -> None:
    at = next((n for n, key in enumerate(grid.rows[0]) if text_of(key) == ANSWER), 2)
    values: dict[str, Given | None] = {}
    for number, row in enumerate(grid.rows):
        column = table.column(text_of(row[0])) if row else None
        if column is not None:
            cell = row[at] if at < len(row) else None
            values[column.key] = _given(column, cell, grid.place(number, at), wording)
            if cell is None and (grid.numbers[number], at + 1) in grid.formulas:
                values[column.key] = _uncomputed(grid.place(number, at))
        elif not is_blank(row[1:]) and row and not text_of(row[0]).startswith((HEAD, SIGN)):
            found.not_taken.append(_no_question(grid.row_place(number), " ".join(filter(None, map(text_of, row[:3])))))
    found.rows.append(Row(table.key, grid.name, values))
    found.tables.add(table.key)


def _own_rows(table: Table, grid: Grid, wording: Wording, found: Found) -> None:
    start = next(n for n, r in enumerate(grid.rows) if r and text_of(r[0]).startswith(f"{SIGN}:"))
    keys = [text_of(c) for c in grid.rows[start]]
    columns, seen = {}, set()
    labels = next((r for r in grid.rows if r and text_of(r[0]) == f"{HEAD}labels"), ())
    for at, key in enumerate(keys):
        column = table.column(key)
        if column is not None and key not in seen:
            columns[at] = column
            seen.add(key)
    above = tuple(keys.index(f"{PARENT}{n}") if f"{PARENT}{n}" in keys else -1 for n in range(len(table.lists) - 1))
    for at, label in enumerate(labels):
        if at and text_of(label) and at not in columns and at not in above:
            found.not_taken.append(_no_question(grid.place(list(grid.rows).index(labels), at), text_of(label)))
    _rows(_Layout(table, columns, above, start + 1, mark=0, own=True), grid, wording, found)
    found.tables.add(table.key)


def _no_question(place: str, text: str) -> NotTaken:
    return NotTaken(place, text, msg("import.no-question", "The form has no question of this name."))


# --- of others -------------------------------------------------------------------------------------------------------


def _foreign(form: Form, grid: Grid, wording: Wording, found: Found) -> None:
    best = max(_layouts(form, grid, wording), key=lambda pair: pair[0], default=None)
    upright = max(_upright(form, grid, wording), key=lambda pair: pair[0], default=None)
    if upright is not None and (best is None or upright[0] > best[0]):
        _foreign_upright(upright[1], upright[2], grid, wording, found)
    elif best is not None:
        layout = best[1]
        header = grid.rows[layout.first - 1]
        for at, label in enumerate(header):
            if text_of(label) and at not in layout.columns and at not in layout.above:
                found.not_taken.append(_no_question(grid.place(layout.first - 1, at), text_of(label)))
        _rows(layout, grid, wording, found)
        found.tables.add(layout.table.key)
    elif any(not is_blank(r) for r in grid.rows):
        why = msg("import.unknown-sheet", "No heading of this sheet is a question of the form.")
        found.not_taken.append(NotTaken(grid.name, "", why))


def _names(column: Column, wording: Wording) -> set[str]:
    said = {fold(column.key), fold(column.field.key), fold(column.field.path)}
    for say in (wording.say, *wording.also, Message.english):
        said |= {fold(column.label(say)), fold(say(column.field.label))}
    return said


def _bare(heading: Value) -> tuple[str, str]:
    """A heading without its unit and its sign for "required", and the unit."""
    text = text_of(heading)[:_LONGEST].rstrip("* ").strip()
    unit = _UNIT.search(text)
    return (text[: unit.start()] if unit else text), (unit[1] if unit else "")


def _fits(column: Column, unit: str) -> bool:
    """A heading that names another unit than the form's is another question."""
    asked = column.field.unit
    same = {"um": "µm", "μm": "µm"}
    if not asked or not unit:
        return True
    return same.get(unit, unit).casefold() == asked.casefold() or not re.fullmatch(r"[a-zµμÅ°]{1,4}", unit)


def _layouts(form: Form, grid: Grid, wording: Wording) -> Iterator[tuple[int, _Layout]]:
    """(how well, where) for each table and each row that may be its headings."""
    for table in tables(form):
        if table.upright:
            continue
        known: dict[str, Column] = {}
        for column in table.columns:
            for name in _names(column, wording):
                known.setdefault(name, column)
        titled = fold(grid.name) in {
            fold(table.key),
            *(fold(say(_label(table))) for say in (wording.say, *wording.also)),
        }
        for number, row in enumerate(grid.rows[:_LOOKED_AT]):
            columns: dict[int, Column] = {}
            for at, heading in enumerate(row):
                bare, unit = _bare(heading)
                asked = known.get(fold(bare)) or known.get(fold(text_of(heading)))
                if asked is not None and fold(bare) and asked not in columns.values() and _fits(asked, unit):
                    columns[at] = asked
            enough = 1 if titled else 2
            if len(columns) >= enough:
                above = _above(table, row, columns, wording)
                score = (
                    len(columns) * 4 + (10 if titled else 0) + (1 if table.name_key in _keys(columns) else -2) - number
                )
                comma = _commas(grid, number + 1, columns)
                yield score, _Layout(table, columns, above, number + 1, comma=comma)


def _keys(columns: Mapping[int, Column]) -> set[str]:
    return {c.key for c in columns.values()}


def _label(table: Table) -> Message:
    return table.field.label if table.field else table.module.label


def _above(table: Table, row: tuple[Value, ...], columns: Mapping[int, Column], wording: Wording) -> tuple[int, ...]:
    """The columns with the names of the records that the rows belong to: headed like the module."""
    if len(table.lists) == 1:
        return ()
    module = table.module
    names = {fold(module.key), *(fold(say(module.label)) for say in (wording.say, *wording.also))}
    at = next((n for n, h in enumerate(row) if n not in columns and fold(_bare(h)[0]) in names), -1)
    return (at,) + (-1,) * (len(table.lists) - 2)


def _upright(form: Form, grid: Grid, wording: Wording) -> Iterator[tuple[int, Table, dict[int, tuple[int, Column]]]]:
    """Questions below each other with the answer beside: (how well, table, row -> (column of the answer, question))."""
    for table in tables(form):
        if not table.upright:
            continue
        known = {name: c for c in table.columns for name in _names(c, wording)}
        for at in range(min(4, max((len(r) for r in grid.rows[:_LOOKED_AT]), default=0))):
            rows: dict[int, tuple[int, Column]] = {}
            for number, row in enumerate(grid.rows[:200]):
                asked = known.get(fold(_bare(row[at])[0])) if at < len(row) else None
                if asked is not None and asked not in [c for _, c in rows.values()]:
                    rows[number] = (at + 1, asked)
            if len(rows) >= 2:
                yield len(rows) * 4, table, rows


def _foreign_upright(
    table: Table, rows: Mapping[int, tuple[int, Column]], grid: Grid, wording: Wording, found: Found
) -> None:
    values: dict[str, Given | None] = {}
    for number, (at, column) in rows.items():
        cells = [text_of(c) for c in grid.rows[number][at:] if text_of(c)]
        cell: Value = grid.rows[number][at] if at < len(grid.rows[number]) else None
        if column.field.many and len(cells) > 1:
            cell = "\n".join(cells)
        values[column.key] = _given(column, cell, grid.place(number, at), wording, own=False)
    found.rows.append(Row(table.key, grid.name, values))
    found.tables.add(table.key)


def _commas(grid: Grid, first: int, columns: Mapping[int, Column]) -> bool:
    """True where the numbers of a table have decimal commas that can be nothing else, and none has a point."""
    texts = [
        row[at]
        for row in grid.rows[first : first + 200]
        for at, column in columns.items()
        if column.field.kind.value == "number" and at < len(row) and isinstance(row[at], str)
    ]
    sure = [t for t in texts if re.fullmatch(r"\s*[+-]?(0,\d+|\d+,\d{1,2}|\d+,\d{4,})\s*\D*", str(t))]
    return bool(sure) and not any("." in str(t) for t in texts)


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(layout: _Layout, grid: Grid, wording: Wording, found: Found) -> None:
    computed = 0
    for number in range(layout.first, len(grid.rows)):
        row = grid.rows[number]
        mark = text_of(row[layout.mark]) if layout.mark is not None and layout.mark < len(row) else ""
        if mark.startswith((HEAD, f"{SIGN}:")):
            continue
        if not mark and is_blank(row[at] for at in layout.columns if at < len(row)):
            continue
        values: dict[str, Given | None] = {}
        for at, column in layout.columns.items():
            cell = row[at] if at < len(row) else None
            values[column.key] = _given(
                column, cell, grid.place(number, at), wording, own=layout.own, comma=layout.comma
            )
            if (grid.numbers[number], at + 1) in grid.formulas:
                computed += 1
                if cell is None:
                    values[column.key] = _uncomputed(grid.place(number, at))
        above = tuple(text_of(row[at]) if 0 <= at < len(row) else "" for at in layout.above)
        found.rows.append(Row(layout.table.key, grid.row_place(number), values, above, mark))
    if computed:
        said = msgn(
            "import.formulas",
            "{n} cell holds a formula. Its last result is used, nothing is computed.",
            "{n} cells hold formulas. Their last results are used, nothing is computed.",
            computed,
        )
        advice = msg("import.formulas.advice", "Look whether the values are the ones you mean.")
        found.findings.append(told("formulas", grid.name, Level.INFO, said, advice))


def _uncomputed(place: str) -> Given:
    said = msg("import.uncomputed", "The formula in this cell has no result.")
    advice = msg("import.uncomputed.advice", "Open the file in your spreadsheet program, save it, and import it again.")
    return Given(None, place, "=", ((Level.WARNING, said, advice),), unfit=True)


def _given(
    column: Column, cell: Value, place: str, wording: Wording, *, own: bool = True, comma: bool = False
) -> Given | None:
    text = text_of(cell)
    if not text:
        return None
    parsed = parse(column.field, cell, wording, own=own, comma=comma)
    return Given(parsed.value, place, text, parsed.told, parsed.unfit)
