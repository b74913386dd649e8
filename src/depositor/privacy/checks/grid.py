"""What the cells of a table are called: by the heading of their column, or by the cell at their left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from depositor.privacy.words import labels

_APART = re.compile(r"\S+(?: \S+)*")  # words with single spaces between them
HEADING_ROWS = 12  # a heading is looked for this far down: titles stand above it


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell, rows and columns counted from 1."""

    row: int
    column: int
    text: str


def names_for(cells: Sequence[Cell]) -> list[str]:
    """The label of each cell, empty where nothing names it. Cells come row by row."""
    heading = _heading_row(cells)
    heads = {c.column: c.text.strip() for c in cells if c.row == heading}
    at = {(c.row, c.column): c.text for c in cells}
    return [_name(cell, heading, heads, at) for cell in cells]


def _is_heading(cell: Cell, at: dict[tuple[int, int], str]) -> bool:
    """True in a row of three cells and more above values; two beside each other are a label and its value."""
    row, column = cell.row, cell.column
    wide = (row, column + 1) in at or (row, column - 2) in at
    below, left_below = at.get((row + 1, column)), at.get((row + 1, column - 1))
    return wide and bool(below and left_below) and not tells((left_below or "").strip().rstrip(":").strip())


def telling_columns(cells: Sequence[Cell]) -> frozenset[int]:
    """The columns whose heading says what they hold, out of the first rows of a table."""
    heading = _heading_row(cells)
    return frozenset(c.column for c in cells if c.row == heading and tells(c.text.strip()))


def _name(cell: Cell, heading: int, heads: dict[int, str], at: dict[tuple[int, int], str]) -> str:
    head = heads.get(cell.column, "") if cell.row > heading > 0 else ""
    if tells(head):
        return head
    left = at.get((cell.row, cell.column - 1), "").strip().rstrip(":").strip()
    if cell.row == heading and _is_heading(cell, at):
        return head
    if left and len(left) <= 48 and tells(left) and not tells(cell.text.strip().rstrip(":")):
        return left
    return head


def tells(label: str) -> bool:
    """True for a heading that says what its column holds."""
    return labels.kind_of(label) is not None or labels.is_named(label) or labels.is_perhaps_staff(label)


def lines(text: str) -> list[Cell]:
    """The cells of a table that is laid out with spaces: each stands below the heading that begins nearest to it."""
    rows = [[(m.start(), m[0].strip()) for m in _APART.finditer(line)] for line in text.splitlines()]
    heading = max(rows, key=lambda row: sum(tells(cell) for _at, cell in row), default=[])
    if sum(tells(cell) for _at, cell in heading) < 1 or len(heading) < 2:
        return []
    starts = [at for at, _cell in heading]
    return [
        Cell(number, 1 + min(range(len(starts)), key=lambda n: abs(starts[n] - at)), cell)
        for number, row in enumerate(rows, 1)
        if len(row) > 1
        for at, cell in row
    ]


def _heading_row(cells: Sequence[Cell]) -> int:
    """The row with most cells that name something, else the first with two words in it; 0 where there is none."""
    telling: dict[int, int] = {}
    words: dict[int, int] = {}
    for cell in cells:
        if cell.row not in words and len(words) >= HEADING_ROWS:
            break
        words[cell.row] = words.get(cell.row, 0) + (1 if any(c.isalpha() for c in cell.text) else 0)
        telling[cell.row] = telling.get(cell.row, 0) + (1 if tells(cell.text.strip()) else 0)
    most = max(telling.values(), default=0)
    if most:
        return min(row for row, count in telling.items() if count == most)
    return next((row for row in sorted(words) if words[row] >= 2), 0)
