"""A draft as a workbook: a sheet for each part of the form, drop-downs, help, and hidden marks by which it is known again.

No text of a person becomes a formula: what begins like one is written as text, and marked so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path
from typing import Any

from depositor.draft import paths
from depositor.draft.answer import OriginKind
from depositor.draft.draft import Draft
from depositor.draft.message import Message, msg
from depositor.form.fields import Asked, Field, Form, Kind, Requirement
from depositor.form.workbook import look as looks
from depositor.form.workbook.grid import letters
from depositor.form.workbook.lists import PickList, pick_list, pick_lists
from depositor.form.workbook.signs import (
    ANSWER,
    COLUMN,
    FILES,
    FORMAT,
    GROUP,
    HELP,
    LABELS,
    LISTS,
    NOTES,
    PARENT,
    PATH,
    TOLD,
    Sign,
)
from depositor.form.workbook.tables import Column, Table, places, tables
from depositor.form.workbook.values import LONGEST, Value, Wording, plain, shown

MOST_FILES = 1_048_575 - 3  # rows of a sheet without the four of ours
_LAST = 5_000  # the last row that has drop-downs
_NAMES = 500  # rows from which drop-downs of names are filled
_MOST_NOTES = 500
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_WORDS = 250  # characters that Excel shows of a message


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file: its path in the study, what it belongs to, and the value of each described column."""

    path: str
    group: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSheet:
    """The files of a study, streamed. ``headings`` are the names of the columns and whether a file name tells them."""

    headings: tuple[tuple[str, bool], ...] = ()
    rows: Iterable[FileRow] = ()
    told: Message | None = None  # where the files stand if not here


@dataclass(slots=True)
class _Writing:
    form: Form
    draft: Draft
    wording: Wording
    style: looks.Look
    book: Any
    rtl: bool
    titles: dict[str, str] = made(default_factory=dict)
    notes: int = 0

    def say(self, message: Message) -> str:
        return self.wording.say(message)

    def sign(self, table: str) -> str:
        return str(Sign(table, self.draft.id, self.draft.profiles))


def write_book(
    path: Path, form: Form, draft: Draft, wording: Wording, files: FileSheet, *, rtl: bool = False, language: str = "en"
) -> None:
    """Write the workbook to ``path`` (which should be a temporary name: it appears piece by piece). OSError as it comes."""
    import openpyxl
    from openpyxl.packaging.custom import StringProperty

    book = openpyxl.Workbook(write_only=True)
    for name, value in (("depositor", str(FORMAT)), ("depositor.draft", draft.id), ("depositor.language", language)):
        book.custom_doc_props.append(StringProperty(name=name, value=value))
    book.properties.creator = "Depositor"
    book.properties.title = plain(draft.title)[:LONGEST] or None
    writing = _Writing(form, draft, wording, looks.look(), book, rtl)
    _title_sheets(writing)
    _read_me(writing, files)
    listed = pick_lists(form, wording)
    for table in tables(form):
        _upright(writing, table) if table.upright else _rows(writing, table)
    _file_rows(writing, files)
    _lists(writing, listed)
    book.save(path)


# --- names -----------------------------------------------------------------------------------------------------------


def _title_sheets(w: _Writing) -> None:
    """A name for each sheet: what spreadsheet programs allow, each once."""
    taken: set[str] = set()
    wanted = [(NOTES, w.say(_READ_ME))]
    wanted += [(t.key, _name(w, t)) for t in tables(w.form)]
    for key, name in [*wanted, (FILES, w.say(_FILES)), (LISTS, w.say(_LISTS))]:
        w.titles[key] = _free("".join(" " if c in "[]:*?/\\'" else c for c in plain(name)).strip() or key, taken)


def _name(w: _Writing, table: Table) -> str:
    """What a table is called; with its part of the form where two have the same name."""
    own = w.say(table.field.label if table.field else table.module.label)
    twice = sum(w.say(t.field.label if t.field else t.module.label) == own for t in tables(w.form)) > 1
    return f"{own} - {w.say(table.module.label)}" if twice and table.field else own


