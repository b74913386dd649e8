"""Calls to the archive beside the bytes, made again until they come through: after days of sending, the last one shall
not fail because the archive is busy for a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Retryable, Stopped
from depositor.session.sending import deposit_troubles as troubles
from depositor.transfer.attempts import Attempts
from depositor.transfer.manners.gate import Gate, Wait
from depositor.transfer.manners.policy import EngineSettings

T = TypeVar("T")


class Patience:
    """Waits as the engine does, and no longer. ``waiting`` may be asked from any thread."""

    def __init__(self, settings: EngineSettings, stop: Cancel, rest: Callable[[], Wait | None]) -> None:
        self._settings = settings
        self._gate = Gate(settings, stop, rest=rest)

    @property
    def waiting(self) -> Wait | None:
        """What is waited on right now."""
        return self._gate.waiting()

    def call(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, which must be good to be called again. Retryable once waiting is over, or what fails
        again and again although the archive can be reached; Stopped when the user pauses meanwhile."""
        attempts = Attempts()
        while True:
            outage = self._entered()
            try:
                result = work()
            except Retryable as error:
                if attempts.hopeless(error, self._gate, self._settings):
                    raise
                self._gate.failed(error, outage)
            else:
                self._gate.moved()
                return result

    def _entered(self) -> int:
        try:
            return self._gate.enter()
        except Stopped as error:
            raise Stopped(troubles.stopped()) from error
