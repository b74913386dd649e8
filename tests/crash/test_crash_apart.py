"""A file in parts over several lines, killed at every write of the journal and at random moments: nothing is lost, and
of what had arrived at most one part per line comes again."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "transfer"))

from apart_place import ApartPlace
from test_crash_transfer import _CONTEXT, DyingJournal, finished
from transfer_world import QUICK, SUBMISSION, World, noise

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
LINES = 3
PART = 128 << 10
SETTINGS = dataclasses.replace(QUICK, workers=LINES, part_bytes=PART, big_bytes=1 << 20)
SIZE = 2_000_003  # sixteen parts


def child(store: str, root: str, tells: bool, left: int, after: bool) -> None:
    """One run; dies at the ``left``-th commit if there are so many. Exit code 0: everything was sent."""
    DyingJournal.left, DyingJournal.after = left, after
    journal = DyingJournal(Path(store))
    place = ApartPlace(Path(root), tells=tells)
    outcome = Engine(journal, place.carrier, SUBMISSION, SETTINGS, Cancel()).run()
    journal.close()
    os._exit(0 if not (outcome.failed or outcome.stopped) else 3)


def start(world: World, place: ApartPlace, left: int = 0, *, after: bool = False) -> Any:
    values = (str(world.store), str(place.root), place.tells, left, after)
    process = _CONTEXT.Process(target=child, args=values)
    process.start()
    return process


def made(folder: Path, *, tells: bool) -> tuple[World, ApartPlace]:
    world = World(folder)
    world.add("stack/big.ome.tif", noise(SIZE))
    for number in range(4):
        world.add(f"plane {number}.dcm", noise(4000, number))
    return world, ApartPlace(folder / "place", tells=tells)


def assert_whole(world: World, place: ApartPlace, kills: int) -> None:
    assert place.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert place.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) == {"verified"}
    assert world.digests() == world.true_digests()
    big = [(name, size) for name, size in place.came() if size > 4003]
    assert sum(size for _, size in big) <= SIZE + kills * LINES * PART
    assert place.parts() == []


@pytest.mark.parametrize("tells", [True, False])
def test_killed_at_every_write(tmp_path: Path, tells: bool) -> None:
    world, place = made(tmp_path, tells=tells)
    for kills in range(100):
        if finished(start(world, place, left=2 + kills % 2, after=bool(kills % 3))):
            break
    assert kills >= 5
    assert_whole(world, place, kills)


def test_killed_once_at_each_write(tmp_path: Path) -> None:
    for commit in range(1, 60, 3):
        world, place = made(tmp_path / str(commit), tells=bool(commit % 2))
        survived = finished(start(world, place, left=commit, after=not commit % 4))
        assert survived or finished(start(world, place))
        assert_whole(world, place, 1)
        if survived:
            assert commit > 8
            return


def test_killed_at_random_moments(tmp_path: Path) -> None:
    world, place = made(tmp_path, tells=True)
    chance, kills = random.Random(7), 0
    for _ in range(5):
        goal = place.received() + chance.randrange(1, SIZE // 5)
        process = start(world, place)
        while place.received() < goal and process.exitcode is None:
            time.sleep(0.001)
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
        kills += not finished(process)
    assert finished(start(world, place))
    assert kills >= 3
    assert_whole(world, place, kills)
