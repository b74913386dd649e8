"""Cells of our own workbooks: safe texts, looks, what may be typed into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import TYPE_CHECKING, Any, Literal

from depositor.draft.answer import OriginKind
from depositor.draft.draft import Draft
from depositor.draft.message import Message
from depositor.form.fields import Field, Form, Kind
from depositor.form.workbook import look as looks
from depositor.form.workbook import words
from depositor.form.workbook.grid import letters
from depositor.form.workbook.lists import pick_list
from depositor.form.workbook.signs import Sign
from depositor.form.workbook.tables import Column, Table, tables
from depositor.form.workbook.values import LONGEST, Value, Wording, plain, shown

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation

LAST = 5_000  # the last row that has drop-downs
_NAMES = 500  # the last row from which drop-downs of names are filled
_MOST_NOTES = 500
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_WORDS = 250  # characters that Excel shows of a message
_TALLEST = 300  # points
_AS_TEXT = (Kind.TEXT, Kind.PMID, Kind.ORCID, Kind.DOI)  # a gene called SEPT7 stays one
_Operator = Literal["between", "greaterThan", "greaterThanOrEqual", "lessThanOrEqual"]


@dataclass(slots=True)
class Writing:
    """One workbook that is being written."""

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
        """What the first cell of a sheet says."""
        return str(Sign(table, self.draft.id, self.draft.profiles))

    def names(self, table: Table) -> str:
        """The cells that hold the names of a table's records; empty where they have none."""
        at = next((n for n, c in enumerate(table.columns) if c.key == table.name_key), None)
        if at is None:
            return ""
        letter = letters(len(table.lists) + at)
        return f"'{self.titles[table.key]}'!${letter}$4:${letter}${_NAMES}"


def cell(w: Writing, sheet: Any, value: Value, font: Any, *, locked: bool = True, fill: Any = None) -> Any:
    """A cell with a value; a text that begins like a formula is marked as the text that it is."""
    from openpyxl.cell import WriteOnlyCell

    out = WriteOnlyCell(sheet, None)
    if isinstance(value, str):
        text = plain(value)[:LONGEST]
        out.value = text or None
        if text:
            out.data_type = "s"
            out.quotePrefix = text.startswith(_RISKY)
    else:
        out.value = value
        if isinstance(value, dt.date):
            out.number_format = "yyyy-mm-dd"
    out.font = font
    out.alignment = w.style.wrap
    out.protection = w.style.locked if locked else w.style.unlocked
    if fill is not None:
        out.fill = fill
    return out


def safe(w: Writing, sheet: Any, text: str) -> Any:
    """A text as it is where that is harmless: a million cells of their own would take minutes."""
    clean = plain(text)[:LONGEST]
    return cell(w, sheet, clean, w.style.plain, locked=False) if clean.startswith(_RISKY) else clean or None


def line(w: Writing, sheet: Any, text: str, font: Any, *, at_end: bool = False) -> Any:
    """A text that runs on over its neighbours."""
    from openpyxl.styles import Alignment

    out = cell(w, sheet, text, font)
    out.alignment = Alignment(horizontal="right" if at_end else None, vertical="top")
    return out


def answer(w: Writing, sheet: Any, column: Column, path: str, value: Any) -> Any:
    """The cell of an answer, with a note where its value came from a header."""
    from openpyxl.comments import Comment

    out = cell(w, sheet, shown(column.field, value, w.wording), w.style.plain, locked=False)
    out.border = w.style.edge
    if column.field.kind in _AS_TEXT and not isinstance(out.value, (int, float)):
        out.number_format = "@"
    origin = w.draft.origin(path)
    told = origin is not None and origin.kind is OriginKind.HEADER and origin.file and out.value is not None
    if told and origin and w.notes < _MOST_NOTES:
        w.notes += 1
        out.comment = Comment(looks.told_from(str(origin.file), w.say), "Depositor", width=260, height=60)
    return out


