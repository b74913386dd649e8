"""The two sides of the engine: what a protocol must do (Carrier), and what the engine tells (Progress, Outcome).

The engine owns the journal, the order, the retries, the speed limit and the digest; a carrier only speaks one protocol
to one place. A carrier belongs to one thread at a time; the engine asks its factory for one per worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from depositor.draft.problem import Problem
from depositor.draft.submission import HeldFile, SubmissionFile


@dataclass(frozen=True, slots=True)
class Upload:
    """The far side of one file under way.

    ``token`` is all that the carrier needs to find it again after a restart (a tus URL, an FTP path, an S3 upload id);
    the engine journals it before the first byte. ``offset``: bytes that the other side is known to hold, always what
    the *server* said. ``complete``: nothing is left to send.
    """

    token: str
    offset: int = 0
    complete: bool = False
    expires: str | None = None


class Body(Protocol):
    """The bytes of one part, as the engine hands them out: counted, digested, limited in speed and cancellable.

    Reading raises :class:`~depositor.draft.problem.Stopped` when the user paused, and
    :class:`~depositor.draft.problem.Damaged` when the file changed. ``length`` bytes come in all, never more or less.
    """

    length: int
    sha1: str  # hex digest of exactly these bytes, for per-part checksums; computed when first asked for

    def read(self, size: int = -1, /) -> bytes: ...

    def __len__(self) -> int: ...


class Carrier(Protocol):
    """One protocol to one place. Errors are DepositErrors: Retryable, NeedsUser, Refused, Damaged; nothing else.

    ``part_size`` is the most the engine sends in one :meth:`send`; None: the rest of the file in one go.
    ``resumable`` False: a broken :meth:`send` starts the file anew.
    """

    id: str
    part_size: int | None
    resumable: bool

    def begin(self, file: SubmissionFile) -> Upload:
        """Make the remote object. May be called again for the same file after a crash: it must not leave two."""
        ...

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        """Ask the server how far the upload is; None if it knows none (then the engine begins anew)."""
        ...

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        """Send one part that starts at ``upload.offset``; the answer holds the offset that the server confirmed."""
        ...

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """Prove that the file is there: a digest of the server where it gives one, else its size.

        Damaged where they differ from ``sha256`` and ``file.size``.
        """
        ...

    def close(self) -> None:
        """Let go of connections. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class FileProgress:
    """One file that is being sent right now."""

    seq: int
    name: str
    size: int
    sent: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot of a transfer, cheap to take ten times a second. ``remaining_s`` is None while it cannot be told.

    ``waiting`` is the Problem that the engine waits on (offline, busy archive), None while bytes move; ``retry_in_s``
    tells when it tries again. ``speed`` in bytes per second over the last seconds; ``curve`` the last 60 seconds.
    """

    files: int = 0
    files_done: int = 0
    files_failed: int = 0
    bytes: int = 0
    bytes_done: int = 0
    bytes_sent: int = 0
    speed: float = 0.0
    remaining_s: float | None = None
    active: tuple[FileProgress, ...] = ()
    curve: tuple[float, ...] = ()
    waiting: Problem | None = None
    retry_in_s: float | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of the engine ended. ``failed`` files each have a Problem in the journal; ``stopped``: paused, or
    cancelled, or given up waiting; then ``problem`` says why."""

    sent: int
    failed: int
    bytes_sent: int
    stopped: bool = False
    problem: Problem | None = None
    problems: tuple[Problem, ...] = field(default_factory=tuple)


class Journal(Protocol):
    """What the engine remembers (tables ``submission_file``, ``upload``, ``digest`` of migration 1).

    Every method returns only after its change is on disk (synchronous FULL); outcomes of small files may be gathered
    for at most 0.5 s, because an intent without an outcome means "ask the server".
    """

    def pending(self, submission: str) -> Iterator[SubmissionFile]: ...

    def totals(self, submission: str) -> tuple[int, int, int, int]:
        """(files, files done, bytes, bytes done)."""
        ...

    def intend(self, submission: str, seq: int, protocol: str) -> None: ...

    def began(self, submission: str, seq: int, upload: Upload) -> None: ...

    def advanced(self, submission: str, seq: int, upload: Upload) -> None: ...

    def known(self, submission: str, seq: int) -> Upload | None: ...

    def sent(self, submission: str, seq: int, sha256: str, held: Mapping[str, str]) -> None: ...

    def failed(self, submission: str, seq: int, problem: Problem) -> None: ...
