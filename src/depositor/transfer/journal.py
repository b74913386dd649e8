"""What the engine remembers, in the store's SQLite file: synchronous FULL, one commit for all who wait for one.

Intents reach the disk before the call they announce. Outcomes of small files are gathered for at most 0.5 s: after a
crash an intent without an outcome means "ask the server", so nothing is lost by it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from depositor.draft.message import msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Side
from depositor.draft.submission import SubmissionFile
from depositor.transfer.ports import Upload
from depositor.transfer.rows import from_row

GATHER_S = 0.5
GATHER_BYTES = 8 << 20  # outcomes of more than this are not left waiting: a crash would send the files once more
_SMALL = 1 << 20
_PAGE = 500
_WAIT_S = 15.0

Statement = tuple[str, tuple[Any, ...]]


class _Batch:
    """Statements that will share one commit."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.bytes = 0
        self.done = False
        self.error: Exception | None = None


class SqliteJournal:
    """The journal in the store's file at ``path``, whose tables exist; safe to use from many threads.

    The journal mode (WAL, or the slower one on network drives) is the store's choice and stays as it is in the file.
    Raises NeedsUser ``journal.disk-full`` or ``journal.no-access`` where the disk does not take a change.
    """

    def __init__(self, path: Path) -> None:
        self._reader = self._connect(path)
        self._writer = self._connect(path)
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._joining = threading.Lock()
        self._batch = _Batch()
        self._timer: threading.Timer | None = None
        self._closed = False

    # --- what the engine asks --------------------------------------------------------------------------------------

    def pending(self, submission: str, at_least: int = 0, below: int | None = None) -> Iterator[SubmissionFile]:
        """Files that wait or were under way, in pages: no cursor stays open, no more than a page is in memory."""
        # The unary plus keeps SQLite on the primary key: with the index on state it would sort anew for every page.
        where = "+state IN ('waiting', 'sending') AND size>=? AND size<?"
        yield from self._pages(submission, where, (at_least, below if below is not None else 1 << 62))

    def files(self, submission: str) -> Iterator[SubmissionFile]:
        """All files of a submission, whatever their state."""
        self.flush()
        yield from self._pages(submission, "1", ())

    def totals(self, submission: str) -> tuple[int, int, int, int]:
        """(files, files done, bytes, bytes done), without those that were left out."""
        self.flush()
        row = self._ask(
            "SELECT count(*), coalesce(sum(state IN ('sent', 'verified')), 0), coalesce(sum(size), 0), "
            "coalesce(sum(CASE WHEN state IN ('sent', 'verified') THEN size END), 0) FROM submission_file "
            "WHERE submission_id=? AND state<>'skipped'",
            (submission,),
        )[0]
        return int(row[0]), int(row[1]), int(row[2]), int(row[3])

    def held(self, submission: str) -> dict[int, int]:
        """Of files that are not done (by ``seq``): the bytes that the other side was last known to hold, where any."""
        self.flush()
        rows = self._ask(
            "SELECT seq, min(offset_known, size) FROM upload JOIN submission_file USING (submission_id, seq) "
            "WHERE submission_id=? AND offset_known>0 AND state NOT IN ('sent', 'verified', 'skipped')",
            (submission,),
        )
        return {int(row[0]): int(row[1]) for row in rows}

    def counts(self, submission: str) -> dict[str, int]:
        """How many files are in each state; states without a file are left out."""
        self.flush()
        sql = "SELECT state, count(*) FROM submission_file WHERE submission_id=? GROUP BY state"
        return {str(row[0]): int(row[1]) for row in self._ask(sql, (submission,))}

    def known(self, submission: str, seq: int) -> Upload | None:
        """What was last known of the far side of a file; None where no token was kept."""
        sql = "SELECT token, offset_known, expires FROM upload WHERE submission_id=? AND seq=? AND token<>''"
        rows = self._ask(sql, (submission, seq))
        return Upload(rows[0][0], int(rows[0][1]), expires=rows[0][2]) if rows else None

    def recall(self, path: str, size: int, mtime_ns: int, inode: int) -> str | None:
        """The SHA-256 (hex) that was remembered for exactly this state of the file at ``path``."""
        sql = "SELECT sha256 FROM digest WHERE path=? AND size=? AND mtime_ns=? AND inode=?"
        rows = self._ask(sql, (path, size, mtime_ns, inode))
        return str(rows[0][0]) if rows else None

    # --- what the engine tells -------------------------------------------------------------------------------------

    def intend(self, submission: str, seq: int, protocol: str) -> None:
        """Write down that a file will be sent, before anything is asked of the other side."""
        self.intend_all(submission, (seq,), protocol)

    def intend_all(self, submission: str, seqs: Sequence[int], protocol: str) -> None:
        """:meth:`intend` for several files in one commit; a token of another protocol is forgotten."""
        upload = (
            "INSERT INTO upload (submission_id, seq, protocol, intent) VALUES (?,?,?,?) "
            "ON CONFLICT (submission_id, seq) DO UPDATE SET intent=excluded.intent, "
            "token=iif(protocol=excluded.protocol, token, ''), "
            "offset_known=iif(protocol=excluded.protocol, offset_known, 0), protocol=excluded.protocol"
        )
        state = "UPDATE submission_file SET state='sending', tries=tries+1 WHERE submission_id=? AND seq=?"
        now = _now()
        self._durable(
            *((upload, (submission, seq, protocol, now)) for seq in seqs),
            *((state, (submission, seq)) for seq in seqs),
        )

    def began(self, submission: str, seq: int, upload: Upload, *, gather: bool = False) -> None:
        """Keep the token of the remote object."""
        self._upload(submission, seq, upload, gather=gather)

    def began_all(self, submission: str, uploads: Mapping[int, Upload]) -> None:
        """:meth:`began` for several files ({seq: upload}) in one commit."""
        self._durable(*(_token(submission, seq, upload) for seq, upload in uploads.items()))

    def advanced(self, submission: str, seq: int, upload: Upload) -> None:
        """Keep what the server confirmed."""
        self._upload(submission, seq, upload, gather=False)

    def part_sent(self, submission: str, seq: int, number: int, receipt: str) -> None:
        """Keep the receipt of one part."""
        sql = "INSERT OR REPLACE INTO upload_part (submission_id, seq, number, receipt) VALUES (?,?,?,?)"
        self._durable((sql, (submission, seq, number, receipt)))

    def parts(self, submission: str, seq: int) -> dict[int, str]:
        """The receipts of the parts of a file under way, {number: receipt}."""
        sql = "SELECT number, receipt FROM upload_part WHERE submission_id=? AND seq=? ORDER BY number"
        return {int(row[0]): str(row[1]) for row in self._ask(sql, (submission, seq))}

    def forget_parts(self, submission: str, seq: int) -> None:
        """Drop them: the upload is begun anew."""
        self._durable(("DELETE FROM upload_part WHERE submission_id=? AND seq=?", (submission, seq)))

    def sent(self, submission: str, seq: int, sha256: str, held: Mapping[str, str]) -> None:
        """A file is there. ``held`` are the digests that the other side gave; with any it counts as verified."""
        key = (submission, seq)
        state = "verified" if held else "sent"
        done = (
            "UPDATE submission_file SET state=?, sha256=?, remote_digests=?, problem=NULL "
            "WHERE submission_id=? AND seq=?"
        )
        remember = (
            "INSERT OR REPLACE INTO digest (path, size, mtime_ns, inode, sha256) "
            "SELECT source, size, mtime_ns, inode, ? FROM submission_file WHERE submission_id=? AND seq=?"
        )
        statements: tuple[Statement, ...] = (
            (done, (state, sha256, json.dumps(dict(held), sort_keys=True), *key)),
            (remember, (sha256, *key)),
            ("DELETE FROM upload WHERE submission_id=? AND seq=?", key),
            ("DELETE FROM upload_part WHERE submission_id=? AND seq=?", key),
        )
        found = self._ask("SELECT size FROM submission_file WHERE submission_id=? AND seq=?", key)
        size = int(found[0][0]) if found else 0
        if size <= _SMALL:
            self._gather(size, *statements)
        else:
            self._durable(*statements)

    def failed(self, submission: str, seq: int, problem: Problem) -> None:
        """A file could not be sent; what the other side holds of it is kept in mind for a later try."""
        sql = "UPDATE submission_file SET state='failed', problem=? WHERE submission_id=? AND seq=?"
        self._durable((sql, (json.dumps(problem.as_stored(), ensure_ascii=False), submission, seq)))

    def remember(self, path: str, size: int, mtime_ns: int, inode: int, sha256: str) -> None:
        """Keep the digest of a file, for this and later submissions."""
        sql = "INSERT OR REPLACE INTO digest (path, size, mtime_ns, inode, sha256) VALUES (?,?,?,?,?)"
        self._gather(0, (sql, (path, size, mtime_ns, inode, sha256)))

    def retry_failed(self, submission: str) -> None:
        """Let all failed files wait for their turn again."""
        sql = "UPDATE submission_file SET state='waiting', problem=NULL WHERE submission_id=? AND state='failed'"
        self._durable((sql, (submission,)))

    def skip(self, submission: str, seq: int) -> None:
        """Leave a file out that is not sent yet."""
        sql = (
            "UPDATE submission_file SET state='skipped' WHERE submission_id=? AND seq=? "
            "AND state IN ('waiting', 'sending', 'failed')"
        )
        self._durable((sql, (submission, seq)))

    def flush(self) -> None:
        """Bring to disk what was gathered."""
        self._durable()

    def close(self) -> None:
        """Flush and close; may be called twice. Later calls from threads that are still ending change nothing."""
        if self._closed:
            return
        try:
            self.flush()
        finally:
            self._closed = True
            with self._writing, self._reading:
                self._writer.close()
                self._reader.close()

    # --- the disk --------------------------------------------------------------------------------------------------

    def commit(self, statements: Sequence[Statement]) -> None:
        """One transaction; on disk when it returns. The only place that writes."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                self._writer.execute(sql, values)
            self._writer.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            raise

    def _upload(self, submission: str, seq: int, upload: Upload, *, gather: bool) -> None:
        if gather:
            self._gather(0, _token(submission, seq, upload))
        else:
            self._durable(_token(submission, seq, upload))

    def _durable(self, *statements: Statement) -> None:
        """Join the batch that is filling up, and see that it is committed: whoever comes first commits for all."""
        with self._joining:
            batch = self._batch
            batch.statements.extend(statements)
        with self._writing:
            if not batch.done:
                self._commit_batch()
        if batch.error:
            raise batch.error

    def _gather(self, size: int, *statements: Statement) -> None:
        with self._joining:
            self._batch.statements.extend(statements)
            self._batch.bytes += size
            late = self._batch.bytes > GATHER_BYTES
            if self._timer is None and not self._closed:
                self._timer = threading.Timer(GATHER_S, self._flush_late)
                self._timer.daemon = True
                self._timer.start()
        if late:
            self.flush()

    def _flush_late(self) -> None:
        with self._joining:
            self._timer = None
        # An error here comes back at the next call: the disk is as full then.
        with contextlib.suppress(DepositError, sqlite3.Error):
            self.flush()

    def _commit_batch(self) -> None:
        with self._joining:
            batch, self._batch = self._batch, _Batch()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        try:
            if batch.statements and not self._closed:
                self.commit(batch.statements)
        except sqlite3.Error as error:
            batch.error = _told(error)
        finally:
            batch.done = True

    def _pages(self, submission: str, where: str, values: tuple[Any, ...]) -> Iterator[SubmissionFile]:
        sql = f"SELECT * FROM submission_file WHERE submission_id=? AND seq>? AND {where} ORDER BY seq LIMIT {_PAGE}"  # noqa: S608
        last = -(1 << 62)
        while rows := self._ask(sql, (submission, last, *values)):
            yield from map(from_row, rows)
            last = rows[-1]["seq"]

    def _ask(self, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        with self._reading:
            if self._closed:
                return []
            return self._reader.execute(sql, values).fetchall()

    def _connect(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection


def _token(submission: str, seq: int, upload: Upload) -> Statement:
    sql = "UPDATE upload SET token=?, offset_known=?, expires=? WHERE submission_id=? AND seq=?"
    return sql, (upload.token, upload.offset, upload.expires, submission, seq)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(error: sqlite3.Error) -> Exception:
    """A full or closed disk is the user's to mend; anything else is our own fault and stays what it is."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        text = msg("journal.disk-full", "The disk that holds the program's notes about this transfer is full.")
        advice = msg("journal.disk-full.advice", "Free some space there, then go on. Nothing that was sent is lost.")
        return NeedsUser(Problem("journal.disk-full", Side.COMPUTER, text, advice, actions=("retry",)))
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
        text = msg("journal.no-access", "The program cannot write its notes about this transfer.")
        advice = msg(
            "journal.no-access.advice", "Look whether the disk is connected and not write-protected, then go on."
        )
        return NeedsUser(Problem("journal.no-access", Side.COMPUTER, text, advice, actions=("retry",)))
    return error