def _free(name: str, taken: set[str]) -> str:
    found, number = name[:31], 2
    while found.casefold() in taken:
        end = f" {number}"
        found, number = f"{name[: 31 - len(end)]}{end}", number + 1
    taken.add(found.casefold())
    return found


def _sheet(w: _Writing, key: str, widths: Sequence[int], *, frozen: str, hidden_rows: int = 1) -> Any:
    sheet = w.book.create_sheet(w.titles[key])
    sheet.sheet_view.rightToLeft = w.rtl
    sheet.sheet_view.showGridLines = False
    sheet.freeze_panes = frozen
    sheet.sheet_view.zoomScale = 100
    for at, wide in enumerate(widths):
        dimension = sheet.column_dimensions[letters(at)]
        dimension.width = wide
        dimension.protection = w.style.unlocked
        dimension.alignment = w.style.wrap
    for row in range(1, hidden_rows + 1):
        sheet.row_dimensions[row].hidden = True
    return sheet


def _protect(sheet: Any) -> None:
    """Headings are locked against slips, without a password; everything that people do with tables stays allowed."""
    protection = sheet.protection
    protection.sheet = True
    for allowed in ("sort", "autoFilter", "formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows",
                    "insertHyperlinks"):  # fmt: skip
        setattr(protection, allowed, False)  # False is: not forbidden


# --- cells -----------------------------------------------------------------------------------------------------------


def _cell(w: _Writing, sheet: Any, value: Value, font: Any, *, locked: bool = True, fill: Any = None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, None)
    if isinstance(value, str):
        text = plain(value)[:LONGEST]
        cell.value = text or None
        if text.startswith(_RISKY):
            cell.data_type = "s"
            cell.quotePrefix = True
        elif text:
            cell.data_type = "s"
    else:
        cell.value = value
        if isinstance(value, dt.date):
            cell.number_format = "yyyy-mm-dd"
    cell.font = font
    cell.alignment = w.style.wrap
    cell.protection = w.style.locked if locked else w.style.unlocked
    if fill is not None:
        cell.fill = fill
    return cell


def _answer(w: _Writing, sheet: Any, column: Column, path: str, value: Any) -> Any:
    """The cell of an answer, with a note where its header stands."""
    from openpyxl.comments import Comment

    cell = _cell(w, sheet, shown(column.field, value, w.wording), w.style.plain, locked=False)
    cell.border = w.style.edge
    if column.field.kind in (Kind.TEXT, Kind.PMID, Kind.ORCID, Kind.DOI) and not isinstance(cell.value, (int, float)):
        cell.number_format = "@"  # a gene called SEPT7 stays one
    origin = w.draft.origin(path)
    if origin is not None and origin.kind is OriginKind.HEADER and origin.file and cell.value is not None:
        if w.notes < _MOST_NOTES:
            w.notes += 1
            cell.comment = Comment(looks.told_from(origin.file, w.say), "Depositor", width=260, height=60)
    return cell


def _heading(w: _Writing, sheet: Any, column: Column) -> Any:
    font, fill = looks.header_look(column.field, w.style)
    cell = _cell(w, sheet, looks.heading(column, w.say), font, fill=fill)
    cell.alignment, cell.border = w.style.wrap_middle, w.style.edge
    return cell


# --- sheets ----------------------------------------------------------------------------------------------------------


