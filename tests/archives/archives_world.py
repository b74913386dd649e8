"""A small study of real files, sent by the real engine over a real journal; and the practice archive as a process."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from depositor import resources
from depositor.archives import descriptor
from depositor.archives.ports import ArchiveSession, Deposit
from depositor.bundle import documents, manifest
from depositor.bundle.sealed import Sealed
from depositor.draft.cancel import Cancel
from depositor.draft.submission import Role, Submission, SubmissionFile
from depositor.transfer.engine import Engine, EngineSettings
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.ports import Outcome

QUICK = EngineSettings(
    base_s=0.02, cap_s=0.1, keep_awake=False, big_bytes=1 << 20, part_bytes=256 << 10, workers=2, file_tries=6
)


def description() -> dict[str, Any]:
    """A submission document that a strict archive takes."""
    return {
        "depositor": 1,
        "license": "CC0-1.0",
        "metadata": {
            "study": {
                "title": "Nuclei of cultured cells under two doses of a drug",
                "description": "Two-channel stacks of fixed cells <b>& more</b>.",
                "keywords": ["nucleus", "segmentation"],
                "author": [
                    {
                        "name": "Ada Example",
                        "email": "ada@example.org",
                        "orcid": "0000-0002-1825-0097",
                        "affiliation": [{"name": "Example Institute"}],
                    }
                ],
            },
            "study_component": [
                {
                    "name": "Dose series",
                    "description": "Two doses",
                    "associations": [
                        {"biosample": "HeLa", "specimen": "Fixed cells", "image_acquisition": "Spinning disk"}
                    ],
                }
            ],
            "biosample": [
                {
                    "title": "HeLa",
                    "organism": [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}],
                    "biological_entity": "nuclei",
                }
            ],
            "specimen": [{"title": "Fixed cells", "preparation_method": "4 % PFA"}],
            "image_acquisition": [
                {
                    "title": "Spinning disk",
                    "imaging_method": [{"id": "FBbi:00000253", "label": "spinning disk confocal microscopy"}],
                    "imaging_instrument": "Spinning disk, 63x/1.4",
                    "image_acquisition_parameters": "488 nm",
                }
            ],
        },
    }


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


class Study:
    """Files on disk and their rows in a journal, as the session makes them."""

    def __init__(
        self, folder: Path, archive: str, files: dict[str, bytes] | None = None, submission_id: str = "5f0c9e6a11114222"
    ) -> None:
        self.folder, self.store = folder, folder / "store.sqlite"
        self.document = description()
        self.capabilities = descriptor.capabilities(archive)
        self.papers = folder / "papers"
        self.id = submission_id
        self._archive = archive
        self._next = 1
        (folder / "data").mkdir(parents=True)
        self._migrate()
        contents = files if files is not None else {"raw/a.tif": noise(700_000), "raw/b c.tif": noise(2000, 2)}
        for name, data in contents.items():
            path = folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self._row(path, name, Role.DATA)

    # --- the deposit -----------------------------------------------------------------------------------------------

    @property
    def submission(self) -> Submission:
        data = [f for f in self.files() if f.role is Role.DATA]
        return Submission(
            self.id, "draft-1", self._archive, 1, "2026-11-21T12:00:00Z", self.document, len(data),
            sum(f.size for f in data),
        )  # fmt: skip

    def deposit(self) -> Deposit:
        return Deposit(self.submission, self.capabilities, self.papers, self.files)

    def files(self) -> Iterator[SubmissionFile]:
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute("SELECT * FROM submission_file WHERE submission_id=? ORDER BY seq", (self.id,)).fetchall()
        for row in rows:
            yield SubmissionFile(
                row["seq"], row["source"], row["origin"], row["name"], row["size"], row["mtime_ns"], row["inode"],
                Role(row["role"]), row["sha256"], row["grp"],
            )  # fmt: skip

    def write_papers(self) -> None:
        """The documents that go along, once every file was read."""
        sealed = Sealed(self.submission, self.capabilities, self.files)
        for kind in self.capabilities.sent_documents:
            if kind == "manifest":
                manifest.write((f for f in self.files() if f.role is Role.DATA), self.papers)
            elif kind in documents.formats():
                documents.write(kind, sealed, self.papers)
        for path in sorted(p for p in self.papers.rglob("*") if p.is_file()):
            name = path.relative_to(self.papers).as_posix()
            if name != "pagetab.json" or "pagetab" in self.capabilities.sent_documents:
                self._row(path, name, Role.DOCUMENT)

    # --- sending ---------------------------------------------------------------------------------------------------

    def send(self, session: ArchiveSession, remote: str, settings: EngineSettings = QUICK) -> Outcome:
        """What waits goes there."""
        cancel = Cancel()
        journal = SqliteJournal(self.store)
        try:
            return Engine(journal, lambda: session.carrier(remote, cancel), self.id, settings, cancel).run()
        finally:
            journal.close()

    def send_again(self, name: str) -> None:
        """A file waits once more, as after it was lost there."""
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            db.execute("UPDATE submission_file SET state='waiting' WHERE name=?", (name,))
            db.commit()

    def deliver(self, session: ArchiveSession) -> str:
        """Open, send the data, then the papers; the remote id. Everything up to the commit."""
        remote = session.open(self.deposit())
        sent = self.send(session, remote)
        assert sent.failed == 0, sent.problems
        assert not sent.stopped, sent.problem
        self.write_papers()
        sent = self.send(session, remote)
        assert sent.failed == 0, sent.problems
        assert not sent.stopped, sent.problem
        return remote

    def expected(self) -> list[tuple[str, int, str]]:
        return [(f.name, f.size, hashlib.sha256(Path(f.source).read_bytes()).hexdigest()) for f in self.files()]

    # --- the journal -----------------------------------------------------------------------------------------------

    def _migrate(self) -> None:
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            for name in sorted(resources.names("migrations", ".sql")):
                db.executescript(resources.text(f"migrations/{name}.sql"))
            db.execute(
                "INSERT INTO submission (id, draft_id, archive, endpoint, revision, sealed_at, document, files, bytes, "
                "stage, folder) VALUES (?, 'd', ?, '', 1, '2026-11-21T12:00:00Z', '{}', 0, 0, 'sealed', '')",
                (self.id, self._archive),
            )
            db.commit()

    def _row(self, path: Path, name: str, role: Role) -> None:
        stat = path.stat()
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            db.execute("PRAGMA synchronous=OFF")
            db.execute(
                "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role, "
                "grp) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    self.id, self._next, str(path), name, name, stat.st_size, stat.st_mtime_ns, stat.st_ino, role.value,
                    "Dose series" if role is Role.DATA else None,
                ),
            )  # fmt: skip
            db.commit()
        self._next += 1


def renamed(file: SubmissionFile, **more: Any) -> SubmissionFile:
    return replace(file, **more)


class Practicing:
    """The practice archive in a process of its own; ``start`` again after ``kill`` takes the same port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self._options = folder, options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        line = [sys.executable, "-m", "depositor.archives.practice", "--folder", str(self.folder)]
        line += ["--port", str(self.port), *self._options]
        (self.folder / "endpoint.json").unlink(missing_ok=True)
        self._process = subprocess.Popen(line, stdin=subprocess.DEVNULL)
        wait_for(lambda: self._told() or self._process is None or self._process.poll() is not None)
        assert self._told(), "the practice archive did not come up"
        self.port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """As a power cut for the process: no last words."""
        if self._process is not None:
            self._process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        return str(self._content()["url"])

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers in lower case, body), over a line of its own and nothing between."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def fault(self, *rules: dict[str, Any]) -> None:
        """What shall go wrong from now on."""
        token = {"Authorization": f"Bearer {self._content()['token']}"}
        status, _, _ = self.ask("POST", "/faults", json.dumps(rules).encode(), token)
        assert status == 200

    def stored(self) -> list[Path]:
        return sorted((self.folder / "uploads").rglob("*.bin"))

    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "endpoint.json").read_text("utf-8"))
        return content

    def _told(self) -> bool:
        return (self.folder / "endpoint.json").exists()


def wait_for(condition: Callable[[], Any], most_s: float = 30.0) -> Any:
    """Wait until something holds; it is asked often."""
    until = time.monotonic() + most_s
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError("it never came to that")
        time.sleep(0.01)
    return found


def spoil(path: Path) -> None:
    """Change one byte, as a failing disk does."""
    mode = path.stat().st_mode
    path.chmod(0o600)
    with path.open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 0xFF]))
    path.chmod(mode)
