"""The inside of the worker process: it takes a request, calls one allowed function, answers, and takes the next.

Kept light: this is all that a fresh process imports before its first request. What a reader of a foreign format does
(crash, hang, eat memory, print) stays in here.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from depositor.draft.problem import DepositError
from depositor.session import worker_problems

READY = b"ready"
OK, RAISED, BROKEN, MEMORY = "ok", "raised", "broken", "memory"


@dataclass(frozen=True, slots=True)
class Budget:
    """What one call may take: seconds of the processor (waiting for a slow drive is free), and memory on top of what
    the process had before. Where the system cannot hold a call to it, the limits of the whole process hold."""

    seconds: float
    bytes: int
    bytes_per_second: int = 0  # of a file that may be read as a whole: it gets more time by its size

    def time(self, path: object) -> float:
        """The seconds for a call whose first argument is ``path``."""
        if not self.bytes_per_second or not isinstance(path, Path):
            return self.seconds
        try:
            size = path.stat().st_size
        except OSError:
            return self.seconds
        return self.seconds + (size / self.bytes_per_second if size <= _LARGEST_INDEX else 0)


_LARGEST_INDEX = 512 << 20  # bytes; what is larger holds pixels, of which no header reader takes any
BUDGETS = {
    "depositor.scan.headers:read": Budget(5.0, 500 << 20, 20 << 20),
    "depositor.scan.thumbnails:render": Budget(25.0, 1536 << 20),
}
"""A header is small: one that needs more was made to harm, or is damaged. Only the index of a plate may be long. A
small picture is made of at most 64 million samples."""


class Overdue(BaseException):
    """The processor time is up. No Exception, so that no reader takes it for an error of its file."""


def serve(channel: Connection, allowed: frozenset[str], memory_bytes: int) -> None:
    """Answer requests until the other side closes the channel. Requests: (function, args); answers: (kind, value)."""
    _end_with_parent()
    _be_quiet()
    _limit_memory(memory_bytes)
    with contextlib.suppress(EOFError, OSError):
        channel.send_bytes(READY)
        while True:
            channel.send_bytes(_answer(channel.recv_bytes(), allowed))


def warm(modules: Sequence[str]) -> int:
    """Import what the first file will need, while nobody waits; how many of ``modules`` are there."""
    done = 0
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
            done += 1
    return done


def _answer(request: bytes, allowed: frozenset[str]) -> bytes:
    # Whatever a reader does has to end as an answer: an escaped exception would cost the whole process.
    try:
        function, args = pickle.loads(request)  # noqa: S301 - comes from our own parent over a private pipe
        called = _function(function, allowed)
        with _held_to(BUDGETS.get(function), args):
            found = called(*args)
        return pickle.dumps((OK, found))
    except Overdue:
        return pickle.dumps((RAISED, ("Damaged", worker_problems.too_slow(BUDGETS[function].seconds))))
    except DepositError as error:
        return pickle.dumps((RAISED, (type(error).__name__, error.problem)))
    except MemoryError:
        return pickle.dumps((MEMORY, None))
    except Exception as error:  # see above
        return pickle.dumps((BROKEN, (type(error).__name__, _place(error))))


def _function(name: str, allowed: frozenset[str]) -> Callable[..., Any]:
    if name not in allowed:
        raise LookupError(name)
    module, _, attribute = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


def _place(error: BaseException) -> str:
    """Our own file and line that the error came through last; never a path of this computer."""
    place, trace = "", error.__traceback__
    while trace:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("depositor."):
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _be_quiet() -> None:
    """Native readers print; a command line that promises one JSON document must not be spoilt by them."""
    if os.environ.get("DEPOSITOR_LOG") == "debug":
        return
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
        os.close(null)


def _limit_memory(limit: int) -> None:
    """Ask the system to refuse memory beyond ``limit`` bytes (Linux, where RLIMIT_DATA counts what is written to).

    Mapped files do not count. macOS and Windows have no such limit that can be relied on: there a file that eats all
    memory ends with this process, not with the program.
    """
    # One thread per native library: parallel work is done over files, and each thread reserves memory.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):
            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextlib.contextmanager
def _held_to(budget: Budget | None, args: Sequence[object]) -> Iterator[None]:
    """Hold what happens inside to ``budget``: it ends with Overdue or MemoryError."""
    if budget is None:
        yield
        return
    with _clock(budget.time(args[0] if args else None)), _room(budget.bytes):
        yield


@contextlib.contextmanager
def _clock(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _ring(number: int, frame: object) -> None:
    raise Overdue


@contextlib.contextmanager
def _room(more: int) -> Iterator[None]:
    """No more than ``more`` bytes beyond what is written to now (Linux)."""
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _data_bytes() + more
    narrow = limit if soft == resource.RLIM_INFINITY else min(limit, soft)
    resource.setrlimit(resource.RLIMIT_DATA, (narrow, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_bytes() -> int:
    """How much memory this process has asked for that it can write to, as RLIMIT_DATA counts it."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - before every file, and the quickest way
        return int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")


def _end_with_parent() -> None:
    """End at once when the program that started this process is gone, also in the middle of a long file."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(0)

    threading.Thread(target=watch, name="depositor-parent-watch", daemon=True).start()
