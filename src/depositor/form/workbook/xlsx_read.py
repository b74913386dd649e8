"""Workbooks of Excel, LibreOffice, Numbers and Google as grids of values. Nothing in them is ever computed or run.

Every part is looked at before openpyxl sees it: sizes, entities, where formulas and merged cells are.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from depositor.draft.problem import Damaged
from depositor.form.workbook import safety
from depositor.form.workbook.grid import Book, Cells, Grid

Report = Callable[[int, int], None]  # (rows read, of)

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, MOST_SHEETS = 1_048_576, 1_000, 6_000_000, 200
_LONGEST = 100_000
_BLANK_RUN = 2_000  # blank rows in succession after which nothing is expected any more
_REPORT_EVERY = 2_000
_FORMULA = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f[\s>/]')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_MOST_MERGED = 10_000


@dataclass(slots=True)
class _Seen:
    """What the first look at a part found."""

    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: set[tuple[int, int, int, int]] = field(default_factory=set)
    rows: int = 0

    def look(self, block: bytes, fresh: int) -> None:
        """Note what is in ``block``; only its last ``fresh`` bytes count for the number of rows."""
        if b"<f" in block or b":f" in block:
            self.formulas.update((int(row), _number(letters)) for letters, row in _FORMULA.findall(block))
        if b"mergeCell" in block and len(self.merged) < _MOST_MERGED:
            found = _MERGED.findall(block)
            self.merged.update((int(r), _number(c), int(r2), _number(c2)) for c, r, c2, r2 in found)
        self.rows += len(_ROW.findall(block, max(len(block) - fresh, 0)))


def looks_like(head: bytes) -> bool:
    """True for a packed file; what is in it tells its contents."""
    return head[:4] == b"PK\x03\x04"


def is_workbook(path: Path) -> bool:
    """True where the packed file holds a workbook."""
    with safety.opened(path) as packed:
        return any(n.lstrip("/").lower() == "xl/workbook.xml" for n in packed.namelist())


def read_book(path: Path, report: Report | None = None) -> Book:
    """All sheets with their values; formulas by the result that the file holds. Damaged where it is none."""
    seen = _first_look(path)
    import openpyxl

    total = sum(s.rows for s in seen.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl does not carry over: we write nothing back
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False, keep_vba=False)
            try:
                return _book(book, seen, report or (lambda _done, _of: None), total)
            finally:
                book.close()
        except Damaged:
            raise
        except MemoryError:
            raise
        except Exception as error:  # openpyxl raises whatever its parsers do on a damaged file
            raise Damaged(safety.unreadable(path)) from error


def _first_look(path: Path) -> dict[str, _Seen]:
    out: dict[str, _Seen] = {}
    with safety.opened(path) as packed:
        for name in packed.namelist():
            if name.lower().endswith((".xml", ".rels", ".vml")):
                seen = out.setdefault(name.lstrip("/"), _Seen())
                before = 0
                for block in safety.chunks(packed, name, path):
                    if "worksheets/" in name:
                        seen.look(block, len(block) - before)
                    before = min(len(block), 4096)
    return out


def _book(book: Any, seen: dict[str, _Seen], report: Report, total: int) -> Book:
    grids: list[Grid] = []
    room, done = MOST_CELLS, 0
    for name in book.sheetnames[:MOST_SHEETS]:
        sheet = book[name]
        if not hasattr(sheet, "iter_rows"):  # a sheet that is one chart
            continue
        part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
        grid, cells = _grid(sheet, name, seen.get(part, _Seen()), room, _from(report, done, total))
        room, done = room - cells, done + len(grid.rows)
        grids.append(grid)
    properties = {p.name: str(p.value) for p in book.custom_doc_props.props} if book.custom_doc_props else {}
    return Book(tuple(grids), properties)


def _from(report: Report, before: int, total: int) -> Callable[[int], None]:
    return lambda rows: report(before + rows, total)


def _grid(sheet: Any, name: str, seen: _Seen, room: int, report: Callable[[int], None]) -> tuple[Grid, int]:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    rows: list[Cells] = []
    numbers: list[int] = []
    cells, blank, full = 0, 0, True
    last = min(MOST_ROWS, max(seen.rows * 4 + _BLANK_RUN, 100_000))
    for number, row in enumerate(sheet.iter_rows(max_row=last, values_only=True), 1):
        if number % _REPORT_EVERY == 0:
            report(number)
        end = min(len(row), MOST_COLUMNS)
        while end and row[end - 1] is None:
            end -= 1
        if not end:
            blank += 1
            if blank > _BLANK_RUN:
                break
            continue
        blank = 0
        cells += end
        if cells > room:
            full = False
            break
        rows.append(tuple(map(_value, row[:end])))
        numbers.append(number)
    return Grid(name, rows, numbers, frozenset(seen.formulas), tuple(sorted(seen.merged)), full), cells


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (int, float, dt.date)):
        return value
    return str(value)[:_LONGEST]


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
