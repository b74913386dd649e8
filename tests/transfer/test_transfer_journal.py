"""The journal: order, durability, shared commits, streaming, memory of digests."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from transfer_world import SUBMISSION, World, noise, wait_for

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.draft.submission import HeldFile, Proof
from depositor.transfer.journal import SqliteJournal, Statement
from depositor.transfer.ports import Upload

HELD = HeldFile("some", 100)
PROBLEM = Problem("file.changed", Side.COMPUTER, msg("t", "It changed."), msg("t.advice", "Look."), "ä.tif")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.add("big.tif", noise(2_000_000))
    for number in range(4):
        world.add(f"{number}.dcm", noise(100, number))
    return world


def on_disk(world: World, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(world.store)) as db:
        return db.execute(sql).fetchall()


def test_a_file_goes_from_waiting_to_sent(world: World) -> None:
    with world.journal() as journal:
        assert [f.seq for f in journal.pending(SUBMISSION)] == [0, 1, 2, 3, 4]
        assert [f.seq for f in journal.pending(SUBMISSION, at_least=1000)] == [0]
        assert [f.seq for f in journal.pending(SUBMISSION, below=1000)] == [1, 2, 3, 4]
        assert journal.known(SUBMISSION, 0) is None
        journal.intend(SUBMISSION, 0, "tus")
        assert on_disk(world, "SELECT state, tries FROM submission_file WHERE seq=0") == [("sending", 1)]
        journal.began(SUBMISSION, 0, Upload("http://x/1"))
        journal.advanced(SUBMISSION, 0, Upload("http://x/1", 1_000_000, expires="soon"))
        assert journal.known(SUBMISSION, 0) == Upload("http://x/1", 1_000_000, expires="soon")
        journal.intend_all(SUBMISSION, [3, 4], "tus")
        assert journal.held(SUBMISSION) == {0: 1_000_000}
        journal.began_all(SUBMISSION, {3: Upload("http://x/3"), 4: Upload("http://x/4")})
        assert on_disk(world, "SELECT token FROM upload WHERE seq>2") == [("http://x/3",), ("http://x/4",)]
        journal.sent(SUBMISSION, 0, "ab" * 32, HeldFile("big.tif", 2_000_000, {"sha256": "ab" * 32}))
        assert journal.known(SUBMISSION, 0) is None
        assert journal.held(SUBMISSION) == {}
        assert [f.seq for f in journal.pending(SUBMISSION)] == [3, 4, 1, 2]  # what was begun comes first
        assert journal.totals(SUBMISSION) == (5, 1, 2_000_400, 2_000_000)
        assert journal.counts(SUBMISSION) == {"verified": 1, "waiting": 2, "sending": 2}
        assert [f.sha256 for f in journal.files(SUBMISSION)][:2] == ["ab" * 32, None]


def test_intents_are_on_disk_when_the_call_returns_and_outcomes_soon_after(world: World) -> None:
    with world.journal() as journal:
        journal.intend_all(SUBMISSION, [1, 2], "tus")
        assert on_disk(world, "SELECT count(*) FROM upload") == [(2,)]
        journal.sent(SUBMISSION, 1, "cd" * 32, HELD)
        assert on_disk(world, "SELECT state FROM submission_file WHERE seq=1") == [("sending",)]  # gathered
        wait_for(lambda: on_disk(world, "SELECT state FROM submission_file WHERE seq=1") == [("sent",)], 5)


def test_a_gathered_outcome_goes_with_the_next_commit(world: World) -> None:
    with world.journal() as journal:
        journal.intend_all(SUBMISSION, [1, 2], "tus")
        journal.sent(SUBMISSION, 1, "cd" * 32, HELD)
        journal.intend(SUBMISSION, 3, "tus")
        assert on_disk(world, "SELECT state FROM submission_file WHERE seq=1") == [("sent",)]


def test_another_protocol_does_not_get_a_foreign_token(world: World) -> None:
    with world.journal() as journal:
        journal.intend(SUBMISSION, 0, "tus")
        journal.began(SUBMISSION, 0, Upload("http://x/1", 7))
        journal.intend(SUBMISSION, 0, "tus")
        assert journal.known(SUBMISSION, 0) == Upload("http://x/1", 7)
        journal.intend(SUBMISSION, 0, "ftp")
        assert journal.known(SUBMISSION, 0) is None


def test_failed_files_are_tried_again_or_left_out(world: World) -> None:
    with world.journal() as journal:
        journal.intend(SUBMISSION, 0, "tus")
        journal.began(SUBMISSION, 0, Upload("http://x/1", 7))
        journal.failed(SUBMISSION, 0, PROBLEM)
        journal.failed(SUBMISSION, 1, PROBLEM)
        assert journal.counts(SUBMISSION)["failed"] == 2
        assert '"path": "ä.tif"' in str(on_disk(world, "SELECT problem FROM submission_file WHERE seq=0")[0][0])
        journal.skip(SUBMISSION, 1)
        journal.retry_failed(SUBMISSION)
        assert journal.counts(SUBMISSION) == {"waiting": 4, "skipped": 1}
        assert journal.known(SUBMISSION, 0) == Upload("http://x/1", 7)  # what the other side has is not forgotten
        assert journal.totals(SUBMISSION)[0] == 4
        journal.sent(SUBMISSION, 0, "ab" * 32, HELD)
        journal.skip(SUBMISSION, 0)
        assert journal.counts(SUBMISSION)["sent"] == 1  # what is there cannot be left out


def test_digests_are_remembered_for_exactly_that_file(world: World) -> None:
    with world.journal() as journal:
        file = world.files[1]
        journal.sent(SUBMISSION, 1, "ef" * 32, HELD)
        journal.flush()
        key = (file.source, file.size, file.mtime_ns, file.inode)
        assert journal.recall(*key) == "ef" * 32
        assert journal.recall(file.source, file.size + 1, file.mtime_ns, file.inode) is None
        journal.remember("/a", 1, 2, 3, "01" * 32)
        journal.flush()
        assert journal.recall("/a", 1, 2, 3) == "01" * 32


def test_digests_that_were_compared_on_the_way_are_remembered_too(world: World) -> None:
    with world.journal() as journal:
        file = world.files[1]
        held = HeldFile(file.name, file.size, {"sha256": "ef" * 32, "md5": "01" * 16}, proof=Proof.DIGEST)
        journal.sent(SUBMISSION, 1, "ef" * 32, held)
        journal.flush()
        key = (file.source, file.size, file.mtime_ns, file.inode)
        assert journal.recall_more(*key) == {"sha256": "ef" * 32, "md5": "01" * 16}
        assert journal.recall_more(file.source, 0, 0, 0) == {}
        journal.remember("/a", 1, 2, 3, "01" * 32, {"md5": "02" * 16})
        journal.flush()
        assert journal.recall_more("/a", 1, 2, 3) == {"sha256": "01" * 32, "md5": "02" * 16}


def test_pending_files_bring_the_digest_that_is_remembered_for_their_state(world: World) -> None:
    with world.journal() as journal:
        file = world.files[1]
        journal.remember(file.source, file.size, file.mtime_ns, file.inode, "ab" * 32)
        journal.remember(world.files[2].source, 1, 2, 3, "cd" * 32)  # of an earlier state
        journal.flush()
        assert [f.sha256 for f in journal.pending(SUBMISSION)] == [None, "ab" * 32, None, None, None]


@pytest.mark.parametrize(
    ("proof", "state"),
    [(Proof.DIGEST, "verified"), (Proof.PARTS, "verified"), (Proof.READ_BACK, "verified"), (Proof.SAMPLES, "sent"),
     (Proof.SIZE, "sent"), (None, "sent")],
)  # fmt: skip
def test_what_shows_that_a_file_is_there_is_kept(world: World, proof: Proof | None, state: str) -> None:
    with world.journal() as journal:
        journal.sent(SUBMISSION, 0, "ab" * 32, HeldFile("big.tif", 2_000_000, proof=proof))
        told = (proof or Proof.SIZE).value
        assert on_disk(world, "SELECT state, proof FROM submission_file WHERE seq=0") == [(state, told)]


def test_parts_of_an_upload_are_kept_until_it_is_begun_anew(world: World) -> None:
    with world.journal() as journal:
        journal.intend(SUBMISSION, 0, "s3")
        journal.began(SUBMISSION, 0, Upload("one"))
        assert journal.part_length(SUBMISSION, 0) is None
        journal.cut(SUBMISSION, 0, 600_000)
        journal.part_sent(SUBMISSION, 0, 3, "three", held=600_000)
        journal.part_sent(SUBMISSION, 0, 1, "one", held=1_200_000)
    with world.journal() as journal:
        assert journal.part_length(SUBMISSION, 0) == 600_000
        assert journal.parts(SUBMISSION, 0) == {1: "one", 3: "three"}
        assert journal.held(SUBMISSION) == {0: 1_200_000}
        journal.intend(SUBMISSION, 0, "s3")
        assert journal.part_length(SUBMISSION, 0) == 600_000
        journal.forget_parts(SUBMISSION, 0)
        assert (journal.parts(SUBMISSION, 0), journal.part_length(SUBMISSION, 0)) == ({}, None)
        journal.cut(SUBMISSION, 0, 100)
        journal.part_sent(SUBMISSION, 0, 1, "new", held=100)
        journal.intend(SUBMISSION, 0, "tus")  # another protocol knows nothing of them
        assert journal.part_length(SUBMISSION, 0) is None
        journal.cut(SUBMISSION, 0, 200)
        assert journal.parts(SUBMISSION, 0) == {}


def test_failed_files_are_counted_with_their_bytes(world: World) -> None:
    with world.journal() as journal:
        assert journal.sums(SUBMISSION) == {"waiting": (5, 2_000_400)}
        journal.failed(SUBMISSION, 0, PROBLEM)
        journal.failed(SUBMISSION, 1, PROBLEM)
        assert journal.sums(SUBMISSION) == {"failed": (2, 2_000_100), "waiting": (3, 300)}


class Failing(SqliteJournal):
    """A disk that takes nothing for a while."""

    refuses = 0

    def commit(self, statements: Sequence[Statement]) -> None:
        if Failing.refuses:
            Failing.refuses -= 1
            error = sqlite3.OperationalError("full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        super().commit(statements)


def test_outcomes_that_the_disk_did_not_take_are_written_later(world: World) -> None:
    journal = Failing(world.store)
    journal.intend_all(SUBMISSION, [1, 2], "tus")
    Failing.refuses = 2
    journal.began(SUBMISSION, 2, Upload("two"), gather=True)
    journal.sent(SUBMISSION, 1, "cd" * 32, HELD)
    with pytest.raises(NeedsUser):
        journal.intend(SUBMISSION, 3, "tus")
    wait_for(lambda: on_disk(world, "SELECT state FROM submission_file WHERE seq=1") == [("sent",)], 10)
    assert on_disk(world, "SELECT token FROM upload WHERE seq=2") == [("two",)]
    assert on_disk(world, "SELECT count(*) FROM upload WHERE seq=3") == [(0,)]  # who waited for it was told
    journal.close()


class Counting(SqliteJournal):
    commits = 0
    slow = threading.Event()

    def commit(self, statements: Sequence[Statement]) -> None:
        Counting.commits += 1
        Counting.slow.wait(0.05)
        super().commit(statements)


def test_many_threads_share_commits(world: World) -> None:
    for number in range(40):
        world.add(f"more {number}", b"x")
    journal, Counting.commits = Counting(world.store), 0

    def work(first: int) -> None:
        for seq in range(first, 40, 8):
            journal.intend(SUBMISSION, seq, "tus")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.counts(SUBMISSION)["sending"] == 40
    assert Counting.commits < 30
    journal.close()


def test_rows_are_streamed(tmp_path: Path) -> None:
    world = World(tmp_path)
    with contextlib.closing(sqlite3.connect(world.store)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute(
            "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role) "
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999) "
            "SELECT ?, i, '/data/a/rather/long/folder/' || i, 'o' || i, 'n' || i, 20000, 0, 0, 'data' FROM n",
            (SUBMISSION,),
        )
        db.commit()
    with world.journal() as journal:
        tracemalloc.start()
        assert sum(1 for _ in journal.pending(SUBMISSION)) == 30_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20
        plan = on_disk(world, "EXPLAIN QUERY PLAN SELECT seq FROM submission_file WHERE submission_id='s' AND seq>1 "
                              "AND state='waiting' AND size>=1 AND size<9 ORDER BY seq LIMIT 500")  # fmt: skip
        assert "USING COVERING INDEX submission_file_by_state" in str(plan)
        assert "TEMP B-TREE" not in str(plan)


_FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from transfer_world import SUBMISSION, World
from depositor.draft.problem import NeedsUser
world = World(Path(sys.argv[2]))
for n in range(3): world.add(str(n), b"x")
with world.journal() as journal:
    size = Path(str(world.store) + "-wal").stat().st_size if Path(str(world.store) + "-wal").exists() else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        journal.intend(SUBMISSION, 0, "tus")
        print("written")
    except NeedsUser as error:
        print(error.problem.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, str(Path(__file__).parent), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() in ("journal.disk-full", "journal.no-access"), done.stdout + done.stderr[-1500:]


def test_after_closing_nothing_is_written_and_nothing_raises(world: World) -> None:
    journal = SqliteJournal(world.store)
    journal.close()
    journal.close()
    journal.sent(SUBMISSION, 0, "ab" * 32, HELD)
    journal.intend(SUBMISSION, 1, "tus")
    assert on_disk(world, "SELECT DISTINCT state FROM submission_file") == [("waiting",)]


def test_a_locked_store_is_waited_for(world: World) -> None:
    """The session writes to the same file meanwhile."""
    with world.journal() as journal, contextlib.closing(sqlite3.connect(world.store, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, other.rollback).start()
        journal.intend(SUBMISSION, 0, "tus")
        assert journal.counts(SUBMISSION)["sending"] == 1


def test_needs_user_is_what_it_raises() -> None:
    from depositor.transfer.journal_disk import told

    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert isinstance(told(error), NeedsUser)
    assert told(sqlite3.ProgrammingError("ours")).__class__ is sqlite3.ProgrammingError
