"""Measures the line while an engine works, and asks the rules of :mod:`adapting` what follows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from depositor.transfer.parts.adapting import LineCount, PartLength, lines_for_parts
from depositor.transfer.parts.memory import MOST_HELD

_SPAN_S = 2.0  # of work between two measurements
_FILE_COSTS = 64 << 10  # bytes: what a small file costs beside its own, so that both kinds count in one measure


class Pace:
    """How many lines, and how large parts, right now. From any thread."""

    def __init__(self, most_lines: int, most_part: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._guard = threading.Lock()
        self._clock = clock
        self._count = LineCount(most_lines)
        self._length = PartLength(min(most_part, MOST_HELD // max(most_lines, 1)))
        self._seen = (0, 0)
        self._busy_s = 0.0
        self._at = clock()
        self._bytes_per_s: float | None = None

    @property
    def lines(self) -> int:
        """How many lines may work at once."""
        return self._count.now

    @property
    def part(self) -> int:
        """The length of new parts, bytes."""
        return self._length.now

    def part_lines(self) -> int:
        """How many of the lines may carry parts of big files."""
        rate = self._bytes_per_s
        return self.lines if rate is None else lines_for_parts(rate, self.part, self.lines)

    def busy(self) -> None:
        """The archive asked for patience."""
        with self._guard:
            self._count.busy()

    def tick(self, nbytes: int, files: int, open_lines: int, *, resting: bool, limited: bool) -> None:
        """Look at the counts so far, several times a second. Time at rest does not count; nothing is learnt about
        lines where not all of them are used, or where the user's own limit holds them back."""
        with self._guard:
            now = self._clock()
            passed, self._at = now - self._at, now
            if resting:
                self._busy_s, self._seen = 0.0, (nbytes, files)
                return
            self._busy_s += passed
            if self._busy_s < _SPAN_S:
                return
            carried, done = nbytes - self._seen[0], files - self._seen[1]
            seconds, self._busy_s, self._seen = self._busy_s, 0.0, (nbytes, files)
            self._learn(carried / seconds, (carried + done * _FILE_COSTS) / seconds, open_lines, limited=limited)

    def _learn(self, rate: float, work: float, open_lines: int, *, limited: bool) -> None:
        if rate:
            self._bytes_per_s = rate
            self._length.measured(rate / max(open_lines, 1))
        if work and not limited and open_lines >= self._count.now:
            self._count.measured(work)
