"""A draft as a workbook: a sheet for each part of the form, drop-downs, help, and hidden marks to know it again by.

No text of a person becomes a formula: what begins like one is written as text, and marked so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from depositor.draft.draft import Draft
from depositor.form.fields import Form
from depositor.form.workbook import look as looks
from depositor.form.workbook import words
from depositor.form.workbook.grid import letters
from depositor.form.workbook.lists import PickList, pick_lists
from depositor.form.workbook.signs import FILES, FORMAT, LISTS, NOTES
from depositor.form.workbook.tables import Table, tables
from depositor.form.workbook.values import LONGEST, Wording, plain
from depositor.form.workbook.xlsx_cells import Writing, cell, line, safe
from depositor.form.workbook.xlsx_sheets import FileRow, FileSheet, file_rows, new_sheet, protect, rows, upright

__all__ = ["MOST_FILES", "FileRow", "FileSheet", "write_book"]

MOST_FILES = 1_048_576 - 3  # rows of a sheet without the three of ours


def write_book(
    path: Path, form: Form, draft: Draft, wording: Wording, files: FileSheet, *, rtl: bool = False, language: str = "en"
) -> None:
    """Write the workbook to ``path``, best a temporary name: it grows there. OSError as it comes."""
    import openpyxl

    book: Any = openpyxl.Workbook(write_only=True)
    _describe(book, draft, language)
    w = Writing(form, draft, wording, looks.look(), book, rtl)
    _title_sheets(w)
    _read_me(w, files)
    for table in tables(form):
        if table.upright:
            upright(w, table)
        else:
            rows(w, table)
    file_rows(w, files)
    _lists(w, pick_lists(form, wording))
    book.save(path)


def _describe(book: Any, draft: Draft, language: str) -> None:
    from openpyxl.packaging.custom import StringProperty

    for name, value in (("depositor", str(FORMAT)), ("depositor.draft", draft.id), ("depositor.language", language)):
        book.custom_doc_props.append(StringProperty(name=name, value=value))
    book.properties.creator = "Depositor"
    book.properties.title = plain(draft.title)[:LONGEST] or None


# --- names -----------------------------------------------------------------------------------------------------------


def _title_sheets(w: Writing) -> None:
    """A name for each sheet: what spreadsheet programs allow, each once."""
    taken: set[str] = set()
    wanted = [(NOTES, w.say(words.READ_ME)), *((t.key, _name(w, t)) for t in tables(w.form))]
    for key, name in [*wanted, (FILES, w.say(words.FILES)), (LISTS, w.say(words.LISTS))]:
        allowed = "".join(" " if c in "[]:*?/\\'" else c for c in plain(name)).strip()
        w.titles[key] = _free(allowed or key, taken)


def _name(w: Writing, table: Table) -> str:
    """What a table is called; with its part of the form where two have the same name."""
    own = w.say(table.field.label if table.field else table.module.label)
    twice = sum(w.say(t.field.label if t.field else t.module.label) == own for t in tables(w.form)) > 1
    return f"{own} - {w.say(table.module.label)}" if twice and table.field else own


def _free(name: str, taken: set[str]) -> str:
    found, number = name[:31].strip(), 2
    while found.casefold() in taken:
        end = f" {number}"
        found, number = f"{name[: 31 - len(end)].strip()}{end}", number + 1
    taken.add(found.casefold())
    return found


# --- first and last sheet --------------------------------------------------------------------------------------------


def _read_me(w: Writing, files: FileSheet) -> None:
    sheet, style = new_sheet(w, NOTES, (3, 28, 92)), w.style
    protect(sheet)
    sheet.append([cell(w, sheet, w.sign(NOTES), style.muted)])
    sheet.row_dimensions[2] = {"ht": "27"}
    sheet.append([None, line(w, sheet, w.draft.title or w.say(words.UNTITLED), style.title)])
    sheet.append([None, line(w, sheet, w.say(words.MADE_BY), style.muted)])
    _part(w, sheet, w.say(words.HOW))
    for number, step in enumerate(words.STEPS, 1):
        first = line(w, sheet, str(number), style.on_light, at_end=True)
        sheet.append([None, first, cell(w, sheet, w.say(step), style.plain)])
    _part(w, sheet, w.say(words.COLOURS))
    for name, said, font, fill in (
        (words.NEEDED, words.NEEDED_SAID, style.on_dark, style.required),
        (words.WISHED, words.WISHED_SAID, style.on_light, style.recommended),
        (words.FREE, words.FREE_SAID, style.on_light, style.optional),
    ):
        sheet.append([None, cell(w, sheet, w.say(name), font, fill=fill), cell(w, sheet, w.say(said), style.plain)])
    _part(w, sheet, w.say(words.SHEETS))
    for table in tables(w.form):
        about = table.field.help if table.field else table.module.help
        _row(w, sheet, w.titles[table.key], w.say(about))
    _row(w, sheet, w.titles[FILES], w.say(files.told or words.FILE_HELP))


def _part(w: Writing, sheet: Any, title: str) -> None:
    sheet.append([])
    sheet.append([None, line(w, sheet, title, w.style.heading)])


def _row(w: Writing, sheet: Any, name: str, said: str) -> None:
    sheet.append([None, cell(w, sheet, name, w.style.on_light), cell(w, sheet, said, w.style.plain)])


def _lists(w: Writing, listed: dict[str, PickList]) -> None:
    """The hidden sheet of choices: the label and what it stands for, column by column."""
    from openpyxl.workbook.defined_name import DefinedName

    sheet = w.book.create_sheet(w.titles[LISTS])
    sheet.sheet_state = "hidden"
    heads: list[Any] = [w.sign(LISTS)]
    columns: list[tuple[str, ...]] = [()]
    for one in listed.values():
        letter = letters(len(columns))
        place = f"'{w.titles[LISTS]}'!${letter}$2:${letter}${len(one.labels) + 1}"
        w.book.defined_names[one.name] = DefinedName(one.name, attr_text=place)
        heads += [one.key, "value"]
        columns += [one.labels, one.values]
    sheet.append(heads)
    for row in range(max(map(len, columns), default=0)):
        sheet.append([safe(w, sheet, c[row]) if row < len(c) else None for c in columns])
