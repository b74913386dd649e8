"""The practice archive's catalogue: depositions, their files and their states, in one SQLite file.

What is committed to it survives the death of the process. It is not synchronised to the disk at each upload (WAL,
synchronous NORMAL): after a power cut the archive may have forgotten the last uploads, which a client learns by asking.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS deposition (
  id TEXT PRIMARY KEY, submission TEXT UNIQUE, created TEXT NOT NULL, changed TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'sent', 'accepted', 'failed')),
  number INTEGER UNIQUE, metadata TEXT NOT NULL DEFAULT '{}', log TEXT NOT NULL DEFAULT '[]', release_date TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS upload (
  id TEXT PRIMARY KEY, deposition TEXT, name TEXT NOT NULL, length INTEGER NOT NULL, metadata TEXT NOT NULL,
  created TEXT NOT NULL, expires REAL NOT NULL, sha256 TEXT, UNIQUE (deposition, name)
) STRICT;
CREATE INDEX IF NOT EXISTS upload_by_expiry ON upload (expires);
CREATE INDEX IF NOT EXISTS upload_part ON upload (name) WHERE deposition IS NULL;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Deposition:
    """One study. ``state`` is draft, sent, accepted or failed; whether it is public is a matter of its date."""

    id: str
    submission: str | None
    created: str
    state: str
    number: int | None
    metadata: Mapping[str, Any]
    log: tuple[str, ...]
    release_date: str | None

    @property
    def accession(self) -> str | None:
        """Clearly none of a real archive."""
        return f"PRACTICE-{self.number:06d}" if self.number else None


@dataclass(frozen=True, slots=True)
class Upload:
    """One file. ``sha256`` (hex) is None until all of it is there; ``expires`` in seconds since 1970.

    A part of a file belongs to no deposition: its name is ``partial:DEPOSITION`` until it was joined with others, then
    ``joined:UPLOAD:NUMBER``; its bytes are those of that upload then.
    """

    id: str
    deposition: str | None
    name: str
    length: int
    metadata: str
    expires: float
    sha256: str | None

    @property
    def partial(self) -> bool:
        return self.deposition is None and self.name.startswith(("partial:", "joined:"))

    @property
    def joined_to(self) -> str | None:
        """The upload that this part went into."""
        return self.name.split(":")[1] if self.partial and self.name.startswith("joined:") else None


class Catalogue:
    """May be used from any thread; each has its own connection. Every change is committed when a method returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        with self._db() as db:
            db.executescript(_SCHEMA)

    # --- depositions -------------------------------------------------------------------------------------------------

    def add(self, key: str, submission: str | None, at: str) -> Deposition:
        """A new deposition, or the one that was made for ``submission`` before."""
        with self._db() as db:
            db.execute(
                "INSERT INTO deposition (id, submission, created, changed) VALUES (?,?,?,?) "
                "ON CONFLICT (submission) DO NOTHING",
                (key, submission, at, at),
            )
        made = self.of_submission(submission) if submission else self.deposition(key)
        assert made is not None
        return made

    def deposition(self, key: str) -> Deposition | None:
        return self._one("SELECT * FROM deposition WHERE id=?", key)

    def of_submission(self, submission: str) -> Deposition | None:
        return self._one("SELECT * FROM deposition WHERE submission=?", submission)

    def of_number(self, number: int) -> Deposition | None:
        return self._one("SELECT * FROM deposition WHERE number=?", number)

    def studies(self, limit: int, offset: int = 0) -> list[Deposition]:
        """What was handed over, newest first."""
        sql = "SELECT * FROM deposition WHERE number IS NOT NULL ORDER BY number DESC LIMIT ? OFFSET ?"
        with self._db() as db:
            return [_deposition(row) for row in db.execute(sql, (limit, offset))]

    def in_state(self, state: str) -> list[Deposition]:
        with self._db() as db:
            return [_deposition(row) for row in db.execute("SELECT * FROM deposition WHERE state=?", (state,))]

    def describe(self, key: str, metadata: Mapping[str, Any], release_date: str | None, at: str) -> None:
        """Keep the metadata of a draft."""
        with self._db() as db:
            db.execute(
                "UPDATE deposition SET metadata=?, release_date=?, changed=? "
                "WHERE id=? AND state IN ('draft', 'failed')",
                (json.dumps(metadata, ensure_ascii=False), release_date, at, key),
            )

    def take(self, key: str, at: str) -> int:
        """Draft becomes sent, with a number; one that has its number keeps it."""
        with self._db() as db:
            db.execute("BEGIN IMMEDIATE")
            known = db.execute("SELECT number FROM deposition WHERE id=?", (key,)).fetchone()[0]
            number = known or self._next(db)
            db.execute(
                "UPDATE deposition SET state='sent', number=?, changed=?, log='[]' WHERE id=?", (number, at, key)
            )
            db.execute("COMMIT")
        return int(number)

    def conclude(self, key: str, state: str, log: tuple[str, ...], at: str) -> None:
        """What the processing came to."""
        with self._db() as db:
            db.execute(
                "UPDATE deposition SET state=?, log=?, changed=? WHERE id=? AND state='sent'",
                (state, json.dumps(log, ensure_ascii=False), at, key),
            )

    def remove(self, key: str) -> list[str]:
        """Forget a deposition and its uploads; the ids of the uploads."""
        with self._db() as db:
            gone = [row["id"] for row in db.execute("SELECT id FROM upload WHERE deposition=?", (key,))]
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM upload WHERE deposition=?", (key,))
            db.execute("DELETE FROM deposition WHERE id=?", (key,))
            db.execute("COMMIT")
        return gone

    def _next(self, db: sqlite3.Connection) -> int:
        """The next number; one that was given is never given again."""
        db.execute(
            "INSERT INTO counter (name, value) VALUES ('study', 1) ON CONFLICT (name) DO UPDATE SET value=value+1"
        )
        return int(db.execute("SELECT value FROM counter WHERE name='study'").fetchone()[0])

    # --- uploads -----------------------------------------------------------------------------------------------------

    def add_upload(self, upload: Upload, at: str) -> str | None:
        """Keep a new upload. One of the same name in the same deposition is replaced; its id."""
        with self._db() as db:
            db.execute("BEGIN IMMEDIATE")
            before = db.execute(
                "SELECT id FROM upload WHERE deposition=? AND name=?", (upload.deposition, upload.name)
            ).fetchone()
            if before:
                db.execute("DELETE FROM upload WHERE id=?", (before["id"],))
            db.execute(
                "INSERT INTO upload (id, deposition, name, length, metadata, created, expires) VALUES (?,?,?,?,?,?,?)",
                (upload.id, upload.deposition, upload.name, upload.length, upload.metadata, at, upload.expires),
            )
            db.execute("COMMIT")
        return str(before["id"]) if before else None

    def upload(self, key: str) -> Upload | None:
        with self._db() as db:
            row = db.execute("SELECT * FROM upload WHERE id=?", (key,)).fetchone()
        return _upload(row) if row else None

    def upload_named(self, deposition: str, name: str) -> Upload | None:
        with self._db() as db:
            row = db.execute("SELECT * FROM upload WHERE deposition=? AND name=?", (deposition, name)).fetchone()
        return _upload(row) if row else None

    def uploads(self, deposition: str, after: str = "", limit: int = -1) -> Iterator[Upload]:
        """The files of a deposition by name, in pages of their own, so that nobody waits for a slow reader."""
        sql = "SELECT * FROM upload WHERE deposition=? AND name>? ORDER BY name LIMIT ?"
        left = limit
        while left:
            page = 1000 if left < 0 else min(left, 1000)
            with self._db() as db:
                rows = db.execute(sql, (deposition, after, page)).fetchall()
            yield from (_upload(row) for row in rows)
            if len(rows) < page:
                return
            after = rows[-1]["name"]
            left = left - len(rows) if left > 0 else left

    def page(self, deposition: str, offset: int, limit: int) -> list[Upload]:
        """Some of the files of a deposition, by name."""
        sql = "SELECT * FROM upload WHERE deposition=? ORDER BY name LIMIT ? OFFSET ?"
        with self._db() as db:
            return [_upload(row) for row in db.execute(sql, (deposition, limit, offset))]

    def totals(self, deposition: str) -> tuple[int, int]:
        """(files, bytes) of the files that are whole."""
        sql = "SELECT count(*), coalesce(sum(length), 0) FROM upload WHERE deposition=? AND sha256 IS NOT NULL"
        with self._db() as db:
            row = db.execute(sql, (deposition,)).fetchone()
        return int(row[0]), int(row[1])

    def complete(self, key: str, sha256: str) -> None:
        with self._db() as db:
            db.execute("UPDATE upload SET sha256=? WHERE id=?", (sha256, key))

    def prolong(self, key: str, expires: float) -> None:
        with self._db() as db:
            db.execute("UPDATE upload SET expires=? WHERE id=?", (expires, key))

    def mark_joined(self, final: str, parts: Sequence[str]) -> None:
        """These uploads, in this order, are ``final`` now."""
        names = [(f"joined:{final}:{number:06d}", key) for number, key in enumerate(parts)]
        with self._db() as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("UPDATE upload SET name=? WHERE id=?", names)
            db.execute("COMMIT")

    def joined(self, final: str) -> list[str]:
        """The uploads that ``final`` was made of, in their order; empty where it was not."""
        sql = "SELECT id FROM upload WHERE deposition IS NULL AND name > ? AND name < ? ORDER BY name"
        with self._db() as db:
            return [row["id"] for row in db.execute(sql, (f"joined:{final}:", f"joined:{final};"))]

    def forget_upload(self, key: str) -> None:
        with self._db() as db:
            db.execute("DELETE FROM upload WHERE id=?", (key,))

    def expired(self, now: float) -> list[str]:
        """Unfinished uploads that nobody came back to; those of a study that was handed over never expire."""
        sql = (
            "SELECT upload.id FROM upload LEFT JOIN deposition ON deposition.id = upload.deposition "
            "WHERE upload.expires < ? AND coalesce(deposition.state, 'draft') IN ('draft', 'failed') "
            "AND (upload.sha256 IS NULL OR upload.deposition IS NULL)"
        )
        with self._db() as db:
            return [row["id"] for row in db.execute(sql, (now,))]

    # --- connections -------------------------------------------------------------------------------------------------

    def close(self) -> None:
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()

    @contextmanager
    def _db(self) -> Iterator[sqlite3.Connection]:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
            with self._guard:
                self._all.append(connection)
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _one(self, sql: str, *values: object) -> Deposition | None:
        with self._db() as db:
            row = db.execute(sql, values).fetchone()
        return _deposition(row) if row else None


def _deposition(row: sqlite3.Row) -> Deposition:
    return Deposition(
        id=row["id"],
        submission=row["submission"],
        created=row["created"],
        state=row["state"],
        number=row["number"],
        metadata=json.loads(row["metadata"]),
        log=tuple(json.loads(row["log"])),
        release_date=row["release_date"],
    )


def _upload(row: sqlite3.Row) -> Upload:
    names = ("id", "deposition", "name", "length", "metadata", "expires", "sha256")
    return Upload(**{name: row[name] for name in names})