def _upright(w: _Writing, table: Table) -> None:
    sheet = _sheet(w, table.key, (4, 34, 72, 62), frozen="A3")
    sheet.column_dimensions["A"].hidden = True
    record = next(places(table, w.draft.metadata)).record
    for row, column in enumerate(table.columns, 3):
        _validate(w, sheet, column.field, f"C{row}")
        if column.field.requirement is Requirement.REQUIRED:
            _mark_missing(w, sheet, f"C{row}", f"LEN(TRIM(C{row}))=0")
    _protect(sheet)
    head = w.style.on_light
    texts = [w.say(_QUESTION), w.say(_ANSWER), w.say(_MEANING)]
    sheet.append([_cell(w, sheet, v, head) for v in (w.sign(table.key), None, ANSWER, None)])
    sheet.append([_cell(w, sheet, v, head, fill=w.style.optional) for v in (LABELS, *texts)])
    for column in table.columns:
        deposit = column.field.asked is Asked.LICENSE
        value = getattr(w.draft, column.key, None) if deposit else paths.get(record, column.key)
        path = column.key if deposit else f"{table.module.key}.{column.key}"
        sheet.append(
            [
                _cell(w, sheet, column.key, w.style.muted),
                _heading(w, sheet, column),
                _answer(w, sheet, column, path, value),
                _cell(w, sheet, looks.help_text(column.field, w.say), w.style.muted),
            ]
        )


def _rows(w: _Writing, table: Table) -> None:
    above = _above(w, table)
    columns = table.columns
    sheet = _sheet(
        w, table.key, (4, *(30 for _ in above), *(looks.width(c.field) for c in columns)), frozen=_frozen(above)
    )
    sheet.column_dimensions["A"].hidden = True
    for at, (_, names) in enumerate(above, 1):
        _offer(sheet, f"{letters(at)}4:{letters(at)}{_LAST}", names, closed=False, say=w.say)
    last = letters(len(above) + len(columns))
    for at, column in enumerate(columns, len(above) + 1):
        letter = letters(at)
        _validate(w, sheet, column.field, f"{letter}4:{letter}{_LAST}")
        if column.field.requirement is Requirement.REQUIRED:
            begun = f"COUNTA($B4:${last}4)>0"
            _mark_missing(w, sheet, f"{letter}4:{letter}{_LAST}", f"AND({begun},LEN(TRIM({letter}4))=0)")
    helps = [looks.help_text(c.field, w.say) for c in columns]
    sheet.row_dimensions[2].height = 32
    tallest = max((_lines(h, looks.width(c.field)) for h, c in zip(helps, columns, strict=True)), default=1)
    sheet.row_dimensions[3].height = min(12.5 * tallest + 6, 150)
    rows = list(places(table, w.draft.metadata))
    sheet.auto_filter.ref = f"A3:{last}{max(3 + len(rows), 4)}"
    _protect(sheet)
    _heads(w, sheet, table, above, helps)
    for place in rows:
        cells = [_cell(w, sheet, place.mark, w.style.muted, locked=False)]
        cells += [_cell(w, sheet, name, w.style.plain, locked=False) for name in place.above[: len(above)]]
        cells += [_answer(w, sheet, c, f"{place.path}.{c.key}", paths.get(place.record, c.key)) for c in columns]
        sheet.append(cells)


def _heads(w: _Writing, sheet: Any, table: Table, above: list[tuple[str, str]], helps: list[str]) -> None:
    """The hidden row of keys, the headings, the help."""
    muted = w.style.muted
    keys = [*(f"{PARENT}{n}" for n in range(len(above))), *(c.key for c in table.columns)]
    sheet.append([_cell(w, sheet, v, muted) for v in (w.sign(table.key), *keys)])
    names = [
        _cell(w, sheet, f"{name}{looks.REQUIRED_SIGN}", w.style.on_dark, fill=w.style.required) for name, _ in above
    ]
    for cell in names:
        cell.alignment = w.style.wrap_middle
    sheet.append([_cell(w, sheet, LABELS, muted), *names, *(_heading(w, sheet, c) for c in table.columns)])
    belongs = [_cell(w, sheet, w.say(_BELONGS), muted, fill=w.style.paper) for _ in above]
    sheet.append(
        [_cell(w, sheet, HELP, muted), *belongs, *(_cell(w, sheet, h, muted, fill=w.style.paper) for h in helps)]
    )


