"""Answers that services gave before, with their date: one SQLite file among what may be deleted at any time."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS reply (question TEXT PRIMARY KEY, at TEXT NOT NULL, stamp REAL NOT NULL, "
    "status INTEGER NOT NULL, etag TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"
)
_MOST = 2_000
_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it came; ``stamp`` in seconds since 1970."""

    at: str
    stamp: float
    status: int
    etag: str
    body: bytes


class Cache:
    """The file at ``path``. A damaged one is thrown away, one that cannot be written is done without."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()

    def get(self, question: str) -> Kept | None:
        """The last answer to a question, however old."""
        rows = self._do("SELECT at, stamp, status, etag, body FROM reply WHERE question = ?", (question,))
        return Kept(*rows[0]) if rows else None

    def put(self, question: str, kept: Kept) -> None:
        """Keep an answer; the oldest go when there are too many."""
        values = (question, kept.at, kept.stamp, kept.status, kept.etag, kept.body)
        self._do("INSERT OR REPLACE INTO reply VALUES (?, ?, ?, ?, ?, ?)", values)
        self._do(
            "DELETE FROM reply WHERE question IN (SELECT question FROM reply ORDER BY stamp DESC LIMIT -1 OFFSET ?)",
            (_MOST,),
        )

    def forget(self) -> None:
        """Forget all answers."""
        with self._guard, contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _do(self, sql: str, values: tuple[object, ...]) -> list[tuple[str, float, int, str, bytes]]:
        with self._guard:
            try:
                return self._ask(sql, values)
            except sqlite3.OperationalError:  # busy, full, read only: the next look-up asks the service
                return []
            except (sqlite3.Error, OSError):
                with contextlib.suppress(OSError):
                    self._path.unlink(missing_ok=True)
                return []

    def _ask(self, sql: str, values: tuple[object, ...]) -> list[tuple[str, float, int, str, bytes]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as connection, connection:
            connection.execute(_SCHEMA)
            return connection.execute(sql, values).fetchall()
