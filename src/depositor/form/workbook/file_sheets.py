"""Tables with a row for each file: our own sheet of files, and file lists of archives (first heading ``Files``)."""

from __future__ import annotations

from depositor.form.vocabulary import fold
from depositor.form.workbook.grid import Grid
from depositor.form.workbook.reading import FileColumn
from depositor.form.workbook.signs import COLUMN, FILES, GROUP, HEAD, LABELS, PATH, SIGN, TOLD, sign_of
from depositor.form.workbook.values import text_of

_PATHS = frozenset(
    ("files", "file", "filename", "file name", "file path", "filepath", "path", "image file", "dateiname", "datei")
)
_SIZES = frozenset(("size", "bytes", "type"))  # what an archive's list says of the file itself


def file_columns(grid: Grid, *, own: bool) -> list[FileColumn] | None:
    """What the sheet says of files, a column each; None where it is no list of files."""
    if own:
        sign = sign_of(grid)
        return _own(grid) if sign is not None and sign.table == FILES else None
    for number, row in enumerate(grid.rows[:5]):
        named = [fold(text_of(c)) for c in row]
        at = next((n for n, name in enumerate(named) if name in _PATHS), None)
        if at is not None and (named[at] == "files" or sum(map(bool, named)) > 1):
            headings = {n: text_of(c) for n, c in enumerate(row) if n != at and named[n] and named[n] not in _SIZES}
            return _columns(grid, number + 1, at, headings)
    return None


def _own(grid: Grid) -> list[FileColumn]:
    """Columns with a key by their key, those that a person added by their heading; what a pattern tells is left."""
    start = next(n for n, r in enumerate(grid.rows) if r and text_of(r[0]).startswith(f"{SIGN}:"))
    keys = [text_of(c) for c in grid.rows[start]]
    labels = next((r for r in grid.rows if r and text_of(r[0]) == LABELS), ())
    at = keys.index(PATH) if PATH in keys else 1
    headings = {}
    for column in range(1, max(len(keys), len(labels))):
        key = keys[column] if column < len(keys) else ""
        label = text_of(labels[column]) if column < len(labels) else ""
        if column == at or key == GROUP or key.startswith(TOLD) or not (key or label):
            continue
        headings[column] = key.removeprefix(COLUMN) or label
    return _columns(grid, start + 1, at, headings)


def _columns(grid: Grid, first: int, at: int, headings: dict[int, str]) -> list[FileColumn]:
    values: dict[int, dict[str, str]] = {column: {} for column in headings}
    for row in grid.rows[first:]:
        path = _path(text_of(row[at])) if at < len(row) else ""
        if not path or text_of(row[0]).startswith((HEAD, f"{SIGN}:")):
            continue
        for column, held in values.items():
            held[path] = text_of(row[column]) if column < len(row) else ""
    seen: set[str] = set()
    out = []
    for column, name in headings.items():
        if name not in seen and values[column]:
            seen.add(name)
            out.append(FileColumn(name, values[column], grid.place(max(first - 1, 0), column)))
    return out


def _path(text: str) -> str:
    """A path as this program writes it: ``/`` between folders, nothing before it."""
    return text.replace("\\", "/").removeprefix("./").lstrip("/")
