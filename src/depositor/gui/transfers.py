"""The submissions that are on their way, seen from the window: begin, pause, go on, cancel, and how far they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from depositor.draft.problem import Problem
from depositor.draft.submission import Receipt, Stage
from depositor.gui.activity import Activities, Activity
from depositor.gui.bridge import Bridge, Work
from depositor.gui.texts import size, tr

if TYPE_CHECKING:
    from depositor.session.deposit import DepositRun
    from depositor.session.desk import Desk
    from depositor.transfer.ports import Progress


@dataclass(eq=False)
class Transfer:
    """One submission under way. ``stage`` is written by its own thread, everything else by the window's."""

    run: DepositRun
    title: str
    stage: Stage
    progress: Progress
    activity: Activity
    task: Work | None = None
    problem: Problem | None = None
    receipt: Receipt | None = None
    stopping: bool = False

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

    def get(self, submission_id: str) -> Transfer:
        """The transfer of a submission, running or not."""
        if submission_id not in self._all:
            run = self._desk.deposit(submission_id)
            info = self._desk.submission(submission_id)
            activity = Activity(lambda: self._line(submission_id), lambda: self.pause(submission_id))
            found = Transfer(run, info.title, info.stage, run.progress(), activity, receipt=info.receipt)
            run.listeners.append(found.note_stage)
            self._all[submission_id] = found
        return self._all[submission_id]

    @property
    def running(self) -> tuple[Transfer, ...]:
        return tuple(t for t in self._all.values() if t.running)

    def start(self, submission_id: str) -> None:
        """Begin, or go on where it stopped."""
        found = self.get(submission_id)
        if found.running:
            return
        found.problem, found.stopping = None, False
        end: Callable[[], None] = lambda: self._end(found)  # noqa: E731
        found.task = self._bridge.run(
            lambda _: _go(found.run),
            lambda receipt: self._done(found, receipt),
            lambda problem: self._failed(found, problem),
            None,
            end,
        )
        self._activities.begin(found.activity)
        if not self._watching:
            self._watching = True
            self._bridge.watch(self._poll)
        self.moved.emit(submission_id)

    def go_on(self) -> None:
        """Start what the last end of the program, or the network, interrupted."""
        for info in self._desk.submissions():
            held = info.problem is not None and info.problem.get("side") != "network"
            if info.under_way and not info.paused and not held:
                self.start(info.id)

    def pause(self, submission_id: str) -> None:
        found = self.get(submission_id)
        found.stopping = True
        self._bridge.ask(lambda _: found.run.pause())
        self.moved.emit(submission_id)

    def cancel(self, submission_id: str) -> None:
        """Give up for good; what the archive holds of it is taken back."""
        found = self.get(submission_id)
        found.stopping = True
        found.run.cancel()
        if not found.running:
            self.start(submission_id)
            found.stopping = True
        self.moved.emit(submission_id)

    def limit(self, submission_id: str, bytes_per_s: int | None) -> None:
        self.get(submission_id).run.limit(bytes_per_s)

    @Slot()
    def _poll(self) -> None:
        running = self.running
        for found in running:
            found.progress = found.run.progress()
            whole = found.progress.bytes or 0
            self._activities.further(found.activity, found.progress.bytes_done / whole if whole else None)
            self.moved.emit(found.run.id)
        if not running:
            self._watching = False
            self._bridge.unwatch(self._poll)

    def _done(self, found: Transfer, receipt: Receipt) -> None:
        found.receipt = receipt
        self._end(found)

    def _failed(self, found: Transfer, problem: Problem) -> None:
        found.problem = problem
        self._end(found)

    def _end(self, found: Transfer) -> None:
        self._activities.end(found.activity)
        found.stopping = False
        self.ended.emit(found.run.id)
        self._bridge.ask(lambda _: found.run.progress(), lambda progress: self._count(found, progress))

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


def _go(run: DepositRun) -> Receipt:
    """Lift a pause and go on, in the transfer's own thread."""
    run.resume()
    return run.run()
