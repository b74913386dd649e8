"""Whole files over HTTP: digests that servers tell or check, answers that never came, and nothing replaced unasked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from carrier_suite import BytesBody
from plain_server import PlainServer
from transfer_world import World, noise

from depositor.draft.problem import Refused
from depositor.draft.submission import Proof
from depositor.transfer.http.carrier import HttpCarrier, HttpRoute
from depositor.transfer.http.sums import told
from depositor.transfer.net.web import Timeouts

SHORT = Timeouts(connect=5, idle=5)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[PlainServer]:
    with PlainServer() as server:
        yield server


def carrier(server: PlainServer, **more: Any) -> Callable[[], HttpCarrier]:
    route = HttpRoute(url=lambda f: f"{server.url}/{quote(f.name)}", **more)
    return lambda: HttpCarrier(route, SHORT)


@pytest.mark.parametrize(
    ("tells", "more", "proof"),
    [
        ("repr", {}, Proof.DIGEST),
        ("etag", {"etag_md5": True}, Proof.DIGEST),
        ("etag", {}, Proof.SIZE),
        ("", {"md5": True}, Proof.SIZE),
    ],
)
def test_what_the_server_tells_is_compared(
    world: World, server: PlainServer, tells: str, more: dict[str, Any], proof: Proof
) -> None:
    server.tells = tells
    file = world.add("a.tif", noise(5000))
    made = carrier(server, **more)()
    upload = made.send(file, made.begin(file), BytesBody(noise(5000)))
    held = made.finish(file, upload, hashlib.sha256(noise(5000)).hexdigest())
    assert held.proved_by is proof


@pytest.mark.parametrize(("tells", "more"), [("repr", {}), ("etag", {"etag_md5": True})])
def test_what_arrived_otherwise_is_sent_again(
    world: World, server: PlainServer, tells: str, more: dict[str, Any]
) -> None:
    server.tells = tells
    world.add("a.tif", noise(5000))

    def flip(server: PlainServer) -> None:
        server.files["a.tif"] = b"!" + server.files["a.tif"][1:]

    server.fault("HEAD", act=flip)
    assert world.run(carrier(server, **more)).failed == 0
    assert server.content("a.tif") == noise(5000)
    assert server.count("PUT") == 2


@pytest.mark.parametrize("check", ["md5", "sha256"])
def test_the_server_checks_what_is_sent_along(world: World, server: PlainServer, check: str) -> None:
    file = world.add("a.tif", noise(5000))
    made = carrier(server, check=check)()
    made.send(file, made.begin(file), BytesBody(noise(5000)))

    class Lying(BytesBody):
        def digest(self, algorithm: str) -> str:
            return hashlib.new(algorithm, b"other").hexdigest()

    with pytest.raises(Refused):
        made.send(file, made.begin(file), Lying(noise(5000)))
    assert made.send(file, made.begin(file), BytesBody(b"")).complete  # nothing to compare


@pytest.mark.parametrize("tells", ["repr", "", "etag"])
def test_a_lost_answer_is_looked_up(world: World, server: PlainServer, tells: str) -> None:
    server.tells = tells
    world.add("a.tif", noise(5000))
    server.fault("PUT", lose=True)
    outcome = world.run(carrier(server, etag_md5=True))
    assert (outcome.failed, outcome.bytes_sent) == (0, 5000)
    assert server.count("PUT") == 1


def test_an_old_file_of_the_same_size_is_not_taken_for_ours(world: World) -> None:
    with PlainServer(age=3600) as server:
        server.files["a.tif"] = noise(5000, 2)
        world.add("a.tif", noise(5000))
        server.fault("PUT", status=503)
        assert world.run(carrier(server)).failed == 0
        assert server.content("a.tif") == noise(5000)


def test_a_lost_answer_with_a_wrong_digest_is_sent_again(world: World, server: PlainServer) -> None:
    server.tells = "etag"
    world.add("a.tif", noise(5000))

    def flip(server: PlainServer) -> None:
        if "a.tif" in server.files:
            server.files["a.tif"] = b"!" * 5000

    server.fault("PUT", lose=True)
    server.fault("HEAD", act=flip)
    assert world.run(carrier(server, etag_md5=True)).failed == 0
    assert server.content("a.tif") == noise(5000)


@pytest.mark.parametrize("tells", ["repr", "etag", ""])
def test_nothing_is_replaced_where_that_was_not_asked_for(world: World, tells: str) -> None:
    with PlainServer(tells=tells, age=3600) as server:
        server.files["a.tif"] = noise(5000, 2)
        world.add("a.tif", noise(5000))
        world.add("b.tif", noise(5000))
        outcome = world.run(carrier(server, create_only=True, etag_md5=True))
        assert [p.code for p in outcome.problems] == ["archive.conflict"]
        assert server.content("a.tif") == noise(5000, 2)
        assert server.content("b.tif") == noise(5000)
        assert server.received == 5000  # the body was not sent in vain


@pytest.mark.parametrize("tells", ["repr", "etag"])
def test_our_own_file_from_before_a_crash_is_no_conflict(world: World, tells: str) -> None:
    with PlainServer(tells=tells, age=3600) as server:
        server.files["a.tif"] = noise(5000)
        world.add("a.tif", noise(5000))
        outcome = world.run(carrier(server, create_only=True, etag_md5=True))
        assert (outcome.failed, outcome.bytes_sent) == (0, 0)
        assert world.states() == {"a.tif": "verified"}


def test_somebody_who_was_faster_keeps_the_name(world: World, server: PlainServer) -> None:
    server.age = 3600
    world.add("a.tif", noise(5000))

    def other(server: PlainServer) -> None:
        server.files["a.tif"] = b"theirs"

    server.fault("PUT", act=other)
    outcome = world.run(carrier(server, create_only=True))
    assert [p.code for p in outcome.problems] == ["archive.conflict"]
    assert server.content("a.tif") == b"theirs"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"Repr-Digest": "sha-512=:AA==:, sha-256=:" + "A" * 43 + "=:"}, {"sha256": "00" * 32}),
        ({"Digest": "SHA-256=" + "A" * 43 + "=,MD5=" + "A" * 22 + "=="}, {"sha256": "00" * 32, "md5": "00" * 16}),
        ({"Content-MD5": "A" * 22 + "=="}, {"md5": "00" * 16}),
        ({"Content-MD5": "nonsense", "Repr-Digest": "sha-256=:AAAA:"}, {}),
        ({"ETag": 'W/"' + "a" * 32 + '"'}, {}),
        ({"ETag": '"' + "a" * 32 + '-3"'}, {}),
        ({"ETag": '"' + "A" * 32 + '"'}, {"md5": "a" * 32}),
    ],
)
def test_digests_in_answers(headers: dict[str, str], found: dict[str, str]) -> None:
    assert told(headers, etag_md5=True) == found
    if "ETag" in headers:
        assert told(headers) == {}
