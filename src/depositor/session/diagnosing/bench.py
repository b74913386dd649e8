"""Where a test is carried out: it runs one step after another, times it, and tells of it while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.message import Message, msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Retryable, Side, Stopped
from depositor.session import logs
from depositor.session.diagnosing.values import Place, SetSize, Step, StepState, Told, Verdict
from depositor.transfer.net.names import Names
from depositor.transfer.net.proxy import Choice

if TYPE_CHECKING:
    from depositor.session.desk import Desk

Tell = Callable[[Step], None]


@dataclass
class Bench:
    """One test under way, and what it has learnt so far. ``size``: what would be sent, where that is known."""

    desk: Desk
    archive: Capabilities
    place: Place
    cancel: Cancel
    tell: Tell
    size: SetSize | None = None
    steps: list[Step] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    proxy: Choice = field(default_factory=Choice)
    reached: bool = True  # False once a step failed without which the next cannot be tried

    def step(self, id: str, name: Message, look: Callable[[], Told], *, needed: bool = False) -> Step:  # noqa: A002
        """Do one step: tell that it runs, then what it found. ``needed``: what comes after it cannot do without."""
        if self.cancel:
            raise Stopped(_stopped())
        self.tell(Step(id, name, StepState.RUNNING))
        began = time.monotonic()
        found, verdict = self.looked(look)
        seconds = time.monotonic() - began
        done = Step(id, name, found.state, found.message, seconds, found.problem, found.facts, verdict)
        self.reached = self.reached and not (needed and done.state is StepState.FAILED)
        return self.add(done)

    def skip(self, id: str, name: Message, why: Message) -> Step:  # noqa: A002
        """Say that a step is not tried, and why."""
        return self.add(Step(id, name, StepState.SKIPPED, why))

    def add(self, step: Step) -> Step:
        """Keep a finished step and tell of it."""
        self.steps.append(step)
        self.tell(step)
        return step

    def looked(self, look: Callable[[], Told]) -> tuple[Told, Verdict]:
        """What ``look`` finds, and what it means; errors become findings. Stopped goes through."""
        try:
            found = look()
        except Stopped:
            raise
        except DepositError as error:
            return Told(error.problem.message, StepState.FAILED, error.problem), meaning(error)
        except Exception as error:  # one step that breaks must not hide the others
            logs.defect(error)
            problem = _defect()
            return Told(problem.message, StepState.FAILED, problem), Verdict.FINDINGS
        return found, Verdict.FINDINGS if found.state is StepState.FAILED else Verdict.FINE


def meaning(error: DepositError) -> Verdict:
    """What a failed step asks for."""
    if isinstance(error, Retryable):
        return Verdict.NETWORK
    return Verdict.USER if isinstance(error, NeedsUser) else Verdict.FINDINGS


def _stopped() -> Problem:
    words = msg("diagnose.stopped", "The test was stopped.")
    return Problem("diagnose.stopped", Side.COMPUTER, words, words)


def _defect() -> Problem:
    text = msg("diagnose.defect", "This step of the test broke down. That is our fault.")
    advice = msg("diagnose.defect.advice", "The other steps hold. Please send the report to us.")
    return Problem("diagnose.defect", Side.PROGRAM, text, advice, actions=("copy-report",))
