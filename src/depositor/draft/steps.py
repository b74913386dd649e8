"""The steps of a deposit, computed from what is known. Window, command line and batch ask this one function."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from depositor.draft.capabilities import Capabilities
from depositor.draft.decided import Verdicts
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.inventory import Summary
from depositor.draft.message import Message, msg, msgn
from depositor.draft.submission import Receipt, Stage


class StepId(StrEnum):
    """The steps, in their order."""

    ARCHIVE = "archive"
    FILES = "files"
    DESCRIBE = "describe"
    LICENSE = "license"
    PRIVACY = "privacy"
    REVIEW = "review"
    SEND = "send"
    RECEIPT = "receipt"


class StepState(StrEnum):
    """How a step stands."""

    TODO = "todo"
    PARTLY = "partly"  # begun, something required is missing
    ATTENTION = "attention"  # something must be decided
    RUNNING = "running"
    DONE = "done"
    LOCKED = "locked"  # cannot be entered yet; ``why`` says what comes first


@dataclass(frozen=True, slots=True)
class Completeness:
    """(filled, asked) of the required and of the recommended fields."""

    required: tuple[int, int] = (0, 0)
    recommended: tuple[int, int] = (0, 0)

    def as_json(self) -> dict[str, list[int]]:
        return {"required": list(self.required), "recommended": list(self.recommended)}


@dataclass(frozen=True)
class Situation:
    """All that the steps depend on. ``privacy`` is None until the checks ran over the present files. ``address``: what
    is wrong with the address of a storage of one's own; None where it can be used, or none is asked for."""

    draft: Draft
    capabilities: Capabilities | None = None
    inventory: Summary = Summary()
    validation: tuple[Finding, ...] = ()
    completeness: Completeness = Completeness()
    privacy: tuple[Finding, ...] | None = None
    not_checked: int = 0
    stage: Stage | None = None
    receipt: Receipt | None = None
    address: Message | None = None

    @functools.cached_property
    def undecided(self) -> tuple[Finding, ...]:
        """The privacy blockers that stop the seal; gone through once, however often it is asked for."""
        return undecided(self.draft, self.privacy or ())


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``why`` tells in one sentence what is missing or why it is locked, None where all is well."""

    id: StepId
    state: StepState
    why: Message | None = None

    @property
    def reachable(self) -> bool:
        return self.state is not StepState.LOCKED


def steps(now: Situation) -> tuple[Step, ...]:
    """How each step stands, in order."""
    each = (_archive, _files, _describe, _license, _privacy, _review, _send, _receipt)
    return tuple(step(now) for step in each)


def obstacles(now: Situation) -> tuple[Finding, ...]:
    """What stops the seal: blockers of the form, and privacy blockers that nobody decided."""
    form = (f for f in now.validation if f.level is Level.BLOCKER)
    return (*form, *now.undecided)


def undecided(draft: Draft, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The privacy blockers without a decision that holds, or with "keep" where no reason was given."""
    verdicts = Verdicts(draft)
    return tuple(f for f in findings if f.level is Level.BLOCKER and not verdicts.of(f).settled)


def ready(now: Situation) -> bool:
    """True when the draft may be sealed: files, archive, no obstacle, and the privacy checks ran."""
    return not _missing(now)


def _missing(now: Situation) -> tuple[StepId, ...]:
    first = (_archive(now), _files(now), _describe(now), _license(now), _privacy(now))
    return tuple(s.id for s in first if s.state is not StepState.DONE)


def _archive(now: Situation) -> Step:
    if now.capabilities is None:
        return Step(StepId.ARCHIVE, StepState.TODO, msg("step.archive.todo", "Choose where the data shall go."))
    if now.address is not None and now.stage is None:
        return Step(StepId.ARCHIVE, StepState.PARTLY, now.address)
    return Step(StepId.ARCHIVE, StepState.DONE)


