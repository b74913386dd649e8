"""Privacy checks over a draft: each file in the worker process, remembered until it changes.

What the files give away (names, numbers) is then looked for in all of them once more: a patient's name in one header is
found in the remark of another. The second look is remembered too, until the files teach something else.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.file_columns import told_texts
from depositor.draft.finding import Finding, NotChecked
from depositor.draft.inventory import FileRow
from depositor.draft.message import Message
from depositor.draft.problem import Problem
from depositor.privacy import RULES
from depositor.session.converting import offered
from depositor.session.pixels import Amount
from depositor.session.places import Places
from depositor.session.stored_findings import (
    finding_from_json,
    finding_to_json,
    gaps_from_json,
    gaps_to_json,
)
from depositor.session.stored_findings import message_to_json as message_to_json

if TYPE_CHECKING:
    from depositor.privacy.known import Known
    from depositor.scan.inventory import Inventory
    from depositor.session.desk import Desk

EXAMINE = "depositor.session.examining:content_and_name"
DONE = ":all"  # the row that says: every file of the inventory was looked at
KNOWN = ":known"  # the row that keeps, in place of a stamp, what the files taught
_GATHER = 200
_TELL = 25

Row = tuple[str, str, str, str, str]  # of privacy_result: draft, path, stamp, findings, not checked
Tell = Callable[[int, int], None]
_READ = ":pictures"  # ends the stamp of the row ``DONE`` when the pictures were looked at too


class Stage(StrEnum):
    """What a check does at the moment; each counts from nothing."""

    HEADERS = "headers"  # new and changed files, each for itself
    AGAIN = "again"  # all files, for what some of them gave away
    PICTURES = "pictures"  # text in pictures; what headers and names tell can be asked for by now


def check_files(
    desk: Desk,
    draft_id: str,
    inventory: Inventory,
    places: Places,
    cancel: Cancel,
    on_progress: Tell | None,
    pixels: Amount | None = None,
    on_stage: Callable[[Stage], object] | None = None,
) -> None:
    """Check every file that is new or changed since the last check. May be cancelled and called again; no more than a
    page of the inventory is in memory.

    Headers and names come first, and can be asked for as soon as they are done; then text is looked for in pictures:
    as much as ``pixels`` says, or the user's settings. ``on_stage`` is told when each of these begins.
    """
    begins = on_stage or _nobody
    run = _Run(desk, draft_id, inventory, places, cancel, on_progress)
    begins(Stage.HEADERS)
    run.first_look()
    if cancel:
        return
    _forget_gone(desk, draft_id, inventory, places)
    begins(Stage.AGAIN)
    run.second_look(_learnt(desk.store.connection(), draft_id))
    if cancel:
        return
    _write(desk, [(draft_id, DONE, str(run.total), "[]", "[]")])
    begins(Stage.PICTURES)
    run.pictures(pixels or Amount(desk.settings.get("privacy_pixels")))
    if not cancel:
        _write(desk, [(draft_id, DONE, f"{run.total}{_READ}", "[]", "[]")])


def _nobody(_: Stage) -> None:
    """Nobody asked to be told."""


def outdate(desk: Desk, draft_id: str, inventory: Inventory, places: Places) -> None:
    """After another scan: where a file is new, changed or gone, the last check no longer counts as one of all files.
    What it found stays in the store, so that the next check looks at those files alone."""
    db = desk.store.connection()
    if _stored(db, draft_id, DONE) and not _is_current(db, draft_id, inventory, places):
        with desk.store.transaction() as writing:
            writing.execute("DELETE FROM privacy_result WHERE draft_id=? AND path=?", (draft_id, DONE))


def _is_current(db: sqlite3.Connection, draft_id: str, inventory: Inventory, places: Places) -> bool:
    sql = "SELECT count(*) FROM privacy_result WHERE draft_id=? AND path NOT IN (?, ?)"
    if db.execute(sql, (draft_id, DONE, KNOWN)).fetchone()[0] != inventory.count("file"):
        return False
    rows = ((_stored(db, draft_id, places.shown(row.root, row.path)), _stamp(row)) for row in inventory.files())
    return all(stored == stamp or stored.startswith(f"{stamp}:") for stored, stamp in rows)


def are_pictures_done(db: sqlite3.Connection, draft_id: str) -> bool:
    """False where the last check ended before all its pictures were read: called again, it goes on with them."""
    return _stored(db, draft_id, DONE).endswith(_READ)


class _Run:
    """One check. A file's stamp is ``size:mtime`` after the first look, with what was known then after the second."""

    def __init__(
        self, desk: Desk, draft_id: str, inventory: Inventory, places: Places, cancel: Cancel, tell: Tell | None
    ) -> None:
        self._desk, self._draft, self._inventory, self._places = desk, draft_id, inventory, places
        self._cancel, self._on_progress = cancel, tell
        self._db = desk.store.connection()
        self._stamps: dict[str, str] = {}  # of the files that are with the worker now
        self._done = 0
        self.total = inventory.count("file")

    def first_look(self) -> None:
        """At files that are new or changed, each for itself."""
        self._each(lambda stored, stamp: stored != stamp and not stored.startswith(f"{stamp}:"), "", _row)

    def second_look(self, terms: str) -> None:
        """At all files, for what some of them gave away; ``terms`` is the JSON of that."""
        _write(self._desk, [(self._draft, KNOWN, terms, "[]", "[]")])
        if terms == "{}":
            _unlearn(self._desk, self._draft)
            return
        from depositor.session import examining

        mark = hashlib.sha256(terms.encode()).hexdigest()[:16]
        with examining.at_hand(terms) as lesson:
            self._each(lambda stored, stamp: stored != f"{stamp}:{mark}", lesson, self._joined, mark)

    def pictures(self, amount: Amount) -> None:
        """At the text in pictures, in all of them, a sample, or none."""
        from depositor.session.pixels.results import Pictures

        terms = _stored(self._db, self._draft, KNOWN)
        taught = known(self._db, self._draft)
        pictures = Pictures(self._desk.store, self._draft, self._inventory, self._places, taught, terms, amount)
        pictures.look(self._cancel, self._on_progress)

    def _each(
        self,
        wanted: Callable[[str, str], bool],
        terms: str,
        row: Callable[[str, str, str, Any], Row],
        mark: str = "",
    ) -> None:
        gathered: list[Row] = []
        self._done = 0
        for args, answer in self._desk.worker().map(EXAMINE, self._todo(wanted, terms, mark), self._cancel):
            shown = str(args[1])
            gathered.append(row(self._draft, shown, self._stamps.pop(shown, ""), answer))
            if len(gathered) >= _GATHER:
                _write(self._desk, gathered)
            self._count()
        _write(self._desk, gathered)
        self._stamps.clear()
        self._tell()

    def _todo(self, wanted: Callable[[str, str], bool], terms: str, mark: str) -> Iterator[tuple[Path, str, str]]:
        for row in self._inventory.files():
            shown, stamp = self._places.shown(row.root, row.path), _stamp(row)
            if not wanted(_stored(self._db, self._draft, shown), stamp):
                self._count()
                continue
            self._stamps[shown] = f"{stamp}:{mark}" if mark else stamp
            yield self._places.absolute(row.root, row.path), shown, terms

    def _joined(self, draft_id: str, shown: str, stamp: str, answer: Any) -> Row:
        """What the first look found, and what is new by the second."""
        sql = "SELECT findings, not_checked FROM privacy_result WHERE draft_id=? AND path=?"
        before = self._db.execute(sql, (draft_id, shown)).fetchone()
        own = [f for f in json.loads(before["findings"]) if not f.get("learnt")] if before else []
        keys = {f["key"] for f in own}
        found = () if isinstance(answer, Problem) else answer.findings
        more = [{**finding_to_json(f), "learnt": True} for f in found if f.key not in keys]
        gaps = before["not_checked"] if before else "[]"
        return draft_id, shown, stamp, json.dumps([*own, *more], ensure_ascii=False), gaps

    def _count(self) -> None:
        self._done += 1
        if self._done % _TELL == 0:
            self._tell()

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(self._done, self.total)


