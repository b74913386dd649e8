"""A transfer that is killed at every write of its journal, and at random moments, and then goes on.

The engine runs in a child process that ends with SIGKILL (``os._exit`` cannot run any clean-up either) right before or
right after the n-th commit. After each kill it is started again; in the end the remote bytes are equal, there is one
object per file, and no more was sent than the data and a part per kill.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "transfer"))

from transfer_servers import OfficialTus
from transfer_world import QUICK, SUBMISSION, World, noise
from tus_faults import TusServer

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.journal import SqliteJournal, Statement
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
_ENOUGH = 400
_CONTEXT = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
multiprocessing.set_forkserver_preload(["depositor.transfer.engine", "depositor.transfer.tus.carrier", "requests"])


class DyingJournal(SqliteJournal):
    """A journal whose process dies at its n-th commit: before it reaches the disk, or right after."""

    left = 0
    after = False

    def commit(self, statements: Sequence[Statement]) -> None:
        DyingJournal.left -= 1
        if DyingJournal.left == 0 and not DyingJournal.after:
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit(statements)
        if DyingJournal.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def carrier(kind: str, port: int) -> Any:
    path = "files/" if kind == "strict" else "files"
    options = TusOptions(recognises_files=kind == "one-request")
    return TusCarrier(f"http://127.0.0.1:{port}/{path}", options=options)


def child(store: str, kind: str, port: int, left: int, after: bool) -> None:
    """One run; dies at the ``left``-th commit if there are so many. Exit code 0: everything was sent."""
    DyingJournal.left, DyingJournal.after = left, after
    journal = DyingJournal(Path(store))
    outcome = Engine(journal, lambda: carrier(kind, port), SUBMISSION, QUICK, Cancel()).run()
    journal.close()
    os._exit(0 if not (outcome.failed or outcome.stopped) else 3)


def start(world: World, kind: str, port: int, left: int = 0, *, after: bool = False) -> Any:
    process = _CONTEXT.Process(target=child, args=(str(world.store), kind, port, left, after))
    process.start()
    return process


def finished(process: Any) -> bool:
    """Wait for a child: True where it ended by itself with everything sent, False where it was killed."""
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return bool(process.exitcode == 0)


def killed_at_every_commit(world: World, kind: str, port: int) -> int:
    """Each run dies one commit later than it has got; the number of kills until nothing is left to do."""
    for kills in range(_ENOUGH):
        # Two commits per life: fewer could not both write an intent and its outcome.
        if finished(start(world, kind, port, left=2 + kills % 2, after=bool(kills % 3))):
            return kills
    raise AssertionError("it never came to an end")


def fill(world: World) -> None:
    world.add("stack/big.ome.tif", noise(1_300_000))
    world.add("stack/empty.txt", b"")
    for number in range(6):
        world.add(f"plane {number}.dcm", noise(4000 + number, number))


def assert_equal(world: World, server: Any) -> None:
    assert server.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert server.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) <= {"sent", "verified"}
    assert world.digests() == world.true_digests()


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    fill(world)
    return world


@pytest.mark.parametrize("after", [False, True])
def test_killed_once_at_each_write_by_a_server_that_knows_no_names(tmp_path: Path, after: bool) -> None:
    """Nothing protects against a second object here but the order: token first, bytes after."""
    # Right after one write is all but right before the next one: a sample of these is enough.
    for commit in range(1, _ENOUGH, 4 if after else 1):
        world = World(tmp_path / str(commit))
        world.add("big.ome.tif", noise(600_000 + (1 << 20)))
        world.add("empty.txt", b"")
        for number in range(8):  # several handfuls: their objects are made ahead, their tokens share a commit
            world.add(f"plane {number}.dcm", noise(4000, number))
        with TusServer(checksum=False) as server:
            port = int(server.url.split(":")[2].split("/")[0])
            survived = finished(start(world, "strict", port, left=commit, after=after))
            assert survived or finished(start(world, "strict", port))
            assert_equal(world, server)
            assert server.received <= world.bytes + QUICK.part_bytes
        if survived:
            assert commit > 8
            return


def test_killed_at_every_write_with_files_in_one_request(world: World, tmp_path: Path) -> None:
    with OfficialTus(tmp_path / "tus", named=True) as server:
        kills = killed_at_every_commit(world, "one-request", server.port)
        assert kills >= 5
        assert_equal(world, server)
        assert server.total() == world.bytes


def test_killed_at_random_moments(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add("big.ome.tif", noise(6_000_000))
    for number in range(60):
        world.add(f"{number:03d}.dcm", noise(5000, number))
    chance = random.Random(4)
    with TusServer(checksum=False) as server:
        port, kills = int(server.url.split(":")[2].split("/")[0]), 0
        for _ in range(6):
            goal = server.received + chance.randrange(1, world.bytes // 8)
            process = start(world, "strict", port)
            while server.received < goal and process.exitcode is None:
                time.sleep(0.001)
            if process.exitcode is None:
                os.kill(process.pid, signal.SIGKILL)
            kills += not finished(process)
        assert finished(start(world, "strict", port))
        assert_equal(world, server)
        assert kills >= 3
        assert server.received <= world.bytes + kills * QUICK.part_bytes


def test_killed_client_and_killed_server(world: World, tmp_path: Path) -> None:
    """The official server dies too, and comes back at the same address."""
    with OfficialTus(tmp_path / "tus") as server:
        process = start(world, "official", server.port, left=4)
        assert not finished(process)
        server.kill()
        second = start(world, "official", server.port)
        time.sleep(0.5)
        assert second.exitcode is None  # it waits for the server
        server.start()
        assert finished(second)
        assert_equal(world, server)
