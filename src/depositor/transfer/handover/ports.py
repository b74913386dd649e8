"""What a route must do on which another program moves the bytes, and what it tells.

A *batch* of files is handed over in one go and has a token, which is journaled before the call. The other program does
the resuming and retrying; we look, keep the journal, and say what is proved. Whether a deposit goes this way is the
archive's word: an :class:`~depositor.archives.ports.ArchiveSession` that is also a
:class:`~depositor.archives.ports.HandsOver` gives a :class:`HandOver` for the data (``session.stages`` asks it), and
None for what shall go through a carrier, such as the program's own small documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from depositor.draft.problem import Problem
from depositor.draft.submission import HeldFile, SubmissionFile


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a batch. ``path`` is where the other program reads it: the source, or a whole copy of it where the
    source is a recipe of changes or lies where the other program may not read (``copied``)."""

    file: SubmissionFile
    path: str
    sha256: str
    copied: bool = False


class Phase(StrEnum):
    """How a batch stands."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"  # some files may have arrived all the same
    GONE = "gone"  # nobody works on it: hand it over again under the same token


@dataclass(frozen=True, slots=True)
class Look:
    """What the other program says of a batch. ``moved``: bytes so far. ``problem``: why it stands still (WORKING), or
    ended (FAILED); ``needs_user``: trying again is of no use before a person did something. ``trouble`` counts what
    went wrong on the way so far."""

    phase: Phase
    moved: int = 0
    problem: Problem | None = None
    needs_user: bool = False
    trouble: int = 0


class HandOver(Protocol):
    """One route to one place. Errors are DepositErrors: Retryable, NeedsUser, Refused; nothing else.

    ``id`` is the protocol in the journal, ``at_once`` how many batches may be under way, ``most_files`` how many files
    a batch holds, ``look_s`` how often it may be asked. ``outlives``: the other program goes on without us.
    """

    id: str
    at_once: int
    most_files: int
    look_s: float
    outlives: bool

    def check(self) -> None:
        """Whether the other program is there, signed in, and has a way to the place. NeedsUser where it is not."""
        ...

    def reaches(self, path: str) -> bool:
        """Whether the other program may read this file of this computer. Nothing is asked of the network."""
        ...

    def new_token(self) -> str:
        """A name for a batch, journaled before :meth:`submit`."""
        ...

    def submit(self, token: str, items: Sequence[Item]) -> str:
        """Hand a batch over; the token to keep from now on. Called again with the same token, after an answer that was
        lost or for a batch that is :attr:`Phase.GONE`, it must not bring anything twice."""
        ...

    def look(self, token: str, items: Sequence[Item]) -> Look:
        """How a batch stands."""
        ...

    def held(self, token: str, items: Sequence[Item], *, done: bool) -> Iterator[tuple[Item, HeldFile | Problem]]:
        """What arrived and what shows it, or why a single file did not; files that are left out here are still to come.
        ``done``: the batch is :attr:`Phase.DONE`."""
        ...

    def cancel(self, token: str) -> None:
        """Let the other program end the batch; what arrived stays. May be called for one that ended."""
        ...

    def forget(self, token: str) -> None:
        """The batch is settled: notes about it may go."""
        ...

    def limit(self, bytes_per_s: int | None) -> None:
        """Bytes per second from now on, where the route knows a limit; else nothing happens."""
        ...

    def close(self) -> None:
        """Let go of everything; may be called twice."""
        ...
