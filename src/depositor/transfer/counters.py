"""What the engine counts while it works, and the snapshot that faces show."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from depositor.draft.submission import SubmissionFile
from depositor.transfer.manners.gate import Wait
from depositor.transfer.manners.remaining import Remaining
from depositor.transfer.ports import FileProgress, Progress

_CURVE_S = 60
_SPEED_S = 3  # the speed shown is that of the last seconds


_DONE = ("sent", "verified")


def totals_of(sums: Mapping[str, tuple[int, int]]) -> tuple[int, int, int, int]:
    """(files, files done, bytes, bytes done) of {state: (files, bytes)}, without those that were left out."""
    wanted = [both for state, both in sums.items() if state != "skipped"]
    done = [both for state, both in sums.items() if state in _DONE]
    files, size = (sum(both[i] for both in wanted) for i in (0, 1))
    return files, sum(n for n, _ in done), size, sum(n for _, n in done)


@dataclass(slots=True)
class _Row:
    name: str
    size: int
    sent: int = 0
    checking: bool = False


class Counters:
    """Counts of one run; cheap to feed for every block and to look at ten times a second, from any thread."""

    def __init__(
        self,
        totals: tuple[int, int, int, int],
        failed: tuple[int, int],
        clock: Callable[[], float] = time.monotonic,
        held: Mapping[int, int] | None = None,
    ) -> None:
        self._guard = threading.Lock()
        self._clock = clock
        self._files, self._done, self._bytes, self._bytes_done = totals
        self.failed, self.failed_bytes = failed  # (files, bytes) in this run and in earlier ones
        self.lines = 0
        self.finished = 0
        self.sent = 0
        self._active: dict[int, _Row] = {}
        self._held = dict(held or {})  # what earlier runs left half-sent, until each file has its turn
        self._curve: deque[float] = deque(maxlen=_CURVE_S)
        self._remaining = Remaining()
        self._estimate: float | None = None
        self._at = clock()
        self._sampled = (0, 0)
        self._idle = 0.0

    @property
    def under_way(self) -> int:
        """How many files are being sent."""
        return len(self._active)

    def start(self, file: SubmissionFile) -> None:
        """A file is on its way."""
        with self._guard:
            self._active[file.seq] = _Row(file.name, file.size, self._held.pop(file.seq, 0))

    def at(self, seq: int, offset: int) -> None:
        """The other side holds ``offset`` bytes of a file."""
        with self._guard:
            if seq in self._active:
                self._active[seq].sent = offset

    @contextlib.contextmanager
    def reading(self, seq: int) -> Iterator[None]:
        """A file is being read here only meanwhile."""
        self._checking(seq, checking=True)
        try:
            yield
        finally:
            self._checking(seq, checking=False)

    def _checking(self, seq: int, *, checking: bool) -> None:
        with self._guard:
            if seq in self._active:
                self._active[seq].checking = checking

    def moved(self, seq: int, count: int) -> None:
        """``count`` bytes of a file were handed to the network."""
        with self._guard:
            self.sent += count
            row = self._active.get(seq)
            if row is not None:
                row.sent = min(row.sent + count, row.size)

    def lost(self, seq: int, count: int) -> None:
        """``count`` bytes that were handed to the network did not arrive and will be sent again."""
        with self._guard:
            row = self._active.get(seq)
            if row is not None:
                row.sent = max(row.sent - count, 0)

    def count_lines(self, more: int) -> None:
        """So many lines more (or less) are at work."""
        with self._guard:
            self.lines += more

    def end(self, file: SubmissionFile, *, done: bool, failed: bool = False) -> None:
        """A file is there, or has failed, or was left for another run."""
        with self._guard:
            self._active.pop(file.seq, None)
            if done:
                self.finished += 1
                self._done += 1
                self._bytes_done += file.size
            if failed:
                self.failed += 1
                self.failed_bytes += file.size

    def sample(self, *, waiting: bool) -> None:
        """Call it about four times a second; once a second it adds to the curve and learns from what happened."""
        with self._guard:
            now = self._clock()
            passed = now - self._at
            if waiting:
                self._idle += 0.25
            if passed < 1.0:
                return
            count, files = self.sent - self._sampled[0], self.finished - self._sampled[1]
            self._at, self._sampled = now, (self.sent, self.finished)
            self._curve.append(count / passed)
            busy = max(passed - self._idle, 0.0)
            self._idle = 0.0
            if busy > 0.5:
                self._remaining.add(busy, count, files)
            self._estimate = self._remaining.estimate(*self._left())

    def snapshot(self, wait: Wait | None, *, paused: bool) -> Progress:
        """The counts as a value."""
        with self._guard:
            active = tuple(FileProgress(seq, r.name, r.size, r.sent, r.checking) for seq, r in self._active.items())
            recent = list(self._curve)[-_SPEED_S:]
            resting = wait is not None or paused
            return Progress(
                files=self._files,
                files_done=self._done,
                files_failed=self.failed,
                failed_bytes=self.failed_bytes,
                lines=self.lines,
                bytes=self._bytes,
                bytes_done=self._bytes_done + sum(f.sent for f in active) + sum(self._held.values()),
                bytes_sent=self.sent,
                speed=0.0 if resting or not recent else sum(recent) / len(recent),
                remaining_s=None if resting else self._estimate,
                active=active,
                curve=tuple(self._curve),
                waiting=wait.problem if wait else None,
                retry_in_s=wait.retry_in_s if wait else None,
                waited_s=wait.waited_s if wait else None,
                paused=paused,
            )

    def _left(self) -> tuple[int, int]:
        under_way = sum(row.sent for row in self._active.values()) + sum(self._held.values())
        return self._bytes - self._bytes_done - self.failed_bytes - under_way, self._files - self._done - self.failed
