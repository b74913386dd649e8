"""The two sides of the engine: what a protocol must do (Carrier), and what the engine tells (Progress, Outcome).

The engine owns the journal, the order, the retries, the speed limit and the digest; a carrier only speaks one protocol
to one place. A carrier belongs to one thread at a time; the engine asks its factory for one per worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from depositor.draft.problem import Problem
from depositor.draft.submission import HeldFile, SubmissionFile


@dataclass(frozen=True, slots=True)
class Upload:
    """The far side of one file under way.

    ``token`` is all that the carrier needs to find it again after a restart (a tus URL, an FTP path, an S3 upload id);
    the engine journals it before the first byte. ``offset``: bytes that the other side is known to hold, always what
    the *server* said. ``complete``: nothing is left to send. ``digests``: {algorithm: hex} of the whole file as the
    server gave them, once it has all of it.
    """

    token: str
    offset: int = 0
    complete: bool = False
    expires: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)


class Body(Protocol):
    """The bytes of one part, as the engine hands them out: counted, digested, limited in speed and cancellable.

    Reading raises :class:`~depositor.draft.problem.Stopped` when the user paused, and
    :class:`~depositor.draft.problem.Damaged` when the file changed. ``length`` bytes come in all, never more or less.
    """

    length: int

    @property
    def sha1(self) -> str:
        """Hex digest of exactly these bytes, for per-part checksums; computed when first asked for."""
        ...

    def digest(self, algorithm: str) -> str:
        """Hex digest of exactly these bytes by an algorithm of hashlib (``md5``, ``sha256``), before any is read;
        computed when first asked for, with the part in memory."""
        ...

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


@runtime_checkable
class Interruptible(Protocol):
    """A carrier whose call under way can be broken off from another thread, so that no pause waits for a server."""

    def abort(self) -> None:
        """Break what is under way: the call in the other thread fails at once. The carrier stays usable."""
        ...


@runtime_checkable
class Forgetting(Protocol):
    """A carrier that can make the other side forget an upload that was begun in vain."""

    def abandon(self, file: SubmissionFile, token: str) -> None:
        """Remove the remote object where the protocol allows it; never raises for one that is gone."""
        ...


@runtime_checkable
class Expecting(Protocol):
    """A carrier that saves a way there and back where it knows which file comes next."""

    def expects(self, file: SubmissionFile | None) -> None:
        """After the file that is sent now comes this one, of which nothing was ever begun and whose intent is on disk;
        None: not known, or another kind of file. It may still not come."""
        ...


@runtime_checkable
class OneRequest(Protocol):
    """A carrier that creates and sends a file of at most ``one_request`` bytes in a single request.

    Only offered where a repetition after a crash does not leave a second object: the token is known too late to be
    journaled before the bytes.
    """

    one_request: int

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        """Create the remote object and send ``body``, which is the whole file."""
        ...


@runtime_checkable
class CutsParts(Protocol):
    """A carrier that cuts each file into parts of a length of its own (S3: equal parts, 10,000 at most)."""

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        """The most that one :meth:`Carrier.send` takes of this file; what the settings say does not count then."""
        ...


@dataclass(frozen=True, slots=True)
class PartPlan:
    """How one file is cut where its parts can be sent in any order. Parts are numbered from 1; ``starts`` holds the
    offset of each, ascending from 0, where they differ in length (the server chose them); else all but the last have
    ``length`` bytes."""

    size: int
    length: int
    starts: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many parts there are; one for an empty file."""
        return len(self.starts) or max(1, -(-self.size // self.length))

    def span(self, number: int) -> tuple[int, int]:
        """(offset, length) of a part. IndexError for a number that is none."""
        if not 1 <= number <= self.count:
            raise IndexError(number)
        if self.starts:
            end = self.starts[number] if number < len(self.starts) else self.size
            return self.starts[number - 1], end - self.starts[number - 1]
        offset = (number - 1) * self.length
        return offset, min(self.length, self.size - offset)


@runtime_checkable
class SendsApart(Protocol):
    """A carrier that takes the parts of one file in any order, several at once: each thread with a carrier of its own
    that was made by the same factory. Its ``begin`` makes the container; ``send`` is not called for such a file, and
    the offset of its ``find`` counts for nothing (``complete`` does: all is there and joined).

    The engine journals each receipt as soon as the part is there. Receipts are the carrier's own text (an ETag, a URL),
    without secrets.
    """

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        """How the file is cut. ``wanted``, bytes, is what suits the line, as it was when the upload was made: the
        engine journals it and gives the same again for the same token, also after a restart; so must the plan be.
        None (or a plan of one part): this file is not sent in parts, the engine uses :meth:`Carrier.send`. Nothing is
        asked of the other side here."""
        ...

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        """{number: receipt} of the parts that the server holds whole; None where it cannot tell, so that the journal's
        receipts are what counts. Only parts whose receipts agree with the journal's are not sent again."""
        ...

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        """Send one part whole; its receipt, once the server has confirmed it. ``body`` is in memory: its digests cost
        no second reading, and ``body.rewind()`` lets it be read again from its start. The same part may be sent again,
        but never twice at the same time; the last one counts."""
        ...

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        """Tell the server that all parts are there; the complete Upload, for :meth:`Carrier.finish`. May be called
        again after a crash: an answer that was lost is looked up, not repeated blindly."""
        ...


@runtime_checkable
class DerivesToken(Protocol):
    """A carrier whose token follows from the file alone (a path, an address): losing it in a crash loses nothing."""

    derives_token: bool


@dataclass(frozen=True, slots=True)
class FileProgress:
    """One file that is being sent right now. ``checking``: what the other side already has is being read here again,
    to bring the digest up to date; nothing is sent meanwhile."""

    seq: int
    name: str
    size: int
    sent: int
    checking: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot of a transfer, cheap to take ten times a second. ``remaining_s`` is None while it cannot be told.

    ``lines``: how many connections are at work; ``failed_bytes``: the sizes of the files that failed.
    ``waiting`` is the Problem that the engine waits on (offline, busy archive), None while bytes move; ``retry_in_s``
    tells when it tries again, ``waited_s`` for how long nothing has gone through. ``speed`` in bytes per second over
    the last seconds; ``curve`` the last 60 seconds.
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
    lines: int = 0
    failed_bytes: int = 0
    waited_s: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of the engine ended. ``failed`` files each have a Problem in the journal; ``stopped``: paused, or
    cancelled, or given up waiting; then ``problem`` says why."""

    sent: int
    failed: int
    bytes_sent: int
    stopped: bool = False
    problem: Problem | None = None
    problems: tuple[Problem, ...] = field(default_factory=tuple)  # of failed files, the first hundred
    needs_user: bool = False  # stopped because a person must do something first (sign in, free some space)


class Journal(Protocol):
    """What the engine remembers (tables ``submission_file``, ``upload``, ``digest`` of migration 1).

    Every method returns only after its change is on disk (synchronous FULL); outcomes of small files may be gathered
    for at most 0.5 s, because an intent without an outcome means "ask the server".
    """

    def pending(self, submission: str, at_least: int = 0, below: int | None = None) -> Iterator[SubmissionFile]:
        """The files that were under way, then those that wait, each in order of ``seq``, with sizes in [at_least,
        below); streamed, each once; with the SHA-256 where it is remembered."""
        ...

    def totals(self, submission: str) -> tuple[int, int, int, int]:
        """(files, files done, bytes, bytes done)."""
        ...

    def sums(self, submission: str) -> Mapping[str, tuple[int, int]]:
        """{state: (files, bytes)}; cheap, also for a million files."""
        ...

    def held(self, submission: str) -> Mapping[int, int]:
        """Of files that are not done (by ``seq``): how many bytes the other side was last known to hold."""
        ...

    def counts(self, submission: str) -> Mapping[str, int]:
        """How many files are in each state."""
        ...

    def intend(self, submission: str, seq: int, protocol: str) -> None: ...

    def intend_all(self, submission: str, seqs: Sequence[int], protocol: str) -> None:
        """:meth:`intend` for several files in one commit."""
        ...

    def began(self, submission: str, seq: int, upload: Upload, *, gather: bool = False) -> None:
        """Keep the token. ``gather``: it may be on disk a little later, because it follows from the file alone."""
        ...

    def began_all(self, submission: str, uploads: Mapping[int, Upload]) -> None:
        """:meth:`began` for several files ({seq: upload}) in one commit."""
        ...

    def advanced(self, submission: str, seq: int, upload: Upload) -> None: ...

    def remember(
        self, path: str, size: int, mtime_ns: int, inode: int, sha256: str, more: Mapping[str, str] | None = None
    ) -> None:
        """Keep the digests of a file ({algorithm: hex} beside SHA-256)."""
        ...

    def tokens_of(self, submission: str, protocol: str) -> Mapping[int, str]:
        """The tokens of files under way by a protocol, by ``seq``."""
        ...

    def known(self, submission: str, seq: int) -> Upload | None:
        """What was last known of the far side of a file; None where no token was kept."""
        ...

    def known_all(self, submission: str, seqs: Sequence[int]) -> Mapping[int, Upload]:
        """:meth:`known` for several files, those of which a token was kept."""
        ...

    def cut(self, submission: str, seq: int, wanted: int) -> None:
        """Keep the length of parts that this upload was planned with."""
        ...

    def part_length(self, submission: str, seq: int) -> int | None:
        """What :meth:`cut` kept; None where the upload is not sent in parts."""
        ...

    def part_sent(self, submission: str, seq: int, number: int, receipt: str, held: int = 0) -> None:
        """Keep the receipt of one part; ``held``: bytes of the file that are there by now."""
        ...

    def parts(self, submission: str, seq: int) -> Mapping[int, str]:
        """The receipts of the parts of a file under way, {number: receipt}."""
        ...

    def forget_parts(self, submission: str, seq: int) -> None:
        """Drop them: the upload is begun anew."""
        ...

    def sent(self, submission: str, seq: int, sha256: str, held: HeldFile) -> None:
        """A file is there, as ``held`` proves."""
        ...

    def failed(self, submission: str, seq: int, problem: Problem) -> None: ...

    def recall(self, path: str, size: int, mtime_ns: int, inode: int) -> str | None:
        """The SHA-256 that was remembered for exactly this state of a file."""
        ...

    def flush(self) -> None:
        """Bring what was gathered to disk now."""
        ...
