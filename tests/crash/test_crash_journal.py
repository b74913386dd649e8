"""The journal's disk fills up, fails or is kept busy; clocks jump; threads that nobody watches meet what nobody thought
of; a digest that was remembered is not that of the file."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from crash_routes import BIG, ROUTES, assert_arrived, fill
from crash_sender import SETTINGS, factory, settings
from s3_faults import S3Server
from s3_world import carrier as s3_carrier
from transfer_servers import tiny_disk
from transfer_world import SUBMISSION, World, noise, wait_for
from tus_faults import TusServer

from depositor.draft.problem import NeedsUser
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.sending import conductor, following
from depositor.transfer.journal import SqliteJournal, Statement
from depositor.transfer.manners import gate
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

pytestmark = pytest.mark.timeout(90)


# --- its disk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tus", "s3", "put", "folder", "figshare"])
def test_a_journal_whose_disk_is_full_stops_and_goes_on(tmp_path: Path, name: str) -> None:
    route = ROUTES[name]
    with tiny_disk(tmp_path / "disk") as disk, route.served(tmp_path) as served:
        world = World(tmp_path)
        fill(world, route)
        world.store = Path(shutil.copy(world.store, disk / "store.sqlite"))
        told = {**served.told, "limit": 2_000_000}
        with (
            contextlib.suppress(NeedsUser),
            world.running(factory(told), settings(told)) as run,
        ):  # closing it tells too
            run.until(lambda: any(f.size == BIG and f.sent > BIG // 4 for f in run.engine.progress().active))
            filler = full(disk)
            outcome = run.join()
        if outcome.stopped:  # else it found room in what SQLite had reserved
            assert outcome.needs_user
            assert outcome.problem is not None
            assert outcome.problem.code == "journal.disk-full"
        filler.unlink()
        assert world.run(factory(served.told), settings(served.told)).failed == 0
        assert_arrived(world, served)
        assert served.left() == []
        if served.received is not None and route.again is not None:
            assert served.received() <= world.bytes + route.again + 5 * 4010


def full(disk: Path) -> Path:
    """Fill it to the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


class Failing(SqliteJournal):
    """Its second commit is held until two wait for the third, which fails as no database fails."""

    commits = 0
    held = threading.Event()

    def commit(self, statements: Sequence[Statement]) -> None:
        self.commits += 1
        if self.commits == 1:
            self.held.wait(10)
        if self.commits == 2:
            raise UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")
        super().commit(statements)


def test_nobody_believes_that_a_batch_was_written_that_failed(tmp_path: Path) -> None:
    world, failed = World(tmp_path), list[int]()
    for number in range(3):
        world.add(f"{number}", b"x")
    journal = Failing(world.store)

    def intend(seq: int) -> None:
        try:
            journal.intend(SUBMISSION, seq, "p")
        except UnicodeEncodeError:
            failed.append(seq)

    threads = [threading.Thread(target=intend, args=(seq,)) for seq in range(3)]
    threads[0].start()
    wait_for(lambda: journal.commits == 1)
    for thread in threads[1:]:
        thread.start()
    wait_for(lambda: len(journal._disk._batch.statements) == 4)
    journal.held.set()
    for thread in threads:
        thread.join()
    assert sorted(failed) == [1, 2]
    assert list(world.states().values()) == ["sending", "waiting", "waiting"]
    journal.close()


