"""The sheets of our own workbooks: questions below each other, records in rows, files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from depositor.draft import paths
from depositor.draft.message import Message
from depositor.form.fields import Asked, Requirement
from depositor.form.workbook import look as looks
from depositor.form.workbook import words
from depositor.form.workbook.grid import letters
from depositor.form.workbook.signs import ANSWER, COLUMN, FILES, GROUP, HELP, LABELS, PARENT, PATH, TOLD
from depositor.form.workbook.tables import Column, Table, places, tables
from depositor.form.workbook.xlsx_cells import (
    LAST,
    Writing,
    answer,
    cell,
    fit,
    heading,
    lines,
    offer,
    safe,
    shade_missing,
    validate,
)

_TALLEST = 150  # points of the row of help
_ALLOWED = ("sort", "autoFilter", "formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows")


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file: its path in the study, what it belongs to, and the value of each described column."""

    path: str
    group: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSheet:
    """The files of a study, streamed. ``headings`` are the names of the columns, and whether rules or file names fill
    them. ``told``: where the files stand if not here."""

    headings: tuple[tuple[str, bool], ...] = ()
    rows: Iterable[FileRow] = ()
    told: Message | None = None


def new_sheet(w: Writing, key: str, widths: Sequence[int], frozen: str | None = None) -> Any:
    """A sheet whose first row is hidden; everything in it may be changed unless a cell says otherwise."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = w.book.create_sheet(w.titles[key])
    sheet.sheet_view.rightToLeft = w.rtl
    sheet.sheet_view.showGridLines = False
    sheet.freeze_panes = frozen
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for at, wide in enumerate(widths):
        dimension = sheet.column_dimensions[letters(at)]
        dimension.width = wide
        dimension.protection = w.style.unlocked
        dimension.alignment = w.style.wrap
    sheet.row_dimensions[1].hidden = True
    return sheet


def protect(sheet: Any) -> None:
    """Headings are locked against slips, without a password; everything that people do with tables stays allowed."""
    sheet.protection.sheet = True
    for allowed in _ALLOWED:
        setattr(sheet.protection, allowed, False)  # False is: not forbidden


def upright(w: Writing, table: Table) -> None:
    """Questions below each other: for what there is once."""
    sheet = new_sheet(w, table.key, (4, 34, 72, 62), "A3")
    sheet.column_dimensions["A"].hidden = True
    record = next(places(table, w.draft.metadata)).record
    for row, column in enumerate(table.columns, 3):
        validate(w, sheet, column.field, f"C{row}")
        if column.field.requirement is Requirement.REQUIRED:
            shade_missing(w, sheet, f"C{row}", f"LEN(TRIM(C{row}))=0")
    protect(sheet)
    head = w.style.on_light
    texts = [w.say(words.QUESTION), w.say(words.ANSWER), w.say(words.MEANING)]
    sheet.append([cell(w, sheet, v, head) for v in (w.sign(table.key), None, ANSWER, None)])
    sheet.append([cell(w, sheet, v, head, fill=w.style.optional) for v in (LABELS, *texts)])
    for row, column in enumerate(table.columns, 3):
        cells = _question(w, sheet, table, column, record)
        fit(sheet, row, cells, (4, 34, 72, 62))
        sheet.append(cells)


def _question(w: Writing, sheet: Any, table: Table, column: Column, record: Any) -> list[Any]:
    deposit = column.field.asked is Asked.LICENSE
    value = getattr(w.draft, column.key, None) if deposit else paths.get(record, column.key)
    path = column.key if deposit else f"{table.module.key}.{column.key}"
    given = answer(w, sheet, column, path, value)
    given.alignment = w.style.wrap_start
    return [
        cell(w, sheet, column.key, w.style.muted),
        heading(w, sheet, column),
        given,
        cell(w, sheet, looks.help_text(column.field, w.say), w.style.muted),
    ]


def rows(w: Writing, table: Table) -> None:
    """A record in each row, below the headings and their help."""
    above = _above(w, table)
    widths = (4, *(30 for _ in above), *(looks.width(c.field) for c in table.columns))
    sheet = new_sheet(w, table.key, widths, f"{letters(2 + len(above))}4")
    sheet.column_dimensions["A"].hidden = True
    for at, (_, names) in enumerate(above, 1):
        offer(w, sheet, f"{letters(at)}4:{letters(at)}{LAST}", names)
    last = letters(len(above) + len(table.columns))
    for at, column in enumerate(table.columns, len(above) + 1):
        _rules(w, sheet, column, letters(at), last)
    there = list(places(table, w.draft.metadata))
    sheet.auto_filter.ref = f"A3:{last}{max(3 + len(there), 4)}"
    protect(sheet)
    _heads(w, sheet, table, above)
    for row, place in enumerate(there, 4):
        cells = [cell(w, sheet, place.mark, w.style.muted, locked=False)]
        cells += [cell(w, sheet, name, w.style.plain, locked=False) for name in place.above[: len(above)]]
        cells += [answer(w, sheet, c, f"{place.path}.{c.key}", paths.get(place.record, c.key)) for c in table.columns]
        fit(sheet, row, cells, widths)
        sheet.append(cells)


def _rules(w: Writing, sheet: Any, column: Column, letter: str, last: str) -> None:
    cells = f"{letter}4:{letter}{LAST}"
    validate(w, sheet, column.field, cells)
    if column.field.requirement is Requirement.REQUIRED:
        shade_missing(w, sheet, cells, f"AND(COUNTA($B4:${last}4)>0,LEN(TRIM({letter}4))=0)")


def _heads(w: Writing, sheet: Any, table: Table, above: list[tuple[str, str]]) -> None:
    """The hidden row of keys, the headings, the help."""
    muted, style = w.style.muted, w.style
    helps = [looks.help_text(c.field, w.say) for c in table.columns]
    tallest = max((lines(h, looks.width(c.field) * 1.15) for h, c in zip(helps, table.columns, strict=True)), default=1)
    sheet.row_dimensions[2].height = 32
    sheet.row_dimensions[3].height = min(12.5 * max(tallest, 3 if above else 1) + 6, _TALLEST)
    keys = [*(f"{PARENT}{n}" for n in range(len(above))), *(c.key for c in table.columns)]
    sheet.append([cell(w, sheet, v, muted) for v in (w.sign(table.key), *keys)])
    names = [cell(w, sheet, f"{name}{looks.REQUIRED_SIGN}", style.on_dark, fill=style.required) for name, _ in above]
    for one in names:
        one.alignment, one.border = style.wrap_middle, style.edge
    sheet.append([cell(w, sheet, LABELS, muted), *names, *(heading(w, sheet, c) for c in table.columns)])
    helps = [*(w.say(words.BELONGS) for _ in above), *helps]
    sheet.append([cell(w, sheet, HELP, muted), *(cell(w, sheet, h, muted, fill=style.paper) for h in helps)])


def _above(w: Writing, table: Table) -> list[tuple[str, str]]:
    """(heading, range of names) for each list above the rows."""
    found = []
    for end in range(1, len(table.lists)):
        outer = next((t for t in tables(w.form) if t.lists == table.lists[:end]), None)
        if outer is None:
            found.append((w.say(table.module.label), ""))
        else:
            found.append((w.say(outer.field.label if outer.field else outer.module.label), w.names(outer)))
    return found


def file_rows(w: Writing, files: FileSheet) -> None:
    """The files of the study, a row for each."""
    sheet = new_sheet(w, FILES, (4, 60, 30, *(22 for _ in files.headings)), "C4")
    sheet.column_dimensions["A"].hidden = True
    sheet.row_dimensions[3].height = 44
    protect(sheet)
    muted, style = w.style.muted, w.style
    keys = [f"{TOLD if told else COLUMN}{name}" for name, told in files.headings]
    sheet.append([cell(w, sheet, v, muted) for v in (w.sign(FILES), PATH, GROUP, *keys)])
    heads = [w.say(words.FILE), w.say(words.GROUP), *(name for name, _ in files.headings)]
    cells = [cell(w, sheet, h, style.on_light, fill=style.recommended) for h in heads]
    sheet.append([cell(w, sheet, LABELS, muted), *cells])
    helps = [w.say(files.told or words.FILE_HELP), w.say(words.GROUP_HELP)]
    helps += [w.say(words.BY_NAME if told else words.BY_HAND) for _, told in files.headings]
    sheet.append([cell(w, sheet, HELP, muted), *(cell(w, sheet, h, muted, fill=style.paper) for h in helps)])
    for row in files.rows:
        sheet.append([None, *(safe(w, sheet, v) for v in (row.path, row.group, *row.values))])
