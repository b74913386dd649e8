"""How far a hand-over is, told from what the other program says."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from depositor.transfer.manners.gate import Wait
from depositor.transfer.manners.remaining import Remaining
from depositor.transfer.ports import Progress

_CURVE_S = 60
_SPEED_S = 10.0  # the other program is looked at seldom: the speed is that of the last looks


class Meter:
    """Counts of one run, from any thread. ``totals``: (files, files done, bytes, bytes done); ``failed``: (files,
    bytes)."""

    def __init__(
        self,
        totals: tuple[int, int, int, int],
        failed: tuple[int, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guard = threading.Lock()
        self._clock = clock
        self._files, self._done, self._bytes, self._bytes_done = totals
        self.failed, self._failed_bytes = failed
        self.sent = 0  # bytes that moved in this run
        self.finished = 0
        self._moved: dict[str, int] = {}  # by token
        self._looks: deque[tuple[float, int]] = deque(maxlen=_CURVE_S)
        self._remaining = Remaining()
        self._last = (clock(), 0, 0)
        self._estimate: float | None = None
        self.waiting: Wait | None = None

    def at(self, token: str, moved: int, most: int) -> None:
        """A batch of ``most`` bytes is so far; what an earlier run moved is not counted as sent by this one."""
        with self._guard:
            moved = max(0, min(moved, most))
            before = self._moved.get(token)
            self._moved[token] = moved
            if before is not None:
                self.sent += max(moved - before, 0)

    def begun(self, token: str) -> None:
        """A batch was handed over by this run."""
        with self._guard:
            self._moved.setdefault(token, 0)

    def ended(self, token: str) -> None:
        """A batch is settled or given back; its files are counted one by one."""
        with self._guard:
            self._moved.pop(token, None)

    def done(self, size: int) -> None:
        with self._guard:
            self.finished += 1
            self._done += 1
            self._bytes_done += size

    def lost(self, size: int) -> None:
        """A file failed."""
        with self._guard:
            self.failed += 1
            self._failed_bytes += size

    def tick(self) -> None:
        """Call it after a round of looks."""
        with self._guard:
            now = self._clock()
            at, sent, finished = self._last
            if now - at < 1.0:
                return
            self._looks.append((now, self.sent))
            if self.waiting is None:
                self._remaining.add(now - at, self.sent - sent, self.finished - finished)
            self._last = (now, self.sent, self.finished)
            left = self._bytes - self._bytes_done - self._failed_bytes - sum(self._moved.values())
            self._estimate = self._remaining.estimate(left, self._files - self._done - self.failed)

    def snapshot(self, *, paused: bool) -> Progress:
        """The counts as a value. There are no single files under way: nobody knows which of them move."""
        with self._guard:
            wait, resting = self.waiting, self.waiting is not None or paused
            curve = self._curve()
            return Progress(
                files=self._files,
                files_done=self._done,
                files_failed=self.failed,
                failed_bytes=self._failed_bytes,
                bytes=self._bytes,
                bytes_done=min(self._bytes_done + sum(self._moved.values()), self._bytes),
                bytes_sent=self.sent,
                speed=0.0 if resting or not curve else curve[-1],
                remaining_s=None if resting else self._estimate,
                curve=curve,
                waiting=wait.problem if wait else None,
                retry_in_s=wait.retry_in_s if wait else None,
                waited_s=wait.waited_s if wait else None,
                paused=paused,
                lines=len(self._moved),
            )

    def _curve(self) -> tuple[float, ...]:
        """Bytes per second between looks, each over at least ten seconds."""
        out: list[float] = []
        looks = list(self._looks)
        for number in range(1, len(looks)):
            now, sent = looks[number]
            earlier = next(((t, s) for t, s in reversed(looks[:number]) if now - t >= _SPEED_S), looks[0])
            out.append((sent - earlier[1]) / max(now - earlier[0], 0.001))
        return tuple(out)
