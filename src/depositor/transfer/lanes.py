"""Who sends what next: one lane for big files, one after the other, and all hands for small ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import islice

from depositor.draft.submission import SubmissionFile
from depositor.transfer.ports import Journal


class Lanes:
    """Hands out pending files, streamed from the journal; safe to call from all workers."""

    def __init__(self, journal: Journal, submission: str, big_bytes: int, batch: int) -> None:
        self._guard = threading.Lock()
        self._small: Iterator[SubmissionFile] = journal.pending(submission, 0, big_bytes)
        self._big: Iterator[SubmissionFile] = journal.pending(submission, big_bytes, None)
        self._batch = batch

    def next(self, *, big: bool) -> Sequence[SubmissionFile]:
        """The next files for a worker: one big one for the worker that has the big lane, else a handful of small ones;
        empty when nothing is left for it."""
        with self._guard:
            if big:
                found = list(islice(self._big, 1))
                if found:
                    return found
            return list(islice(self._small, self._batch))


class Row:
    """Counts the files in a row that the archive would not take: after ``most`` of them something else is wrong."""

    def __init__(self, most: int) -> None:
        self._guard = threading.Lock()
        self._most, self._count = most, 0

    def reset(self) -> None:
        with self._guard:
            self._count = 0

    def add(self) -> bool:
        """Count one; True when the row is full."""
        with self._guard:
            self._count += 1
            return self._count >= self._most
