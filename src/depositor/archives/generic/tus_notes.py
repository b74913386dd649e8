"""Which uploads on a tus server are ours: noted here, because the protocol has no question for it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from depositor.archives.generic import problems
from depositor.draft.problem import NeedsUser

_PAGE = 1000
_WAIT_S = 20.0
_TABLE = "CREATE TABLE IF NOT EXISTS note (path TEXT PRIMARY KEY, url TEXT, size INTEGER, text BLOB) WITHOUT ROWID"


@dataclass(frozen=True, slots=True)
class Note:
    """An upload: ``<deposit>/data/<name>``, its address, bytes, and for papers of our own what is in them."""

    path: str
    url: str
    size: int
    text: bytes | None = None


class Notes:
    """In the file ``path``; safe to use from several threads and programs. Survives the end of the program, but the
    last ones may be lost where the power fails: then :func:`verify <depositor.session.verifying.verify>` misses them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def add(self, note: Note) -> None:
        """Keep an upload; a later one of the same path counts."""
        with self._guard:
            row = (note.path, note.url, note.size, note.text)
            self._told("INSERT OR REPLACE INTO note VALUES (?,?,?,?)", row)

    def of(self, path: str) -> Note | None:
        with self._guard:
            rows = self._told("SELECT * FROM note WHERE path=?", (path,))
        return Note(*rows[0]) if rows else None

    def below(self, folder: str) -> Iterator[Note]:
        """All uploads in a folder, by path."""
        after, end = f"{folder}/", f"{folder}0"  # "0" is what follows "/"
        while True:
            with self._guard:
                query = "SELECT * FROM note WHERE path>? AND path<? ORDER BY path LIMIT ?"
                rows = self._told(query, (after, end, _PAGE))
            yield from (Note(*row) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def folders(self) -> Iterator[str]:
        """The deposits that have a note."""
        with self._guard:
            rows = self._told("SELECT DISTINCT substr(path, 1, instr(path, '/') - 1) FROM note", ())
        yield from (row[0] for row in rows)

    def forget(self, folder: str) -> None:
        with self._guard:
            self._told("DELETE FROM note WHERE path>? AND path<?", (f"{folder}/", f"{folder}0"))

    def close(self) -> None:
        """May be used again after it."""
        with self._guard:
            db, self._db = self._db, None
            if db is not None:
                db.close()

    def _told(self, query: str, values: tuple[object, ...]) -> list[tuple[str, str, int, bytes | None]]:
        try:
            if self._db is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(self._path, _WAIT_S, isolation_level=None, check_same_thread=False)
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.execute(_TABLE)
            with closing(self._db.execute(query, values)) as cursor:
                return cursor.fetchall()
        except (OSError, sqlite3.Error) as error:
            raise NeedsUser(problems.no_notes()) from error
