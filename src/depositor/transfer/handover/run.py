"""One run over a submission whose bytes another program moves: the engine's place is taken, the journal is the same.

Order of writing: the token of a batch and the intent of its files, then the call, then what came of it. After a kill
the batch is handed in again under its token, which brings nothing twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Defect, DepositError, NeedsUser, Problem, Retryable, Stopped
from depositor.transfer.counters import totals_of
from depositor.transfer.handover import problems
from depositor.transfer.handover.ahead import Ahead
from depositor.transfer.handover.meter import Meter
from depositor.transfer.handover.ports import HandOver, Item, Look, Phase
from depositor.transfer.handover.preparing import Begun, Preparing
from depositor.transfer.handover.settling import Settling, Task
from depositor.transfer.manners.awake import Awake
from depositor.transfer.manners.gate import Gate, Wait, stopped_problem
from depositor.transfer.manners.policy import EngineSettings
from depositor.transfer.manners.road import Road
from depositor.transfer.ports import Journal, Outcome, Progress, Upload

_SLICE_S = 0.1
_FEW = 10  # ends of batches in a row that brought nothing
_HEADWAY = 32 << 20
_LONGEST_S = 60.0
T = TypeVar("T")


class HandOverRun:
    """As :class:`~depositor.transfer.engine.Engine` towards its host: :meth:`run` works in the caller's thread, all
    else may be called from any thread.

    A pause, rest hours and a metered line end what is under way at the other program: it cannot be paused from here.
    Going on hands over what is missing. ``stays``: asked when the run ends early; True: a program that outlives us is
    left at work, and the next run looks how far it came.
    """

    def __init__(
        self,
        journal: Journal,
        route: HandOver,
        submission_id: str,
        settings: EngineSettings,
        cancel: Cancel,
        road: Road | None = None,
        *,
        staging: Path | None = None,
        stays: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal, self._route, self._id, self._settings = journal, route, submission_id, settings
        self._road = road or Road(settings.limit)
        self._gate = Gate(settings, cancel, rest=self._road.rest)
        self._stays, self._clock = stays, clock
        sums = journal.sums(submission_id)
        self._meter = Meter(totals_of(sums), sums.get("failed", (0, 0)))
        self._preparing = Preparing(journal, submission_id, route, staging, self._call, self._gate.check)
        self._ahead = Ahead(self._preparing, self._gate)
        self._settling = Settling(journal, submission_id, self._preparing, self._meter)
        self._tasks: list[Task] = []
        self._again: list[tuple[Item, ...]] = []
        self._ends = 0
        self._stopped_by: DepositError | None = None
        self._limit: int | None = None
        self._awake = Awake(wanted=False)

    # --- what anybody may call ---------------------------------------------------------------------------------------

    def pause(self) -> None:
        self._gate.pause(paused=True)

    def resume(self) -> None:
        self._gate.pause(paused=False)

    def cancel(self) -> None:
        """End the run; :meth:`run` returns soon."""
        self._gate.end()

    def limit(self, bytes_per_s: int | None) -> None:
        """The limit of the road; it reaches the other program at the next look, where that knows limits."""
        self._road.limit(bytes_per_s)

    @property
    def awake(self) -> bool:
        return self._awake.active

    def progress(self) -> Progress:
        """A snapshot."""
        wait = self._gate.waiting()
        found = self._meter.snapshot(paused=self._gate.paused)
        if wait is None:
            return found
        told = {"waiting": wait.problem, "retry_in_s": wait.retry_in_s, "waited_s": wait.waited_s}
        return replace(found, **told, speed=0.0, remaining_s=None)  # type: ignore[arg-type]

    # --- the run -----------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Hand over what is pending and see it there. Raises only what is our own fault."""
        try:
            with Awake(wanted=self._settings.keep_awake) as self._awake:
                self._awake.hold(held=True)
                self._call(self._route.check)
                self._ahead.start()
                self._work()
        except Stopped:
            self._gate.end()
        except DepositError as error:
            self._stopped_by = error
            self._gate.end()
        finally:
            self._part()
        if isinstance(self._stopped_by, Defect):
            raise self._stopped_by
        return self._outcome()

    def _work(self) -> None:
        while not self._finished():
            self._rest()
            self._hand_in()
            self._look_all()
            self._meter.tick()
            self._wait(self._until_next())

    def _finished(self) -> bool:
        return self._ahead.over and not self._tasks and not self._again

    def _part(self) -> None:
        """Whoever reads leaves. What is under way ends with a person's pause; where the program ends, or something is
        wrong here, what can do without us goes on."""
        ended = self._finished()
        if not ended:
            self._gate.end()
            if not (self._route.outlives and (self._stopped_by is not None or self._stays())):
                self._end_all()
        self._ahead.leave()
        self._route.close()
        with contextlib.suppress(DepositError):
            self._journal.flush()
        if ended:
            self._preparing.tidy()

    def _end_all(self) -> None:
        for task in self._tasks:
            task.ended_here = True
            with contextlib.suppress(DepositError):
                self._route.cancel(task.token)

    # --- batches -----------------------------------------------------------------------------------------------------

    def _hand_in(self) -> None:
        """Batches that are ready go, as many as may be under way; those of an earlier run count."""
        while len(self._tasks) < self._route.at_once:
            if self._again:
                items = self._again.pop()
                self._submit(items)
                continue
            batch = self._ahead.next()
            if batch is None:
                return
            if isinstance(batch, Begun):
                self._take_up(batch)
                continue
            for file, problem in batch.failed:
                self._settling.failed(file, problem)
            if batch.items:
                self._submit(batch.items)

    def _submit(self, items: tuple[Item, ...]) -> None:
        token = self._call(self._route.new_token)
        seqs = [item.file.seq for item in items]
        self._journal.intend_all(self._id, seqs, self._route.id)
        self._keep(token, items)
        self._over(token, items)

    def _over(self, token: str, items: tuple[Item, ...]) -> None:
        """The call itself, whose token is in the journal."""
        self._set_limit()
        kept = self._call(lambda: self._route.submit(token, items))
        if kept != token:
            self._keep(kept, items)
        self._meter.begun(kept)
        self._tasks.append(Task(kept, items))

    def _take_up(self, batch: Begun) -> None:
        """What an earlier run began: still there, or handed in once more under its token."""
        look = self._call(lambda: self._route.look(batch.token, batch.items))
        if look.phase is Phase.GONE:
            self._over(batch.token, batch.items)
        else:
            self._tasks.append(Task(batch.token, batch.items, ended_here=True))

    def _keep(self, token: str, items: tuple[Item, ...]) -> None:
        self._journal.began_all(self._id, {item.file.seq: Upload(token) for item in items})

    # --- looking -----------------------------------------------------------------------------------------------------

    def _look_all(self) -> None:
        waits: list[Problem | None] = []
        self._set_limit()
        for task in tuple(self._tasks):
            if self._gate.stopped or self._gate.resting:
                return
            if self._clock() < task.look_at:
                continue
            look = self._call(lambda task=task: self._route.look(task.token, task.items))  # type: ignore[misc]
            task.look_at = self._clock() + self._route.look_s
            waits.append(self._weigh(task, look))
        if waits:
            told = next(filter(None, waits), None) if all(waits) else None
            self._meter.waiting = Wait(told, self._route.look_s) if told else None

    def _weigh(self, task: Task, look: Look) -> Problem | None:
        """What a look means for a batch; the problem that it waits for."""
        self._meter.at(task.token, look.moved, task.bytes)
        if look.phase is Phase.WORKING:
            if look.trouble > task.trouble:
                task.trouble = look.trouble
                self._look_here(task)
            return look.problem
        self._tasks.remove(task)
        self._meter.ended(task.token)
        if look.phase is Phase.GONE:
            self._over(task.token, task.items)
        else:
            self._settle(task, look)
        return None

    def _look_here(self, task: Task) -> None:
        """Trouble on the way may be our side's: a file that changed would be tried for ever."""
        if any(self._preparing.unchanged(item) for item in task.items):
            task.ended_here = True
            self._call(lambda: self._route.cancel(task.token))
            task.look_at = 0.0

    def _settle(self, task: Task, look: Look) -> None:
        """Write down what arrived; what did not waits for the next batch."""
        done = look.phase is Phase.DONE
        arrived = self._call(lambda: list(self._route.held(task.token, task.items, done=done)))
        before = self._meter.finished
        rest = self._settling.settle(task, arrived)
        self._route.forget(task.token)
        headway = self._meter.finished > before or look.moved >= min(task.bytes, _HEADWAY)
        self._ends = 0 if headway or task.ended_here else self._ends + 1
        if rest:
            self._once_more(rest, replace(look, problem=None, needs_user=False) if task.ended_here else look)

    def _once_more(self, rest: tuple[Item, ...], look: Look) -> None:
        if look.needs_user and look.problem is not None:
            raise NeedsUser(look.problem)
        if self._ends >= _FEW:
            raise Retryable(look.problem or problems.no_headway())
        if look.problem is not None:
            after = min(float(2**self._ends), _LONGEST_S) * self._settings.base_s
            self._gate.failed(Retryable(look.problem, after), self._gate.enter())
        self._again.append(rest)

    # --- waiting -----------------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        """A pause, or rest for all: the other program ends what it does, and gets the rest of it afterwards."""
        if self._gate.stopped:
            raise Stopped(stopped_problem())
        if not self._gate.resting:
            return
        self._awake.hold(held=False)
        self._end_all()
        for task in self._tasks:
            task.look_at = 0.0
        self._gate.enter()
        self._awake.hold(held=True)

    def _set_limit(self) -> None:
        rate = self._road.limiter.rate
        if rate != self._limit:
            self._limit = rate
            self._route.limit(rate)

    def _call(self, call: Callable[[], T]) -> T:
        """A call that may be made again, until it comes through."""
        while True:
            outage = self._gate.enter()
            try:
                found = call()
            except Stopped:
                if self._gate.stopped:
                    raise
            except Retryable as error:
                if not self._gate.stopped:
                    self._gate.failed(error, outage)
            else:
                self._gate.moved()
                return found
            finally:
                self._gate.gave_up()

    def _until_next(self) -> float:
        if not self._ahead.over and len(self._tasks) < self._route.at_once:
            return _SLICE_S
        soonest = min((t.look_at for t in self._tasks), default=0.0)
        return soonest - self._clock()

    def _wait(self, seconds: float) -> None:
        until = self._clock() + seconds
        while (left := until - self._clock()) > 0 and not self._gate.stopped and not self._gate.resting:
            if self._road.limiter.rate != self._limit or self._gate.woke():
                return
            time.sleep(min(left, _SLICE_S))

    def _outcome(self) -> Outcome:
        error = self._stopped_by
        return Outcome(
            sent=self._meter.finished,
            failed=self._meter.failed,
            bytes_sent=self._meter.sent,
            stopped=self._gate.stopped,
            problem=error.problem if error else None,
            problems=tuple(self._settling.problems),
            needs_user=isinstance(error, NeedsUser),
        )
