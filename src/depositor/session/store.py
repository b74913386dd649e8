"""The one SQLite file that holds everything which must survive, with its migrations.

Write order everywhere: intent, remote call, outcome. Synchronous FULL: what a method wrote is on disk when it returns.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from depositor import resources
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Retryable, Side

_WAIT_S = 15.0  # how long a writer waits for another one; transactions are short


def migrations() -> tuple[tuple[int, str], ...]:
    """The numbered migrations that came with the program, in order."""
    found = []
    for name in resources.names("migrations", ".sql"):
        if re.fullmatch(r"\d{4}", name):
            found.append((int(name), resources.text(f"migrations/{name}.sql")))
    return tuple(sorted(found))


class _Lent:
    """A connection in the hands of a thread. When the thread is over the next new one gets it: a program that runs for
    weeks has thousands of threads, and some systems allow 256 open files."""

    __slots__ = ("_free", "connection")

    def __init__(self, connection: sqlite3.Connection, free: list[sqlite3.Connection]) -> None:
        self.connection, self._free = connection, free

    def __del__(self) -> None:
        self._free.append(self.connection)


class Store:
    """The journal file at ``path``; safe to use from many threads, each gets a connection of its own.

    Raises Damaged where the file is no journal, or one of a newer program. ``shared_folder`` True: the folder lies on a
    network drive, where SQLite's write-ahead log is not safe; the slower rollback journal is used instead
    (https://sqlite.org/wal.html, section 1).
    """

    def __init__(self, path: Path, *, shared_folder: bool = False) -> None:
        self.path = path
        self._mode = "DELETE" if shared_folder else "WAL"
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._free: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._migrate()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; autocommit, so that a transaction is begun by :meth:`transaction` alone."""
        lent: _Lent | None = getattr(self._local, "lent", None)
        if lent is None:
            lent = _Lent(self._idle() or self._connect(), self._free)
            self._local.lent = lent
        return lent.connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: all of it is on disk after the block, or nothing."""
        connection = self.connection()
        with told():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite has already rolled back after a full disk
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close every connection; the store must not be used afterwards."""
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._open, self._free = [], []
        self._local = threading.local()

    def _idle(self) -> sqlite3.Connection | None:
        with self._guard:
            return self._free.pop() if self._free else None

    def _connect(self) -> sqlite3.Connection:
        with told():
            connection = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute(f"PRAGMA journal_mode={self._mode}")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
        with self._guard:
            self._open.append(connection)
        return connection

    def _migrate(self) -> None:
        connection = self.connection()
        with told():
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        known = migrations()
        if version > known[-1][0]:
            self.close()
            raise Damaged(_too_new())
        for number, sql in known:
            if number <= version:
                continue
            if version:
                self._keep_copy(connection, version)
            _apply(connection, number, sql)

    def _keep_copy(self, connection: sqlite3.Connection, version: int) -> None:
        target = self.path.with_name(f"{self.path.stem}-before-{version + 1:04d}.sqlite")
        with contextlib.closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    """Run one migration as one transaction, so that a kill leaves the old schema or the new one."""
    with told():
        connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={number};\nCOMMIT;")


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what SQLite raises into something that a person can act on."""
    try:
        yield
    except sqlite3.OperationalError as error:
        whole = getattr(error, "sqlite_errorcode", 0)
        code = whole & 0xFF
        if code == sqlite3.SQLITE_FULL or whole == sqlite3.SQLITE_IOERR_SHMSIZE:
            raise NeedsUser(_disk_full()) from error
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
            raise NeedsUser(_no_access()) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Retryable(_busy()) from error
        raise
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise Damaged(_damaged()) from error
        raise


def _too_new() -> Problem:
    return Problem(
        "store.too-new",
        Side.PROGRAM,
        msg("store.too-new", "Your drafts were last used with a newer Depositor."),
        msg("store.too-new.advice", "Please update Depositor on this computer. Nothing was changed."),
    )


def _disk_full() -> Problem:
    return Problem(
        "store.disk-full",
        Side.COMPUTER,
        msg("store.disk-full", "The disk that holds your drafts is full."),
        msg("store.disk-full.advice", "Free some space there; what you typed is kept in this window until then."),
        actions=("retry",),
    )


def _busy() -> Problem:
    return Problem(
        "store.busy",
        Side.COMPUTER,
        msg("store.busy", "Another program keeps the file with your drafts busy."),
        msg(
            "store.busy.advice", "Close other windows of Depositor, and programs that copy its folder; then try again."
        ),
        actions=("retry",),
    )


def _no_access() -> Problem:
    return Problem(
        "store.no-access",
        Side.COMPUTER,
        msg("store.no-access", "Depositor cannot write to its own folder on this computer."),
        msg(
            "store.no-access.advice", "Ask whoever looks after this computer, or set DEPOSITOR_HOME to another folder."
        ),
    )


def _damaged() -> Problem:
    return Problem(
        "store.damaged",
        Side.COMPUTER,
        msg("store.damaged", "The file that holds your drafts is damaged."),
        msg(
            "store.damaged.advice",
            "Do not delete it. Copies from before updates lie beside it; the help-desk report tells where.",
        ),
    )
