"""Every route, killed with -9: the sender at every write of its journal and at random moments, and the server too.

In the end every file is there once and as it was, the journal knows it, nothing half is left lying around, no secret
stands in the journal, and of what had arrived at most a part of each line came again. ``DEPOSITOR_TEST_KILLS``: how
often each route is killed at random (2 unless told).
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from crash_routes import Route, Served, assert_arrived, every_route, fill
from crash_sender import PASSWORD, finished, start
from transfer_world import World, wait_for

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="kills with SIGKILL"), pytest.mark.timeout(300)]
KILLS = int(os.environ.get("DEPOSITOR_TEST_KILLS", "2"))
_ENOUGH = 400
_SMALL = 5 * 4010


@pytest.fixture
def world(tmp_path: Path, route: Route) -> World:
    world = World(tmp_path)
    fill(world, route)
    return world


def assert_sound(world: World, route: Route, served: Served, kills: int) -> None:
    assert_arrived(world, served)
    assert served.left() == []
    for path in world.store.parent.glob(f"{world.store.name}*"):
        assert PASSWORD.encode() not in path.read_bytes(), "a secret in the journal"
    if served.received is not None and route.again is not None:
        assert served.received() <= world.bytes + kills * (route.again + _SMALL)


@every_route()
def test_killed_at_every_write(world: World, tmp_path: Path, route: Route) -> None:
    with route.served(tmp_path) as served:
        kills = lives_of_few_writes(world, served, route)
        assert kills >= 2
        assert_sound(world, route, served, kills)


def lives_of_few_writes(world: World, served: Served, route: Route) -> int:
    """Each run dies a few commits later than it has got, sometimes before and sometimes after the write; the number of
    kills until nothing is left to do. Fewer than two commits could not both write an intent and its outcome; a file
    that is begun anew needs all of its own in one life."""
    least = 2 if route.again is not None or not route.whole else 3
    for kills in range(_ENOUGH):
        if finished(start(world.store, served.told, least + kills % 2 + kills // 20, after=bool(kills % 3))):
            return kills
    raise AssertionError("it never came to an end")


@every_route()
def test_killed_at_random(world: World, tmp_path: Path, route: Route) -> None:
    chance = random.Random(route.name)
    with route.served(tmp_path) as served:
        told = {**served.told, "limit": 3_000_000}
        kills = sum(killed_somewhere(world, served, told, chance) for _ in range(KILLS))
        assert finished(start(world.store, served.told))
        assert_sound(world, route, served, kills)


def killed_somewhere(world: World, served: Served, told: Any, chance: random.Random) -> bool:
    """True where it came to a kill; else it was faster."""
    goal = served.held() + chance.randrange(1, world.bytes // 2)
    process, end = start(world.store, told), time.monotonic() + 20
    while served.held() < goal and process.exitcode is None and time.monotonic() < end:
        time.sleep(0.002)
    if process.exitcode is None:
        os.kill(process.pid, signal.SIGKILL)
    return not finished(process)


@every_route(only=lambda route: route.name not in ("tus in one request", "s3 in order", "sftp in parts"))
def test_both_are_killed(world: World, tmp_path: Path, route: Route) -> None:
    """The server dies first, the sender while it waits for it; the server comes back, and then the sender."""
    with route.served(tmp_path) as served:
        first = start(world.store, {**served.told, "limit": 3_000_000})
        wait_for(lambda: served.held() > world.bytes // 3 or first.exitcode is not None)
        stop(served)
        os.kill(first.pid, signal.SIGKILL)
        assert not finished(first)
        second = start(world.store, served.told)
        time.sleep(0.2)
        assert second.exitcode is None  # it waits for the server
        go_on(served)
        assert finished(second)
        assert_sound(world, route, served, 2)


def stop(served: Served) -> None:
    """kill -9 of a server that is a process; what lives in this one is only out of reach."""
    if served.kill is not None:
        served.kill()
    elif served.line is not None:
        served.line.down()


def go_on(served: Served) -> None:
    if served.start is not None:
        served.start()
    elif served.line is not None:
        served.line.up()
