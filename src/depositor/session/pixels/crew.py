"""Several worker processes that read pictures side by side, apart from the one that serves the window."""

from __future__ import annotations

import concurrent.futures
import itertools
import os
import queue
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import FileRow
from depositor.draft.problem import DepositError, Problem
from depositor.session.pixels.reading import LAID, READ, Reading, together
from depositor.session.worker import Worker

MOST = 4  # processes: each holds the models, about 300 MB
_SECONDS = 180.0  # for one call, by the clock; the budget of a call ends it far earlier unless one picture hangs
_LAID_SECONDS = 300.0
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Asked:
    """A file whose pictures are to be read; ``place``: it is the n-th of so many like it. ``laid``: so many slices of
    its series were looked at laid over each other, and no text was seen."""

    path: Path
    shown: str
    place: tuple[int, int] = (0, 1)
    laid: int = 0
    row: FileRow | None = None


class Crew:
    """One process for each core of the computer. A process that dies over a picture costs that file."""

    def __init__(self, count: int | None = None) -> None:
        self._count = count or max(1, min(MOST, os.cpu_count() or 1))
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._workers = [Worker() for _ in range(self._count)]
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = concurrent.futures.ThreadPoolExecutor(self._count, "depositor-pixels")

    def read(
        self, asked: Iterable[Asked], amount: str, cancel: Cancel, cache: str = ""
    ) -> Iterator[tuple[Asked, Reading | Problem]]:
        """What stands in the pictures of each file, in the order in which they are done. Ends early when cancelled;
        what was begun is then stopped."""
        source = iter(asked)
        waiting: set[concurrent.futures.Future[tuple[Asked, Reading | Problem]]] = set()
        while not cancel:
            for one in itertools.islice(source, 2 * self._count - len(waiting)):
                waiting.add(self._threads.submit(self._one, one, amount, cancel, cache))
            if not waiting:
                return
            done, waiting = concurrent.futures.wait(waiting, _LOOK_S, concurrent.futures.FIRST_COMPLETED)
            for future in done:
                if cancel:  # what was broken off is no result
                    break
                yield future.result()
        self.close()

    def shows_text(self, paths: tuple[Path, ...]) -> bool:
        """Whether text stands in one of the slices of a series; True where it cannot be told."""
        try:
            return bool(self._with_worker(LAID, paths, timeout=_LAID_SECONDS))
        except DepositError:
            return True

    def close(self) -> None:
        """Stop the processes; what they were doing ends. May be called twice."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _one(self, one: Asked, amount: str, cancel: Cancel, cache: str) -> tuple[Asked, Reading | Problem]:
        parts: list[Reading] = []
        first: int | None = 0
        while first is not None and not cancel:
            try:
                answer = self._with_worker(READ, one.path, one.shown, one.place, amount, first, cache)
            except DepositError as error:
                return one, error.problem
            parts.append(answer)
            first = answer.after
        return one, together(parts) if parts else Reading("skipped")

    def _with_worker(self, function: str, *args: Any, timeout: float = _SECONDS) -> Any:
        worker = self._idle.get()
        try:
            return worker.call(function, *args, timeout=timeout)
        finally:
            self._idle.put(worker)