def test_a_journal_that_another_program_keeps_is_no_fault_of_ours(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add("a", b"x")
    with (
        contextlib.closing(sqlite3.connect(world.store)) as other,
        contextlib.closing(SqliteJournal(world.store)) as own,
    ):
        own._disk._writer.execute("PRAGMA busy_timeout=50")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(NeedsUser) as caught:
            own.intend(SUBMISSION, 0, "p")
        assert caught.value.problem.code == "journal.no-access"
        other.execute("ROLLBACK")
        own.intend(SUBMISSION, 0, "p")
    assert world.states() == {"a": "sending"}


# --- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [2, -2])
def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    ahead = [0.0]
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + ahead[0])
    monkeypatch.setattr(
        gate.Gate.__init__, "__defaults__", (time.monotonic, time.time, *gate.Gate.__init__.__defaults__[2:])
    )  # type: ignore[index]
    route = ROUTES["tus"]
    world = World(tmp_path)
    fill(world, route)
    with route.served(tmp_path) as served:
        told = {**served.told, "limit": 2_000_000}
        with world.running(factory(told), settings(told)) as run:
            run.until(lambda: served.held() > BIG // 3)
            ahead[0] = days * 86_400.0
            outcome = run.join()
        assert (outcome.failed, outcome.stopped) == (0, False)
        assert_arrived(world, served)


@pytest.mark.parametrize("days", [2, -2])
def test_an_s3_service_whose_clock_jumps_in_the_middle(tmp_path: Path, days: int) -> None:
    """As far as signatures show it is the same as a clock that jumps here."""
    world = World(tmp_path)
    world.add("big", noise(BIG))
    with S3Server() as server:
        server.fault("UploadPart", skip=2, act=lambda: setattr(server, "ahead", dt.timedelta(days=days)))
        outcome = world.run(s3_carrier(server), SETTINGS)
        assert (outcome.failed, outcome.stopped) == (0, False), outcome.problem
        assert server.content("big") == noise(BIG)


# --- threads that nobody watches -------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(Home.at(tmp_path / "home").create())
    yield desk
    desk.close()


def test_the_conductor_goes_on_after_what_nobody_thought_of(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conductor, "TICK_S", 0.01)
    heard, over = list[int](), threading.Event()

    def wishes(store: Any) -> Any:
        heard.append(1)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(following, "wishes", wishes)
    thread = threading.Thread(target=desk.conductor._tick, args=(over,))
    thread.start()
    wait_for(lambda: len(heard) >= 3)
    over.set()
    thread.join()


# --- what was remembered ---------------------------------------------------------------------------------------------


def test_a_remembered_digest_that_is_not_the_file_s_is_not_believed(tmp_path: Path) -> None:
    """The same size, the same time, another content: an instrument that writes within one tick of a coarse clock. What
    is sent is what is there, or it is told; and trying again does not fail for ever."""
    world = World(tmp_path)
    file = world.add("a.tif", noise(BIG))
    path = Path(file.source)
    with world.journal() as journal:
        journal.remember(file.source, file.size, file.mtime_ns, file.inode, "ab" * 32, {"md5": "cd" * 16})
    with TusServer() as server:
        make = lambda: TusCarrier(server.url, options=TusOptions())  # noqa: E731
        first = world.run(make, SETTINGS)
        if first.failed:
            assert first.problems[0].code == "file.changed"
            with world.journal() as journal:
                journal.retry_failed(SUBMISSION)
            assert world.run(make, SETTINGS).failed == 0
        assert server.content("a.tif") == path.read_bytes()
    assert world.digests() == world.true_digests()


def test_a_server_that_adds_what_is_repeated_is_begun_anew(tmp_path: Path) -> None:
    """Not the file has changed: the answer makes no sense."""
    world = World(tmp_path)
    world.add("a.dcm", noise(40_000))
    with TusServer(checksum=False, recognises=True) as server:
        server.adds = True
        server.fault("POST", drop=10_000)
        make = lambda: TusCarrier(server.url, options=TusOptions(recognises_files=True))  # noqa: E731
        assert world.run(make, SETTINGS).failed == 0
        assert server.content("a.dcm") == noise(40_000)


def test_two_submissions_with_the_same_file(tmp_path: Path) -> None:
    """One changes nothing in the other."""
    world = World(tmp_path)
    first = world.add("a.tif", noise(BIG))
    with contextlib.closing(sqlite3.connect(world.store)) as db:
        for table in ("submission", "submission_file"):
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            key = "id" if table == "submission" else "submission_id"
            picked = ",".join("'s-2'" if column == key else column for column in columns)
            db.execute(f"INSERT INTO {table} SELECT {picked} FROM {table}")
        db.commit()
    from depositor.draft.cancel import Cancel
    from depositor.transfer.engine import Engine

    with TusServer(checksum=False) as server, world.journal() as journal:
        make = lambda: TusCarrier(server.url, options=TusOptions())  # noqa: E731
        engines = [Engine(journal, make, name, SETTINGS, Cancel()) for name in (SUBMISSION, "s-2")]
        threads = [threading.Thread(target=engine.run) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert server.names() == ["a.tif", "a.tif"]
        assert all(bytes(kept.data) == noise(BIG) for kept in server.uploads.values())
        known = journal.recall(first.source, first.size, first.mtime_ns, first.inode)
        assert known == next(iter(world.true_digests().values()))
    assert Path(first.source).exists()
