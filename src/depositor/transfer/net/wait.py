"""Waiting that ends: what the system cannot break off is done in a thread of its own, which is left alone then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side, Stopped

Result = TypeVar("Result")
_SLICE_S = 0.05


def within(
    seconds: float, cancel: Cancel, work: Callable[[], Result], let_go: Callable[[], object] | None = None
) -> Result:
    """What ``work`` gives, or raises, within ``seconds``.

    TimeoutError when time is up, Stopped as soon as ``cancel`` is set. Then ``let_go`` is called and the thread goes
    on alone to its end: finding an address and reading a key store cannot be stopped.
    """
    results: list[Result] = []
    errors: list[BaseException] = []
    over = threading.Event()

    def perform() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            over.set()

    threading.Thread(target=perform, name="diagnose", daemon=True).start()
    end = time.monotonic() + seconds
    while not over.wait(min(_SLICE_S, max(end - time.monotonic(), 0.0))):
        if cancel or time.monotonic() >= end:
            if let_go is not None:
                let_go()
            raise stopped() if cancel else TimeoutError
    if errors:
        raise errors[0]
    return results[0]


def stopped() -> Stopped:
    """The person stopped the test."""
    words = msg("diagnose.stopped", "The test was stopped.")
    return Stopped(Problem("diagnose.stopped", Side.COMPUTER, words, words))
