"""Every route over a line with a script: cut, half-open, mute, slow, refused; and a server that loses, sets back or
spoils what it holds. The engine runs in this process; it goes on by itself, and everything arrives as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from crash_routes import BIG, NAMES, Route, Served, assert_arrived, every_route, fill
from crash_sender import factory, settings
from plain_server import PlainServer
from s3_faults import S3Server
from s3_world import carrier as s3_carrier
from transfer_world import World, noise

from depositor.draft.submission import Proof
from depositor.transfer.repositories import invenio
from depositor.transfer.sftp import apart as sftp_apart
from depositor.transfer.webdav import ranges as webdav_ranges

pytestmark = pytest.mark.timeout(120)
_BY_CONTENT = (Proof.DIGEST, Proof.PARTS, Proof.READ_BACK)


@pytest.fixture
def world(tmp_path: Path, route: Route) -> World:
    world = World(tmp_path)
    fill(world, route)
    return world


@pytest.fixture(autouse=True)
def sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The makers of carriers change them in this process too."""
    monkeypatch.setattr("depositor.transfer.manners.gate._MANNERS_S", 0.02)
    for module, names in (
        (sftp_apart, ("FROM", "FAR_S", "_PART")),
        (webdav_ranges, ("FROM", "PART", "BACK_UP")),
        (invenio, ("_LEAST_PART",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))


FAULTS: dict[str, Callable[[Any], object]] = {
    "cut": lambda line: line.cut(),
    "half-open": lambda line: line.half_open(),
    "stall": lambda line: line.stall(),
    "down": lambda line: line.down(),
}


@every_route(but=("folder", "ftps"))  # the bytes of FTPS cannot be counted from outside
def test_whatever_the_line_does(world: World, tmp_path: Path, route: Route) -> None:
    """One fault after another in one transfer, each once a sixth more has gone through."""
    with route.served(tmp_path) as served:
        line = served.line
        assert line is not None
        faults = [name for name in FAULTS if name in served.faults]
        happened: list[str] = []

        def happens(name: str) -> Callable[[], None]:
            def act() -> None:
                FAULTS[name](line)
                happened.append(name)

            return act

        for number, name in enumerate(faults, 1):
            line.at(number * world.bytes // 6, happens(name))
        if "slow" in served.faults:
            line.at(world.bytes * 5 // 6, lambda: line.slow(1_500_000))
        with world.running(factory(served.told), settings(served.told)) as run:
            for name in ("stall", "down"):
                if name in faults:
                    run.until(lambda name=name: name in happened or run.outcome is not None)
                    run.until(lambda: run.engine.progress().waiting is not None or run.outcome is not None)
                    if name == "stall":
                        line.flow()
                        line.cut()
                    else:
                        line.up()
            outcome = run.join(60)
        assert (outcome.failed, outcome.stopped) == (0, False), outcome.problems
        assert happened == faults
        assert_arrived(world, served)
        assert served.left() == []


@contextlib.contextmanager
def meddled(world: World, served: Served, meddle: Callable[[], object]) -> Iterator[Any]:
    """A run in the middle of whose big file something happens at the server, while nobody can reach it."""
    told = {**served.told, "limit": 2_500_000}
    with world.running(factory(told), settings(told)) as run:
        run.until(lambda: sent_of_big(run) > BIG // 2 or run.outcome is not None)
        if served.line is not None:
            served.line.down()
            run.until(lambda: run.engine.progress().waiting is not None or run.outcome is not None)
        meddle()
        if served.line is not None:
            served.line.up()
        yield run


def sent_of_big(run: Any) -> int:
    return max((f.sent for f in run.engine.progress().active if f.size == BIG), default=0)


@every_route(only=lambda route: not route.whole)
def test_a_server_that_loses_what_is_under_way(world: World, tmp_path: Path, route: Route) -> None:
    with route.served(tmp_path) as served:
        assert served.lose is not None
        with meddled(world, served, served.lose) as run:
            outcome = run.join(60)
        assert (outcome.failed, outcome.stopped) == (0, False), outcome.problems
        assert_arrived(world, served)
        assert served.left() == []


@every_route(only=lambda route: not route.whole and route.name not in ("tus in parts", "invenio"))
def test_a_server_that_comes_back_with_older_state(world: World, tmp_path: Path, route: Route) -> None:
    """Offsets and parts go back; what is missing goes again."""
    with route.served(tmp_path) as served:
        assert served.back is not None
        with meddled(world, served, served.back) as run:
            outcome = run.join(60)
        assert (outcome.failed, outcome.stopped) == (0, False), outcome.problems
        assert_arrived(world, served)
        assert served.left() == []


@every_route(only=lambda route: not route.whole)
def test_what_was_spoilt_there_is_found_and_sent_again_or_told(world: World, tmp_path: Path, route: Route) -> None:
    """Nothing is said to be proved by its content that is not as it was."""
    with route.served(tmp_path) as served:
        assert served.spoil is not None
        with meddled(world, served, served.spoil) as run:
            outcome = run.join(60)
        assert not outcome.stopped, outcome.problem
        whole = served.content(NAMES[0]) == Path(world.files[0].source).read_bytes()
        state, proof = told_of_big(world)
        if state == "failed":
            assert [p.code for p in outcome.problems] in (["archive.differs"], ["archive.upload-lost"])
        elif not whole:
            assert not route.proved, "damaged, and nobody noticed"
            assert proof not in _BY_CONTENT
            assert state == "sent"
        if route.proved:
            assert whole or state == "failed"


def told_of_big(world: World) -> tuple[str, str]:
    import sqlite3

    with contextlib.closing(sqlite3.connect(world.store)) as db:
        state, proof = db.execute("SELECT state, proof FROM submission_file WHERE seq=0").fetchone()
        return str(state), str(proof)


class Forgetful(dict[str, Any]):
    """Takes everything and keeps nothing, so many times."""

    times = 1

    def __setitem__(self, key: str, value: Any) -> None:
        if self.times and "big" in key:
            self.times -= 1
            return
        super().__setitem__(key, value)


@pytest.mark.parametrize("times", [1, 1000])
@pytest.mark.parametrize("name", ["put", "s3"])
def test_a_server_that_says_yes_and_keeps_nothing(tmp_path: Path, name: str, times: int) -> None:
    """Sent again; where it stays like this it is told, and never counts as sent."""
    world, kept = World(tmp_path), Forgetful()
    kept.times = times
    world.add("big.tif", noise(BIG))
    world.add("other.tif", noise(4000))
    if name == "put":
        server: Any = PlainServer(tells="repr")
        server.files, make = kept, lambda: factory({"kind": "put", "url": server.url})
    else:
        server = S3Server()
        server.objects, make = kept, lambda: s3_carrier(server)
    with server:
        outcome = world.run(make(), settings({}))
        assert server.content("other.tif") == noise(4000)
        if times == 1 and not outcome.failed:
            assert server.content("big.tif") == noise(BIG)
        else:
            assert outcome.failed == 1
            assert world.states()["big.tif"] == "failed"
