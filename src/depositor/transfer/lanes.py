"""Who sends what next: big files and their parts on some lines, small files on the others, all hands for what is
left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from depositor.draft.submission import SubmissionFile
from depositor.transfer.manners.policy import EngineSettings
from depositor.transfer.pace import Pace
from depositor.transfer.parts.adapting import Handful
from depositor.transfer.ports import Journal

if TYPE_CHECKING:
    from depositor.transfer.parts.apart import Apart

_SLICE_S = 0.1


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker does next: a handful of small files, one big file, or parts of one that another worker leads."""

    files: Sequence[SubmissionFile] = ()
    apart: Apart | None = None
    big: bool = False
    since: float = 0.0


class Lanes:
    """Hands out pending files, streamed from the journal, and parts of those under way; safe to call from all workers.

    While small files are left, big ones get half of the lines. Every job that was handed out must be given to
    :meth:`done`.
    """

    def __init__(
        self, journal: Journal, submission: str, settings: EngineSettings, pace: Pace, stopped: Callable[[], bool]
    ) -> None:
        self._changed = threading.Condition()
        self._smalls: Iterator[SubmissionFile] = journal.pending(submission, 0, settings.big_bytes)
        self._bigs: Iterator[SubmissionFile] = journal.pending(submission, settings.big_bytes, None)
        self._pace, self._stopped = pace, stopped
        self._handful = Handful(settings.batch)
        self._small: list[SubmissionFile] = []  # what is handed out next
        self._big: list[SubmissionFile] = []
        self._open: list[Apart] = []
        self._busy = self._busy_big = 0

    def next(self) -> Job | None:
        """Wait for something to do; None when nothing is left, or the run ends."""
        with self._changed:
            while not self._stopped():
                job = self._choose()
                if job is not None:
                    self._busy += 1
                    self._busy_big += job.big
                    return job
                if not (self._busy_big or self._peek_small() or self._peek_big()):
                    return None
                self._changed.wait(_SLICE_S)
        return None

    def done(self, job: Job) -> None:
        """The worker is free again."""
        with self._changed:
            self._busy -= 1
            self._busy_big -= job.big
            if not job.big:
                self._handful.took(len(job.files), time.monotonic() - job.since)
            self._changed.notify_all()

    def open(self, apart: Apart) -> None:
        """Let others help with this file."""
        with self._changed:
            self._open.append(apart)
            self._changed.notify_all()

    def shut(self, apart: Apart) -> None:
        """No more help is wanted."""
        with self._changed:
            self._open = [a for a in self._open if a is not apart]

    def crowded(self) -> bool:
        """True where more lines work on big files than shall: one of the helpers looks for something else."""
        with self._changed:
            return self._busy > self._pace.lines or self._busy_big > self._quota()

    def _choose(self) -> Job | None:
        if self._busy >= self._pace.lines:
            return None
        if self._busy_big < self._quota():
            apart = next((a for a in self._open if a.offers), None)
            if apart is not None:
                return Job(apart=apart, big=True)
            if self._peek_big():
                return Job((self._big.pop(),), big=True)
        if self._peek_small():
            files, self._small = self._small, []
            return Job(files, since=time.monotonic())
        return None

    def _quota(self) -> int:
        lines = self._pace.lines
        return min(max(1, lines // 2) if self._peek_small() else lines, self._pace.part_lines())

    def _peek_small(self) -> bool:
        if not self._small:
            self._small = list(islice(self._smalls, self._handful.now))
        return bool(self._small)

    def _peek_big(self) -> bool:
        if not self._big:
            self._big = list(islice(self._bigs, 1))
        return bool(self._big)


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
