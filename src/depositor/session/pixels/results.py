"""The pictures of a draft: read when its files were looked at otherwise, remembered until a file changes.

Findings and gaps stand in ``privacy_result`` beside those of the header; what was read stands in ``picture_result``, so
that it is judged anew, not read anew, when other files teach something.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.finding import NotChecked
from depositor.draft.inventory import FileRow
from depositor.draft.problem import Problem
from depositor.scan.frames.base import Amount
from depositor.session import stored_findings
from depositor.session.pixels import cache, plan, told
from depositor.session.pixels.crew import Asked, Crew
from depositor.session.pixels.reading import Reading, reading_from_json, reading_to_json
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.privacy.known import Known
    from depositor.scan.inventory import Inventory
    from depositor.session.store import Store

VERSION = "1"  # of the way pictures are read; another one reads them anew
PICTURE = "picture"  # marks findings and gaps that come from pixels
_TELL = 5
_KEPT = "SELECT stamp, gaps FROM picture_result WHERE draft_id=? AND path=?"
_RESULT = "SELECT findings, not_checked FROM privacy_result WHERE draft_id=? AND path=?"
_CHANGE = "UPDATE privacy_result SET findings=?, not_checked=? WHERE draft_id=? AND path=?"
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Pictures:
    """The pictures of one draft, for one check. ``known``: what its files taught; ``terms``: the same as JSON."""

    store: Store
    draft_id: str
    inventory: Inventory
    places: Places
    known: Known
    terms: str
    amount: Amount

    def look(self, cancel: Cancel, on_progress: Tell | None) -> None:
        """Read what is new or changed, judge all of it by what is known now. May be cancelled and called again."""
        db = self.store.connection()
        _forget_gone(self.store, self.draft_id)
        if self.amount is Amount.NONE:
            self._left_alone(cancel)
            return
        self._judged_anew(cancel)
        todo = sum(1 for row in self.inventory.files() if self._is_new(db, row))
        if not todo or cancel:
            return
        with self.store.transaction() as writing:
            cache.trim(writing)
        with Crew() as crew:
            answers = plan.readings(
                self.inventory,
                self.places,
                crew,
                self.amount,
                cancel,
                wanted=lambda row: self._is_new(db, row),
                cache=str(self.store.path),
            )
            for done, (asked, answer) in enumerate(answers, 1):
                self._keep(asked, answer)
                if on_progress and done % _TELL == 0:
                    on_progress(min(done, todo), todo)

    # --- one file ----------------------------------------------------------------------------------------------------

    def _is_new(self, db: sqlite3.Connection, row: FileRow) -> bool:
        sql = "SELECT stamp FROM picture_result WHERE draft_id=? AND path=?"
        found = db.execute(sql, (self.draft_id, self.places.shown(row.root, row.path))).fetchone()
        return found is None or found["stamp"] != self._stamp(row)

    def _stamp(self, row: FileRow) -> str:
        from depositor.privacy.pixels import engine

        return f"{VERSION}:{self.amount}:{int(engine.installed())}:{row.size}:{row.mtime_ns}"

    def _mark(self) -> str:
        return hashlib.sha256(self.terms.encode()).hexdigest()[:16]

    def _keep(self, asked: Asked, answer: Reading | Problem) -> None:
        """A file's reading with the findings that follow from it, in one transaction."""
        stamp = self._stamp(asked.row) if asked.row else ""
        header = self._header_gaps(asked.shown, stamp)
        reading = Reading("failed") if isinstance(answer, Problem) else answer
        text = json.dumps(reading_to_json(reading), ensure_ascii=False)
        row = (self.draft_id, asked.shown, stamp, self._mark(), text, stored_findings.gaps_to_json(header))
        with self.store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO picture_result VALUES (?,?,?,?,?,?)", row)
            found = told.findings(asked.shown, reading, self.known)
            self._write(db, asked.shown, found, told.gaps(asked, answer, header))

    def _header_gaps(self, shown: str, stamp: str) -> list[NotChecked]:
        """What the check of the header left open; kept with the reading, where the file is still the same."""
        db = self.store.connection()
        kept = db.execute(_KEPT, (self.draft_id, shown)).fetchone()
        if kept is not None and kept["stamp"].split(":")[-2:] == stamp.split(":")[-2:]:
            return stored_findings.gaps_from_json(kept["gaps"])
        row = db.execute(_RESULT, (self.draft_id, shown)).fetchone()
        return stored_findings.gaps_from_json(row["not_checked"]) if row else []

    def _write(
        self, db: sqlite3.Connection, shown: str, found: Sequence[Any], gaps: Sequence[NotChecked] | None
    ) -> None:
        """Beside what the header told: findings of pictures made new, gaps where they changed."""
        row = db.execute(_RESULT, (self.draft_id, shown)).fetchone()
        if row is None:
            return
        others = [f for f in json.loads(row["findings"]) if not f.get(PICTURE)]
        mine = [{**stored_findings.finding_to_json(f), PICTURE: True} for f in found]
        text = row["not_checked"] if gaps is None else stored_findings.gaps_to_json(gaps)
        db.execute(_CHANGE, (json.dumps([*others, *mine], ensure_ascii=False), text, self.draft_id, shown))

    # --- all files ---------------------------------------------------------------------------------------------------

    def _judged_anew(self, cancel: Cancel) -> None:
        """What was read before, by what is known now."""
        sql = "SELECT path, reading FROM picture_result WHERE draft_id=? AND judged<>?"
        for row in self.store.connection().execute(sql, (self.draft_id, self._mark())).fetchall():
            if cancel:
                return
            reading = reading_from_json(json.loads(row["reading"]))
            found = told.findings(row["path"], reading, self.known)
            with self.store.transaction() as db:
                self._write(db, row["path"], found, None)
                mark = "UPDATE picture_result SET judged=? WHERE draft_id=? AND path=?"
                db.execute(mark, (self._mark(), self.draft_id, row["path"]))

    def _left_alone(self, cancel: Cancel) -> None:
        """The person wants no picture read: what was read goes, and why nothing was read is said."""
        db = self.store.connection()
        for row in db.execute("SELECT path, gaps FROM picture_result WHERE draft_id=?", (self.draft_id,)).fetchall():
            with self.store.transaction() as writing:
                self._write(writing, row["path"], (), stored_findings.gaps_from_json(row["gaps"]))
                sql = "DELETE FROM picture_result WHERE draft_id=? AND path=?"
                writing.execute(sql, (self.draft_id, row["path"]))
        sql = "SELECT path, not_checked FROM privacy_result WHERE draft_id=? AND not_checked<>'[]'"
        for row in db.execute(sql, (self.draft_id,)).fetchall():
            before = stored_findings.gaps_from_json(row["not_checked"])
            gaps = told.not_wanted(before)
            if cancel:
                return
            if gaps != before:
                with self.store.transaction() as writing:
                    self._write(writing, row["path"], (), gaps)


def _forget_gone(store: Store, draft_id: str) -> None:
    """Readings go with the results that they stood beside."""
    with store.transaction() as db:
        db.execute(
            "DELETE FROM picture_result WHERE draft_id=? AND path NOT IN"
            " (SELECT path FROM privacy_result WHERE draft_id=?)",
            (draft_id, draft_id),
        )


def pending(db: sqlite3.Connection, draft_id: str) -> int:
    """How many files of the draft have pictures that are not read yet (the check was stopped before)."""
    sql = "SELECT count(*) FROM privacy_result WHERE draft_id=? AND not_checked LIKE '%privacy.not-checked.pixels\"%'"
    return int(db.execute(sql, (draft_id,)).fetchone()[0])
