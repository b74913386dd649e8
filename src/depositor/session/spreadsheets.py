"""A draft, or an empty form, as a workbook. The rows of files are streamed to the worker process, which writes it."""

from __future__ import annotations

import contextlib
import csv
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.file_columns import HOMES, FileColumn, columns_of, evaluate, object_path
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side, Stopped
from depositor.session import language
from depositor.session.sources import Progress, called, form_of, reporter, wording_of

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft
    from depositor.session.worker import Worker

FORMAT = "xlsx"
WRITE = "depositor.session.spreadsheets:write_in_worker"
_STEP = 1_000


@dataclass(frozen=True, slots=True)
class Order:
    """What the worker process writes; ``rows`` is the file with a JSON row for each file, empty where there is none."""

    path: str
    draft: Draft
    archive_profile: str | None
    language: str
    headings: tuple[tuple[str, bool], ...]
    rows: str
    beside: str
    progress: str


def export(
    desk: Desk, opened: OpenDraft, path: Path, cancel: Cancel | None = None, on_progress: Progress | None = None
) -> tuple[Path, ...]:
    """Write the draft as a workbook; where it has more files than a sheet has rows, the list of files beside it.

    The old file or the new one is there, never half of one. Stopped when cancelled, NeedsUser where the folder does
    not let us. The paths, the workbook first.
    """
    archive = desk.described(opened.draft.archive)
    profile = archive.profile if archive else None
    listing = _Listing(opened)
    return _write(desk.worker(), opened.draft, profile, path, listing, cancel or Cancel(), on_progress)


def template(
    desk: Desk, path: Path, archive_id: str | None, profiles: tuple[str, ...], cancel: Cancel | None = None
) -> tuple[Path, ...]:
    """Write an empty workbook for these profiles: for people who like to begin there."""
    capabilities = desk.capabilities(archive_id)
    empty = Draft(id="", archive=archive_id, profiles=profiles)
    profile = capabilities.profile if capabilities else None
    return _write(desk.worker(), empty, profile, path, None, cancel or Cancel(), None)


def file_name(draft: Draft) -> str:
    """A name for the workbook: the title as far as file systems take it."""
    name = " ".join("".join(c if c.isalnum() or c in " -_" else " " for c in draft.title).split())
    return f"{name[:60].strip() or 'description'}.xlsx"


def file_paths(opened: OpenDraft) -> Iterator[str]:
    """The files of a draft by their paths in the study, a chunked image once."""
    last = ""
    places = opened.places
    for row in opened.inventory().files():
        path = object_path(places.shown(row.root, row.path))
        if path != last:
            yield path
        last = path


class _Listing:
    """The files of a draft with what the columns say of each."""

    def __init__(self, opened: OpenDraft) -> None:
        self._opened = opened
        self._columns = tuple(c for c in columns_of(opened.draft.columns) if c.refers_to not in HOMES)
        names = dict.fromkeys(c.name for c in self._columns)
        self.headings = tuple((name, self._is_told(name)) for name in names)

    def _is_told(self, name: str) -> bool:
        """True for a column that rules or file names fill: it is changed in the program."""
        return any(_is_rule(c) for c in self._columns if c.name == name)

    def rows(self, cancel: Cancel) -> Iterator[list[str]]:
        from depositor.session.columns.file_columns import Homes

        home = Homes(self._opened.draft, self._opened.places)
        for number, path in enumerate(file_paths(self._opened)):
            if number % _STEP == 0 and cancel:
                raise Stopped(_stopped())
            owner = home(path)
            mine = (c for c in self._columns if c.group in (None, owner[1] if owner else None))
            values = evaluate(mine, path)
            yield [path, owner[1] if owner else "", *(values.get(n, "") for n, _ in self.headings)]


def _is_rule(column: FileColumn) -> bool:
    return bool(column.patterns or column.rules)


def _write(
    worker: Worker,
    draft: Draft,
    profile: str | None,
    path: Path,
    listing: _Listing | None,
    cancel: Cancel,
    on_progress: Progress | None,
) -> tuple[Path, ...]:
    new = path.with_name(f".{path.name}.new")
    beside = path.with_name(f"{path.stem}-files.tsv")
    draft = replace(draft, decisions=(), extra={})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="depositor-") as folder:
            rows, progress = Path(folder) / "rows", Path(folder) / "progress"
            count = _spool(listing, rows, cancel) if listing else 0
            told = listing.headings if listing else ()
            from depositor.form.workbook.xlsx_write import MOST_FILES

            too_many = count > MOST_FILES
            listed = str(rows) if count and not too_many else ""
            code, other = language.current().code, beside.name if too_many else ""
            order = Order(str(new), draft, profile, code, told, listed, other, str(progress))
            called(worker, WRITE, order, cancel, progress, on_progress)
            if too_many:
                _write_beside(rows, beside, told)
            new.replace(path)
            return (path, beside) if too_many else (path,)
    except OSError as error:
        raise NeedsUser(_cannot_write(path)) from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def _spool(listing: _Listing, rows: Path, cancel: Cancel) -> int:
    count = 0
    with rows.open("w", encoding="utf-8", errors="backslashreplace") as out:
        for row in listing.rows(cancel):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_beside(rows: Path, beside: Path, headings: tuple[tuple[str, bool], ...]) -> None:
    """The list of files as a text table that can be imported like the workbook."""
    with beside.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, delimiter="\t", lineterminator="\n")
        table.writerow(["Files", *(name for name, _ in headings)])
        for row in _spooled(rows):
            table.writerow([row[0], *row[2:]])


def _spooled(rows: Path) -> Iterator[list[str]]:
    with rows.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write_in_worker(order: Order) -> int:
    """Write the workbook; how many files it lists. NeedsUser where it cannot be written."""
    from depositor.form.workbook.xlsx_write import FileRow, FileSheet, write_book

    form = form_of(order.draft, order.archive_profile)
    report = reporter(Path(order.progress))
    done = 0

    def rows() -> Iterator[FileRow]:
        nonlocal done
        for row in _spooled(Path(order.rows)) if order.rows else ():
            done += 1
            if done % _STEP == 0:
                report(done, 0)
            yield FileRow(row[0], row[1], tuple(row[2:]))

    told = msg("workbook.beside", "The study has more files than a sheet has rows: they stand in {file}.",
               file=order.beside) if order.beside else None  # fmt: skip
    speaking = language.Language(order.language)
    files = FileSheet(order.headings, rows(), told)
    path = Path(order.path)
    try:
        write_book(path, form, order.draft, wording_of(order.language), files, rtl=speaking.direction == "rtl",
                   language=order.language)  # fmt: skip
    except OSError as error:
        raise NeedsUser(_cannot_write(path)) from error
    return done


def _cannot_write(path: Path) -> Problem:
    return Problem(
        "document.cannot-write",
        Side.COMPUTER,
        msg("document.cannot-write", "The file could not be written there."),
        msg(
            "workbook.cannot-write.advice",
            "Close it in your spreadsheet program, choose another folder, or free some space.",
        ),
        str(path.with_name(path.name.removeprefix(".").removesuffix(".new"))),
    )


def _stopped() -> Problem:
    return Problem(
        "workbook.stopped",
        Side.COMPUTER,
        msg("workbook.stopped", "The export was stopped; no file was written."),
        msg("workbook.stopped.advice", "It can be begun again at any time."),
    )
