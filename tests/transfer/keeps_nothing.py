"""A carrier that reads every byte and keeps nothing: what is measured with it is the engine alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer.ports import Body, PartPlan, Upload

_BLOCK = 1 << 20


class KeepsNothing:
    """``one_request``: as by a protocol that creates and sends at once; 0: with a token that must be kept before.

    ``first`` is when the first byte was asked for, by the clock of :func:`time.perf_counter`.
    """

    id = "nothing"
    part_size: int | None = None
    resumable = True
    first: float | None = None
    _guard = threading.Lock()

    def __init__(self, one_request: int = 8 << 20) -> None:
        self.one_request = one_request or -1
        self.derives_token = bool(one_request)

    def begin(self, file: SubmissionFile) -> Upload:
        return Upload(file.name, 0, file.size == 0)

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        return self._swallow(file, body)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        return None

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        return self._swallow(file, body)

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        return PartPlan(file.size, wanted)

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        return None

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        self._swallow(file, body)
        return "nothing"

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        return HeldFile(file.name, file.size, {"sha256": sha256})

    def close(self) -> None:
        """Nothing is open."""

    def _swallow(self, file: SubmissionFile, body: Body) -> Upload:
        if KeepsNothing.first is None:
            KeepsNothing.first = time.perf_counter()
        while body.read(_BLOCK):
            pass
        return Upload(file.name, file.size, complete=True)


def fill(store: Path, submission: str, paths: list[Path], count: int, state: str = "waiting", first: int = 0) -> None:
    """``count`` rows from ``first`` on, whose sources are ``paths`` over and over; names as long as they are in real
    studies."""
    db = sqlite3.connect(store)
    db.execute("PRAGMA synchronous=OFF")
    stats = [(str(path), path.stat()) for path in paths]
    sql = (
        "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role, state, "
        "sha256) VALUES (?,?,?,?,?,?,?,?,'data',?,?)"
    )
    digest = "ab" * 32 if state in ("sent", "verified") else None

    def row(seq: int) -> tuple[object, ...]:
        path, stat = stats[seq % len(stats)]
        name = f"plate 07/well {seq % 384:03d}/field {seq % 9}/channel DAPI/image_{seq:08d}.ome.tif"
        return submission, seq, path, name, name, stat.st_size, stat.st_mtime_ns, stat.st_ino, state, digest

    db.executemany(sql, (row(seq) for seq in range(first, first + count)))
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
