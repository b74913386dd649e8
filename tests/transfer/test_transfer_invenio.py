"""Files to an InvenioRDM draft, against a stand-in with the traps of the real one."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody, CarrierSuite
from invenio_server import InvenioServer
from transfer_world import QUICK, World, noise

from depositor.draft.problem import Damaged, Retryable
from depositor.draft.submission import Proof
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier, SendsApart
from depositor.transfer.repositories import invenio
from depositor.transfer.repositories.digest_first import MemoryShelf
from depositor.transfer.repositories.invenio import InvenioCarrier, InvenioSite

SHORT = Timeouts(connect=5, idle=5)
PART = 100_000
LARGE = dataclasses.replace(QUICK, big_bytes=2 * PART)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invenio, "_LEAST_PART", 1000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[InvenioServer]:
    with InvenioServer() as server:
        yield server


def carrier(server: InvenioServer, part: int | None = PART) -> Callable[[], InvenioCarrier]:
    site, shelf = InvenioSite(part), MemoryShelf()
    return lambda: InvenioCarrier(server.base, lambda: {"Authorization": "Bearer secret"}, site, shelf, SHORT)


class OfInvenio:
    def __init__(self, server: InvenioServer, part: int | None) -> None:
        self.server, self.carrier = server, carrier(server, part)
        self.names, self.content = server.names, server.content

    def spoil(self, name: str, token: str) -> bool:
        kept = self.server.kept[name]
        kept.data, kept.parts = b"!" + kept.data[1:], {}
        return True


class TestInvenioWhole(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfInvenio]:  # type: ignore[override]
        with InvenioServer() as server:
            yield OfInvenio(server, None)


class TestInvenioParts(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfInvenio]:  # type: ignore[override]
        with InvenioServer(slow=1) as server:
            yield OfInvenio(server, 500_000)


def assert_all_there(world: World, server: InvenioServer) -> None:
    assert server.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert server.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) == {"verified"}


def test_small_files_go_whole_and_large_ones_in_parts(world: World, server: InvenioServer) -> None:
    world.add("a/big.tif", noise(7 * PART + 5))
    world.add("a/small ä.tif", noise(1000))
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes
    assert server.count("PUT", "/content/") == 8


def test_a_site_that_takes_no_parts_gets_files_whole(world: World) -> None:
    for announces in (True, False):
        with InvenioServer(multipart=False, announces=announces) as server:
            other = World(world.folder.parent / str(announces))
            for number in range(3):
                other.add(f"{number}.tif", noise(3 * PART, number))
            assert other.run(carrier(server), LARGE).failed == 0
            assert_all_there(other, server)


@pytest.mark.parametrize("fault", [{"drop": 5000}, {"lose": True}, {"status": 503}, {"status": 500}])
def test_what_breaks_costs_at_most_that_part(world: World, server: InvenioServer, fault: dict[str, Any]) -> None:
    world.add("big.tif", noise(6 * PART))
    for skip in (1, 3):
        server.fault("PUT", "/content/", skip=skip, **fault)
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent <= world.bytes + 2 * PART


@pytest.mark.parametrize("fault", [{"drop": 5000}, {"lose": True}, {"truncate": 5}])
def test_a_whole_file_that_broke_off_is_announced_anew(world: World, fault: dict[str, Any]) -> None:
    with InvenioServer() as server:
        world.add("a.tif", noise(50_000))
        server.fault("PUT", "/content", **fault)
        assert world.run(carrier(server, None)).failed == 0
        assert_all_there(world, server)


def test_an_answer_of_200_that_tells_of_failure_is_no_success(world: World, server: InvenioServer) -> None:
    world.add("a.tif", noise(5000))
    world.add("big.tif", noise(3 * PART))
    failed = b'{"errors": "File upload transfer failed."}'
    server.fault("PUT", "/content", status=200, body=failed, times=2)
    assert world.run(carrier(server), LARGE).failed == 0
    assert_all_there(world, server)


@pytest.mark.parametrize("size", [5000, 3 * PART])
def test_a_commit_whose_answer_was_lost_is_looked_up(world: World, server: InvenioServer, size: int) -> None:
    world.add("a.tif", noise(size))
    server.fault("POST", "/commit", lose=True)
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes
    assert server.count("POST", "/commit") == 1


def test_a_commit_that_never_came_is_asked_for_again_without_the_bytes(world: World, server: InvenioServer) -> None:
    world.add("a.tif", noise(5000))
    server.fault("POST", "/commit", status=503)
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes


def test_what_is_complete_is_never_put_again(world: World, server: InvenioServer) -> None:
    file = world.add("a.tif", noise(5000))
    made = carrier(server)()
    made.finish(file, made.send(file, made.begin(file), BytesBody(noise(5000))), "")
    assert world.run(carrier(server)).bytes_sent == 0
    assert_all_there(world, server)
    assert server.count("PUT") == 1


def test_another_file_of_the_same_name_in_our_draft_is_replaced(world: World, server: InvenioServer) -> None:
    old = world.add("a.tif", noise(5000))
    made = carrier(server)()
    made.finish(old, made.send(old, made.begin(old), BytesBody(noise(5000))), "")
    other = World(world.folder.parent / "other")
    other.add("a.tif", noise(5000, 2))
    assert other.run(carrier(server)).failed == 0
    assert_all_there(other, server)


def test_a_part_that_never_came_is_found_after_the_commit(world: World, server: InvenioServer) -> None:
    """The server commits what is not there: zeros."""
    file = world.add("big.tif", noise(3 * PART))
    made = carrier(server)()
    assert isinstance(made, SendsApart)
    upload = made.begin(file)
    made.send_part(file, upload, 1, BytesBody(noise(3 * PART)[:PART]))
    with pytest.raises(Damaged) as caught:
        made.finish(file, made.join(file, upload, {}), "")
    assert caught.value.problem.code == "archive.differs"
    assert world.run(carrier(server), LARGE).failed == 0
    assert_all_there(world, server)


def test_addresses_whose_time_is_over_are_asked_for_again(world: World, server: InvenioServer) -> None:
    world.add("big.tif", noise(4 * PART))
    server.fault("PUT", "/content/", skip=1, act=lambda s: s.expire(), times=2)
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.failed == 0
    assert server.count("POST", "/files$") == 1


def test_parts_that_are_too_large_are_halved(world: World) -> None:
    with InvenioServer(most=60_000) as server:
        world.add("big.tif", noise(4 * PART))
        assert world.run(carrier(server), LARGE).failed == 0
        assert_all_there(world, server)
        assert server.kept["big.tif"].part_size == PART // 2


def test_the_server_takes_its_time_for_the_md5(world: World) -> None:
    with InvenioServer(slow=2) as server:
        file = world.add("a.tif", noise(5000))
        made = carrier(server)()
        held = made.finish(file, made.send(file, made.begin(file), BytesBody(noise(5000))), "")
        assert held.proved_by is Proof.DIGEST


def test_too_much_for_the_draft_is_refused_in_words(world: World, server: InvenioServer) -> None:
    world.add("a.tif", noise(5000))
    world.add("b.tif", noise(5000))
    server.fault("POST", "/files$", status=400, body=b'{"message": "File size limit exceeded."}')
    outcome = world.run(carrier(server, None))
    assert [p.code for p in outcome.problems] == ["archive.too-large"]
    assert len(server.names()) == 1


def test_the_time_that_the_server_names_is_waited_for(world: World, server: InvenioServer) -> None:
    file = world.add("a.tif", noise(10))
    reset = {"X-RateLimit-Reset": str(int(time.time()) + 100)}
    server.fault("GET", status=429, headers=reset)
    with pytest.raises(Retryable) as caught:
        carrier(server)().begin(file)
    assert caught.value.after is not None
    assert 90 < caught.value.after <= 100


def test_a_wrong_sign_in_is_told(world: World, server: InvenioServer) -> None:
    world.add("a.tif", noise(10))
    site = InvenioSite(None)
    outcome = world.run(lambda: InvenioCarrier(server.base, dict, site, None, SHORT))
    assert [p.code for p in outcome.problems] == ["archive.forbidden"]


def test_no_sign_in_goes_to_where_parts_are_signed(world: World, server: InvenioServer) -> None:
    made: Carrier = carrier(server)()
    assert isinstance(made, InvenioCarrier)
    assert made._http.signed("https://s3.example/bucket/x?signature=1") == {}
    assert made._http.signed(server.base + "/x")
