"""The rows of one submission in the store: its stage, its steps with intent and outcome, its files and its receipt."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.problem import NeedsUser, Problem
from depositor.draft.submission import HeldFile, Proof, Receipt, Role, Stage, Submission, SubmissionFile
from depositor.session.clock import now
from depositor.session.receipts import problem_from_json, receipt_from_json
from depositor.session.sending import deposit_troubles
from depositor.session.store import Store
from depositor.transfer.rows import INSERT, from_row, to_row

if TYPE_CHECKING:
    from filelock import FileLock


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A remote call: whether it was intended, and what came of it (None: nobody knows)."""

    intended: bool
    outcome: Mapping[str, Any] | None


class Ledger:
    """What the store knows of one submission. Every method is on disk when it returns."""

    def __init__(self, store: Store, submission_id: str) -> None:
        self._store = store
        self.id = submission_id
        self._lock: FileLock | None = None

    # --- the row -------------------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        return Stage(self._row()["stage"])

    @property
    def paused(self) -> bool:
        return bool(self._row()["paused"])

    @property
    def archive(self) -> str:
        return str(self._row()["archive"])

    @property
    def endpoint(self) -> str:
        return str(self._row()["endpoint"])

    @property
    def folder(self) -> Path:
        """Where the documents and the receipt lie."""
        return Path(self._row()["folder"])

    @property
    def started(self) -> str:
        return str(self._row()["started"] or "")

    @property
    def bytes_sent(self) -> int:
        return int(self._row()["bytes_sent"])

    @property
    def manifest(self) -> str | None:
        """The digest of the manifest, once it was written."""
        outcome = self.step("manifest").outcome
        return str(outcome["sha256"]) if outcome else None

    def submission(self) -> Submission:
        """The immutable Submission."""
        row = self._row()
        return Submission(
            id=self.id,
            draft_id=row["draft_id"],
            archive=row["archive"],
            revision=row["revision"],
            sealed_at=row["sealed_at"],
            document=json.loads(row["document"]),
            files=row["files"],
            bytes=row["bytes"],
            previous=row["previous"],
        )

    @property
    def previous_remote(self) -> str | None:
        """The archive's id of the submission that this one revises."""
        previous = self._row()["previous"]
        outcome = Ledger(self._store, previous).step("open").outcome if previous else None
        return str(outcome["remote"]) if outcome else None

    def begin(self) -> None:
        """Note when it was first run, and that no problem stands."""
        self._update("started=coalesce(started, ?), problem=NULL", now())

    def enter(self, stage: Stage) -> None:
        self._update("stage=?", stage.value)

    def set_paused(self, *, paused: bool) -> None:
        self._update("paused=?", int(paused))

    def note_problem(self, problem: Problem) -> None:
        """Remember why it stands still, for lists and the next start."""
        self._update("problem=?", json.dumps(problem.as_stored(), ensure_ascii=False))

    def finish(self, receipt: Receipt) -> None:
        """Keep the receipt."""
        self._update("receipt=?, problem=NULL", json.dumps(receipt.as_json(), ensure_ascii=False))

    def receipt(self) -> Receipt | None:
        text = self._row()["receipt"]
        return receipt_from_json(json.loads(text)) if text else None

    # --- steps: intent, call, outcome ----------------------------------------------------------------------------

    def step(self, name: str) -> StepRecord:
        """What is known of a step."""
        row = self._db.execute("SELECT outcome FROM step WHERE submission_id=? AND name=?", (self.id, name)).fetchone()
        return StepRecord(row is not None, json.loads(row["outcome"]) if row and row["outcome"] else None)

    def intend(self, name: str) -> None:
        """Write down that a call will be made."""
        with self._store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO step (submission_id, name, intent_at) VALUES (?,?,?)", (self.id, name, now())
            )

    def conclude(self, name: str, outcome: Mapping[str, Any]) -> None:
        """Write down what came of it."""
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO step (submission_id, name, intent_at, outcome_at, outcome) VALUES (?,?,?,?,?) "
                "ON CONFLICT (submission_id, name) "
                "DO UPDATE SET outcome_at=excluded.outcome_at, outcome=excluded.outcome",
                (self.id, name, now(), now(), json.dumps(dict(outcome), ensure_ascii=False)),
            )

    # --- files ---------------------------------------------------------------------------------------------------

    def files(self, role: Role | None = None) -> Iterator[SubmissionFile]:
        """The files that are part of the deposit, streamed in their order."""
        # The planner would walk through a million rows of data for a handful of documents.
        index = "INDEXED BY submission_file_documents" if role is Role.DOCUMENT else ""
        sql = f"SELECT * FROM submission_file {index} WHERE submission_id=? AND state<>'skipped'"  # noqa: S608
        sql += f" AND role='{role.value}'" if role else ""
        for row in self._db.execute(f"{sql} ORDER BY seq", (self.id,)):
            yield from_row(row)

    def rows(self, state: str | None, offset: int, limit: int) -> Iterator[tuple[SubmissionFile, str]]:
        where = "submission_id=?" + (" AND state=?" if state else "")
        arguments = (self.id, *((state,) if state else ()), limit, offset)
        sql = f"SELECT * FROM submission_file WHERE {where} ORDER BY seq LIMIT ? OFFSET ?"  # noqa: S608
        for row in self._db.execute(sql, arguments):
            yield from_row(row), row["state"]

    def held(self) -> Iterator[tuple[SubmissionFile, HeldFile | None]]:
        """Each file with what the archive holds of it, and what showed that when it was sent."""
        sql = "SELECT * FROM submission_file WHERE submission_id=? AND state<>'skipped' ORDER BY seq"
        for row in self._db.execute(sql, (self.id,)):
            file = from_row(row)
            if row["state"] not in ("sent", "verified"):
                yield file, None
                continue
            proof = Proof(row["proof"]) if row["proof"] else None  # none: sent by an earlier version
            yield file, HeldFile(file.name, file.size, json.loads(row["remote_digests"] or "{}"), proof=proof)

    def documents(self) -> tuple[SubmissionFile, ...]:
        """The documents that were added."""
        return tuple(self.files(Role.DOCUMENT))

    def add_documents(self, made: Sequence[tuple[Path, str]]) -> None:
        """Add documents (path, name at the archive) to what is sent."""
        last = self._db.execute(
            "SELECT coalesce(max(seq), 0) FROM submission_file WHERE submission_id=?", (self.id,)
        ).fetchone()[0]
        rows = []
        for seq, (path, name) in enumerate(made, last + 1):
            status = path.stat()
            file = SubmissionFile(
                seq, str(path), name, name, status.st_size, status.st_mtime_ns, status.st_ino, Role.DOCUMENT
            )
            rows.append(to_row(self.id, file))
        with self._store.transaction() as db:
            db.executemany(INSERT, rows)

    def totals(self) -> tuple[int, int, int, int]:
        """(files, files done, bytes, bytes done); of a file under way, what the archive is known to hold is done."""
        sql = "SELECT state, count(*), sum(size) FROM submission_file WHERE submission_id=? GROUP BY state"
        sums = {r[0]: (int(r[1]), int(r[2])) for r in self._db.execute(sql, (self.id,)) if r[0] != "skipped"}
        done = [found for state, found in sums.items() if state in ("sent", "verified")]
        held = self._db.execute(
            # CROSS: from the few uploads to their files, never the other way round.
            "SELECT coalesce(sum(max(0, min(size, offset_known))), 0) "
            "FROM upload CROSS JOIN submission_file USING (submission_id, seq) "
            "WHERE submission_id=? AND state NOT IN ('sent', 'verified', 'skipped')",
            (self.id,),
        ).fetchone()[0]
        return (
            sum(files for files, _ in sums.values()),
            sum(files for files, _ in done),
            sum(size for _, size in sums.values()),
            sum(size for _, size in done) + int(held),
        )

    def count(self, state: str) -> int:
        sql = "SELECT count(*) FROM submission_file WHERE submission_id=? AND state=?"
        return int(self._db.execute(sql, (self.id, state)).fetchone()[0])

    def problems(self) -> Iterator[Problem]:
        sql = (
            "SELECT problem FROM submission_file INDEXED BY submission_file_by_state "
            "WHERE submission_id=? AND state='failed' AND problem IS NOT NULL"
        )
        for row in self._db.execute(sql, (self.id,)):
            yield problem_from_json(json.loads(row["problem"]))

    def replaced(self) -> tuple[str, ...]:
        """The files that a person took as they were after a change, by the names that people see; those left out then
        are not among them."""
        sql = (
            "SELECT f.origin FROM step AS s JOIN submission_file AS f ON f.submission_id=s.submission_id "
            "AND s.name='replace:' || f.seq WHERE s.submission_id=? AND s.outcome IS NOT NULL "
            "AND f.state<>'skipped' ORDER BY f.seq"
        )
        return tuple(row[0] for row in self._db.execute(sql, (self.id,)))

    def skipped(self) -> Iterator[SubmissionFile]:
        """The files that a person left out after they failed."""
        sql = "SELECT * FROM submission_file WHERE submission_id=? AND state='skipped' ORDER BY seq"
        for row in self._db.execute(sql, (self.id,)):
            yield from_row(row)

    def retry_failed(self) -> None:
        with self._store.transaction() as db:
            db.execute(
                "UPDATE submission_file SET state='waiting', problem=NULL WHERE submission_id=? AND state='failed'",
                (self.id,),
            )

    def send_again(self, names: Sequence[str]) -> int:
        """Files that were sent and are not there any more wait for their turn again; how many there are."""
        what = "UPDATE submission_file SET state='waiting', proof=NULL, remote_digests=NULL "
        where = "WHERE submission_id=? AND name=? AND state IN ('sent', 'verified')"
        with self._store.transaction() as db:
            return db.executemany(what + where, ((self.id, name) for name in names)).rowcount if names else 0

    def skip(self, seq: int) -> None:
        with self._store.transaction() as db:
            db.execute(
                "UPDATE submission_file SET state='skipped' WHERE submission_id=? AND seq=? AND state='failed'",
                (self.id, seq),
            )

    # --- one runner at a time ------------------------------------------------------------------------------------

    def lock(self, folder: Path) -> None:
        """Be the only program that sends this submission."""
        from filelock import FileLock, Timeout

        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{self.id}.lock", blocking=False, thread_local=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise NeedsUser(deposit_troubles.elsewhere()) from error
        self._lock = lock

    def unlock(self) -> None:
        if self._lock:
            self._lock.release()
            self._lock = None

    @property
    def _db(self) -> sqlite3.Connection:
        return self._store.connection()

    def _row(self) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute("SELECT * FROM submission WHERE id=?", (self.id,)).fetchone()
        return row

    def _update(self, what: str, *values: object) -> None:
        with self._store.transaction() as db:
            db.execute(f"UPDATE submission SET {what} WHERE id=?", (*values, self.id))  # noqa: S608 - own texts