def _frozen(above: list[tuple[str, str]]) -> str:
    return f"{letters(2 + len(above))}4"


def _above(w: _Writing, table: Table) -> list[tuple[str, str]]:
    """(heading, range of names) for each list above the rows."""
    found = []
    for end in range(1, len(table.lists)):
        outer = next((t for t in tables(w.form) if t.lists == table.lists[:end]), None)
        if outer is None:
            found.append((w.say(table.module.label), ""))
        else:
            found.append((w.say(outer.field.label if outer.field else outer.module.label), _names(w, outer)))
    return found


def _names(w: _Writing, table: Table) -> str:
    """The cells that hold the names of a table's records."""
    at = next((n for n, c in enumerate(table.columns) if c.key == table.name_key), None)
    if at is None:
        return ""
    letter = letters(len(table.lists) + at)
    return f"'{w.titles[table.key]}'!${letter}$4:${letter}${_NAMES}"


def _file_rows(w: _Writing, files: FileSheet) -> None:
    widths = (4, 60, 30, *(22 for _ in files.headings))
    sheet = _sheet(w, FILES, widths, frozen="C4")
    sheet.column_dimensions["A"].hidden = True
    sheet.row_dimensions[3].height = 44
    _protect(sheet)
    muted, style = w.style.muted, w.style
    keys = [f"{TOLD if told else COLUMN}{name}" for name, told in files.headings]
    sheet.append([_cell(w, sheet, v, muted) for v in (w.sign(FILES), PATH, GROUP, *keys)])
    heads = [w.say(_FILE), w.say(_GROUP), *(name for name, _ in files.headings)]
    sheet.append(
        [_cell(w, sheet, LABELS, muted), *(_cell(w, sheet, h, style.on_light, fill=style.recommended) for h in heads)]
    )
    helps = [w.say(files.told) if files.told else w.say(_FILE_HELP), w.say(_GROUP_HELP)]
    helps += [w.say(_BY_NAME) if told else w.say(_BY_HAND) for _, told in files.headings]
    sheet.append([_cell(w, sheet, HELP, muted), *(_cell(w, sheet, h, muted, fill=style.paper) for h in helps)])
    for row in files.rows:
        sheet.append([None, *(_safe(w, sheet, v) for v in (row.path, row.group, *row.values))])


def _safe(w: _Writing, sheet: Any, text: str) -> Any:
    """A text as it is where that is harmless: a million cells of their own would take minutes."""
    clean = plain(text)[:LONGEST]
    return _cell(w, sheet, clean, w.style.plain, locked=False) if clean.startswith(_RISKY) else clean or None


def _read_me(w: _Writing, files: FileSheet) -> None:
    sheet = _sheet(w, NOTES, (3, 26, 88), frozen="A1", hidden_rows=1)
    _protect(sheet)
    sheet.append([_cell(w, sheet, w.sign(NOTES), w.style.muted)])
    title = w.draft.title or w.say(_UNTITLED)
    sheet.append([None, _flat(w, sheet, title, w.style.title)])
    sheet.append([None, _flat(w, sheet, w.say(_MADE_BY), w.style.muted)])
    sheet.append([])
    sheet.append([None, _flat(w, sheet, w.say(_HOW), w.style.heading)])
    for number, step in enumerate(_STEPS, 1):
        sheet.append(
            [
                None,
                _flat(w, sheet, f"{number}", w.style.on_light, end=True),
                _cell(w, sheet, w.say(step), w.style.plain),
            ]
        )
    sheet.append([])
    sheet.append([None, _flat(w, sheet, w.say(_COLOURS), w.style.heading)])
    for name, said, font, fill in (
        (_NEEDED, _NEEDED_SAID, w.style.on_dark, w.style.required),
        (_WISHED, _WISHED_SAID, w.style.on_light, w.style.recommended),
        (_FREE, _FREE_SAID, w.style.on_light, w.style.optional),
    ):
        sheet.append([None, _cell(w, sheet, w.say(name), font, fill=fill), _cell(w, sheet, w.say(said), w.style.plain)])
    sheet.append([])
    sheet.append([None, _flat(w, sheet, w.say(_SHEETS), w.style.heading)])
    for table in tables(w.form):
        help_ = table.field.help if table.field else table.module.help
        sheet.append(
            [None, _cell(w, sheet, w.titles[table.key], w.style.on_light), _cell(w, sheet, w.say(help_), w.style.plain)]
        )
    told = files.told or _FILE_HELP
    sheet.append(
        [None, _cell(w, sheet, w.titles[FILES], w.style.on_light), _cell(w, sheet, w.say(told), w.style.plain)]
    )


