"""Files that go on in the middle: PUT with Content-Range where a scratch object proves it, and upload sessions."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from carrier_suite import BytesBody, CarrierSuite
from plain_server import PlainServer, SessionServer
from transfer_world import QUICK, World, noise
from webdav_servers import Apache

from depositor.draft.problem import Retryable
from depositor.draft.submission import Proof
from depositor.transfer.http.ranged import Appends, RangedCarrier, RangedPlace, RangedRoute
from depositor.transfer.http.upload_session import SessionCarrier
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier

SHORT = Timeouts(connect=5, idle=5)
PART = 256 << 10
LARGE = dataclasses.replace(QUICK, big_bytes=PART, part_bytes=PART)


def ranged(url: str, place: RangedPlace | None = None, **more: Any) -> Callable[[], RangedCarrier]:
    place = place or RangedPlace()
    route = RangedRoute(lambda f: url + quote(f.name), url + ".depositor-", part_size=PART, **more)
    return lambda: RangedCarrier(route, place, SHORT)


class OfPlain:
    def __init__(self, server: PlainServer) -> None:
        self.server, self.names, self.content = server, server.names, server.content
        self.carrier = ranged(server.url + "/")

    def spoil(self, name: str, token: str) -> bool:
        self.server.files[name] = b"!" + self.server.files[name][1:]
        return True


class TestRanged(CarrierSuite):
    @pytest.fixture(params=["append", "ignore", "refuse"])
    def place(self, request: pytest.FixtureRequest) -> Iterator[OfPlain]:  # type: ignore[override]
        with PlainServer(ranges=request.param) as server:
            yield OfPlain(server)

    def test_beginning_twice_leaves_one(self, place: Any) -> None:
        super().test_beginning_twice_leaves_one(place)
        assert all(".depositor-" not in name for name in place.names())


class OfSessions:
    def __init__(self, server: SessionServer) -> None:
        self.server, self.names, self.content = server, server.names, server.content

    def carrier(self) -> Carrier:
        return sessions(self.server)()

    def spoil(self, name: str, token: str) -> bool:
        return False


def sessions(server: SessionServer) -> Callable[[], SessionCarrier]:
    url = f"{server.url}/upload"
    return lambda: SessionCarrier(url, lambda f: f"{url}?name={quote(f.name)}", None, PART, SHORT)


class TestSessions(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfSessions]:  # type: ignore[override]
        with SessionServer() as server:
            yield OfSessions(server)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(("ranges", "found"), [("append", Appends.YES), ("ignore", Appends.NO), ("refuse", Appends.NO)])
def test_a_scratch_object_tells_what_the_server_does(ranges: str, found: Appends) -> None:
    with PlainServer(ranges=ranges) as server:
        place = RangedPlace()
        made = ranged(server.url + "/", place)()
        assert made.resumable is (found is Appends.YES)
        assert place.appends is found
        assert server.names() == []
        asked = len(server.log)
        assert ranged(server.url + "/", place)().resumable is made.resumable  # tried once for all
        assert len(server.log) == asked


def test_a_server_in_trouble_tells_nothing(world: World) -> None:
    with PlainServer(ranges="append") as server:
        server.fault("PUT", skip=1, status=503)
        place = RangedPlace()
        with pytest.raises(Retryable):
            _ = ranged(server.url + "/", place)().resumable
        assert place.appends is Appends.UNKNOWN
        assert server.names() == []


@pytest.mark.parametrize("ranges", ["append", "ignore"])
def test_no_file_is_ever_replaced_by_a_fragment(world: World, ranges: str) -> None:
    with PlainServer(ranges=ranges) as server:
        world.add("big.tif", noise(5 * PART + 3))
        server.fault("PUT", "big", drop=100_000, skip=2)
        server.fault("PUT", "big", lose=True, skip=1)
        outcome = world.run(ranged(server.url + "/"), LARGE)
        assert outcome.failed == 0
        assert server.content("big.tif") == noise(5 * PART + 3)
        if ranges == "append":
            assert outcome.bytes_sent <= world.bytes + PART
        assert server.names() == ["big.tif"]


def test_an_old_and_shorter_file_is_not_gone_on_with(world: World) -> None:
    with PlainServer(ranges="append") as server:
        server.files["big.tif"] = b"old" * 1000
        world.add("big.tif", noise(3 * PART))
        server.fault("PUT", "big", status=503, skip=1)
        assert world.run(ranged(server.url + "/"), LARGE).failed == 0
        assert server.content("big.tif") == noise(3 * PART)


def test_a_byte_that_changed_around_a_break_is_found(world: World) -> None:
    with PlainServer(ranges="append") as server:
        file = world.add("big.tif", noise(5 * PART))
        made = ranged(server.url + "/")()
        upload = made.send(file, made.begin(file), BytesBody(noise(5 * PART)[: 3 * PART]))
        found = made.find(file, upload.token)
        assert found is not None
        done = made.send(file, found, BytesBody(noise(5 * PART)[3 * PART :]))
        held = made.finish(file, done, "0" * 64)
        assert held.proved_by is Proof.SAMPLES


def test_apache_really_goes_on_in_the_middle(world: World) -> None:
    sign = {"Authorization": "Basic " + base64.b64encode(b"dep:secret").decode()}
    with Apache() as server:
        world.add("big.tif", noise(5 * PART + 3))
        world.add("small.tif", noise(100))
        place = RangedPlace()
        outcome = world.run(ranged(server.url, place, headers=lambda: sign), LARGE)
        assert place.appends is Appends.YES
        assert outcome.failed == 0
        assert server.content("big.tif") == noise(5 * PART + 3)
        assert server.content("small.tif") == noise(100)
        assert server.names() == ["big.tif", "small.tif"]


# --- sessions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"drop": 300_000}, {"lose": True}, {"status": 503}])
def test_a_session_goes_on_where_the_server_says(world: World, fault: dict[str, Any]) -> None:
    with SessionServer() as server:
        world.add("big.tif", noise(5 * PART + 3))
        server.fault("PUT", skip=1, **fault)
        outcome = world.run(sessions(server), LARGE)
        assert outcome.failed == 0
        assert server.content("big.tif") == noise(5 * PART + 3)
        assert outcome.bytes_sent <= world.bytes + PART
        assert len(server.sessions) == 1
        assert world.states() == {"big.tif": "verified"}


def test_a_server_that_keeps_a_piece_of_a_piece(world: World) -> None:
    with SessionServer() as server:
        server.keeps = 100_000
        world.add("big.tif", noise(3 * PART))
        assert world.run(sessions(server), LARGE).failed == 0
        assert server.content("big.tif") == noise(3 * PART)


def test_a_session_that_is_gone_is_begun_anew(world: World) -> None:
    with SessionServer() as server:
        world.add("big.tif", noise(3 * PART))
        server.fault("PUT", skip=1, act=lambda s: s.sessions.clear())
        assert world.run(sessions(server), LARGE).failed == 0
        assert server.content("big.tif") == noise(3 * PART)