def findings(db: sqlite3.Connection, draft: Draft) -> tuple[Finding, ...] | None:
    """All findings: of files, of their names, and of the form's own text. None until every file was looked at."""
    found = file_findings(db, draft.id)
    return None if found is None else with_answers(found, draft, known(db, draft.id))


def file_findings(db: sqlite3.Connection, draft_id: str) -> tuple[Finding, ...] | None:
    """The findings of files and of their names, each once. None until every file was looked at."""
    if not _stored(db, draft_id, DONE):
        return None
    rows = db.execute("SELECT findings FROM privacy_result WHERE draft_id=? AND findings<>'[]'", (draft_id,))
    found: dict[str, Finding] = {}
    shared: dict[str, Message] = {}
    for row in rows:
        for data in json.loads(row["findings"]):
            if data["key"] not in found:
                found[data["key"]] = offered(finding_from_json(data, shared))
    return tuple(found.values())


def with_answers(found: tuple[Finding, ...], draft: Draft, taught: Known) -> tuple[Finding, ...]:
    """With the findings of the form's own text, where the names of patients from the files are looked for too."""
    from depositor.privacy import examine
    from depositor.privacy.kinds import Kind

    patients = taught.without(Kind.STAFF_NAME, Kind.PERSON_NAME, Kind.USER_NAME, Kind.MAIL)
    texts = {**draft.metadata, "columns": told_texts(draft.columns)}
    more = {f.key: f for f in examine.answers(texts, patients)}
    return (*(f for f in found if f.key not in more), *more.values())