def heading(w: Writing, sheet: Any, column: Column) -> Any:
    """The heading of a question, in the colour of how much it is asked for."""
    font, fill = looks.header_look(column.field, w.style)
    out = cell(w, sheet, looks.heading(column, w.say), font, fill=fill)
    out.alignment, out.border = w.style.wrap_middle, w.style.edge
    return out


def lines(text: str, wide: float) -> int:
    """How many lines a text takes in a cell of ``wide`` characters."""
    return sum(max(1, -(-len(one) // max(int(wide), 1))) for one in text.split("\n"))


def fit(sheet: Any, row: int, cells: Sequence[Any], widths: Sequence[int]) -> None:
    """Make a row as high as its texts need. Written without the mark of a height that a person chose, so that it grows
    with what is typed later."""
    said = (str(c.value) if c is not None and c.value is not None else "" for c in cells[1:])  # the first one is hidden
    tallest = max((lines(text, wide * 1.1) for text, wide in zip(said, widths[1:], strict=False)), default=1)
    if tallest > 1:
        sheet.row_dimensions[row] = {"ht": f"{min(15 * tallest + 3, _TALLEST)}"}


# --- what may be typed -----------------------------------------------------------------------------------------------


def validate(w: Writing, sheet: Any, field: Field, cells: str) -> None:
    """Drop-downs, numbers within bounds, real days."""
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = pick_list(field, w.wording)
    if listed is not None:
        offer(w, sheet, cells, listed.name, closed=listed.closed)
    elif field.kind is Kind.REFERENCE and field.refers_to:
        table = next((t for t in tables(w.form) if t.key == field.refers_to), None)
        offer(w, sheet, cells, w.names(table) if table else "")
    elif field.many:
        return
    elif field.kind is Kind.NUMBER:
        _warned(sheet, cells, _number(field), w.say(words.NUMBER))
    elif field.kind is Kind.DATE:
        rule = DataValidation("date", formula1="1", operator="greaterThan", allow_blank=True)
        _warned(sheet, cells, rule, w.say(words.DAY))
    elif field.kind is Kind.YEAR:
        rule = DataValidation("whole", formula1="1800", formula2="2200", operator="between", allow_blank=True)
        _warned(sheet, cells, rule, w.say(words.YEAR))


def _number(field: Field) -> DataValidation:
    from openpyxl.worksheet.datavalidation import DataValidation

    low = field.above if field.above is not None else field.minimum
    high = field.maximum
    operator: _Operator = "greaterThan" if field.above is not None else "greaterThanOrEqual"
    first, second = (f"{low:g}" if low is not None else "-1E+300"), None
    if low is not None and high is not None:
        operator, second = "between", f"{high:g}"
    elif high is not None:
        operator, first = "lessThanOrEqual", f"{high:g}"
    return DataValidation("decimal", formula1=first, formula2=second, operator=operator, allow_blank=True)


def offer(w: Writing, sheet: Any, cells: str, source: str, *, closed: bool = False) -> None:
    """A drop-down; what is not in its list can be typed too, unless it is ``closed``."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if not source:
        return
    rule = DataValidation("list", formula1=f"={source}" if "!" in source else source, allow_blank=True)
    rule.showErrorMessage = closed
    if closed:
        rule.error, rule.errorStyle = w.say(words.CHOOSE)[:_WORDS], "stop"
    rule.add(cells)
    sheet.data_validations.append(rule)


def _warned(sheet: Any, cells: str, rule: DataValidation, said: str) -> None:
    rule.error, rule.errorStyle, rule.showErrorMessage = said[:_WORDS], "warning", True
    rule.add(cells)
    sheet.data_validations.append(rule)


def shade_missing(w: Writing, sheet: Any, cells: str, formula: str) -> None:
    """Needed cells that are still empty are shaded; the asterisk at the heading says it without colour."""
    from openpyxl.formatting.rule import FormulaRule

    rule = FormulaRule(formula=[formula], fill=w.style.missing)  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add(cells, rule)
