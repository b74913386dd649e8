"""The inside of the worker process: it takes a request, calls one allowed function, answers, and takes the next.

Kept light: this is all that a fresh process imports before its first request. What a reader of a foreign format does
(crash, hang, eat memory, print) stays in here.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from depositor.draft.problem import DepositError

READY = b"ready"
OK, RAISED, BROKEN, MEMORY = "ok", "raised", "broken", "memory"


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
        return pickle.dumps((OK, _function(function, allowed)(*args)))
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
