"""Waiting: never for hours because of a clock, never for ever, and always with a reason, a time and an end."""

from __future__ import annotations

import datetime as dt
import email.utils
import random
import sys
import threading
import types
from typing import Any

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Retryable
from depositor.transfer import errors, problems
from depositor.transfer.manners.awake import Awake
from depositor.transfer.manners.gate import Gate, Wait
from depositor.transfer.manners.policy import EngineSettings, delay
from depositor.transfer.manners.road import Road

DAY = 86_400.0
HOUR = 3_600.0


class Clocks:
    """A timer and a wall clock that only move when told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ahead = 0.0

    def timer(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + self.ahead


def gate(clocks: Clocks, **settings: Any) -> Gate:
    return Gate(EngineSettings(**settings), Cancel(), clocks.timer, clocks.wall)


def fail(made: Gate, after: float | None = None) -> None:
    made.failed(Retryable(problems.busy("h"), after), made._outage)


def next_try(made: Gate) -> float:
    waiting = made.waiting()
    assert waiting is not None
    assert waiting.retry_in_s is not None
    return waiting.retry_in_s


@pytest.mark.parametrize("jump", [-6 * HOUR, 6 * HOUR, -400 * DAY, 400 * DAY])
def test_a_clock_that_jumps_makes_nobody_wait(jump: float) -> None:
    clocks = Clocks()
    made = gate(clocks)
    fail(made, after=300)
    clocks.ahead += jump
    woke = made.woke()
    assert woke is (jump > 0)  # forward may have been a sleep: then it is tried at once
    assert next_try(made) == (0 if woke else 300)
    clocks.now += 300
    made.enter()


def test_a_sleep_that_the_timer_counts_is_noticed_by_the_gap() -> None:
    clocks = Clocks()
    made = gate(clocks)
    for _ in range(10):
        clocks.now += 0.25
        assert not made.woke()
    clocks.now += 8 * HOUR  # Windows: timer and wall clock both ran on
    assert made.woke()
    assert not made.woke()


def test_days_of_503_are_asked_again_every_quarter_of_an_hour_at_least() -> None:
    clocks = Clocks()
    made = gate(clocks)
    for _ in range(300):
        fail(made, after=2 * DAY)
        assert 0 < next_try(made) <= 900
        clocks.now += next_try(made)
        made.enter()
        made.gave_up()
    waiting = made.waiting()
    assert waiting is not None
    assert waiting.waited_s == pytest.approx(300 * 900)


def test_a_wait_has_an_end_and_says_what_to_do() -> None:
    clocks = Clocks()
    made = gate(clocks, longest_wait_s=7 * DAY)
    fail(made)
    clocks.now += 7 * DAY - 1
    made.enter()
    fail(made)
    clocks.now += 10
    with pytest.raises(Retryable) as caught:
        made.enter()
    problem = caught.value.problem
    assert problem.code == "archive.busy"
    assert "7 days" in problem.advice.english()
    assert "resume" in problem.actions


def test_any_progress_begins_the_wait_anew() -> None:
    clocks = Clocks()
    made = gate(clocks, longest_wait_s=DAY)
    fail(made)
    clocks.now += DAY - 1
    made.moved()
    fail(made)
    clocks.now += DAY - 1
    made.enter()
    waiting = made.waiting()
    assert waiting is not None
    assert waiting.waited_s == DAY - 1


def test_an_answer_alone_is_no_progress() -> None:
    clocks = Clocks()
    made = gate(clocks, longest_wait_s=DAY)
    fail(made)
    clocks.now += DAY
    made.answered()
    fail(made)
    clocks.now += 1
    with pytest.raises(Retryable):
        made.enter()


def test_who_waits_is_let_go_when_the_wait_ends() -> None:
    made = Gate(EngineSettings(longest_wait_s=0.2), Cancel())
    fail(made, after=600)
    caught: list[Retryable] = []

    def wait() -> None:
        try:
            made.enter()
        except Retryable as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(10)
    assert caught


def test_jitter_stays_within_its_bounds_however_many_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    settings = EngineSettings()
    assert [delay(n, settings) for n in (1, 2, 3, 7, 10**6)] == [1, 2, 4, 60, 60]
    assert delay(1, settings, asked=-5) == 1
    assert delay(1, settings, asked=float("inf")) == 900


def date(when: dt.datetime) -> str:
    return email.utils.format_datetime(when, usegmt=True)


def test_a_date_to_come_back_is_measured_by_the_servers_clock() -> None:
    theirs = dt.datetime(2031, 1, 1, 12, 0, tzinfo=dt.UTC)  # whatever our clock says
    later = theirs + dt.timedelta(minutes=2)
    assert errors.retry_after({"Retry-After": date(later), "Date": date(theirs)}) == 120
    assert errors.retry_after({"Retry-After": date(theirs), "Date": date(later)}) == 0
    assert errors.retry_after({"Retry-After": "7", "Date": "nonsense"}) == 7
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    assert 50 < (errors.retry_after({"Retry-After": date(soon), "Date": "nonsense"}) or 0) <= 60


def test_the_computer_may_sleep_while_a_person_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[str] = []

    class Mode:
        active = True

        def __enter__(self) -> Mode:
            entered.append("in")
            return self

        def __exit__(self, *_: object) -> None:
            entered.append("out")

    keep = types.SimpleNamespace(running=lambda on_fail: Mode())
    monkeypatch.setitem(sys.modules, "wakepy", types.SimpleNamespace(keep=keep))
    road = Road()
    made = Gate(EngineSettings(), Cancel(), rest=road.rest)
    with Awake() as awake:
        for rest, active in (
            (None, True),
            (Wait(problems.busy("h"), None), False),
            (Wait(problems.busy("h"), 60.0), True),
        ):
            road.rest_for(rest)
            awake.hold(held=not made.idle)
            assert awake.active is active
    assert entered == ["in", "out", "in", "out"]