def _files(now: Situation) -> Step:
    if not now.draft.files:
        return Step(StepId.FILES, StepState.TODO, msg("step.files.todo", "Add the folders or files to deposit."))
    if not now.inventory.complete:
        return Step(StepId.FILES, StepState.RUNNING, msg("step.files.running", "The files are being looked through."))
    if not now.inventory.files:
        why = msg("step.files.none", "The chosen folders hold no file that can be sent.")
        return Step(StepId.FILES, StepState.ATTENTION, why)
    found = next((f for f in now.validation if f.level is Level.BLOCKER and _of_files(f)), None)
    if found:
        return Step(StepId.FILES, StepState.ATTENTION, found.message)
    return Step(StepId.FILES, StepState.DONE)


def _of_license(finding: Finding) -> bool:
    return finding.location in ("license", "release_date", "study.license", "study.release_date")


def _of_files(finding: Finding) -> bool:
    return re.fullmatch(r"files(\[\d+\])?", finding.location or "") is not None


def _of_privacy(finding: Finding) -> bool:
    """What the page of privacy asks beside the findings: about people, and the policy."""
    return re.fullmatch(r"policy|human(\..*)?", finding.location or "") is not None


def _describe(now: Situation) -> Step:
    elsewhere = (f for f in now.validation if not (_of_license(f) or _of_files(f) or _of_privacy(f)))
    blockers = [f for f in elsewhere if f.level is Level.BLOCKER]
    if blockers:
        state = StepState.PARTLY if now.completeness.required[0] else StepState.TODO
        why = msgn("step.describe.missing", "{n} thing is still needed.", "{n} things are still needed.", len(blockers))
        return Step(StepId.DESCRIBE, state, why)
    if now.capabilities is None:  # without an archive nothing is asked for, so nothing can be complete
        state = StepState.PARTLY if now.completeness.required[0] else StepState.TODO
        return Step(StepId.DESCRIBE, state, msg("step.describe.start", "Tell what the images show."))
    return Step(StepId.DESCRIBE, StepState.DONE)


def _license(now: Situation) -> Step:
    if not now.draft.license:
        return Step(StepId.LICENSE, StepState.TODO, msg("step.license.todo", "Choose a licence."))
    found = next((f for f in now.validation if f.level is Level.BLOCKER and _of_license(f)), None)
    if found:
        return Step(StepId.LICENSE, StepState.ATTENTION, found.message)
    return Step(StepId.LICENSE, StepState.DONE)


def _privacy(now: Situation) -> Step:
    if now.privacy is None:
        why = msg("step.privacy.todo", "The files were not yet checked for personal data.")
        return Step(StepId.PRIVACY, StepState.TODO, why)
    left = len(now.undecided)
    if left:
        why = msgn("step.privacy.left", "{n} finding needs a decision.", "{n} findings need a decision.", left)
        return Step(StepId.PRIVACY, StepState.ATTENTION, why)
    asked = next((f for f in now.validation if f.level is Level.BLOCKER and _of_privacy(f)), None)
    if asked:
        return Step(StepId.PRIVACY, StepState.ATTENTION, asked.message)
    return Step(StepId.PRIVACY, StepState.DONE)


def _review(now: Situation) -> Step:
    if now.stage is not None:
        return Step(StepId.REVIEW, StepState.DONE)
    missing = _missing(now)
    if missing:
        why = msgn("step.review.before", "{n} step before it is open.", "{n} steps before it are open.", len(missing))
        return Step(StepId.REVIEW, StepState.ATTENTION, why)
    return Step(StepId.REVIEW, StepState.TODO)


def _send(now: Situation) -> Step:
    if now.stage is None:
        if _missing(now):
            why = msg("step.send.locked", "Finish the steps before it first.")
            return Step(StepId.SEND, StepState.LOCKED, why)
        return Step(StepId.SEND, StepState.TODO)
    if now.stage is Stage.DONE:
        return Step(StepId.SEND, StepState.DONE)
    if now.stage in (Stage.FAILED, Stage.CANCELLED):
        return Step(StepId.SEND, StepState.ATTENTION, msg("step.send.failed", "The last attempt did not go through."))
    return Step(StepId.SEND, StepState.RUNNING)


def _receipt(now: Situation) -> Step:
    if now.receipt is None:
        return Step(StepId.RECEIPT, StepState.LOCKED, msg("step.receipt.locked", "The receipt comes after the send."))
    return Step(StepId.RECEIPT, StepState.DONE)
