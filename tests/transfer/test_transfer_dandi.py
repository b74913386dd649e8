"""Files to a DANDI archive, against strict stand-ins for it and its store."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody, CarrierSuite
from dandi_server import DandiServer
from transfer_world import QUICK, World, noise

from depositor.draft.problem import Refused
from depositor.draft.submission import Proof
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import SendsApart
from depositor.transfer.repositories import dandi_api
from depositor.transfer.repositories.dandi import DandiCarrier, DandiUploads
from depositor.transfer.repositories.digest_first import MemoryShelf

SHORT = Timeouts(connect=5, idle=5)
PART = 100_000
LARGE = dataclasses.replace(QUICK, big_bytes=2 * PART)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dandi_api, "_PART", PART)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[DandiServer]:
    with DandiServer() as server:
        yield server


def carrier(server: DandiServer) -> Callable[[], DandiCarrier]:
    uploads, shelf = DandiUploads(), MemoryShelf()
    sign = lambda: {"Authorization": "token secret"}  # noqa: E731
    return lambda: DandiCarrier(f"{server.url}/api", "000123", sign, server, uploads, shelf, SHORT)


class OfDandi:
    def __init__(self, server: DandiServer) -> None:
        self.carrier = carrier(server)
        self.names, self.content = server.names, server.content

    def spoil(self, name: str, token: str) -> bool:
        return False


class TestDandi(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfDandi]:  # type: ignore[override]
        with DandiServer() as server:
            yield OfDandi(server)

    @pytest.mark.parametrize("size", [1, 1000, 3_000_001])
    def test_bytes_arrive_as_they_were(self, place: Any, size: int) -> None:
        """Without the empty file, which the archive does not take."""
        super().test_bytes_arrive_as_they_were(place, size)

    def test_many_files_through_one_carrier(self, place: Any) -> None:
        """The same, without the empty file."""
        made = place.carrier()
        files = [self.file(f"many/{n:02d}.dcm", bytes([n]) * (n * 1000)) for n in range(1, 12)]
        for file in files:
            self.deposit(made, file)
        assert place.names() == [f.name for f in files]
        made.close()


def assert_all_there(world: World, server: DandiServer) -> None:
    assert server.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert server.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) == {"verified"}


def test_small_and_large_files(world: World, server: DandiServer) -> None:
    world.add("sub-1/big.ome.tif", noise(7 * PART + 5))
    world.add("sub-1/small.tif", noise(1000))
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes == server.store.received - 2 * len("<Complete/>")


def test_what_the_archive_holds_is_not_sent(world: World, server: DandiServer) -> None:
    server.blobs["old"] = noise(5 * PART)
    world.add("a.tif", noise(5 * PART))
    world.add("again.tif", noise(5 * PART))
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert (outcome.bytes_sent, server.store.received) == (0, 0)
    assert set(server.assets.values()) == {"old"}


def test_an_empty_file_is_refused_alone(world: World, server: DandiServer) -> None:
    world.add("empty.txt", b"")
    world.add("a.tif", noise(10))
    outcome = world.run(carrier(server))
    assert [p.code for p in outcome.problems] == ["archive.empty-file"]
    assert server.names() == ["a.tif"]
    with pytest.raises(Refused):
        carrier(server)().begin(world.files[0])


@pytest.mark.parametrize("fault", [{"drop": 5000}, {"lose": True}, {"status": 503}, {"status": 500}])
def test_what_breaks_costs_at_most_that_part(world: World, server: DandiServer, fault: dict[str, Any]) -> None:
    world.add("big.tif", noise(6 * PART))
    for skip in (1, 3):
        server.store.fault("PUT", skip=skip, **fault)
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent <= world.bytes + 2 * PART
    assert server.made == 1


def test_a_wrong_etag_of_a_part_is_noticed(world: World, server: DandiServer) -> None:
    world.add("big.tif", noise(3 * PART))
    server.store.fault("PUT", status=200, body=b"", headers={"ETag": "d41d8cd98f00b204e9800998ecf8427e"})
    assert world.run(carrier(server), LARGE).failed == 0
    assert_all_there(world, server)


def test_addresses_whose_time_is_over_begin_the_file_anew(world: World, server: DandiServer) -> None:
    world.add("big.tif", noise(4 * PART))

    def expire(_: Any) -> None:
        server.store.ticket += 1

    server.store.fault("PUT", skip=2, act=expire)
    assert world.run(carrier(server), LARGE).failed == 0
    assert_all_there(world, server)
    assert server.made == 2


@pytest.mark.parametrize(
    ("where", "path"),
    [("archive", "/complete/"), ("archive", "/validate/"), ("store", "")],
)
@pytest.mark.parametrize("fault", [{"lose": True}, {"status": 503}])
def test_the_end_is_looked_up_after_a_lost_answer(
    world: World, server: DandiServer, where: str, path: str, fault: dict[str, Any]
) -> None:
    world.add("big.tif", noise(4 * PART))
    (server if where == "archive" else server.store).fault("POST", path, **fault)
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes
    assert server.made == 1


def test_an_answer_of_200_that_holds_an_error(world: World, server: DandiServer) -> None:
    world.add("big.tif", noise(4 * PART))
    server.store.fault("POST", status=200, body=b"<Error><Code>InternalError</Code></Error>")
    outcome = world.run(carrier(server), LARGE)
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes


def test_what_was_joined_otherwise_is_sent_again(world: World, server: DandiServer) -> None:
    world.add("big.tif", noise(4 * PART))

    def flip(_: Any) -> None:
        next(iter(server.begun.values())).parts[2] = b"?" * PART

    server.store.fault("POST", act=flip)
    assert world.run(carrier(server), LARGE).failed == 0
    assert_all_there(world, server)
    assert server.made == 2


def test_after_the_end_of_the_program_the_file_is_found_or_begun_anew(world: World, server: DandiServer) -> None:
    file = world.add("big.tif", noise(3 * PART))
    first = carrier(server)()
    upload = first.begin(file)
    assert isinstance(first, SendsApart)
    first.send_part(file, upload, 1, BytesBody(noise(3 * PART)[:PART]))
    second = carrier(server)()  # knows no addresses
    assert second.find(file, upload.token) is None
    joined = server.begun[upload.token.partition(":")[2]]
    joined.joined = noise(3 * PART)
    third = carrier(server)()
    found = third.find(file, upload.token)
    assert found is not None
    assert found.complete
    third.finish(file, found, dandi_digest(file.source))
    assert_complete = server.content("big.tif")
    assert assert_complete == noise(3 * PART)


def dandi_digest(source: str) -> str:
    import hashlib

    return hashlib.sha256(Path(source).read_bytes()).hexdigest()


def test_no_address_is_written_down(world: World, server: DandiServer) -> None:
    world.add("big.tif", noise(4 * PART))
    server.store.fault("PUT", status=400, times=99)
    world.run(carrier(server), LARGE)
    with world.journal() as journal:
        known = journal.known("s-1", 0)
    assert known is not None
    assert known.token == "upload:u1"
    assert b"?t=1" not in world.store.read_bytes()
    assert "?t=" not in repr(DandiUploads().get("x")) + repr(dandi_api.Begun("u", {1: (1, "http://x?t=1")}))


def test_a_blob_without_a_sha256_is_proved_by_its_parts(world: World, server: DandiServer) -> None:
    server.sha256 = False
    file = world.add("a.tif", noise(10))
    made = carrier(server)()
    held = made.finish(file, made.send(file, made.begin(file), BytesBody(noise(10))), "")
    assert held.proved_by is Proof.PARTS


def test_the_part_rule_of_the_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    mib = 1 << 20
    assert dandi_api.part_length(1) == 64 * mib
    assert dandi_api.part_length(9_999 * 64 * mib) == 64 * mib
    assert dandi_api.part_length(9_999 * 64 * mib + 1) == -(-(9_999 * 64 * mib + 1) // 10_000)
