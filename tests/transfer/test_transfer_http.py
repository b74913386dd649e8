"""Whole files over HTTP against a server that breaks off, refuses, and lies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from transfer_servers import PutServer
from transfer_world import World, noise

from depositor.draft.submission import HeldFile
from depositor.transfer.http.carrier import HttpCarrier, HttpRoute
from depositor.transfer.net.web import Timeouts

SHORT = Timeouts(connect=2, idle=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[PutServer]:
    with PutServer() as server:
        yield server


def carrier(server: PutServer, **more: Any) -> Callable[[], HttpCarrier]:
    listing = lambda: {n: len(d) for n, d in server.files.items()}  # noqa: E731
    route = HttpRoute(url=lambda f: server.url + quote(f.name), **{"listing": listing, **more})
    return lambda: HttpCarrier(route, SHORT)


def cut(handler: Any, name: str, data: bytes) -> int:
    handler.cut()
    return 0


def keep_and_cut(handler: Any, name: str, data: bytes) -> int:
    handler.place.files[name] = data
    handler.cut()
    return 0


def lose_the_end(handler: Any, name: str, data: bytes) -> int:
    handler.place.files[name] = data[:-7]
    return 200


def test_a_broken_file_is_sent_again(world: World, server: PutServer) -> None:
    world.add("a/b c.tif", noise(400_000))
    server.faults = [cut, cut]
    outcome = world.run(carrier(server))
    assert (outcome.sent, outcome.bytes_sent) == (1, 3 * 400_000)
    assert server.content("a/b c.tif") == noise(400_000)


def test_what_arrived_without_an_answer_is_not_sent_again(world: World, server: PutServer) -> None:
    world.add("a.tif", noise(400_000))
    server.faults = [keep_and_cut]
    assert world.run(carrier(server)).bytes_sent == 400_000
    assert world.digests() == world.true_digests()


def test_what_is_there_already_is_skipped(world: World, server: PutServer) -> None:
    for number in range(6):
        server.files[world.add(f"{number}.tif", noise(100, number)).name] = noise(100, number)
    world.add("new.tif", noise(100, 99))
    outcome = world.run(carrier(server))
    assert (outcome.sent, outcome.bytes_sent) == (7, 100)
    assert server.requests.count("PUT") == 1


def test_a_truncated_file_is_noticed_and_sent_once_more(world: World, server: PutServer) -> None:
    world.add("a.tif", noise(5000))
    server.faults = [lose_the_end]
    assert world.run(carrier(server)).sent == 1
    assert server.content("a.tif") == noise(5000)
    world.add("b.tif", noise(6000))
    server.faults = [lose_the_end, lose_the_end, lose_the_end]
    assert [p.code for p in world.run(carrier(server)).problems] == ["archive.differs"]


def test_an_md5_of_the_archive_is_compared(world: World, server: PutServer) -> None:
    def held(file: Any, answer: Any) -> HeldFile:
        return HeldFile(file.name, file.size, {"md5": hashlib.md5(server.files[file.name]).hexdigest()})

    def flip(handler: Any, name: str, data: bytes) -> int:
        server.files[name] = bytes([data[0] ^ 1]) + data[1:]
        return 200

    world.add("a.tif", noise(5000))
    server.faults = [flip]
    assert world.run(carrier(server, held=held, md5=True, listing=None)).sent == 1
    assert server.content("a.tif") == noise(5000)
    assert world.states() == {"a.tif": "verified"}


@pytest.mark.parametrize(
    ("status", "code"), [(413, "archive.too-large"), (400, "archive.refused"), (409, "archive.conflict")]
)
def test_a_refused_file_fails_alone(world: World, server: PutServer, status: int, code: str) -> None:
    world.add("bad.tif", noise(5000))
    world.add("good.tif", noise(5000))
    route = carrier(server)
    server.faults = [lambda handler, name, data: status if name == "bad.tif" else 201] * 2
    outcome = world.run(route)
    assert [p.code for p in outcome.problems] == [code]
    assert server.names() == ["good.tif"]


def test_a_full_account_asks_the_user(world: World, server: PutServer) -> None:
    world.add("a.tif", noise(5000))
    server.faults = [lambda *_: 507]
    outcome = world.run(carrier(server))
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.quota"
