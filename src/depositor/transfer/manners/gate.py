"""The one place where all workers wait: paused, offline, or for an archive that is busy.

Four workers that lose the line do not fail four times: the first one brings the news, all wait, one goes ahead to see
whether the line is back, and when it is, all go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Retryable, Side, Stopped
from depositor.transfer import problems
from depositor.transfer.manners.policy import EngineSettings, delay

SLICE_S = 0.1
JUMP_S = 20.0  # the wall clock runs this much ahead of the timer, or nobody looked for so long: it has slept
_DAY_S = 86_400.0
_MANNERS_S = 0.3  # who failed last lets another one go ahead


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited on, for how long still (s; None: nobody knows), and how long that has gone on (s)."""

    problem: Problem
    retry_in_s: float | None
    waited_s: float = 0.0


class Gate:
    """Workers call :meth:`enter` before every call to the other side. All methods may be called from any thread."""

    def __init__(
        self,
        settings: EngineSettings,
        cancel: Cancel,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        rest: Callable[[], Wait | None] = lambda: None,
    ) -> None:
        self._settings, self._cancel, self._clock, self._wall = settings, cancel, clock, wall
        self._rest = rest  # what the whole program rests for, see road.Road.rest
        self._changed = threading.Condition()
        self._paused = False
        self._ended = False
        self._problem: Problem | None = None
        self._until = 0.0
        self._since: float | None = None  # the first failure after the last progress
        self._attempt = 0
        self._outage = 0
        self._scout: int | None = None
        self._skew = wall() - clock()
        self._looked = clock()
        self._alone: dict[int, Wait] = {}
        self.successes = 0

    @property
    def stopped(self) -> bool:
        """True once the run shall end."""
        return self._ended or bool(self._cancel)

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def resting(self) -> bool:
        """Paused by the user, or at rest with the whole program."""
        return self._paused or self._rest() is not None

    @property
    def idle(self) -> bool:
        """At rest until a person, or another line, ends it: the computer may sleep meanwhile."""
        rest = self._rest()
        return self._paused or (rest is not None and rest.retry_in_s is None)

    def check(self) -> None:
        """Raise Stopped when paused, at rest or ended; cheap, for use between two blocks of bytes."""
        if self._paused or self.stopped or self._rest() is not None:
            raise Stopped(stopped_problem())

    def pause(self, *, paused: bool) -> None:
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def end(self) -> None:
        """Let every worker that waits leave with Stopped."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def enter(self, *, failed_last: bool = False) -> int:
        """Wait until something may be sent; the number of the outage so far, for :meth:`failed`. Raises Stopped, and
        Retryable with what was waited for once that took longer than anybody wants."""
        me = threading.get_ident()
        with self._changed:
            while True:
                if self.stopped:
                    raise Stopped(stopped_problem())
                if self._problem is not None and self._waited() > self._settings.longest_wait_s:
                    raise Retryable(problems.waited_long(self._problem, max(round(self._waited() / _DAY_S), 1)))
                pause = self._must_wait(me, failed_last=failed_last)
                if pause is None:
                    return self._outage
                self._changed.wait(min(pause, SLICE_S))

    def _must_wait(self, me: int, *, failed_last: bool) -> float | None:
        if self._paused or self._rest() is not None:
            return SLICE_S
        if self._problem is None:
            return None
        left = self._until + (_MANNERS_S if failed_last else 0.0) - self._clock()
        if left > 0:
            return left
        if self._scout in (None, me):
            self._scout = me
            return None
        return SLICE_S

    def failed(self, error: Retryable, outage: int) -> None:
        """Bring the news of shared trouble; ``outage`` is what :meth:`enter` gave. Later bearers of the same are not
        counted again."""
        with self._changed:
            if outage != self._outage:
                return
            self._outage += 1
            self._attempt += 1
            self._problem = error.problem
            self._since = self._clock() if self._since is None else self._since
            self._until = self._clock() + delay(self._attempt, self._settings, error.after)
            self._scout = None
            self._changed.notify_all()

    def answered(self) -> None:
        """The other side answered: nobody waits any more, though the next failure still counts as a further one."""
        with self._changed:
            if self._problem is not None:
                self._problem, self._scout = None, None
                self._changed.notify_all()

    def moved(self) -> None:
        """Bytes were confirmed: the counting of failures starts again."""
        with self._changed:
            self.successes += 1
            self._attempt, self._since = 0, None
            self._problem, self._scout = None, None
            self._changed.notify_all()

    def gave_up(self) -> None:
        """A worker ends without having been able to try; another one shall be the scout."""
        with self._changed:
            if self._scout == threading.get_ident():
                self._scout = None
                self._changed.notify_all()

    def wait(self, seconds: float, problem: Problem) -> None:
        """Wait for one file's sake while the others go on; Stopped when the run ends."""
        me, until = threading.get_ident(), self._clock() + seconds
        with self._changed:
            try:
                while (left := until - self._clock()) > 0:
                    if self.stopped:
                        raise Stopped(stopped_problem())
                    self._alone[me] = Wait(problem, left)
                    self._changed.wait(min(SLICE_S, left))
            finally:
                self._alone.pop(me, None)

    def woke(self) -> bool:
        """True once after the computer has slept, or its clock was set forward; whoever waits tries again at once. A
        clock that is set back changes nothing. Call it often: some systems' timers run on in their sleep."""
        now = self._clock()
        skew = self._wall() - now
        slept = skew - self._skew > JUMP_S or now - self._looked > JUMP_S
        self._skew, self._looked = skew, now
        if slept:
            with self._changed:
                self._attempt = 0
                self._until = self._clock()
                self._changed.notify_all()
        return slept

    def waiting(self, under_way: int = 0) -> Wait | None:
        """What is waited on right now: by all together, or by each of the ``under_way`` files for its own reason."""
        rest = self._rest()
        if rest is not None:
            return rest
        with self._changed:
            if self._problem is not None:
                return Wait(self._problem, max(self._until - self._clock(), 0.0), self._waited())
            everybody = 0 < under_way <= len(self._alone)
            return min(self._alone.values(), key=lambda w: w.retry_in_s or 0.0) if everybody else None

    def _waited(self) -> float:
        return 0.0 if self._since is None else self._clock() - self._since


def stopped_problem() -> Problem:
    """Paused or cancelled; nothing failed."""
    return Problem(
        "transfer.stopped",
        Side.COMPUTER,
        msg("transfer.stopped", "Sending is paused. Nothing that was sent is lost."),
        msg("transfer.stopped.advice", "Go on whenever you like; it continues where it stopped."),
        actions=("resume",),
    )
