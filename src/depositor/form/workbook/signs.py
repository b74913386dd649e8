"""The hidden marks of our own workbooks: language-neutral, so that what people see may be translated and renamed."""

from __future__ import annotations

from dataclasses import dataclass

from depositor.form.workbook.grid import Grid
from depositor.form.workbook.values import text_of

SIGN = "depositor"
FORMAT = 1
HEAD = "#"  # begins the mark of a row that is no record
LABELS, HELP = f"{HEAD}labels", f"{HEAD}help"
ANSWER = "=answer"  # the column of the answers where questions stand below each other
PARENT = "^"  # a column with the name of the record above, and how far up
NOTES = "notes"  # a sheet that holds nothing to take over
FILES = "files"
LISTS = "lists"
PATH, GROUP, TOLD, COLUMN = "path", "group", "told:", "column:"


@dataclass(frozen=True, slots=True)
class Sign:
    """What the first cell of our own sheets says."""

    table: str
    draft_id: str
    profiles: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{SIGN}:{FORMAT}:{self.table}:{self.draft_id}:{','.join(self.profiles)}"


def sign_of(grid: Grid) -> Sign | None:
    """The sign of one of our sheets; a newer format than this program knows is read as far as it is known."""
    for row in grid.rows[:3]:
        parts = text_of(row[0] if row else None).split(":")
        if len(parts) == 5 and parts[0] == SIGN and parts[1].isdigit():
            return Sign(parts[2], parts[3], tuple(filter(None, parts[4].split(","))))
    return None
