"""The one object that crosses threads: long work goes out, results and progress come back to the window's thread.

Signals are connected to bound methods of QObjects only (a plain function would run in the worker's thread, measured).
Progress is not signalled: workers leave their latest snapshot in a mailbox that a timer empties ten times a second.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import DepositError, Problem, Side, Stopped

POLL_MS = 100

Task = Callable[[Cancel], Any]
Done = Callable[[Any], None]
Failed = Callable[[Problem], None]
Report = Callable[[Any], None]


@dataclass(eq=False)
class Work:
    """One piece of long work under way. ``post`` may be called from its thread as often as it likes."""

    cancel: Cancel
    _done: Done | None
    _failed: Failed | None
    _progress: Report | None
    _stopped: Callable[[], None] | None = None
    _news: list[Any] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None
    finished: bool = False

    def post(self, news: Any) -> None:
        """Leave a snapshot; only the latest one is shown."""
        with self._lock:
            self._news[:] = [news]

    def deliver(self) -> None:
        """Hand the latest snapshot to the window; called in its thread."""
        with self._lock:
            news, self._news[:] = self._news[:], []
        if news and self._progress and not self.cancel:
            self._progress(news[0])

    def conclude(self, result: Any, problem: Problem | None) -> None:
        """Call the one callback that fits how the work ended; called in the window's thread."""
        self.deliver()
        self.finished = True
        if problem is not None and not self.cancel:
            if self._failed:
                self._failed(problem)
        elif self.cancel:
            if self._stopped:
                self._stopped()
        elif self._done:
            self._done(result)

    def perform(self, task: Callable[..., Any]) -> Any:
        """Run the task in the present thread."""
        return task(self.cancel, self.post) if self._progress else task(self.cancel)


class Bridge(QObject):
    """Runs long work in threads. All callbacks run in the thread that made the bridge."""

    _ended = Signal(object, object, object)  # Work, result, Problem | None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Work] = []
        self._closed = False
        self._lanes: dict[str, queue.SimpleQueue[Callable[[], None] | None]] = {}
        self._servers: dict[str, threading.Thread] = {}
        self._pollers: list[Callable[[], None]] = []
        self._ended.connect(self._end, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    def run(
        self,
        task: Callable[..., Any],
        done: Done | None = None,
        failed: Failed | None = None,
        progress: Report | None = None,
        stopped: Callable[[], None] | None = None,
    ) -> Work:
        """Start ``task(cancel)``, or ``task(cancel, post)`` where ``progress`` is given, in a thread of its own.

        ``done`` gets its result, ``failed`` its Problem (an unknown exception becomes a defect that goes to the crash
        hook too); a task that was cancelled ends in ``stopped``. Exactly one of the three is called.
        """
        work = Work(Cancel(), done, failed, progress, stopped)
        work.thread = threading.Thread(target=self._work, args=(work, task), name="task", daemon=True)
        self._running.append(work)
        self._timer.start()
        work.thread.start()
        return work

    def ask(
        self,
        task: Callable[[Cancel], Any],
        done: Done | None = None,
        failed: Failed | None = None,
        stopped: Callable[[], None] | None = None,
        lane: str = "questions",
    ) -> Work:
        """Like :meth:`run` for short questions (to the store, for instance): answered one after another by one thread.

        A question that was cancelled before its turn is never asked. Those of another ``lane`` have a thread of their
        own: the progress of a transfer is not kept waiting by what takes longer.
        """
        work = Work(Cancel(), done, failed, None, stopped)
        self._running.append(work)
        if lane not in self._lanes:
            self._lanes[lane] = queue.SimpleQueue()
            self._servers[lane] = threading.Thread(target=_serve, args=(self._lanes[lane],), name=lane, daemon=True)
            self._servers[lane].start()
        work.thread = self._servers[lane]  # stop() waits for it: the store must not close under a question
        self._lanes[lane].put(lambda: self._work(work, task))
        return work

    def watch(self, poll: Callable[[], None]) -> None:
        """Call ``poll`` ten times a second until :meth:`unwatch`."""
        self._pollers.append(poll)
        self._timer.start()

    def unwatch(self, poll: Callable[[], None]) -> None:
        if poll in self._pollers:
            self._pollers.remove(poll)

    @property
    def busy(self) -> bool:
        return bool(self._running)

    def stop(self, seconds: float = 3.0) -> bool:
        """Cancel all work and wait at most ``seconds`` for each; True when all of it ended. No callback comes after."""
        self._closed = True
        self._timer.stop()
        for lane in self._lanes.values():
            lane.put(None)
        self._lanes.clear()
        for work in self._running:
            work.cancel.set()
        for work in list(self._running):
            if work.thread:
                work.thread.join(seconds)
        return not any(w.thread and w.thread.is_alive() for w in self._running)

    def _work(self, work: Work, task: Callable[..., Any]) -> None:
        result, problem = None, None
        try:
            if not work.cancel:
                result = work.perform(task)
        except Stopped:
            work.cancel.set()
        except DepositError as error:
            problem = error.problem
        except Exception:
            sys.excepthook(*sys.exc_info())
            problem = defect()
        try:
            self._ended.emit(work, result, problem)
        except RuntimeError:  # the window is gone; nobody waits for the result
            return

    @Slot(object, object, object)
    def _end(self, work: Work, result: Any, problem: Problem | None) -> None:
        self._running.remove(work)
        if self._closed:
            return
        work.conclude(result, problem)
        self._rest()

    @Slot()
    def _poll(self) -> None:
        for work in tuple(self._running):
            work.deliver()
        for poll in tuple(self._pollers):
            poll()
        self._rest()

    def _rest(self) -> None:
        if not self._running and not self._pollers:
            self._timer.stop()


def _serve(lane: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (question := lane.get()) is not None:
        question()


def defect() -> Problem:
    """What is told of an exception that nobody foresaw."""
    return Problem(
        "program.defect",
        Side.PROGRAM,
        msg("program.defect", "Something went wrong inside Depositor. Your work is saved."),
        msg("program.defect.advice", "Try again. If it comes back, send the help-desk report (menu Help)."),
        actions=("report",),
    )
