"""What a server of a plain protocol holds below a place: listed, and small marks put and read beside the data.

``FtpHoldings``, ``SftpHoldings`` and ``WebdavHoldings`` keep these promises for one thread at a time each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.draft.submission import HeldFile

MOST_SMALL = 8 << 20  # what is asked for as a small file is never larger


class Holdings(Protocol):
    """Errors are DepositErrors, as of a carrier. Names are those of :class:`~depositor.draft.submission.HeldFile`:
    below the place, ``/`` separated, prefix included."""

    def listing(self, prefix: str = "") -> Iterator[HeldFile]:
        """Every file below the folder ``prefix`` and its folders, with sizes in bytes, and digests where the server
        keeps them; nothing where there is no such folder. Refused ``archive.no-listing`` where it may not be listed.
        """
        ...

    def remove(self, prefix: str) -> None:
        """Remove the file or folder ``prefix`` with all that is in it; nothing happens where it is not there.
        Refused ``archive.forbidden`` where something stays. ValueError for an empty prefix: never the whole place.
        """
        ...

    def put_small(self, name: str, data: bytes) -> None:
        """Write a small file in one step: whole, or as it was before; folders are made. An older one is replaced."""
        ...

    def get_small(self, name: str) -> bytes | None:
        """A small file; None where there is none. Refused ``archive.forbidden`` where it may not be read."""
        ...

    def close(self) -> None:
        """Let go of connections. May be called twice."""
        ...


def no_listing(host: str) -> Problem:
    text = msg("archive.no-listing", "{host} does not show what it holds here.", host=host)
    advice = msg(
        "archive.no-listing.advice",
        "What was sent was confirmed one by one, but it cannot be compared now. Ask the archive for the right to list "
        "this folder.",
    )
    return Problem("archive.no-listing", Side.ARCHIVE, text, advice, actions=("retry",))


def checked_prefix(prefix: str) -> str:
    """Without slashes around it; ValueError for one that would mean the whole place or lead out of it."""
    clean = prefix.strip("/")
    if not clean or ".." in clean.split("/"):
        raise ValueError("a prefix below the place is needed")
    return clean
