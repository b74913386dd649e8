"""Workbooks, text tables, file lists: everything that comes as rows and columns with the form's own headings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from depositor.draft.finding import Level
from depositor.draft.message import Message, msg, msgn
from depositor.draft.problem import Damaged
from depositor.form.sources import delimited
from depositor.form.sources.source import Context, Source, text
from depositor.form.workbook import safety, xlsx_read
from depositor.form.workbook.grid import Grid
from depositor.form.workbook.lists import known_labels
from depositor.form.workbook.reading import FileColumn, NotTaken, Reading, told
from depositor.form.workbook.recognise import Found, read_sheet
from depositor.form.workbook.signs import sign_of

_WORKBOOK = msg("source.workbook", "Spreadsheet")
_TABLE = msg("source.table", "Text table")
_FILE_LIST = msg("source.file-list", "File list of an archive")


def from_grids(source: str, name: Message, grids: Iterable[Grid], context: Context, **more: object) -> Reading:
    """What the sheets hold for the form, all together."""
    all_grids = tuple(grids)
    known = known_labels(all_grids)
    context = replace(context, wording=replace(context.wording, known={**context.wording.known, **known}))
    signs = [s for s in map(sign_of, all_grids) if s is not None]
    found = [read_sheet(context.form, grid, context.wording) for grid in all_grids]
    cut = [told("cut", g.name, Level.WARNING, *_cut(g)) for g in all_grids if not g.full]
    return Reading(
        source,
        name,
        tuple(r for f in found for r in f.rows),
        _joined(found),
        (*(x for f in found for x in f.findings), *cut),
        tuple(n for f in found for n in f.not_taken),
        frozenset(t for f in found for t in f.tables),
        own=bool(signs),
        draft_id=signs[0].draft_id if signs else "",
        profiles=signs[0].profiles if signs else (),
        **more,  # type: ignore[arg-type]
    )


def _joined(found: Iterable[Found]) -> tuple[FileColumn, ...]:
    """Columns of one name in several sheets as one."""
    out: dict[str, FileColumn] = {}
    for column in (c for f in found for c in f.columns):
        held = out.get(column.name)
        out[column.name] = replace(held, values={**held.values, **column.values}) if held else column
    return tuple(out.values())


def _cut(grid: Grid) -> tuple[Message, Message]:
    said = msgn("import.cut", "Only the first {n} row was read.", "Only the first {n} rows were read.", len(grid.rows))
    return said, msg("import.cut.advice", "Divide the table into several files and import one after another.")


def _read_workbook(path: Path, context: Context) -> Reading:
    if not xlsx_read.is_workbook(path):
        raise Damaged(safety.unreadable(path))
    book = xlsx_read.read_book(path, context.report)
    return from_grids(WORKBOOK.id, WORKBOOK.name, book.grids, context)


def _read_text(path: Path, context: Context) -> Reading:
    found = delimited.table(path)
    listed = bool(found.grid.rows) and text(found.grid.rows[0][0] if found.grid.rows[0] else "").casefold() == "files"
    name = FILE_LIST.name if listed else TEXT_TABLE.name
    return from_grids(FILE_LIST.id if listed else TEXT_TABLE.id, name, (found.grid,), context, details=found.details())


def _claims_list(path: Path, head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    return start[:1] == b"[" and b'"path"' in head


def _read_list(path: Path, context: Context) -> Reading:
    """The JSON that BioStudies makes of a file list: ``[{"path", "size", "attributes": [{"name", "value"}]}]``."""
    try:
        rows = json.loads(delimited.decoded(delimited.load(path)).text)
    except (ValueError, RecursionError) as error:
        raise Damaged(safety.unreadable(path)) from error
    columns: dict[str, dict[str, str]] = {}
    skipped = 0
    for row in rows if isinstance(rows, list) else ():
        name = text(row.get("path")) if isinstance(row, dict) else ""
        if not name:
            skipped += 1
            continue
        attributes = row.get("attributes")
        for one in attributes if isinstance(attributes, list) else ():
            if isinstance(one, dict) and text(one.get("name")) and text(one.get("value")):
                columns.setdefault(text(one["name"]), {})[name.removeprefix("./")] = text(one["value"])
    why = msg("import.no-path", "It names no file.")
    left = (NotTaken(path.name, str(skipped), why),) if skipped else ()
    found = tuple(FileColumn(n, v, path.name) for n, v in columns.items())
    return Reading(FILE_LIST.id, FILE_LIST.name, columns=found, not_taken=left)


WORKBOOK = Source("workbook", _WORKBOOK, lambda _, head: xlsx_read.looks_like(head), _read_workbook)
FILE_LIST = Source("file-list", _FILE_LIST, _claims_list, _read_list)
TEXT_TABLE = Source("table", _TABLE, lambda _, head: delimited.looks_like_text(head), _read_text)
