"""A small real upload: made, proved, and removed again, by the same calls that a deposit makes.

What was begun is written down first, in the state folder. A trial that was killed in the middle is found there by the
next one and taken back; nothing is ever left at an archive.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from depositor.archives.ports import ArchiveSession, Deposit
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.problem import Damaged, Retryable
from depositor.draft.submission import Submission, SubmissionFile
from depositor.session.clock import now
from depositor.session.desk import new_id
from depositor.session.diagnosing.begun import Begun
from depositor.session.diagnosing.measuring import Try
from depositor.transfer import problems
from depositor.transfer.net.wait import stopped
from depositor.transfer.ports import Carrier, Interruptible

ENOUGH_S = 5.0
_SMALL = 20_000
SIZES = (*(_SMALL,) * 4, 250_000, 1_000_000, 4_000_000, 16_000_000)
_PART = 16 << 20
_PIECES = 100  # more than any carrier cuts the largest file into


class Trial:
    """One trial at one archive. ``over`` is set when it has ended and what it made was removed."""

    def __init__(self, session: ArchiveSession, found: Capabilities, begun: Begun, cancel: Cancel) -> None:
        self._session, self._found, self._begun, self._cancel = session, found, begun, cancel
        self._carrier: object = None
        self.id = new_id()
        self.begun = False
        self.over = threading.Event()

    def run(self) -> tuple[Try, ...]:
        """Send files of growing size until some seconds have passed. Raises DepositErrors; whatever happens, what was
        sent is removed, or remembered for the next trial."""
        self.begun = True
        try:
            self._sweep(self._begun.left())
            with tempfile.TemporaryDirectory(prefix="depositor-test-") as folder:
                return self._tried(Path(folder))
        finally:
            self.over.set()

    def abort(self) -> None:
        """Break off what is being sent; may be called from another thread. Tidying up still happens."""
        if isinstance(self._carrier, Interruptible):
            self._carrier.abort()

    def _tried(self, folder: Path) -> tuple[Try, ...]:
        files = tuple(_made(folder))
        self._begun.add(self.id)
        try:
            remote = self._session.open(self._deposit(folder, files))
            return tuple(self._sent(remote, files))
        finally:
            self._sweep((self.id,))

    def _sent(self, remote: str, files: tuple[SubmissionFile, ...]) -> Iterator[Try]:
        carrier = self._session.carrier(remote, self._cancel)
        self._carrier = carrier
        sent: dict[str, str] = {}
        began = time.monotonic()
        try:
            for file in files:
                if time.monotonic() - began > ENOUGH_S:
                    break
                start = time.monotonic()
                sent[file.name] = _send(carrier, file, self._cancel)
                yield Try(file.size, time.monotonic() - start)
        finally:
            carrier.close()
        self._compare(remote, sent)

    def _compare(self, remote: str, sent: dict[str, str]) -> None:
        """What the archive holds now is what was sent: by digest where it tells one, else that it is there."""
        held = {h.name: h for h in self._session.holdings(remote)}
        for name, sha256 in sent.items():
            there = held.get(name)
            if there is None or there.digests.get("sha256", sha256) != sha256:
                raise Damaged(problems.differs(self._found.name))

    def _sweep(self, submissions: tuple[str, ...]) -> None:
        """Take back what earlier trials, or this one, began. What cannot be taken back now stays remembered."""
        for submission_id in submissions:
            remote = self._session.find(submission_id)
            if remote is not None:
                self._session.withdraw(remote)
            self._begun.remove(submission_id)

    def _deposit(self, folder: Path, files: tuple[SubmissionFile, ...]) -> Deposit:
        document = {"depositor": 1, "license": self._found.default_license, "metadata": {"study": {"title": "Test"}}}
        total = sum(f.size for f in files)
        submission = Submission(self.id, self.id, self._found.id, 1, now(), document, len(files), total)
        return Deposit(submission, self._found, folder, lambda: iter(files))


class _Body:
    """The bytes of one part, held in memory: a :class:`~depositor.transfer.ports.Body`."""

    def __init__(self, data: bytes, cancel: Cancel) -> None:
        self._data, self._cancel, self._at = data, cancel, 0
        self.length = len(data)

    def __len__(self) -> int:
        return self.length

    @property
    def sha1(self) -> str:
        return self.digest("sha1")

    def digest(self, algorithm: str) -> str:
        return hashlib.new(algorithm, self._data, usedforsecurity=False).hexdigest()

    def rewind(self) -> None:
        """From the start again."""
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        if self._cancel:
            raise stopped()
        end = self.length if size < 0 else min(self._at + size, self.length)
        block, self._at = self._data[self._at : end], end
        return block


def _send(carrier: Carrier, file: SubmissionFile, cancel: Cancel) -> str:
    """One file as the engine sends it, without its retries: a test tells what fails. Its SHA-256."""
    data = Path(file.source).read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    upload = carrier.begin(file)
    for _ in range(_PIECES):
        if upload.complete:
            carrier.finish(file, upload, sha256)
            return sha256
        end = upload.offset + _length(carrier, file, upload)  # all bytes sent is not the end: parts are joined yet
        upload = carrier.send(file, upload, _Body(data[upload.offset : end], cancel))
    raise Retryable(problems.odd_answer(""))


def _length(carrier: Carrier, file: SubmissionFile, upload: object) -> int:
    cut = getattr(carrier, "part_length", None)
    return int(cut(file, upload) if cut else carrier.part_size or _PART)


def _made(folder: Path) -> Iterator[SubmissionFile]:
    """Files of noise, which nothing on the way can make smaller."""
    for number, size in enumerate(SIZES, 1):
        path = folder / f"test-{number}.bin"
        data = os.urandom(size)
        path.write_bytes(data)
        stamp = path.stat()
        name, digest = path.name, hashlib.sha256(data).hexdigest()
        yield SubmissionFile(number, str(path), name, name, size, stamp.st_mtime_ns, stamp.st_ino, sha256=digest)
