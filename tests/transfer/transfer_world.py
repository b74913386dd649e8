"""Real files, a real journal in a migrated store, and the engine on them."""

from __future__ import annotations

import contextlib
import hashlib
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from depositor import resources
from depositor.draft.cancel import Cancel
from depositor.draft.submission import SubmissionFile
from depositor.transfer.engine import Engine, EngineSettings
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.ports import Outcome

SUBMISSION = "s-1"
QUICK = EngineSettings(base_s=0.02, cap_s=0.05, keep_awake=False, big_bytes=1 << 20, part_bytes=256 << 10, batch=3)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def migrate(path: Path) -> None:
    """A store as the program makes it."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=OFF")
        for name in sorted(resources.names("migrations", ".sql")):
            db.executescript(resources.text(f"migrations/{name}.sql"))
        db.execute(
            "INSERT INTO submission (id, draft_id, archive, endpoint, revision, sealed_at, document, files, bytes, "
            "stage, folder) VALUES (?, 'd', 'tus', '', 1, '2026-11-21T12:00:00Z', '{}', 0, 0, 'sealed', '')",
            (SUBMISSION,),
        )
        db.commit()


class World:
    """A folder with files, sealed into the journal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        self.folder.mkdir(parents=True)
        self.store = folder / "store.sqlite"
        migrate(self.store)
        self.files: list[SubmissionFile] = []

    def add(self, name: str, data: bytes, sha256: str | None = None) -> SubmissionFile:
        """A file on disk and its row."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return self.seal(path, name, sha256)

    def seal(self, path: Path, name: str, sha256: str | None = None) -> SubmissionFile:
        stat = path.stat()
        file = SubmissionFile(
            len(self.files), str(path), name, name, stat.st_size, stat.st_mtime_ns, stat.st_ino, sha256=sha256
        )
        self.files.append(file)
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            db.execute("PRAGMA synchronous=OFF")  # only here: making the test's own data need not survive a power cut
            db.execute(
                "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role, "
                "sha256) VALUES (?,?,?,?,?,?,?,?,'data',?)",
                (SUBMISSION, file.seq, *(file.source, file.origin, file.name, file.size), *_stamp(file), sha256),
            )
            db.commit()
        return file

    @contextlib.contextmanager
    def journal(self) -> Iterator[SqliteJournal]:
        journal = SqliteJournal(self.store)
        try:
            yield journal
        finally:
            journal.close()

    def run(self, carrier: Callable[[], Any], settings: EngineSettings = QUICK) -> Outcome:
        """One run from beginning to end."""
        with self.journal() as journal:
            return Engine(journal, carrier, SUBMISSION, settings, Cancel()).run()

    @contextlib.contextmanager
    def running(self, carrier: Callable[[], Any], settings: EngineSettings = QUICK) -> Iterator[Running]:
        """A run in another thread; it is over when the block ends."""
        with self.journal() as journal:
            run = Running(Engine(journal, carrier, SUBMISSION, settings, Cancel()))
            try:
                yield run
            finally:
                run.engine.cancel()
                run.thread.join(20)
                assert not run.thread.is_alive()

    def states(self) -> dict[str, str]:
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            return dict(db.execute("SELECT name, state FROM submission_file ORDER BY seq"))

    def digests(self) -> dict[str, str]:
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            return dict(db.execute("SELECT name, sha256 FROM submission_file ORDER BY seq"))

    def true_digests(self) -> dict[str, str]:
        return {f.name: hashlib.sha256(Path(f.source).read_bytes()).hexdigest() for f in self.files}

    @property
    def bytes(self) -> int:
        return sum(f.size for f in self.files)


class Running:
    """An engine at work in a thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.outcome: Outcome | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        self.outcome = self.engine.run()

    def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        wait_for(condition, seconds)

    def join(self, seconds: float = 30) -> Outcome:
        self.thread.join(seconds)
        assert not self.thread.is_alive()
        assert self.outcome is not None
        return self.outcome


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.01)


def _stamp(file: SubmissionFile) -> tuple[int, int]:
    return file.mtime_ns, file.inode
