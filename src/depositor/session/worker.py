"""The one warm process that parses headers, spreadsheets and pixels.

A reader of a foreign format may crash, hang or leak there without taking the program along, and parsing there does not
make the window stutter. One process, one lane: what a person waits for goes first, thumbnails last.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import heapq
import itertools
import multiprocessing
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from depositor.draft.cancel import Cancel
from depositor.draft.problem import DepositError, Problem
from depositor.session import logs, worker_problems
from depositor.session.worker_process import BROKEN, MEMORY, OK, READY, serve

GIB = 1 << 30
ALLOWED = frozenset(
    {
        "depositor.scan.headers:read",
        "depositor.scan.thumbnails:render",
        "depositor.scan.annotations.read:examine",
        "depositor.privacy.examine:file",
        "depositor.session.examining:content",
        "depositor.session.examining:content_and_name",
        "depositor.session.outcome_reading:read",
        "depositor.session.pixels.reading:pictures",
        "depositor.session.pixels.reading:shows_text",
        "depositor.session.pixels.showing:show",
        "depositor.session.copying:cleaned",
        "depositor.session.copying:cleaned_to_send",
        "depositor.session.copying:as_ome_tiff",
        "depositor.session.converting:size",
        "depositor.session.sources:read_in_worker",
        "depositor.session.spreadsheets:write_in_worker",
        "depositor.session.worker_process:warm",
    }
)
_LATER = frozenset({"depositor.scan.thumbnails:render"})
_WARM = ("depositor.scan.headers", "depositor.privacy.examine", "numpy", "tifffile", "pydicom")
_IN_FLIGHT = 8  # requests that lie ready in the process: hides the way there and back
_IN_FLIGHT_BYTES = 4096  # of requests beyond the first one; below every pipe's buffer, so that nobody blocks on a send
_MAP_AHEAD = 64
_LOOK_S = 0.1
_PATIENCE_S = 1.0  # how long a file that nobody waits for any more may go on
_START_S = 60.0
T = TypeVar("T")


class Rank(IntEnum):
    """Who goes first."""

    NOW = 0  # one call that somebody waits for
    MANY = 1
    LATER = 2  # thumbnails


@dataclass(order=True)
class _Task:
    rank: Rank
    number: int
    function: str = field(compare=False)
    args: tuple[Any, ...] = field(compare=False)
    limit_s: float = field(compare=False)
    future: concurrent.futures.Future[Any] = field(compare=False, default_factory=concurrent.futures.Future)
    abandoned: bool = field(compare=False, default=False)
    again: bool = field(compare=False, default=False)
    size: int = field(compare=False, default=0)

    def fail(self, problem: Problem) -> None:
        if not self.future.done():
            self.future.set_exception(worker_problems.error(problem))

    def abandon(self) -> None:
        self.abandoned = True
        self.future.cancel()


class _Child:
    """The process and our end of its pipe."""

    def __init__(self, allowed: frozenset[str], memory_bytes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.channel, theirs = context.Pipe()
        self.process = context.Process(
            target=serve, args=(theirs, allowed, memory_bytes), name="depositor-worker", daemon=True
        )
        self.served = 0
        try:
            self.process.start()
        finally:
            theirs.close()
        if not self.channel.poll(_START_S) or self.channel.recv_bytes() != READY:
            self.end()
            raise OSError("the worker process did not start")

    def lost(self) -> bool:
        """True where it died while it had nothing to do."""
        if not self.process.is_alive():
            return True
        try:
            return self.channel.poll(0)  # at rest it says nothing: what can be read then is the end
        except OSError:  # how Windows tells of a broken pipe
            return True

    def end(self, *, politely: bool = False) -> int | None:
        """Stop it; no zombie is left. The exit code, None where it never ran."""
        self.channel.close()
        if politely:
            self.process.join(_PATIENCE_S)
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        return code


class Worker:
    """One worker process behind a queue; safe to call from any thread, and not started before its first use.

    ``allowed`` are the functions (``package.module:function``) that it may call. ``memory_bytes`` is the most that the
    process may take where the system can hold it to that.
    """

    def __init__(self, allowed: frozenset[str] = ALLOWED, memory_bytes: int = 4 * GIB) -> None:
        self._allowed = allowed
        self._memory = memory_bytes
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._waiting: list[_Task] = []  # a heap
        self._sent: deque[_Task] = deque()  # only the lane's thread touches it
        self._head_since = 0.0
        self._child: _Child | None = None
        self._closing = False
        self._lane: threading.Thread | None = None

    def call(self, function: str, *args: Any, timeout: float = 60.0) -> Any:
        """Call ``function`` there and wait for its result.

        Raises a DepositError: what the function raised; Damaged ``worker.crashed``, ``worker.timeout`` (it took more
        than ``timeout`` seconds) or ``worker.memory``; Defect ``worker.failed`` for any other exception.
        """
        return self._submit(function, args, Rank.NOW, timeout).future.result()

    def map(
        self, function: str, arguments: Iterable[T], cancel: Cancel, timeout: float = 60.0
    ) -> Iterator[tuple[T, Any]]:
        """Call ``function`` for each of ``arguments`` (a tuple is spread), in order; pairs of argument and result.

        What went wrong with one of them is its result, a Problem; the rest goes on. Ends early when cancelled.
        """
        source = iter(arguments)
        ahead: deque[tuple[T, _Task]] = deque()
        try:
            while True:
                for given in itertools.islice(source, _MAP_AHEAD - len(ahead)):
                    spread = given if isinstance(given, tuple) else (given,)
                    ahead.append((given, self._submit(function, spread, Rank.MANY, timeout)))
                if not ahead or not _done(ahead[0][1], cancel):
                    return
                given, task = ahead.popleft()
                yield given, _result(task)
        finally:
            for _, task in ahead:
                task.abandon()

    def warm_up(self) -> None:
        """Start the process and let it import the readers; returns at once."""
        if "depositor.session.worker_process:warm" in self._allowed:
            self._submit("depositor.session.worker_process:warm", (_WARM,), Rank.LATER, _START_S)

    def close(self) -> None:
        """Stop the process. What was still waiting gets a Problem; may be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._lane:
            self._lane.join()

    def _submit(self, function: str, args: tuple[Any, ...], rank: Rank, limit_s: float) -> _Task:
        if function not in self._allowed:
            raise LookupError(f"not on the worker's list: {function}")
        task = _Task(Rank.LATER if function in _LATER else rank, next(self._numbers), function, args, limit_s)
        with self._changed:
            if self._closing:
                raise worker_problems.error(worker_problems.closed())
            heapq.heappush(self._waiting, task)
            if self._lane is None:
                self._lane = threading.Thread(target=self._run, name="depositor-worker-lane", daemon=True)
                self._lane.start()
            self._changed.notify_all()
        return task

    # --- the lane's own thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # the process inherits it: Ctrl-C is for the program to understand
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while self._wait_for_work():
                self._feed()
                self._take()
        finally:
            self._leave()

    def _wait_for_work(self) -> bool:
        with self._changed:
            while not (self._closing or self._waiting or self._sent):
                self._changed.wait()
            return not self._closing

    def _next(self) -> _Task | None:
        with self._changed:
            while self._waiting:
                task = heapq.heappop(self._waiting)
                if task.future.running() or task.future.set_running_or_notify_cancel():
                    return task
        return None

    def _back(self, tasks: Iterable[_Task]) -> None:
        with self._changed:
            for task in tasks:
                heapq.heappush(self._waiting, task)

    def _feed(self) -> None:
        while len(self._sent) < _IN_FLIGHT and (task := self._next()):
            try:
                request = pickle.dumps((task.function, task.args))
            except Exception as error:  # anything may be unfit for a pipe; it is the caller's mistake
                task.fail(worker_problems.failed(type(error).__name__))
                continue
            task.size = len(request)
            if self._sent and sum(t.size for t in self._sent) + task.size > _IN_FLIGHT_BYTES:
                self._back([task])
                return
            if not self._send(task, request):
                return

    def _send(self, task: _Task, request: bytes) -> bool:
        if self._child and not self._sent and self._child.lost():
            self._end_child("idle")
        try:
            self._child = self._child or _Child(self._allowed, self._memory)
        except (OSError, EOFError):
            task.fail(worker_problems.not_started())
            return False
        if not self._sent:
            self._head_since = time.monotonic()
        self._sent.append(task)
        with contextlib.suppress(OSError):  # a dead process is noticed, and told apart, when its answer is taken
            self._child.channel.send_bytes(request)
        return True

    def _take(self) -> None:
        if not self._sent or not self._child:
            return
        head = self._sent[0]
        try:
            if not self._child.channel.poll(_LOOK_S):
                spent = time.monotonic() - self._head_since
                if spent > head.limit_s:
                    self._lose(worker_problems.too_slow(head.limit_s))
                elif head.abandoned and spent > _PATIENCE_S:
                    self._lose(worker_problems.closed())
                return
            kind, value = pickle.loads(self._child.channel.recv_bytes())  # noqa: S301 - from our own process
        except Exception:  # end of file, or an answer that is none: a dying process says anything
            self._lose(worker_problems.crashed())
            return
        self._child.served += 1
        self._head_since = time.monotonic()
        self._settle(self._sent.popleft(), kind, value)

    def _settle(self, task: _Task, kind: str, value: Any) -> None:
        if kind == OK:
            task.future.set_result(value)
        elif kind == MEMORY:
            self._out_of_memory(task)
        elif kind == BROKEN:
            name, place = value
            logs.event("worker.failed", exception=name, at=place)
            task.fail(worker_problems.failed(name))
        else:
            name, problem = value
            task.future.set_exception(worker_problems.error(problem, name))

    def _out_of_memory(self, task: _Task) -> None:
        """Perhaps earlier files left too little: once more in a fresh process before the file is blamed."""
        if self._child and self._child.served > 1 and not task.again:
            task.again = True
            self._restart([task])
        else:
            self._restart([])
            task.fail(worker_problems.out_of_memory())

    def _lose(self, problem: Problem) -> None:
        """The process is gone or has to go: the first one of those sent is to blame, the others are sent again."""
        head = self._sent.popleft()
        code = self._restart([])
        logs.event("worker.lost", code=problem.code, exit_code=code)
        head.fail(problem)

    def _restart(self, first: list[_Task]) -> int | None:
        again = [*first, *self._sent]
        self._sent.clear()
        self._back(again)
        return self._end_child("restart")

    def _end_child(self, why: str) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        logs.event("worker.ended", code=why, count=child.served)
        return child.end()

    def _leave(self) -> None:
        with self._changed:
            self._closing = True
            left = [*self._sent, *self._waiting]
            busy = bool(self._sent)
            self._sent.clear()
            self._waiting.clear()
        if self._child:
            self._child.end(politely=not busy)
            self._child = None
        for task in left:
            task.fail(worker_problems.closed())


def _done(task: _Task, cancel: Cancel) -> bool:
    """Wait until the task has a result; False as soon as it shall stop."""
    while not cancel:
        with contextlib.suppress(TimeoutError):
            task.future.exception(_LOOK_S)
            return True
    return False


def _result(task: _Task) -> Any:
    error = task.future.exception()
    if error is None:
        return task.future.result()
    return error.problem if isinstance(error, DepositError) else worker_problems.crashed()
