"""What an archive adapter must do. ``tests/contract/archive_suite.py`` is this promise, executable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding
from depositor.draft.message import Message
from depositor.draft.problem import Problem
from depositor.draft.submission import HeldFile, Role, State, Submission, SubmissionFile
from depositor.transfer.handover.ports import HandOver
from depositor.transfer.ports import Carrier


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in. Secrets live here and in the key store, nowhere else; ``repr`` shows none of them.

    ``bulk`` is the address of a bulk route with its own password (``ftp://user:pass@host:port/``), or of one on which
    another program moves the bytes (``globus://COLLECTION/path/``, ``aspera://user:pass@host:33001/``).
    ``key_file``: the path of a private key, whose passphrase is the password then.
    """

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    bulk: str | None = field(default=None, repr=False)
    key_file: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Deposit:
    """A sealed submission as an adapter sees it. ``folder`` holds the documents made so far; ``files`` streams the
    rows (data, then documents) with the digests known so far. ``manifest_sha256`` is None until every file was read.
    ``previous_remote``: the remote id of the revision that this one replaces, where the archive took that."""

    submission: Submission
    capabilities: Capabilities
    folder: Path
    files: Callable[[], Iterator[SubmissionFile]]
    manifest_sha256: str | None = None
    previous_remote: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the archive says of a deposit. ``log`` holds its own words, line by line, where it gave some."""

    state: State
    accession: str | None = None
    url: str | None = None
    version: str | None = None
    log: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class RouteCheck:
    """One line of ``diagnose``: a route or a step of it, whether it works, and how fast it answered (s)."""

    name: Message
    ok: bool
    seconds: float | None = None
    problem: Problem | None = None


class ArchiveSession(Protocol):
    """A conversation with one archive. Every call may raise a DepositError and nothing else.

    Calls that change something there are journaled by the caller: intent, call, outcome. After a crash between the two
    the caller asks :meth:`find` (or :meth:`state`), it never repeats blindly.
    """

    def sign_in(self) -> str:
        """Test the credentials; the name of the account, for people. NeedsUser where they are refused."""
        ...

    def diagnose(self) -> tuple[RouteCheck, ...]:
        """Try each route without leaving anything behind."""
        ...

    def open(self, deposit: Deposit) -> str:
        """Make the container (draft, deposition, folder); its remote id. Never two for one ``submission.id`` where the
        archive can tell."""
        ...

    def find(self, submission_id: str) -> str | None:
        """The remote id of the container that an earlier :meth:`open` made, if the archive can tell; else None."""
        ...

    def carrier(self, remote: str, cancel: Cancel) -> Carrier:
        """A carrier for the files of this deposit; called once per worker thread."""
        ...

    def check(self, remote: str, deposit: Deposit) -> tuple[Finding, ...]:
        """What the archive itself says against committing (file lists, metadata); empty if it cannot be asked."""
        ...

    def commit(self, remote: str, deposit: Deposit) -> Answer:
        """Hand the deposit over. Refused with the archive's own words where it will not take it."""
        ...

    def state(self, remote: str) -> Answer:
        """Where the deposit stands now; also the way to learn whether an earlier commit went through."""
        ...

    def holdings(self, remote: str) -> Iterator[HeldFile]:
        """What the archive holds now, file by file, with digests where it tells them."""
        ...

    def withdraw(self, remote: str) -> None:
        """Take back what was not yet handed over. Refused where the archive does not allow it."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class ReadsBack(Protocol):
    """A session that can be asked for more about a single file than its holdings tell."""

    def digests_of(self, remote: str, name: str) -> Mapping[str, str]:
        """Digests, {algorithm: hex}, which the holdings leave out; empty where there are none."""
        ...

    def read_back(self, remote: str, name: str, size: int) -> Iterator[bytes]:
        """The bytes of one file, in blocks. Refused where the archive does not give them."""
        ...


@runtime_checkable
class TellsRoom(Protocol):
    """A session that knows how much space is left for this account."""

    def free_bytes(self) -> int | None:
        """Bytes that may still be sent; None where the archive does not say."""
        ...


@runtime_checkable
class Mends(Protocol):
    """A session that notices what was lost there between the sending and the commit."""

    def lost(self, remote: str, deposit: Deposit) -> Sequence[str]:
        """The names of files that are not there as they were sent; what stands in their place was removed, so that
        they can be sent again. Refused where nothing of the deposit is left."""
        ...


@runtime_checkable
class HandsOver(Protocol):
    """A session whose files another program can move, where the account names such a route (``globus://...``,
    ``aspera://...`` as its bulk address)."""

    def hand_over(self, remote: str, role: Role) -> HandOver | None:
        """The route for the data, or for the documents of a deposit; None: they go through :meth:`carrier`."""
        ...


class Archive(Protocol):
    """A member of the registry."""

    def capabilities(self) -> Capabilities: ...

    def session(
        self, endpoint: str, credentials: Credentials, settings: dict[str, Any] | None = None
    ) -> ArchiveSession:
        """Start a conversation; no network is touched before the first call. ``settings``: what the user set for this
        archive (for ``package``: ``folder``)."""
        ...