def _flat(w: _Writing, sheet: Any, text: str, font: Any, *, end: bool = False) -> Any:
    """A line that runs on over its neighbours."""
    from openpyxl.styles import Alignment

    cell = _cell(w, sheet, text, font)
    cell.alignment = Alignment(horizontal="right" if end else None, vertical="top")
    return cell


def _lists(w: _Writing, listed: dict[str, PickList]) -> None:
    """The hidden sheet of choices: the label and what it stands for, column by column."""
    from openpyxl.workbook.defined_name import DefinedName

    sheet = w.book.create_sheet(w.titles[LISTS])
    sheet.sheet_state = "hidden"
    heads: list[Any] = [w.sign(LISTS)]
    columns: list[tuple[str, ...]] = [()]
    for one in listed.values():
        letter = letters(len(columns))
        end = len(one.labels) + 1
        place = f"'{w.titles[LISTS]}'!${letter}$2:${letter}${end}"
        w.book.defined_names[one.name] = DefinedName(one.name, attr_text=place)
        heads += [one.key, "value"]
        columns += [one.labels, one.values]
    sheet.append(heads)
    for row in range(max(map(len, columns), default=0)):
        sheet.append([_safe(w, sheet, c[row]) if row < len(c) else None for c in columns])


# --- what may be typed -----------------------------------------------------------------------------------------------


def _validate(w: _Writing, sheet: Any, field: Field, cells: str) -> None:
    """Drop-downs, numbers within bounds, real days; a hint with the help when the cell is chosen."""
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = pick_list(field, w.wording)
    if listed is not None:
        _offer(sheet, cells, listed.name, closed=listed.closed, say=w.say)
    elif field.kind is Kind.REFERENCE and field.refers_to:
        table = next((t for t in tables(w.form) if t.key == field.refers_to), None)
        _offer(sheet, cells, _names(w, table) if table else "", closed=False, say=w.say)
    elif field.many:
        return
    elif field.kind is Kind.NUMBER:
        low = field.above if field.above is not None else field.minimum
        operator, bounds = ("between", (low, field.maximum)) if None not in (low, field.maximum) else (
            ("greaterThan" if field.above is not None else "greaterThanOrEqual", (low if low is not None else -1e300, None))
        )  # fmt: skip
        rule = DataValidation("decimal", formula1=f"{bounds[0]:g}", operator=operator, allow_blank=True)
        rule.formula2 = f"{bounds[1]:g}" if bounds[1] is not None else None
        _told(rule, sheet, cells, w.say(_NUMBER), "warning")
    elif field.kind is Kind.DATE:
        rule = DataValidation("date", formula1="1", operator="greaterThan", allow_blank=True)
        _told(rule, sheet, cells, w.say(_DAY), "warning")
    elif field.kind is Kind.YEAR:
        rule = DataValidation("whole", formula1="1800", formula2="2200", operator="between", allow_blank=True)
        _told(rule, sheet, cells, w.say(_YEAR), "warning")


