"""How late the window's event loop answers: what the benchmarks of the window share.

A 10 ms timer notes by how much it comes late. The clock alone blames the window for what other programs do to a busy
machine; so beside it stand the processor time that the window's thread used between two beats (``cpu``) and, on Linux,
the lateness without the time in which that thread was ready but had no processor (``own``).

``DEPOSITOR_GAPS=50`` in the environment tells on the error stream, for every such gap (``own``) of more than 50 ms,
where the window's thread was meanwhile; looking there makes the gaps longer.
"""

from __future__ import annotations

import atexit
import os
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

STEP_MS = 10
SLOW_S = 900.0
_SAMPLE_S = 0.005


class Probe:
    """Notes by how much a timer comes late, phase by phase."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.late: dict[str, list[tuple[float, float, float]]] = {}
        self.phase = "idle"
        self._kept_waiting = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._last = self._now()
        self._timer = QTimer(interval=STEP_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        limit = float(os.environ.get("DEPOSITOR_GAPS", 0))
        self._watch = Watch(limit) if limit else None

    def _now(self) -> tuple[float, float, float]:
        """The clock, the processor time of this thread, and how long it was kept waiting for a processor, in ms."""
        try:
            waited = int(self._kept_waiting.read_text().split()[1]) / 1e6
        except (OSError, IndexError):
            waited = 0.0
        return time.perf_counter() * 1000, time.thread_time() * 1000, waited

    def _tick(self) -> None:
        now = self._now()
        turn, used, waited = (a - b for a, b in zip(now, self._last, strict=True))
        late = max(0.0, turn - STEP_MS)
        own = max(0.0, late - waited)
        self.late.setdefault(self.phase, []).append((late, used, own))
        if self._watch is not None:
            self._watch.beat(self.phase, own)
        self._last = self._now()

    def report(self) -> dict[str, dict[str, float]]:
        """Per phase: median, 99th percentile and maximum of the lateness; the longest without the waiting for a
        processor (``own``), and the most processor time between two beats (``cpu``). Milliseconds."""
        out = {}
        for phase, beats in self.late.items():
            late, used, own = (sorted(column) for column in zip(*beats, strict=True))
            far = late[min(len(late) - 1, int(len(late) * 0.99))]
            numbers = {"median": statistics.median(late), "p99": far, "max": late[-1], "own": own[-1], "cpu": used[-1]}
            out[phase] = {k: round(v, 1) for k, v in numbers.items()}
        return out


def until(what: Callable[[], object]) -> float:
    """Turn the event loop until something holds; how long it took."""
    from PySide6.QtTest import QTest

    start = time.monotonic()
    while not what():
        if time.monotonic() - start > SLOW_S:
            raise TimeoutError
        QTest.qWait(20)
    return time.monotonic() - start


class Watch:
    """Notes every 5 ms where the window's thread is, and tells it of gaps.

    By a signal: a thread that looks from outside holds on to what that moment's calls hold, and would be the one to let
    go of a painter or a widget.
    """

    def __init__(self, limit_ms: float) -> None:
        self._limit = limit_ms
        self._seen: list[Sequence[str]] = []
        signal.signal(signal.SIGALRM, lambda _, frame: self._seen.append(_places(frame)))
        signal.setitimer(signal.ITIMER_REAL, _SAMPLE_S, _SAMPLE_S)
        atexit.register(signal.setitimer, signal.ITIMER_REAL, 0.0)

    def beat(self, phase: str, late: float) -> None:
        """The loop turned."""
        seen, self._seen = self._seen, []
        if late > self._limit:
            print(f"--- {phase}: {late:.0f} ms, {len(seen)} samples", file=sys.stderr)
            _tell(seen)


def _places(frame: FrameType | None) -> list[str]:
    """The calls from the outermost in, without those of the benchmark itself."""
    calls = []
    while frame is not None:
        file, name = frame.f_code.co_filename, frame.f_code.co_name
        if "benchmarks" not in file and "QtTest" not in file:
            calls.append(f"{'/'.join(Path(file).parts[-2:])}:{frame.f_lineno} {name}")
        frame = frame.f_back
    return calls[::-1]


def _tell(seen: Sequence[Sequence[str]], depth: int = 0, least: int = 4) -> None:
    """Print the tree of calls with how many samples each was seen in."""
    heads = Counter(places[0] for places in seen if places)
    for head, times in heads.most_common():
        if times >= least and depth < 20:
            print(f"{'  ' * depth}{times:4} {head}", file=sys.stderr)
            _tell([p[1:] for p in seen if p and p[0] == head], depth + 1, least)
