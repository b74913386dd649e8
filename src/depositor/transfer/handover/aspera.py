"""IBM Aspera as a hand-over route: ``ascp`` is run with a list of files, looked at, and run again where it broke off.

Never run against a real ``ascp``. What is known of it: IBM's manuals, published clients, and the command lines that
archives print. ``-k 2`` from the first run on lets it resume by sparse checksums. It checks blocks on the way and tells
nothing of what is stored: the proof is the size, where the archive lists files, else its word alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from depositor.draft.problem import NeedsUser, Problem
from depositor.draft.submission import HeldFile, Proof
from depositor.transfer import errors
from depositor.transfer import problems as transfer_problems
from depositor.transfer.handover import problems
from depositor.transfer.handover.aspera_find import find, version
from depositor.transfer.handover.aspera_run import Running, end_orphans, remove, write_pairs
from depositor.transfer.handover.aspera_words import meaning
from depositor.transfer.handover.place import AsperaPlace
from depositor.transfer.handover.ports import Item, Look, Phase

_LOOK_S = 0.5
_BREAKS = ("\n", "\r")


class AsperaHandOver:
    """Files of this computer to a folder of an Aspera server: a :class:`~depositor.transfer.handover.ports.HandOver`.

    ``notes``: a folder of ours for lists and logs, which hold names of files; removed once a batch is settled.
    ``sizes``: what the archive lists, {path below the place: bytes}, where it does; asked after a batch.
    A new speed limit ends ``ascp`` and starts it again, which takes some seconds.
    """

    id = "aspera"
    at_once = 1
    most_files = 100_000
    outlives = False

    def __init__(
        self,
        place: AsperaPlace,
        notes: Path,
        program: str = "",
        sizes: Callable[[], Mapping[str, int]] | None = None,
        look_s: float = _LOOK_S,
    ) -> None:
        self._place, self._notes, self._program, self._sizes = place, notes / "aspera", program, sizes
        self.look_s = look_s
        self._running: dict[str, Running] = {}
        self._items: dict[str, Sequence[Item]] = {}
        self._limit: int | None = None

    def check(self) -> None:
        """Whether there is an ``ascp`` that starts, and something to sign in with."""
        version(find(self._program))
        if not self._place.password and not self._place.key_file:
            raise NeedsUser(problems.ascp_no_secret())

    def reaches(self, path: str) -> bool:
        """A list of lines cannot name a file with a line break in its name; a copy of it can be named."""
        return not any(mark in path for mark in _BREAKS)

    def new_token(self) -> str:
        return f"ascp-{secrets.token_hex(8)}"

    def submit(self, token: str, items: Sequence[Item]) -> str:
        """Start it. What an earlier run of this program left at work on the list is ended first."""
        folder = self._folder(token)
        end_orphans(folder)
        told = [item for item in items if self.reaches(item.file.name)]
        try:
            write_pairs(folder, self._place, told)
        except OSError as error:
            raise errors.of_target(error, folder, self._notes, 0) from error
        self._items[token] = items
        self._running[token] = Running(find(self._program), self._place, folder, told, self._limit)
        return token

    def look(self, token: str, items: Sequence[Item]) -> Look:
        running = self._running.get(token)
        if running is None:
            return Look(Phase.GONE)
        code = running.code
        if code is None:
            return Look(Phase.WORKING, running.moved)
        if code == 0:
            return Look(Phase.DONE, running.moved)
        return Look(Phase.FAILED, running.moved, *meaning(code, running.said, self._place.host))

    def held(self, token: str, items: Sequence[Item], *, done: bool) -> Iterator[tuple[Item, HeldFile | Problem]]:
        """After an end without fault all is there. After another one only what the archive lists whole counts; the rest
        is gone through again, which costs little where it is there."""
        sizes = self._sizes() if self._sizes is not None else None
        for item in items:
            file = item.file
            if not self.reaches(file.name):
                yield item, transfer_problems.name_refused(self._place.host)
            elif sizes is None:
                if done:
                    yield item, HeldFile(file.name, file.size, proof=Proof.ANSWER)
            elif sizes.get(file.name) == file.size:
                yield item, HeldFile(file.name, file.size, proof=Proof.SIZE)
            elif done:
                yield item, problems.not_arrived(file.origin)

    def cancel(self, token: str) -> None:
        running = self._running.get(token)
        if running is not None and running.code is None:
            running.end()

    def forget(self, token: str) -> None:
        self._running.pop(token, None)
        self._items.pop(token, None)
        remove(self._folder(token))

    def limit(self, bytes_per_s: int | None) -> None:
        self._limit = bytes_per_s
        for token, running in tuple(self._running.items()):
            if running.code is None and running.limit != bytes_per_s:
                running.end()
                self.submit(token, self._items[token])

    def close(self) -> None:
        for running in self._running.values():
            if running.code is None:
                running.end()
        self._running.clear()

    def _folder(self, token: str) -> Path:
        return self._notes / token.replace("/", "_").replace("\\", "_")
