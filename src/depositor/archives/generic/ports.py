"""What a protocol must do so that deposits can lie there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from depositor.archives.wire import Maker, maker, timeouts
from depositor.draft.submission import HeldFile
from depositor.transfer.net import web
from depositor.transfer.ports import Carrier

_PART = 16 << 20

KnownHosts = Callable[[str, int], Sequence[str]]


def _nobody(_host: str, _port: int) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds a conversation: patience, the way out of the network, accepted host keys.

    ``notes``: a folder for what the other side will not tell again (addresses of uploads). ``options``: how to speak to
    special servers, per protocol, for tests.
    """

    patience: web.Timeouts
    make: Maker
    certificates: str = ""
    part_bytes: int = _PART
    known_hosts: KnownHosts = _nobody
    notes: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(settings: Mapping[str, Any]) -> Around:
        """Out of the settings of an archive; see :meth:`depositor.session.settings.Settings.for_archive`."""
        notes = settings.get("notes")
        return Around(
            timeouts(settings),
            maker(settings),
            str(settings.get("ca_bundle") or ""),
            int(settings.get("part_bytes") or _PART),
            settings.get("known_hosts") or _nobody,
            Path(notes) if notes else None,
            settings.get("options") or {},
        )


class Place(Protocol):
    """Where deposits lie. Paths are separated by ``/`` and begin below the address. Every call may raise a
    DepositError and nothing else.

    ``lists`` False: the other side does not tell what it holds; then :meth:`files` gives what we know of ourselves and
    what it confirms, and nobody can find a deposit of another computer.
    """

    lists: bool

    def account(self) -> str:
        """Sign in and look at the place; the name of the account, for people."""
        ...

    def folders(self) -> Iterator[str]:
        """The names of the folders directly in the place."""
        ...

    def begin(self, folder: str) -> None:
        """Make a folder, and those above it; one that is there is no trouble."""
        ...

    def put(self, path: str, data: bytes) -> None:
        """A small file of our own, in one step where the protocol can; an older one is replaced."""
        ...

    def get(self, path: str) -> bytes | None:
        """A small file; None where there is none."""
        ...

    def files(self, folder: str) -> Iterator[HeldFile]:
        """All files in a folder and below, streamed, with whole paths; with digests where the listing has them."""
        ...

    def digests(self, path: str) -> Mapping[str, str]:
        """Digests of one file that the listing leaves out; empty where there are none."""
        ...

    def read(self, path: str, size: int) -> Iterator[bytes]:
        """The bytes of a file, in blocks. Refused where they are not given back."""
        ...

    def remove(self, folder: str) -> None:
        """A folder with all that is in it, uploads under way too; one that is gone is no trouble."""
        ...

    def drop(self, path: str) -> None:
        """Remove one file; one that is gone is no trouble."""
        ...

    def tidy(self, folder: str) -> None:
        """Remove what broken sends left in a folder whose files are all there."""
        ...

    def carrier(self, folder: str) -> Carrier:
        """A carrier of its own for one thread, for files in ``folder``."""
        ...

    def url(self, path: str) -> str:
        """The address of a file or folder, for people; without secrets."""
        ...

    def close(self) -> None: ...