def _offer(sheet: Any, cells: str, source: str, *, closed: bool, say: Callable[[Message], str]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    if not source:
        return
    rule = DataValidation("list", formula1=f"={source}" if "!" in source else source, allow_blank=True)
    if closed:
        _told(rule, sheet, cells, say(_CHOOSE), "stop")
    else:
        rule.showErrorMessage = False
        rule.add(cells)
        sheet.data_validations.append(rule)


def _told(rule: Any, sheet: Any, cells: str, said: str, weight: str) -> None:
    rule.error, rule.errorStyle, rule.showErrorMessage = said[:_WORDS], weight, True
    rule.add(cells)
    sheet.data_validations.append(rule)


def _mark_missing(w: _Writing, sheet: Any, cells: str, formula: str) -> None:
    """Needed cells that are still empty are shaded; the asterisk at the heading says it without colour."""
    from openpyxl.formatting.rule import FormulaRule

    sheet.conditional_formatting.add(cells, FormulaRule(formula=[formula], fill=w.style.missing))


def _lines(text: str, wide: int) -> int:
    return sum(max(1, -(-len(line) // max(int(wide * 1.15), 1))) for line in text.split("\n"))


_READ_ME = msg("workbook.read-me", "Read me")
_FILES = msg("workbook.files", "Files")
_LISTS = msg("workbook.lists", "Lists")
_UNTITLED = msg("workbook.untitled", "Description of an imaging study")
_MADE_BY = msg("workbook.made-by", "Made by Depositor. Fill it in where you like and import it again.")
_HOW = msg("workbook.how", "How it works")
_STEPS = (
    msg("workbook.step.fill", "Fill in the sheets at the bottom, one for each part of the description. Each row is one record; the grey lines say what is meant."),
    msg("workbook.step.lists", "Cells with an arrow offer a list. Where a list is long you may also type a word of your own."),
    msg("workbook.step.names", "Sheets refer to each other by name: a data set names its biosample as it is called in the sheet of biosamples."),
    msg("workbook.step.sort", "Sort, filter, add and delete rows as you like. Please leave hidden rows and columns where they are."),
    msg("workbook.step.import", "Save the file and import it in Depositor. You will see what changes before anything happens."),
)  # fmt: skip
_COLOURS = msg("workbook.colours", "What the headings say")
_NEEDED = msg("workbook.needed", "Needed *")
_NEEDED_SAID = msg("workbook.needed.said", "Most archives do not take a study without it. Empty cells are shaded.")
_WISHED = msg("workbook.wished", "Recommended")
_WISHED_SAID = msg("workbook.wished.said", "Others need it to understand and use your images.")
_FREE = msg("workbook.free", "Optional")
_FREE_SAID = msg("workbook.free.said", "If it says something about your study.")
_SHEETS = msg("workbook.sheets", "The sheets")
_QUESTION = msg("workbook.question", "Question")
_ANSWER = msg("workbook.answer", "Answer")
_MEANING = msg("workbook.meaning", "What is meant")
_BELONGS = msg("workbook.belongs", "The name of what this row belongs to, as it stands in the other sheet.")
_FILE = msg("workbook.file", "File")
_GROUP = msg("workbook.group", "Belongs to")
_FILE_HELP = msg(
    "workbook.file.help",
    "Every file of the study. Add columns of your own (genotype, dose, time): write a heading and the values.",
)
_GROUP_HELP = msg("workbook.group.help", "The data set or annotation. It is chosen in Depositor, not here.")
_BY_NAME = msg("workbook.by-name", "Read out of the file name; changed in Depositor, not here.")
_BY_HAND = msg("workbook.by-hand", "Your own column: change it as you like.")
_NUMBER = msg("workbook.number", "This should be a number in the unit that the heading gives.")
_DAY = msg("workbook.day", "This should be a date.")
_YEAR = msg("workbook.year", "This should be a year of four digits.")
_CHOOSE = msg("workbook.choose", "Please choose from the list.")
