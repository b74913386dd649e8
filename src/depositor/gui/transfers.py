"""The submissions that are on their way, seen from the window: begin, pause, go on, cancel, and how far they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from depositor.draft.problem import Problem, Stopped
from depositor.draft.submission import Receipt, Stage
from depositor.gui.activity import Activities, Activity
from depositor.gui.bridge import Bridge, Work
from depositor.gui.texts import size, tr
from depositor.session.deposit_troubles import stopped
from depositor.session.receipts import problem_from_json

if TYPE_CHECKING:
    from depositor.session.deposit import DepositRun
    from depositor.session.desk import Desk, SubmissionInfo
    from depositor.transfer.ports import Progress

LANE = "transfers"


@dataclass(eq=False)
class Transfer:
    """One submission under way. ``stage`` is written by its own thread, everything else by the window's."""

    run: DepositRun
    title: str
    archive: str
    stage: Stage
    progress: Progress
    activity: Activity
    task: Work | None = None
    problem: Problem | None = None
    receipt: Receipt | None = None
    stopping: bool = False  # it was asked to stop, and has not yet
    pausing: bool = False  # and that because of a pause

    @property
    def running(self) -> bool:
        return self.task is not None and not self.task.finished

    def note_stage(self, stage: Stage) -> None:
        self.stage = stage


class Transfers(QObject):
    """All of them. ``moved`` tells that there is news of one (its id), ``ended`` that its run came to an end."""

    moved = Signal(str)
    ended = Signal(str)

    def __init__(self, desk: Desk, bridge: Bridge, activities: Activities) -> None:
        super().__init__()
        self._desk, self._bridge, self._activities = desk, bridge, activities
        self._all: dict[str, Transfer] = {}
        self._watching = False
        self._asked: Work | None = None

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

    def _look(self, submission_id: str) -> tuple[DepositRun, SubmissionInfo, Progress]:
        run = self._desk.deposit(submission_id)
        return run, self._desk.submission(submission_id), run.progress()

    def _keep(self, run: DepositRun, info: SubmissionInfo, progress: Progress) -> Transfer:
        if run.id not in self._all:
            activity = Activity(lambda: self._line(run.id), lambda: self.pause(run.id))
            problem = problem_from_json(info.problem) if info.problem and not info.paused else None
            found = Transfer(
                run, info.title, info.archive, info.stage, progress, activity, problem=problem, receipt=info.receipt
            )
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
        end: Callable[[], None] = lambda: self._end(found)  # noqa: E731
        found.task = self._bridge.run(
            lambda _: _go(found),
            lambda receipt: self._done(found, receipt),
            lambda problem: self._failed(found, problem),
            None,
            end,
        )
        self._activities.begin(found.activity)
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
        found = self.known(submission_id)
        if found is not None:
            found.stopping = found.pausing = True
            self._bridge.ask(lambda _: found.run.pause(), lane=LANE)
            self.moved.emit(submission_id)

    def cancel(self, submission_id: str) -> None:
        """Give up for good; what the archive holds of it is taken back."""
        found = self.known(submission_id)
        if found is None:
            return
        found.run.cancel()
        if not found.running:
            self._start(found)
        found.stopping = True
        self.moved.emit(submission_id)

    def limit(self, bytes_per_s: int | None) -> None:
        """The speed limit of all that run; the next ones take it from the settings."""
        for found in self.running:
            found.run.limit(bytes_per_s)

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
                found.progress = progress
                done = progress.bytes_done / progress.bytes if progress.bytes else None
                self._activities.further(found.activity, done)
                self.moved.emit(found.run.id)

    def _done(self, found: Transfer, receipt: Receipt) -> None:
        found.receipt = receipt
        self._end(found)

    def _failed(self, found: Transfer, problem: Problem) -> None:
        found.problem = problem
        self._end(found)

    def _end(self, found: Transfer) -> None:
        self._activities.end(found.activity)
        found.stopping = found.pausing = False
        self.ended.emit(found.run.id)
        self._bridge.ask(lambda _: found.run.progress(), lambda progress: self._count(found, progress), lane=LANE)

    def _count(self, found: Transfer, progress: Progress) -> None:
        """What the journal says once nothing runs."""
        found.progress = progress
        self.moved.emit(found.run.id)

    def _line(self, submission_id: str) -> str:
        found = self._all[submission_id]
        if found.progress.waiting is not None:
            return tr("Waiting to send {title}", title=found.title or tr("untitled study"))
        return tr(
            "Sending {title}: {done} of {all}",
            title=found.title or tr("untitled study"),
            done=size(found.progress.bytes_done),
            all=size(found.progress.bytes),
        )


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
