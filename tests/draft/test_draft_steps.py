"""The steps follow from what is known; nothing is ready that is not."""

from dataclasses import replace

import pytest

from depositor.draft.capabilities import Capabilities
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.finding import Choice, Decision, Finding, Level
from depositor.draft.inventory import Summary
from depositor.draft.message import msg
from depositor.draft.steps import Situation, StepId, StepState, obstacles, ready, steps
from depositor.draft.submission import Stage

TEXT = msg("t", "t")
ARCHIVE = Capabilities("practice", "Practice", "practice", TEXT, TEXT, TEXT, TEXT)
BLOCKER = Finding("privacy:x", "x", Level.BLOCKER, TEXT, path="a.dcm")
GOOD = Situation(
    Draft("d", archive="practice", license="CC0-1.0", files=(FileGroup("/data"),)),
    ARCHIVE,
    Summary(files=3, bytes=10, complete=True),
    privacy=(),
)


def state(now, step):
    return {s.id: s.state for s in steps(now)}[step]


def test_everything_known_is_ready():
    assert ready(GOOD)
    assert state(GOOD, StepId.SEND) is StepState.TODO
    assert state(GOOD, StepId.RECEIPT) is StepState.LOCKED


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"capabilities": None}, StepId.ARCHIVE),
        ({"draft": Draft("d", license="CC0-1.0")}, StepId.FILES),
        ({"inventory": Summary()}, StepId.FILES),
        ({"inventory": Summary(complete=True)}, StepId.FILES),
        ({"validation": (replace(BLOCKER, location="study.title"),)}, StepId.DESCRIBE),
        ({"validation": (replace(BLOCKER, location="release_date"),)}, StepId.LICENSE),
        ({"draft": replace(GOOD.draft, license=None)}, StepId.LICENSE),
        ({"privacy": None}, StepId.PRIVACY),
        ({"privacy": (BLOCKER,)}, StepId.PRIVACY),
    ],
)
def test_one_gap_locks_the_send_and_shows_at_its_step(change, step):
    now = replace(GOOD, **change)
    assert not ready(now)
    assert state(now, step) not in (StepState.DONE, StepState.LOCKED)
    assert state(now, StepId.SEND) is StepState.LOCKED
    assert all(s.why for s in steps(now) if s.id is step)


@pytest.mark.parametrize(
    ("choice", "why", "settles"),
    [(Choice.CLEAN, "", True), (Choice.EXCLUDE, "", True), (Choice.KEEP, "", False), (Choice.KEEP, "Consent", True)],
)
def test_a_blocker_is_settled_by_a_decision_and_keeping_needs_a_reason(choice, why, settles):
    decided = GOOD.draft.decide(Decision("privacy:x", choice, why, "me", "2026-01-01T00:00:00Z"))
    now = replace(GOOD, draft=decided, privacy=(BLOCKER,))
    assert ready(now) is settles
    assert (BLOCKER in obstacles(now)) is not settles


@pytest.mark.parametrize("level", [Level.INFO, Level.ADVICE, Level.WARNING])
def test_what_is_no_blocker_does_not_stop(level):
    assert ready(replace(GOOD, privacy=(replace(BLOCKER, level=level),)))


@pytest.mark.parametrize("stage", list(Stage))
def test_a_submission_under_way_shows_at_the_send_step(stage):
    shown = state(replace(GOOD, stage=stage), StepId.SEND)
    ended = {Stage.DONE: StepState.DONE, Stage.FAILED: StepState.ATTENTION, Stage.CANCELLED: StepState.ATTENTION}
    assert shown is ended.get(stage, StepState.RUNNING)


def test_without_an_archive_the_description_is_not_complete():
    assert state(replace(GOOD, capabilities=None), StepId.DESCRIBE) is StepState.TODO
