"""The submissions that are on their way, seen from the window: begin, pause, go on, cancel, and how far they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from depositor.draft.problem import Problem, Stopped
from depositor.draft.submission import Receipt, Stage
from depositor.gui.activity import Activities, Activity
from depositor.gui.bridge import Bridge, Work
from depositor.gui.transfers_page.past import Past
from depositor.session.receipts import problem_from_json
from depositor.session.sending import transfer_words
from depositor.session.sending.deposit_troubles import stopped
from depositor.session.sending.transfers import Runner, Standing, Survey, standing

if TYPE_CHECKING:
    from depositor.session.desk import Desk, SubmissionInfo
    from depositor.session.sending.deposit import DepositRun
    from depositor.transfer.ports import Progress

LANE = "transfers"
SURVEY = "survey"  # the lane in which all submissions are looked at; counting a million files takes a moment


@dataclass(eq=False)
class Transfer:
    """One submission under way. ``stage`` is written by its own thread, everything else by the window's."""

    run: DepositRun
    info: SubmissionInfo
    stage: Stage
    progress: Progress
    task: Work | None = None
    problem: Problem | None = None
    receipt: Receipt | None = None
    stopping: bool = False  # it was asked to stop, and has not yet
    pausing: bool = False  # and that because of a pause
    past: Past = field(default_factory=Past)
    waits_since: float | None = None  # when the present wait began, by the monotonic clock
    then: Callable[[], object] | None = None  # what is done once it has stopped, before it goes on

    @property
    def title(self) -> str:
        return self.info.title

    @property
    def archive(self) -> str:
        return self.info.archive

    @property
    def running(self) -> bool:
        return self.task is not None and not self.task.finished

    def note_stage(self, stage: Stage) -> None:
        self.stage = stage

    def standing(self) -> Standing:
        """Where it stands, in the words that the command line uses too."""
        from dataclasses import replace

        info = replace(self.info, stage=self.stage, receipt=self.receipt)
        runner = Runner.HERE if self.running else Runner.NOBODY
        if not self.running:
            info = replace(info, problem=None)
        return standing(info, self.progress, runner, self.problem)

    def note_progress(self, progress: Progress) -> None:
        """Keep what it tells, and since when it waits."""
        at = time.monotonic()
        if progress.waiting is None:
            self.waits_since = None
            self.past.add(at, progress.bytes_done)
        elif self.waits_since is None:
            self.waits_since = at
        self.progress = progress

    @property
    def waits_s(self) -> float | None:
        """For how long it has been waiting."""
        return None if self.waits_since is None else time.monotonic() - self.waits_since


