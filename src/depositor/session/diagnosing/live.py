"""The steps of a test as a face shows them while it runs, and what all of them come to, in words."""

from __future__ import annotations

from depositor.draft.message import Message, msg, msgn
from depositor.session.diagnosing.values import Diagnosis, Step, StepState, Verdict


class Live:
    """Put together from what a test tells: the finished steps in order, then the one that runs."""

    def __init__(self) -> None:
        self._done: list[Step] = []

    def hear(self, step: Step) -> tuple[Step, ...]:
        """Take one step; all of them as they stand now."""
        if step.state is StepState.RUNNING:
            return (*self._done, step)
        self._done.append(step)
        return tuple(self._done)


def summary(found: Diagnosis) -> Message:
    """What came of it, in one sentence."""
    if not found.complete:
        return msg("diagnose.summary.stopped", "The test was stopped before its end.")
    if found.verdict is Verdict.NETWORK:
        return msg("diagnose.summary.network", "The way to {archive} does not work at the moment.", archive=found.name)
    if found.verdict is Verdict.USER:
        return msg(
            "diagnose.summary.user", "Something is needed from you before {archive} can be used.", archive=found.name
        )
    if found.verdict is Verdict.FINDINGS:
        return msg("diagnose.summary.findings", "The way works, but something will not do.")
    notes = sum(s.state is StepState.NOTE for s in found.steps)
    if notes:
        return msgn(
            "diagnose.summary.notes",
            "Everything works. One thing is worth knowing.",
            "Everything works. {n} things are worth knowing.",
            notes,
        )
    return msg("diagnose.summary.fine", "Everything works.")
