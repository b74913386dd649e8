"""A sheet as it was read: rows of values, with the address of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from depositor.form.workbook.values import Value, text_of

Cells = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """``numbers`` are those of the rows (a sheet may leave rows out). ``formulas`` are addresses of cells whose value
    was computed there, ``merged`` ranges as (first row, first column, last row, last column), all from 1.

    ``full`` is False where the file holds more rows than are read.
    """

    name: str
    rows: Sequence[Cells]
    numbers: Sequence[int]
    formulas: frozenset[tuple[int, int]] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    full: bool = True
    single: bool = False  # the only table of its file: addresses need no name of a sheet

    def place(self, row: int, column: int) -> str:
        """The address of a cell as people know it: ``Biosample!B7``; ``row`` counts rows that were read."""
        cell = f"{letters(column)}{self.numbers[row]}"
        return cell if self.single else f"{self.name}!{cell}"

    def row_place(self, row: int) -> str:
        return str(self.numbers[row]) if self.single else f"{self.name}!{self.numbers[row]}"


@dataclass(frozen=True, slots=True)
class Book:
    """All sheets of a file and what it says about itself."""

    grids: tuple[Grid, ...]
    properties: dict[str, str] = field(default_factory=dict)


def letters(column: int) -> str:
    """``0`` as ``A``, ``26`` as ``AA``."""
    out, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(ord("A") + rest) + out
    return out


def filled(grid: Grid) -> Grid:
    """The sheet with the value of merged cells in each of them: people merge what is the same for several rows."""
    if not grid.merged:
        return grid
    at = {number: n for n, number in enumerate(grid.numbers)}
    rows = [list(r) for r in grid.rows]
    for top, left, bottom, right in grid.merged:
        if top not in at or left > len(rows[at[top]]):
            continue
        value = rows[at[top]][left - 1]
        for number in range(top, bottom + 1):
            if number in at:
                row = rows[at[number]]
                row.extend([None] * (right - len(row)))
                row[left - 1 : right] = [value] * (right - left + 1)
    return replace(grid, rows=tuple(tuple(r) for r in rows))


def is_blank(cells: Iterable[Value]) -> bool:
    """True for a row that says nothing."""
    return not any(text_of(c) for c in cells)