class Transfers(QObject):
    """All of them. ``moved`` tells that there is news of one (its id), ``ended`` that its run came to an end,
    ``wanted`` that somebody wants to see them all."""

    moved = Signal(str)
    ended = Signal(str)
    wanted = Signal(str)

    def __init__(self, desk: Desk, bridge: Bridge, activities: Activities) -> None:
        super().__init__()
        self._desk, self._bridge, self._activities = desk, bridge, activities
        self._all: dict[str, Transfer] = {}
        self._watching = False
        self._asked: Work | None = None
        self._survey = Survey(desk)
        self._activity = Activity(self._line, open=lambda: self.wanted.emit(""))

    def known(self, submission_id: str | None) -> Transfer | None:
        """The transfer of a submission that was looked up before."""
        return self._all.get(submission_id or "")

    def find(self, submission_id: str, done: Callable[[Transfer], None]) -> None:
        """Look a transfer up, running or not, and hand it to ``done``: at once where it is known, else soon."""
        known = self.known(submission_id)
        if known is not None:
            done(known)
        else:
            self._bridge.ask(lambda _: self._look(submission_id), lambda seen: done(self._keep(*seen)))

    def survey(self, done: Callable[[tuple[Standing, ...]], None]) -> Work:
        """Look at all submissions, also those that other programs send."""
        return self._bridge.ask(lambda _: self._survey.all(), done, lane=SURVEY)

    def _look(self, submission_id: str) -> tuple[DepositRun, SubmissionInfo, Progress]:
        run = self._desk.deposit(submission_id)
        return run, self._desk.submission(submission_id), run.progress()

    def _keep(self, run: DepositRun, info: SubmissionInfo, progress: Progress) -> Transfer:
        if run.id not in self._all:
            problem = problem_from_json(info.problem) if info.problem and not info.paused else None
            found = Transfer(run, info, info.stage, progress, problem=problem, receipt=info.receipt)
            run.listeners.append(found.note_stage)
            self._all[run.id] = found
        return self._all[run.id]

    @property
    def running(self) -> tuple[Transfer, ...]:
        return tuple(t for t in self._all.values() if t.running)

    def start(self, submission_id: str) -> None:
        """Begin, or go on where it stopped."""
        self.find(submission_id, self._start)

    def _start(self, found: Transfer) -> None:
        if found.running:
            return
        found.problem, found.stopping, found.pausing = None, False, False
        found.waits_since = None
        end: Callable[[], None] = lambda: self._end(found)  # noqa: E731
        found.task = self._bridge.run(
            lambda _: _go(found),
            lambda receipt: self._done(found, receipt),
            lambda problem: self._failed(found, problem),
            None,
            end,
        )
        if self._activity not in self._activities.running:
            self._activities.begin(self._activity)
        if not self._watching:
            self._watching = True
            self._bridge.watch(self._poll)
        self.moved.emit(found.run.id)

    def go_on(self) -> None:
        """Start what the last end of the program, or the network, interrupted."""
        self._bridge.ask(lambda _: self._desk.submissions(), self._go_on)

    def _go_on(self, submissions: tuple[SubmissionInfo, ...]) -> None:
        for info in submissions:
            held = info.problem is not None and info.problem.get("side") != "network"
            if info.under_way and not info.paused and not held:
                self.start(info.id)

    def pause(self, submission_id: str) -> None:
        """Stop it until somebody goes on; also where another program sends it."""
        self.find(submission_id, self._pause)

    def _pause(self, found: Transfer) -> None:
        if found.running:
            found.stopping = found.pausing = True
        self._bridge.ask(lambda _: found.run.pause(), lane=LANE)
        self.moved.emit(found.run.id)

    def pause_all(self, *, paused: bool) -> None:
        """Let all rest, or go on; it holds for what begins later too."""
        conductor = self._desk.conductor
        self._bridge.ask(lambda _: conductor.pause_all() if paused else conductor.resume_all(), lane=LANE)

    def prefer(self, submission_id: str, steps: int) -> None:
        """Give a submission a larger or smaller share of the line than others have."""
        conductor = self._desk.conductor

        def change() -> None:
            conductor.set_priority(submission_id, max(-4, min(4, conductor.priority(submission_id) + steps)))

        self._bridge.ask(lambda _: change(), lambda _: self.moved.emit(submission_id), lane=LANE)

    def halt_for_exit(self) -> None:
        """Stop everything because the program ends; the next start goes on."""
        for found in self.running:
            found.run.pause_for_exit()

    def cancel(self, submission_id: str) -> None:
        """Give up for good; what the archive holds of it is taken back."""
        self.find(submission_id, self._cancel)

    def _cancel(self, found: Transfer) -> None:
        found.run.cancel()
        if not found.running:
            self._start(found)
        found.stopping = True
        self.moved.emit(found.run.id)

    def limit(self, bytes_per_s: int | None) -> None:
        """The speed limit of all that run; the next ones take it from the settings."""
        for found in self.running:
            found.run.limit(bytes_per_s)

    def settle(self, submission_id: str, job: Callable[[Any], Any], failed: Callable[[Problem], None]) -> None:
        """Do something with the files of a submission while nobody sends it (``job(cancel)``, in a thread), then go on
        with it; ``failed`` is told why it could not be done."""
        self.find(submission_id, lambda found: self._settle(found, job, failed))

    def _settle(self, found: Transfer, job: Callable[[Any], Any], failed: Callable[[Problem], None]) -> None:
        def work() -> None:
            self._bridge.run(job, lambda _: self._start(found), failed)

        self._survey.forget(found.run.id)
        if not found.running:
            work()
            return
        found.then, found.stopping, found.pausing = work, True, True
        self._bridge.ask(lambda _: found.run.pause_for_exit(), lane=LANE)
        self.moved.emit(found.run.id)

    @Slot()
    def _poll(self) -> None:
        running = self.running
        if not running:
            self._watching = False
            self._bridge.unwatch(self._poll)
        elif self._asked is None or self._asked.finished:
            self._asked = self._bridge.ask(lambda _: [(t, _news(t)) for t in running], self._further, lane=LANE)

    def _further(self, news: list[tuple[Transfer, Progress]]) -> None:
        for found, progress in news:
            if found.running:
                found.note_progress(progress)
                self.moved.emit(found.run.id)
        self._activities.further(self._activity, self.share)

    @property
    def share(self) -> float | None:
        """How much of all that runs is there, 0 to 1; None while nobody can tell."""
        whole = sum(t.progress.bytes for t in self.running)
        return sum(t.progress.bytes_done for t in self.running) / whole if whole else None

    def _done(self, found: Transfer, receipt: Receipt) -> None:
        found.receipt = receipt
        self._end(found)

    def _failed(self, found: Transfer, problem: Problem) -> None:
        found.problem = problem
        self._end(found)

    def _end(self, found: Transfer) -> None:
        if not self.running:
            self._activities.end(self._activity)
        then, found.then = found.then, None
        found.stopping = found.pausing = False
        found.waits_since = None
        self._survey.forget(found.run.id)
        if then is not None:
            then()
        self.ended.emit(found.run.id)
        self._bridge.ask(lambda _: self._look(found.run.id), lambda seen: self._count(found, seen), lane=LANE)

    def _count(self, found: Transfer, seen: tuple[DepositRun, SubmissionInfo, Progress]) -> None:
        """What the journal says once nothing runs."""
        _, found.info, found.progress = seen
        self.moved.emit(found.run.id)

    def _line(self) -> str:
        return transfer_words.all_together([t.standing() for t in self.running])


def _go(found: Transfer) -> Receipt:
    """Lift an earlier pause and go on, in the transfer's own thread; one that was asked for since the start holds."""
    if found.pausing:
        raise Stopped(stopped())
    found.run.resume()
    return found.run.run()


def _news(found: Transfer) -> Progress:
    """How far it is. A pause that came while the run was only beginning is asked for once more."""
    if found.pausing:
        found.run.pause()
    return found.run.progress()