def known(db: sqlite3.Connection, draft_id: str) -> Known:
    """What the files taught at the last check."""
    from depositor.session.examining import known_from_json

    return known_from_json(_stored(db, draft_id, KNOWN))


def not_checked(db: sqlite3.Connection, draft_id: str) -> tuple[NotChecked, ...]:
    """What no check covers, file by file."""
    rows = db.execute("SELECT not_checked FROM privacy_result WHERE draft_id=? AND not_checked<>'[]'", (draft_id,))
    shared: dict[str, Message] = {}
    return tuple(n for row in rows for n in gaps_from_json(row["not_checked"], shared))


def count_not_checked(db: sqlite3.Connection, draft_id: str) -> int:
    """How many files have a part that no check covers."""
    sql = "SELECT count(*) FROM privacy_result WHERE draft_id=? AND not_checked<>'[]'"
    return int(db.execute(sql, (draft_id,)).fetchone()[0])


def _learnt(db: sqlite3.Connection, draft_id: str) -> str:
    """What the first look at each file teaches about the others, as JSON; equal lessons give equal text."""
    from depositor.privacy.learning import Lesson

    lesson = Lesson()
    shared: dict[str, Message] = {}
    sql = "SELECT findings FROM privacy_result WHERE draft_id=? AND findings<>'[]' ORDER BY path"
    for row in db.execute(sql, (draft_id,)):
        own = (f for f in json.loads(row["findings"]) if not (f.get("learnt") or f.get("picture")))
        lesson.add([finding_from_json(f, shared) for f in own])
    return json.dumps(lesson.known().terms, ensure_ascii=False, sort_keys=True)


def _unlearn(desk: Desk, draft_id: str) -> None:
    """The files teach nothing any more: what an earlier lesson found goes."""
    sql = "SELECT * FROM privacy_result WHERE draft_id=? AND stamp LIKE '%:%:%' AND path NOT IN (?,?)"
    rows: list[Row] = []
    for row in desk.store.connection().execute(sql, (draft_id, DONE, KNOWN)):
        own = [f for f in json.loads(row["findings"]) if not f.get("learnt")]
        stamp = row["stamp"].rpartition(":")[0]
        rows.append((draft_id, row["path"], stamp, json.dumps(own, ensure_ascii=False), row["not_checked"]))
    _write(desk, rows)


def _stored(db: sqlite3.Connection, draft_id: str, path: str) -> str:
    row = db.execute("SELECT stamp FROM privacy_result WHERE draft_id=? AND path=?", (draft_id, path)).fetchone()
    return str(row["stamp"]) if row else ""


def _stamp(row: FileRow) -> str:
    return f"{RULES}.{row.size}:{row.mtime_ns}"


def _row(draft_id: str, shown: str, stamp: str, answer: Any) -> Row:
    if isinstance(answer, Problem):
        return draft_id, shown, stamp, "[]", gaps_to_json([NotChecked(shown, answer.message)])
    found = [finding_to_json(f) for f in answer.findings]
    return draft_id, shown, stamp, json.dumps(found, ensure_ascii=False), gaps_to_json(answer.not_checked)


def _write(desk: Desk, rows: list[Row]) -> None:
    if rows:
        with desk.store.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO privacy_result VALUES (?,?,?,?,?)", rows)
        rows.clear()


def _forget_gone(desk: Desk, draft_id: str, inventory: Inventory, places: Places) -> None:
    """Results of files that are no longer part of the draft go, unless all are still there."""
    sql = "SELECT count(*) FROM privacy_result WHERE draft_id=? AND path NOT IN (?,?)"
    if desk.store.connection().execute(sql, (draft_id, DONE, KNOWN)).fetchone()[0] <= inventory.count("file"):
        return
    with desk.store.transaction() as db:
        db.execute("DROP TABLE IF EXISTS temp.here")
        db.execute("CREATE TEMP TABLE here (path TEXT PRIMARY KEY) WITHOUT ROWID")
        shown = ((places.shown(r.root, r.path),) for r in inventory.files())
        db.executemany("INSERT OR IGNORE INTO temp.here VALUES (?)", shown)
        gone = "DELETE FROM privacy_result WHERE draft_id=? AND path NOT IN (?,?) AND path NOT IN temp.here"
        db.execute(gone, (draft_id, DONE, KNOWN))
        db.execute("DROP TABLE temp.here")
