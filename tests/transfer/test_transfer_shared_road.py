"""Real engines on one road: fair by weight, limited together, resting together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from transfer_world import QUICK, SUBMISSION, Running, World, noise, wait_for
from tus_faults import TusServer

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.manners import rest_problems
from depositor.transfer.manners.gate import Wait
from depositor.transfer.manners.road import Road
from depositor.transfer.net.web import Timeouts
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

RATE = 2_000_000


@pytest.fixture
def server() -> Iterator[TusServer]:
    with TusServer() as made:
        yield made


@contextlib.contextmanager
def sending(world: World, server: TusServer, road: Road, priority: int = 0) -> Iterator[Running]:
    options = TusOptions(checksums=False, part_size=64 << 10)
    with world.journal() as journal:
        engine = Engine(
            journal,
            lambda: TusCarrier(server.url, options=options, timeouts=Timeouts(5, 10)),
            SUBMISSION,
            replace(QUICK, workers=2),
            Cancel(),
            road,
            priority,
        )
        run = Running(engine)
        try:
            yield run
        finally:
            engine.cancel()
            run.join()


def world_of(folder: Path) -> World:
    made = World(folder)
    for number in range(4):
        made.add(f"{number}.tif", noise(3 << 20, number))
    return made


@pytest.mark.parametrize(("priority", "share"), [(0, 0.5), (1, 2 / 3), (-1, 1 / 3)])
def test_two_submissions_share_bytes_by_weight(priority: int, share: float, tmp_path: Path, server: TusServer) -> None:
    road = Road(limit=RATE, lines=4)
    one, other = world_of(tmp_path / "one"), world_of(tmp_path / "other")
    with sending(one, server, road, priority) as first, sending(other, server, road) as second:
        runs = (first, second)
        wait_for(lambda: all(r.engine.progress().bytes_sent for r in runs))
        base = [r.engine.progress().bytes_sent for r in runs]
        wait_for(lambda: sum(r.engine.progress().bytes_sent for r in runs) - sum(base) > 2_500_000)
        sent = [r.engine.progress().bytes_sent - b for r, b in zip(runs, base, strict=True)]
    assert sent[0] / sum(sent) == pytest.approx(share, abs=0.1)


def test_all_lines_together_are_bounded(tmp_path: Path, server: TusServer) -> None:
    road = Road(limit=RATE, lines=3)
    one, other = world_of(tmp_path / "one"), world_of(tmp_path / "other")
    most = 0
    with sending(one, server, road) as first, sending(other, server, road) as second:
        runs = (first, second)

        def moved() -> bool:
            nonlocal most
            most = max(most, road.open_lines)
            return sum(r.engine.progress().bytes_sent for r in runs) > 1_500_000

        wait_for(moved)
        assert all(r.engine.progress().bytes_sent for r in runs)
    assert 2 <= most <= 4  # the first line of a submission never waits for another submission


def test_the_road_rests_and_goes_on_with_all(tmp_path: Path, server: TusServer) -> None:
    road = Road(limit=RATE)
    world = world_of(tmp_path)
    with sending(world, server, road) as run:
        run.until(lambda: run.engine.progress().bytes_sent > 0)
        road.rest_for(Wait(rest_problems.hours("19:00"), 3600.0))
        run.until(lambda: road.open_lines == 0)
        resting = run.engine.progress()
        assert resting.waiting is not None
        assert (resting.waiting.code, resting.retry_in_s) == ("transfer.hours", 3600.0)
        assert (resting.speed, resting.remaining_s) == (0.0, None)
        road.limit(None)
        road.rest_for(None)
        outcome = run.join()
    assert (outcome.sent, outcome.failed) == (4, 0)
    assert world.digests() == world.true_digests()


def test_lifting_the_limit_lets_everything_go(tmp_path: Path, server: TusServer) -> None:
    road = Road(limit=20_000)  # ten minutes
    world = world_of(tmp_path)
    with sending(world, server, road) as run:
        run.until(lambda: run.engine.progress().bytes_sent > 0)
        road.limit(None)
        assert run.join(20).sent == 4
