"""Tables of channels and antibodies of communities (MITI, HuBMAP) as rows of the form's channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from depositor.draft.message import msg
from depositor.form import channel_tables
from depositor.form.channel_tables import ChannelTable
from depositor.form.fields import Form
from depositor.form.workbook.grid import Grid
from depositor.form.workbook.reading import Given, NotTaken, Row
from depositor.form.workbook.tables import Table, tables
from depositor.form.workbook.values import text_of

_SPECIMEN, _OPTICS = "specimen.channels", "light_microscopy.channels"
# What says the same where the form does not ask as finely: a form without antibodies knows a channel by its name alone.
_STAND_INS = {"channel_label": "channel_id", "channel_biological_entity": "hgnc_symbol"}


def channel_rows(form: Form, grid: Grid) -> tuple[list[Row], list[NotTaken]] | None:
    """The rows of such a table and its headings without a place in the form; None where the sheet is no such table."""
    number = next((n for n, r in enumerate(grid.rows[:5]) if channel_tables.recognised([text_of(c) for c in r])), None)
    by_key = {t.key: t for t in tables(form)}
    if number is None or _SPECIMEN not in by_key:
        return None
    headings = [text_of(c) for c in grid.rows[number]]
    of = channel_tables.recognised(headings)
    assert of is not None
    out: list[Row] = []
    unused: list[NotTaken] = []
    for at in range(number + 1, len(grid.rows)):
        found = channel_tables.from_table(of, headings, [[text_of(c) for c in grid.rows[at]]])
        specimen, optics = channel_tables.parted(found.rows)
        place = grid.row_place(at)
        for key, rows in ((_SPECIMEN, specimen), (_OPTICS, optics)):
            out += [_row(by_key[key], r, place) for r in rows if key in by_key]
        unused = unused or _unused(found.not_taken, headings, grid, number)
    asked = {c.key for key in (_SPECIMEN, _OPTICS) if key in by_key for c in by_key[key].columns}
    return out, unused + _not_asked(of, headings, asked, grid, number)


def _row(table: Table, record: Mapping[str, Any], place: str) -> Row:
    known = {c.key for c in table.columns}
    instead = {k: record[other] for k, other in _STAND_INS.items() if other in record and other not in known}
    record = {**instead, **record}
    values: dict[str, Given | None] = {k: Given(v, place) for k, v in record.items() if k in known}
    return Row(table.key, place, values, above=("",))


def _unused(names: tuple[str, ...], headings: list[str], grid: Grid, number: int) -> list[NotTaken]:
    why = msg("import.no-question", "The form has no question of this name.")
    return [NotTaken(grid.place(number, headings.index(n)), n, why) for n in names if n in headings]


def _not_asked(of: ChannelTable, headings: list[str], asked: set[str], grid: Grid, number: int) -> list[NotTaken]:
    """The headings that the form would have a place for if a way of imaging with antibodies were chosen."""
    why = msg("import.other-way", "Choose the way of imaging “Multiplexed tissue imaging”, and import it again.")
    served = asked | {other for key, other in _STAND_INS.items() if key in asked}
    keys = ((at, channel_tables.key_of(of, h)) for at, h in enumerate(headings))
    return [NotTaken(grid.place(number, at), headings[at], why) for at, k in keys if k and k not in served]
