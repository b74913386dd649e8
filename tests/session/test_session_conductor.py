"""One program sends for a store; others hand over and follow. Two desks on one home stand for two programs."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from depositor import resources
from depositor.archives.practice import process
from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Refused, Retryable, Side, Stopped
from depositor.draft.submission import Receipt, Stage
from depositor.session import papers
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.sending import following, stages
from depositor.session.sending.following import Wish
from depositor.session.sending.lease import Lease
from depositor.session.sending.patience import Patience
from depositor.session.sending.rests import rest
from depositor.transfer import problems
from depositor.transfer.manners.policy import EngineSettings
from depositor.transfer.ports import FileProgress, Progress

SLOW = 60_000
WAIT_S = 40


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Any]]:
    """A home with the bundled example, ready to be sealed again and again."""
    home = Home.at(tmp_path_factory.mktemp("conductor"))
    desk = Desk(home)
    desk.settings.set("privacy_pixels", "none")
    opened = desk.load(resources.path("examples/example.depositor.json"))
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    yield home, opened
    desk.close()
    process.stop(home.practice)


@pytest.fixture
def sealed(prepared: tuple[Home, Any]) -> Callable[[], str]:
    """Seal it once more; each time as the submission of another draft, so that several can be under way."""
    opened = prepared[1]

    def seal() -> str:
        submission = str(opened.seal().id)
        with opened._desk.store.transaction() as db:
            db.execute("UPDATE submission SET draft_id=id WHERE id=?", (submission,))
        return submission

    return seal


@pytest.fixture
def desks(prepared: tuple[Home, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Desk, Desk]]:
    monkeypatch.setattr(papers, "print_page", lambda *_: False)  # drawing the PDF is not what is tried here
    one, other = Desk(prepared[0]), Desk(prepared[0])
    yield one, other
    one.close()
    other.close()


class Going:
    """A run in a thread of its own."""

    def __init__(self, desk: Desk, submission: str) -> None:
        self.run = desk.deposit(submission)
        self.receipt: Receipt | None = None
        self.error: DepositError | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.receipt = self.run.run()
        except DepositError as error:
            self.error = error

    def ended(self) -> Going:
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()
        return self


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.02)


def sending(going: Going) -> bool:
    assert going.thread.is_alive(), going.error
    return going.run.engine is not None and going.run.progress().bytes_sent > 0


def followed(going: Going) -> bool:
    assert going.thread.is_alive(), going.error
    return going.run.elsewhere and going.run.progress().bytes_sent > 0


# --- following -------------------------------------------------------------------------------------------------------


def test_a_second_program_follows_and_gets_the_same_receipt(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    one.conductor.limit(SLOW)
    first = Going(one, submission)
    until(lambda: sending(first))
    second = Going(other, submission)
    until(lambda: followed(second))
    seen = second.run.progress()
    assert seen.bytes == first.run.progress().bytes
    assert any(row.name for row in seen.active)
    assert second.run.engine is None
    one.conductor.limit(None)
    assert first.ended().receipt == second.ended().receipt is not None
    told = first.receipt
    assert told is not None
    assert told.bytes_sent == sum(f.size for f, _ in first.run.files())  # nothing went twice
    assert following.read(one.store, submission) is None


def test_what_another_program_wants_sent_is_sent_by_the_one_that_sends(desks: Any, sealed: Any) -> None:
    one, other = desks
    first_id, second_id = sealed(), sealed()
    told: list[str] = []
    one.conductor.listeners.append(told.append)
    one.conductor.limit(SLOW)
    first = Going(one, first_id)
    until(lambda: sending(first))
    second = Going(other, second_id)
    until(lambda: one.deposit(second_id).running)
    assert told == [second_id]
    assert second.run.engine is None
    one.conductor.limit(None)
    assert second.ended().receipt is not None
    assert first.ended().receipt is not None
    assert not other.conductor.road.open_lines


def test_a_pause_asked_for_elsewhere_stops_the_run_and_ends_both_alike(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    one.conductor.limit(SLOW)
    first = Going(one, submission)
    until(lambda: sending(first))
    second = Going(other, submission)
    until(lambda: followed(second))
    second.run.pause()
    for going in (first.ended(), second.ended()):
        assert isinstance(going.error, Stopped)
        assert going.error.problem.code == "deposit.stopped"
    assert other.submission(submission).paused
    other.conductor.limit(None)
    assert Going(other, submission).ended().receipt is not None


def test_giving_up_elsewhere_takes_back_what_the_archive_holds(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    one.conductor.limit(SLOW)
    first = Going(one, submission)
    until(lambda: sending(first))
    second = Going(other, submission)
    until(lambda: followed(second))
    second.run.cancel()
    assert first.ended().error is not None
    assert second.ended().error is not None
    assert other.submission(submission).stage is Stage.CANCELLED


def test_who_follows_takes_over_when_the_other_program_ends(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    one.conductor.limit(SLOW)
    first = Going(one, submission)
    until(lambda: sending(first))
    second = Going(other, submission)
    until(lambda: followed(second))
    first.run.pause_for_exit()
    assert first.ended().error is not None
    assert second.ended().receipt is not None
    assert not other.submission(submission).paused


def test_who_only_leaves_does_not_stop_the_other(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    one.conductor.limit(SLOW)
    first = Going(one, submission)
    until(lambda: sending(first))
    second = Going(other, submission)
    until(lambda: followed(second))
    second.run.pause_for_exit()
    assert isinstance(second.ended().error, Stopped)
    assert first.thread.is_alive()
    one.conductor.limit(None)
    assert first.ended().receipt is not None


def test_everything_rests_and_goes_on_also_by_the_word_of_another_program(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    other.conductor.pause_all()
    one.settings.reload()
    first = Going(one, submission)
    try:
        until(lambda: first.run.engine is not None and first.run.progress().waiting is not None)
        waiting = first.run.progress().waiting
        assert waiting is not None
        assert waiting.code == "transfer.paused-all"
        assert first.run.progress().bytes_sent == 0
        assert first.run.progress().remaining_s is None
    finally:
        other.conductor.resume_all()
    assert first.ended().receipt is not None


def test_a_speed_limit_set_by_another_program_holds_at_once(desks: Any, sealed: Any) -> None:
    one, other = desks
    one.conductor.limit(SLOW)
    first = Going(one, sealed())
    until(lambda: sending(first))
    try:
        other.settings.set("speed_limit", 777)
        until(lambda: one.conductor.road.limiter.rate == 777_000)
    finally:
        other.settings.unset("speed_limit")
    assert first.ended().receipt is not None


def test_a_holder_that_hangs_is_told(desks: Any, sealed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = desks
    monkeypatch.setattr("depositor.session.sending.follower.STALE_S", 0.5)
    hung = Lease(one.home.state / "locks")
    assert hung.take()
    try:
        second = Going(other, sealed()).ended()
    finally:
        hung.release()
    assert isinstance(second.error, NeedsUser)
    assert second.error.problem.code == "deposit.elsewhere"
    assert following.wishes(other.store) == ()


def test_priority_is_kept_with_the_submission(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    assert one.conductor.priority(submission) == 0
    one.conductor.set_priority(submission, 2)
    assert other.conductor.priority(submission) == 2


def test_a_wish_that_was_paused_since_is_not_taken_up(desks: Any, sealed: Any) -> None:
    """Whoever asked is gone, killed; then a person paused the submission."""
    one, _ = desks
    first_id, paused = sealed(), sealed()
    following.ask(one.store, Wish(paused))
    one.deposit(paused).pause()
    assert Going(one, first_id).ended().receipt is not None
    one.conductor._hear()
    assert following.wishes(one.store) == ()
    assert one.submission(paused).paused
    assert one.submission(paused).stage is Stage.SEALED


# --- signing in again ------------------------------------------------------------------------------------------------


def test_a_sign_in_that_ends_on_the_way_is_renewed_once(
    desks: Any, sealed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from depositor.transfer.tus import carrier as tus

    one, _ = desks
    send, failures = tus.TusCarrier.send, [2]

    def signed_out(*arguments: Any) -> Any:
        if failures[0]:
            failures[0] -= 1
            raise NeedsUser(problems.sign_in("archive.example"))
        return send(*arguments)

    monkeypatch.setattr(tus.TusCarrier, "send", signed_out)
    monkeypatch.setattr(tus.TusCarrier, "one_request", -1, raising=False)
    asked: list[str] = []
    monkeypatch.setattr(one.accounts, "reread", asked.append)
    first = Going(one, sealed()).ended()
    if first.error is not None:  # both failures fell into one run without any progress
        assert first.error.problem.code == "archive.sign-in"
        first = Going(one, first.run.id).ended()
    assert asked[0] == "practice"
    assert first.receipt is not None


# --- the lease -------------------------------------------------------------------------------------------------------


def test_one_lease_at_a_time(tmp_path: Path) -> None:
    one, other = Lease(tmp_path), Lease(tmp_path)
    assert one.take()
    assert one.take()
    assert not other.take()
    holder = other.holder()
    assert holder is not None
    assert holder.fresh
    one.release()
    one.release()
    assert other.take()
    other.release()
    assert other.holder() is None


def test_a_computer_whose_locks_are_not_seen_here_is_believed_while_it_tells_of_itself(tmp_path: Path) -> None:
    (tmp_path / "sending.json").write_text(json.dumps({"pid": 1, "host": "elsewhere", "at": 1000.0}), "utf-8")
    assert not Lease(tmp_path, wall=lambda: 1010.0).take()
    late = Lease(tmp_path, wall=lambda: 1100.0)
    assert late.take()
    late.release()


def test_nonsense_in_place_of_the_holder_is_nobody(tmp_path: Path) -> None:
    for text in ("", "[]", '{"pid": "x"}', "\x00"):
        (tmp_path / "sending.json").write_text(text, "utf-8")
        assert Lease(tmp_path).holder() is None


# --- what goes through the store -------------------------------------------------------------------------------------


def test_news_are_the_same_at_the_other_end(desks: Any, sealed: Any) -> None:
    one, other = desks
    submission = sealed()
    waiting = Problem("network.x", Side.NETWORK, msg("a", "{n} x", n=3), msg("b", "y"), actions=("retry",))
    progress = Progress(
        files=9, bytes=100, bytes_sent=7, active=(FileProgress(1, "ä.tif", 10, 5, checking=True),), curve=(1.0, 2.0),
        waiting=waiting, retry_in_s=60.0,
    )  # fmt: skip
    following.write(one.store, submission, progress)
    news = following.read(other.store, submission)
    assert news is not None
    assert news.progress == progress
    assert news.fresh
    assert 55 < (following.aged(news).retry_in_s or 0) <= 60
    with following.telling(one.store, submission, lambda: progress):
        pass
    assert following.read(other.store, submission) is None


def test_news_of_another_version_are_understood_as_far_as_possible() -> None:
    told = following.from_json(
        {"files": 3, "from_the_future": 1, "active": [{"seq": 1, "name": "a", "size": 2, "sent": 1}]}
    )
    assert told.files == 3
    assert told.active[0].name == "a"


@pytest.mark.parametrize("kind", [Retryable, NeedsUser, Refused, Stopped])
def test_how_a_run_ended_is_told_as_it_was(desks: Any, sealed: Any, kind: type[DepositError]) -> None:
    one, other = desks
    submission = sealed()
    following.ask(one.store, Wish(submission, limit=5))
    assert following.wishes(other.store) == (Wish(submission, 5),)
    assert not following.answered(one.store, submission)
    problem = Problem("x.y", Side.ARCHIVE, msg("a", "No {what}", what="{way}"), msg("b", "y"), actions=("retry",))
    following.answer(other.store, submission, kind(problem))
    with pytest.raises(kind) as caught:
        following.answered(one.store, submission)
    assert caught.value.problem == problem
    assert following.wishes(other.store) == ()
    following.withdraw_wish(one.store, submission)
    assert not following.answered(one.store, submission)


# --- rests -----------------------------------------------------------------------------------------------------------


BERLIN = ZoneInfo("Europe/Berlin")
NOON = dt.datetime(2026, 11, 19, 12, 0, tzinfo=BERLIN)  # a Thursday
USUAL = {"paused_all": False, "hours": "always", "hours_from": 19, "hours_to": 7, "hours_weekends": True}


@pytest.mark.parametrize(
    ("values", "metered", "code", "left"),
    [
        ({}, None, None, None),
        ({}, False, None, None),
        ({}, True, "transfer.metered", None),
        ({"metered": "send"}, True, None, None),
        ({"hours": "timetable"}, True, "transfer.hours", 7 * 3600),
        ({"hours": "timetable", "hours_from": 8, "hours_to": 18}, None, None, None),
        ({"hours": "timetable", "paused_all": True}, True, "transfer.paused-all", None),
    ],
)
def test_what_is_rested_for(values: dict[str, Any], metered: bool | None, code: str | None, left: float | None) -> None:
    found = rest({"metered": "wait", **USUAL, **values}, NOON, metered, BERLIN)
    assert (found.problem.code if found else None) == code
    assert (found.retry_in_s if found else None) == left
    if found:
        assert found.problem.advice.english()


def test_the_hours_are_told_in_the_time_of_the_place() -> None:
    found = rest({"metered": "wait", **USUAL, "hours": "timetable"}, NOON.astimezone(dt.UTC), None, BERLIN)
    assert found is not None
    assert "19:00" in found.problem.message.english()


def test_a_fresh_commit_is_looked_at_for_as_long_as_was_set() -> None:
    assert list(stages.polls(0)) == []
    assert list(stages.polls(1.0)) == [0.2, 0.5, pytest.approx(0.3)]
    assert sum(stages.polls(60)) == pytest.approx(60)


def test_a_desk_that_never_sent_has_no_conductor(prepared: tuple[Home, Any]) -> None:
    with contextlib.closing(Desk(prepared[0])) as desk:
        assert "conductor" not in desk.__dict__


# --- the last call -----------------------------------------------------------------------------------------------


class Archive:
    """Fails as it is told, then answers."""

    def __init__(self, *errors: DepositError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "taken"


QUICK = EngineSettings(base_s=0.01, cap_s=0.01)


def test_the_last_call_waits_out_a_busy_archive() -> None:
    archive = Archive(*(Retryable(problems.busy("h")) for _ in range(20)), Retryable(problems.offline("h")))
    assert Patience(QUICK, Cancel(), lambda: None).call(archive) == "taken"
    assert archive.calls == 22


def test_what_fails_although_the_archive_is_there_is_told() -> None:
    archive = Archive(*(Retryable(problems.broken("h")) for _ in range(50)))
    with pytest.raises(Retryable) as caught:
        Patience(QUICK, Cancel(), lambda: None).call(archive)
    assert caught.value.problem.code == "archive.broken"
    assert archive.calls == QUICK.file_tries


def test_a_pause_ends_the_waiting_for_the_last_call() -> None:
    stop = Cancel()
    patience = Patience(EngineSettings(base_s=600, cap_s=600), stop, lambda: None)
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Stopped) as caught:
        patience.call(Archive(*(Retryable(problems.busy("h"), 600) for _ in range(3))))
    assert caught.value.problem.code == "deposit.stopped"


def test_a_commit_that_meets_a_busy_archive_and_a_lost_sign_in_goes_through(
    desks: Any, sealed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from depositor.archives.practice.adapter import PracticeSession

    one, _ = desks
    commit = PracticeSession.commit
    errors: list[DepositError] = [Retryable(problems.busy("h")), NeedsUser(problems.sign_in("h"))]

    def unlucky(*arguments: Any) -> Any:
        if errors:
            raise errors.pop(0)
        return commit(*arguments)

    monkeypatch.setattr(PracticeSession, "commit", unlucky)
    receipt = Going(one, sealed()).ended().receipt
    assert receipt is not None
    assert not errors
