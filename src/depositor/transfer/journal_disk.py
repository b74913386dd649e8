"""How a journal reaches the disk: one commit for all who wait for one; what may wait a little goes with the next."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from depositor.draft.message import msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Side

GATHER_S = 0.5
GATHER_BYTES = 8 << 20  # outcomes of more than this are not left waiting: a crash would send the files once more
_WAIT_S = 15.0

_NO_ACCESS = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
    | {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}  # another program keeps it for longer than anybody waits
)

Values = tuple[Any, ...]
Statement = tuple[str, Values | list[Values]]  # a list: once for each


class _Batch:
    """What will share one commit: what was gathered, the statements that somebody waits for, then outcomes."""

    def __init__(self) -> None:
        self.gathered: list[Statement] = []
        self.statements: list[Statement] = []
        self.outcomes: dict[str, list[Values]] = {}
        self.bytes = 0
        self.since: float | None = None  # when the first of them was gathered
        self.done = False
        self.error: Exception | None = None

    def all(self) -> list[Statement]:
        return [*self.gathered, *self.statements, *self.outcomes.items()]

    def take_over(self, failed: _Batch) -> None:
        """What nobody waited for could not be written with ``failed``: it goes with this one, before the rest."""
        self.gathered = failed.gathered + self.gathered
        for sql, rows in failed.outcomes.items():
            self.outcomes[sql] = rows + self.outcomes.get(sql, [])
        self.bytes += failed.bytes
        if failed.since is not None:
            self.since = time.monotonic()


class JournalDisk:
    """A reading and a writing connection to the store's file at ``path``, from many threads. ``commit`` writes one
    transaction with :meth:`write`; the only place from which it is called is here.

    Raises NeedsUser ``journal.disk-full`` or ``journal.no-access`` where the disk does not take a change.
    """

    def __init__(self, path: Path, commit: Callable[[Sequence[Statement]], None]) -> None:
        self._commit = commit
        self._reader = _connect(path)
        self._writer = _connect(path)
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._joining = threading.Condition()
        self._batch = _Batch()
        self._flusher: threading.Thread | None = None
        self._closed = False

    def ask(self, sql: str, values: Values) -> list[sqlite3.Row]:
        """All rows of a query; nothing once closed."""
        with self._reading:
            if self._closed:
                return []
            try:
                return self._reader.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                if (found := told(error)) is error:
                    raise
                raise found from error

    def durable(self, statements: Iterable[Statement]) -> None:
        """Join the batch that is filling up, and see that it is committed: whoever comes first commits for all."""
        with self._joining:
            batch = self._batch
            batch.statements.extend(statements)
        with self._writing:
            if not batch.done:
                self._commit_batch()
        if batch.error:
            raise batch.error

    def gather(self, statement: Statement) -> None:
        """Let this go with the next commit, in half a second at the latest."""
        with self._joining:
            self._batch.gathered.append(statement)
            self._due()

    def gather_outcomes(self, size: int, outcomes: Iterable[tuple[str, Values]]) -> None:
        """:meth:`gather` for what is known of a file of ``size`` bytes that is there; written after all else."""
        with self._joining:
            batch = self._batch
            for sql, values in outcomes:
                batch.outcomes.setdefault(sql, []).append(values)
            batch.bytes += size
            self._due()
            late = batch.bytes > GATHER_BYTES
        if late:
            self.durable(())

    def write(self, statements: Sequence[Statement]) -> None:
        """One transaction; on disk when it returns."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                if isinstance(values, list):
                    self._writer.executemany(sql, values)
                else:
                    self._writer.execute(sql, values)
            self._writer.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Flush and close; may be called twice. Later calls from threads that are still ending change nothing."""
        if self._closed:
            return
        try:
            self.durable(())
        finally:
            with self._joining:
                self._closed = True
                self._joining.notify_all()
            with self._writing, self._reading:
                self._writer.close()
                self._reader.close()

    def _commit_batch(self) -> None:
        with self._joining:
            batch, self._batch = self._batch, _Batch()
        try:
            statements = batch.all()
            if statements and not self._closed:
                self._commit(statements)
        except sqlite3.Error as error:
            batch.error = told(error)
            with self._joining:
                self._batch.take_over(batch)
        except Exception as error:
            batch.error = error  # whoever waits for this batch must not believe that it was written
        finally:
            batch.done = True

    # --- what was left waiting -------------------------------------------------------------------------------------

    def _due(self) -> None:
        """Something waits to be written."""
        if self._batch.since is not None:
            return
        self._batch.since = time.monotonic()
        if self._flusher is None and not self._closed:
            self._flusher = threading.Thread(target=self._flush_late, name="journal", daemon=True)
            self._flusher.start()
        self._joining.notify_all()

    def _flush_late(self) -> None:
        """One thread for the journal's whole life: starting one for each batch costs more than the commit."""
        while not self._closed:
            with self._joining:
                since = self._batch.since
                left = None if since is None else since + GATHER_S - time.monotonic()
                if left is None or left > 0:
                    if not self._closed:
                        self._joining.wait(left)
                    continue
            # An error here comes back at the next call: the disk is as full then.
            with contextlib.suppress(DepositError, sqlite3.Error):
                self.durable(())


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def told(error: sqlite3.Error) -> Exception:
    """A full or closed disk is the user's to mend; anything else is our own fault and stays what it is."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        text = msg("journal.disk-full", "The disk that holds the program's notes about this transfer is full.")
        advice = msg("journal.disk-full.advice", "Free some space there, then go on. Nothing that was sent is lost.")
        return NeedsUser(Problem("journal.disk-full", Side.COMPUTER, text, advice, actions=("retry",)))
    if code in _NO_ACCESS:
        text = msg("journal.no-access", "The program cannot write its notes about this transfer.")
        advice = msg(
            "journal.no-access.advice", "Look whether the disk is connected and not write-protected, then go on."
        )
        return NeedsUser(Problem("journal.no-access", Side.COMPUTER, text, advice, actions=("retry",)))
    return error
