"""Globus Transfer by the real library against the strict stand-in: what goes, what comes back, what is proved."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from globus_standin import ACCESS, CLIENT, REFRESH, SOURCE, TARGET, Fault, StandIn
from transfer_world import QUICK, SUBMISSION, Running, World, noise

from depositor import patched
from depositor.draft.cancel import Cancel
from depositor.draft.problem import NeedsUser
from depositor.draft.submission import Proof
from depositor.transfer.handover.globus import GlobusHandOver
from depositor.transfer.handover.globus_paths import Own
from depositor.transfer.handover.globus_sign_in import SignIn, data_access
from depositor.transfer.handover.globus_wire import GlobusAccount, scopes_wanted
from depositor.transfer.handover.place import GlobusPlace
from depositor.transfer.handover.run import HandOverRun
from depositor.transfer.journal import SqliteJournal, Statement
from depositor.transfer.net import web
from depositor.transfer.ports import Outcome

pytest.importorskip("globus_sdk")


@pytest.fixture(autouse=True)
def _nimble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depositor.transfer.handover.run._SLICE_S", 0.005)


ADA = GlobusAccount(CLIENT, REFRESH)
NAMES = ("raw/a.tif", "raw/b c.tif", "raw/ünï.tif", "d.tif", "e.tif")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    for number, name in enumerate(NAMES):
        made.add(name, noise(20_000 + number, number))
    return made


@pytest.fixture
def globus(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn(tmp_path / "there", tmp_path) as made:
        monkeypatch.setenv("GLOBUS_SDK_SERVICE_URL_TRANSFER", made.url)
        monkeypatch.setenv("GLOBUS_SDK_SERVICE_URL_AUTH", made.url)
        yield made


def route(world: World, account: GlobusAccount = ADA) -> GlobusHandOver:
    own = Own(SOURCE, shared=(str(world.folder), str(world.folder.parent / "copies")))
    made = GlobusHandOver(GlobusPlace(TARGET, "/in/"), lambda: own, lambda: account, web.session, look_s=0.02)
    made.most_files = 2
    return made


def run_of(world: World, journal: Any, **more: Any) -> HandOverRun:
    return HandOverRun(journal, route(world), SUBMISSION, QUICK, Cancel(), **more)


def run(world: World, made: GlobusHandOver | None = None, **more: Any) -> Outcome:
    with world.journal() as journal:
        return HandOverRun(journal, made or route(world), SUBMISSION, QUICK, Cancel(), **more).run()


def proofs(world: World) -> dict[str, str]:
    with contextlib.closing(sqlite3.connect(world.store)) as db:
        return dict(db.execute("SELECT name, proof FROM submission_file"))


def assert_there(world: World, globus: StandIn) -> None:
    assert globus.names() == {f"in/{f.name}": Path(f.source).read_bytes() for f in world.files}
    assert world.digests() == world.true_digests()


def test_all_files_go_and_our_digest_is_compared_there(world: World, globus: StandIn) -> None:
    outcome = run(world)
    assert (outcome.sent, outcome.failed, outcome.stopped) == (5, 0, False)
    assert outcome.bytes_sent == world.bytes
    assert_there(world, globus)
    assert set(world.states().values()) == {"verified"}
    assert set(proofs(world).values()) == {Proof.PARTS}
    document = next(iter(globus.tasks.values())).document
    assert document["verify_checksum"] is document["encrypt_data"] is True
    assert document["sync_level"] == 3
    assert len(globus.tasks) == 3
    assert sorted(globus.writes) == sorted(f"/in/{name}" for name in NAMES)


def test_a_digest_that_globus_tells_is_the_proof(world: World, globus: StandIn) -> None:
    globus.tells_digests = True
    run(world)
    assert set(proofs(world).values()) == {Proof.DIGEST}


def test_storage_that_compares_no_digests_of_ours_gives_the_size(world: World, globus: StandIn) -> None:
    globus.takes_sums = False
    assert run(world).sent == 5
    assert set(proofs(world).values()) == {Proof.SIZE}
    assert set(world.states().values()) == {"sent"}


def test_a_lost_answer_is_looked_up_by_its_submission_id(world: World, globus: StandIn) -> None:
    globus.faults.append(Fault("/transfer$", "POST", after=True, drop=True, times=2))
    globus.faults.append(Fault("/transfer$", "POST", after=True, status=504, times=1))
    assert run(world).sent == 5
    assert len(globus.tasks) == 3
    assert len(globus.writes) == 5


def test_outages_on_every_call_are_waited_out(world: World, globus: StandIn) -> None:
    for path in ("endpoint", "submission_id", "transfer$", "task/", "successful", "oauth2"):
        globus.faults += [Fault(path, times=2), Fault(path, drop=True, times=2)]
    globus.faults.append(Fault("task/", status=429, code="TooManyRequests", headers={"Retry-After": "0"}))
    assert run(world).sent == 5
    assert_there(world, globus)
    assert len(globus.writes) == 5


class Dying(SqliteJournal):
    """As if the power went at the n-th commit, before it or after it."""

    left = 0
    after = False

    def commit(self, statements: Sequence[Statement]) -> None:
        self.left -= 1
        if self.left < 0 or (self.left == 0 and not self.after):
            raise KeyboardInterrupt
        super().commit(statements)
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [False, True])
def test_a_death_at_every_write_of_the_journal_leaves_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    for commit in range(1, 40):
        world = World(tmp_path / str(commit))
        for number, name in enumerate(NAMES[:3]):
            world.add(name, noise(3_000, number))
        with StandIn(tmp_path / str(commit) / "there", tmp_path) as globus:
            monkeypatch.setenv("GLOBUS_SDK_SERVICE_URL_TRANSFER", globus.url)
            monkeypatch.setenv("GLOBUS_SDK_SERVICE_URL_AUTH", globus.url)
            died = dies(world, commit, after=after)
            tasks = len(globus.tasks)
            outcome = run(world)
            assert (outcome.failed, outcome.stopped) == (0, False)
            assert_there(world, globus)
            assert len(globus.writes) == 3
            assert len(globus.tasks) == 2, (commit, tasks)
            if not died:
                return
    raise AssertionError("it never came through")


def dies(world: World, commit: int, *, after: bool) -> bool:
    journal = Dying(world.store)
    journal.left, journal.after = commit, after
    made = route(world)
    made.cancel = lambda token: None  # type: ignore[method-assign]  # the dead cancel nothing
    try:
        HandOverRun(journal, made, SUBMISSION, QUICK, Cancel()).run()
    except (KeyboardInterrupt, Exception):
        return True
    finally:
        with contextlib.suppress(KeyboardInterrupt):
            journal.close()
    return False


@contextlib.contextmanager
def running(world: World, **more: Any) -> Iterator[Running]:
    with world.journal() as journal:
        made = run_of(world, journal, **more)
        thread = Running(made)  # type: ignore[arg-type]
        try:
            yield thread
        finally:
            made.cancel()
            thread.thread.join(20)


def waits_for(globus: StandIn, world: World, code: str, mend: Callable[[], None]) -> None:
    with running(world) as thread:
        thread.until(lambda: (p := thread.engine.progress().waiting) is not None and p.code == code)
        assert thread.engine.progress().waiting.advice.english()  # type: ignore[union-attr]
        mend()
        assert thread.join().sent == 5
    assert_there(world, globus)


def test_a_pause_by_the_collection_is_told_and_waited_out(world: World, globus: StandIn) -> None:
    globus.paused = True
    waits_for(globus, world, "globus.paused-there", lambda: setattr(globus, "paused", False))


def test_an_inactive_task_is_told_and_waited_out(world: World, globus: StandIn) -> None:
    globus.inactive = True
    waits_for(globus, world, "globus.inactive", lambda: setattr(globus, "inactive", False))


def test_connect_personal_that_went_away_meanwhile_is_told(world: World, globus: StandIn) -> None:
    globus.pace = 0
    with running(world) as thread:
        thread.until(lambda: bool(globus.tasks))
        globus.connected = False
        thread.until(lambda: (p := thread.engine.progress().waiting) is not None and p.code == "globus.personal-off")
        globus.connected, globus.pace = True, 5
        assert thread.join().sent == 5


def test_a_file_that_arrived_damaged_is_sent_again_by_globus(world: World, globus: StandIn) -> None:
    globus.damage = 3
    assert run(world).sent == 5
    assert_there(world, globus)
    assert len(globus.tasks) == 3


def test_a_full_quota_needs_a_person_and_keeps_what_arrived(world: World, globus: StandIn) -> None:
    globus.room = 45_000
    outcome = run(world)
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.quota"
    globus.room = 1 << 60
    assert not run(world).stopped
    assert_there(world, globus)
    assert len(globus.writes) == 5


def test_a_consent_that_is_missing_names_what_to_ask_for(world: World, globus: StandIn) -> None:
    globus.consented = False
    outcome = run(world)
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "globus.consent"
    made = route(world)
    with pytest.raises(NeedsUser) as caught:
        made.submit(made.new_token(), _items(world))
    assert scopes_wanted(caught.value) == (data_access(TARGET),)
    globus.consented = True
    assert run(world).sent == 5
    assert len(globus.writes) == 5


def _items(world: World) -> list[Any]:
    from depositor.transfer.handover.ports import Item

    return [Item(f, f.source, "0" * 64) for f in world.files[:1]]


def test_a_token_that_ran_out_is_renewed_on_the_way(world: World, globus: StandIn) -> None:
    globus.pace = 0
    with running(world) as thread:
        thread.until(lambda: len(globus.tasks) == 3)
        globus.tokens.clear()
        globus.pace = 5
        assert thread.join().sent == 5
    assert globus.refreshed == 2


def test_an_access_token_alone_will_do_until_it_runs_out(world: World, globus: StandIn) -> None:
    assert run(world, route(world, GlobusAccount(None, ACCESS))).sent == 5
    assert run(world, route(world, GlobusAccount(CLIENT, ACCESS))).sent == 0
    globus.tokens.clear()
    outcome = run(world, route(world, GlobusAccount(None, ACCESS)))
    assert outcome.problem is not None
    assert outcome.problem.code == "globus.sign-in"


def test_without_an_account_it_asks_for_one(world: World, globus: StandIn) -> None:
    outcome = run(world, route(world, GlobusAccount()))
    assert outcome.problem is not None
    assert outcome.problem.code == "globus.sign-in"
    assert not globus.log


def test_signing_in_gives_a_refresh_token(globus: StandIn) -> None:
    sign_in = SignIn(CLIENT, web.session, (data_access(TARGET),))
    assert "code_challenge" in sign_in.address
    assert TARGET in sign_in.address
    with pytest.raises(NeedsUser) as caught:
        sign_in.account("wrong")
    assert caught.value.problem.code == "globus.code"
    assert sign_in.account(" the-code ") == ADA
    assert REFRESH not in repr(ADA)
    with pytest.raises(NeedsUser) as none:
        SignIn(None, web.session)
    assert none.value.problem.code == "globus.no-client"


def test_a_pause_ends_the_task_and_going_on_brings_only_the_rest(world: World, globus: StandIn) -> None:
    globus.pace = 0
    with running(world) as thread:
        thread.until(lambda: len(globus.tasks) == 3)
        thread.engine.pause()
        thread.until(lambda: all(t.status == "FAILED" for t in globus.tasks.values()))
        first = globus.tasks[next(iter(globus.tasks))]
        assert first.fatal == {"code": "CANCELED", "description": "canceled"}
        globus.pace = 5
        thread.engine.resume()
        assert thread.join().sent == 5
    assert_there(world, globus)
    assert len(globus.writes) == 5


def test_closing_the_program_leaves_the_task_at_work(world: World, globus: StandIn) -> None:
    globus.pace = 0
    with running(world, stays=lambda: True) as thread:
        thread.until(lambda: len(globus.tasks) == 3)
    assert {t.status for t in globus.tasks.values()} == {"ACTIVE"}
    globus.pace = 9
    assert run(world).sent == 5
    assert len(globus.tasks) == 3


def test_a_sign_in_that_is_refused_meanwhile_leaves_the_tasks_at_work(world: World, globus: StandIn) -> None:
    globus.pace = 0
    with running(world) as thread:
        thread.until(lambda: len(globus.tasks) == 3)
        globus.faults.append(Fault("oauth2", status=400, more={"error": "invalid_grant"}, times=50))
        globus.tokens.clear()
        outcome = thread.join()
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "globus.sign-in"
    assert {t.status for t in globus.tasks.values()} == {"ACTIVE"}
    globus.faults.clear()
    globus.pace = 9
    assert run(world).sent == 5
    assert len(globus.tasks) == 3


def test_a_task_that_somebody_ended_there_is_not_begun_again(world: World, globus: StandIn) -> None:
    globus.pace = 0
    with running(world) as thread:
        thread.until(lambda: len(globus.tasks) == 3)
        for task in tuple(globus.tasks):
            globus.cancel(task)
        outcome = thread.join()
    assert outcome.problem is not None
    assert outcome.problem.code == "handover.stopped-there"
    assert len(globus.tasks) == 3


def test_a_file_that_changed_fails_alone(world: World, globus: StandIn) -> None:
    globus.pace = 0
    with running(world) as thread:
        thread.until(lambda: len(globus.tasks) == 3)
        Path(world.files[1].source).write_bytes(b"something else")
        globus.pace = 5
        outcome = thread.join()
    assert (outcome.sent, outcome.failed) == (4, 1)
    assert outcome.problems[0].code == "file.changed"
    assert world.states()["raw/b c.tif"] == "failed"


def test_a_file_that_vanished_is_told_by_its_name(world: World, globus: StandIn) -> None:
    Path(world.files[3].source).unlink()
    outcome = run(world)
    assert (outcome.sent, outcome.failed) == (4, 1)
    assert [p.path for p in outcome.problems] == ["d.tif"]


def recipe(world: World) -> None:
    """The last file of the world is cleaned: a recipe of changes beside its original."""
    origin = Path(world.files[-1].source)
    with patched.PatchedFile(origin) as changes:
        changes.seek(100)
        changes.write(b"X" * 50)
        target = origin.with_name(origin.name + patched.SUFFIX)
        changes.save(target)
        size, mtime = changes.stamp()  # type: ignore[misc]
    with contextlib.closing(sqlite3.connect(world.store)) as db:
        db.execute("UPDATE submission_file SET source=? WHERE seq=?", (str(target), world.files[-1].seq))
        db.commit()
    world.files[-1] = replace(world.files[-1], source=str(target), size=size, mtime_ns=mtime)


def test_a_cleaned_file_goes_as_a_whole_copy_that_is_removed_afterwards(
    world: World, globus: StandIn, tmp_path: Path
) -> None:
    recipe(world)
    copies = tmp_path / "copies"
    assert run(world, staging=copies).sent == 5
    with patched.opened(Path(world.files[-1].source), recipe=True) as file:
        cleaned = file.read()
    assert globus.names()["in/e.tif"] == cleaned
    assert cleaned[100:150] == b"X" * 50
    assert list(copies.rglob("*")) == []


def test_without_a_folder_for_copies_a_cleaned_file_is_not_sent_as_it_was(world: World, globus: StandIn) -> None:
    recipe(world)
    outcome = run(world)
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "handover.no-copies"
    assert "in/e.tif" not in globus.names()


def test_copies_must_lie_where_globus_may_read(world: World, globus: StandIn, tmp_path: Path) -> None:
    recipe(world)
    outcome = run(world, staging=tmp_path / "elsewhere")
    assert outcome.problem is not None
    assert outcome.problem.code == "handover.no-copies"
    assert not (tmp_path / "elsewhere").exists()
