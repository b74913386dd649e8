"""Parts that the server cuts, against a strict stand-in for figshare's upload service."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import CarrierSuite
from figshare_server import FigshareDesk, FigshareServer
from transfer_world import QUICK, World, noise

from depositor.draft.submission import HeldFile, Proof
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier
from depositor.transfer.repositories.digest_first import JournalShelf, MemoryShelf, PartsMd5
from depositor.transfer.repositories.server_parts import ServerPartsCarrier, read_layout

SHORT = Timeouts(connect=5, idle=5)
PART = 100_000
LARGE = dataclasses.replace(QUICK, big_bytes=2 * PART)


class OfFigshare:
    def __init__(self, server: FigshareServer) -> None:
        self.server = server

    def names(self) -> list[str]:
        return sorted(n.replace("__", "/") for n in self.server.names())

    def content(self, name: str) -> bytes | None:
        return self.server.content(name.replace("/", "__"))

    def carrier(self) -> Carrier:
        return ServerPartsCarrier(FigshareDesk(self.server), "figshare", None, SHORT)

    def spoil(self, name: str, token: str) -> bool:
        entry = self.server.entries[int(token)]
        entry.parts[1] = b"!" + (entry.parts[1] or b"")[1:]
        return True


class TestFigshareStyle(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfFigshare]:  # type: ignore[override]
        with FigshareServer() as server:
            yield OfFigshare(server)


@pytest.fixture
def server() -> Iterator[FigshareServer]:
    with FigshareServer(part=PART) as server:
        yield server


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def carrier(server: FigshareServer) -> Callable[[], ServerPartsCarrier]:
    shelf = MemoryShelf()
    return lambda: ServerPartsCarrier(FigshareDesk(server), "figshare", shelf, SHORT, locked_s=0.01)


def test_parts_go_in_any_order_and_once(world: World, server: FigshareServer) -> None:
    world.add("big.tif", noise(7 * PART + 5))
    world.add("small.tif", noise(1000))
    world.add("empty.txt", b"")
    outcome = world.run(carrier(server), LARGE)
    assert (outcome.sent, outcome.failed) == (3, 0)
    assert server.content("big.tif") == noise(7 * PART + 5)
    assert server.received < world.bytes + 2000
    assert server.count("PUT", "/upload/") == 9
    assert set(world.states().values()) == {"verified"}


@pytest.mark.parametrize("fault", [{"drop": 5000}, {"lose": True}, {"status": 500}, {"status": 503}])
def test_what_breaks_costs_at_most_that_part(world: World, server: FigshareServer, fault: dict[str, Any]) -> None:
    world.add("big.tif", noise(6 * PART))
    for skip in (1, 3):
        server.fault("PUT", "/upload/", skip=skip, **fault)
    outcome = world.run(carrier(server), LARGE)
    assert outcome.failed == 0
    assert server.content("big.tif") == noise(6 * PART)
    assert outcome.bytes_sent <= world.bytes + 2 * PART
    assert len(server.entries) == 1


def test_a_part_that_stays_locked_is_set_back(world: World, server: FigshareServer) -> None:
    world.add("small.tif", noise(PART))

    def lock(server: FigshareServer) -> None:
        next(iter(server.entries.values())).locked.add(1)

    server.fault("PUT", "/upload/", act=lock)
    assert world.run(carrier(server), LARGE).failed == 0
    assert server.count("DELETE", "/upload/") == 1
    assert server.content("small.tif") == noise(PART)


def test_an_upload_that_the_service_gave_up_is_begun_anew(world: World, server: FigshareServer) -> None:
    world.add("big.tif", noise(4 * PART))

    def give_up(server: FigshareServer) -> None:
        next(iter(server.entries.values())).state = "ABORTED"

    server.fault("PUT", "/upload/", skip=2, act=give_up)
    assert world.run(carrier(server), LARGE).failed == 0
    assert server.content("big.tif") == noise(4 * PART)
    assert len(server.entries) == 1


def test_a_lost_answer_to_the_end_is_looked_up(world: World, server: FigshareServer) -> None:
    world.add("big.tif", noise(4 * PART))
    server.fault("POST", "/files/", lose=True)
    outcome = world.run(carrier(server), LARGE)
    assert (outcome.failed, outcome.bytes_sent) == (0, world.bytes)
    assert server.count("POST", "/files/") == 1
    assert server.names() == ["big.tif"]


def test_what_arrived_otherwise_is_sent_again(world: World, server: FigshareServer) -> None:
    world.add("big.tif", noise(4 * PART))

    def flip(server: FigshareServer) -> None:
        entry = next(iter(server.entries.values()))
        entry.parts[2] = b"?" * PART

    server.fault("POST", "/files/", act=flip)
    assert world.run(carrier(server), LARGE).failed == 0
    assert server.content("big.tif") == noise(4 * PART)


def test_a_part_that_the_server_lost_again_begins_the_file_anew(world: World, server: FigshareServer) -> None:
    world.add("big.tif", noise(4 * PART))

    def lose(server: FigshareServer) -> None:
        next(iter(server.entries.values())).parts[1] = None

    server.fault("PUT", "/upload/", skip=3, act=lose)
    assert world.run(carrier(server), LARGE).failed == 0
    assert server.content("big.tif") == noise(4 * PART)


def test_a_changed_file_never_leaves_this_computer(world: World, server: FigshareServer) -> None:
    file = world.add("big.tif", noise(4 * PART))
    Path(file.source).write_bytes(noise(4 * PART, 2))
    outcome = world.run(carrier(server), LARGE)
    assert [p.code for p in outcome.problems] == ["file.changed"]
    assert server.received == 0


def test_the_digest_is_remembered_over_a_restart(world: World, server: FigshareServer) -> None:
    file = world.add("big.tif", noise(4 * PART))
    with world.journal() as journal:
        shelf = JournalShelf(journal)
        ServerPartsCarrier(FigshareDesk(server), "figshare", shelf, SHORT).begin(file)
        known = shelf.recall(file)
        assert known == {
            "md5": hashlib.md5(noise(4 * PART)).hexdigest(),
            "sha256": hashlib.sha256(noise(4 * PART)).hexdigest(),
        }
        shelf.remember(file, {"sha256": known["sha256"], "other": "1"})
        assert shelf.recall(file)["md5"] == known["md5"]


def test_a_digest_proves(world: World, server: FigshareServer) -> None:
    file = world.add("a.tif", noise(10))
    made = carrier(server)()
    upload = made.begin(file)
    from carrier_suite import BytesBody

    held = made.finish(file, made.send(file, upload, BytesBody(noise(10))), "")
    assert isinstance(held, HeldFile)
    assert held.proved_by is Proof.DIGEST


@pytest.mark.parametrize(
    "parts",
    [
        [(1, 0, 4), (2, 6, 9)],  # a gap
        [(1, 0, 5), (2, 5, 9)],  # an overlap
        [(1, 0, 4), (3, 5, 9)],  # a number that is missing
        [(1, 0, 4)],  # the end is missing
        [(1, 0, 4), (2, 5, 4)],  # nothing in it
        "nonsense",
    ],
)
def test_a_plan_that_is_not_the_whole_file_is_not_followed(parts: Any) -> None:
    rows = (
        parts
        if isinstance(parts, str)
        else [
            {"partNo": n, "startOffset": a, "endOffset": b, "status": "PENDING", "locked": False} for n, a, b in parts
        ]
    )
    assert read_layout("u", {"status": "PENDING", "parts": rows}, 10) is None


@pytest.mark.parametrize(("size", "count"), [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (25, 3)])
def test_the_md5_of_parts_is_that_of_s3(size: int, count: int) -> None:
    data = noise(size)
    parts = [hashlib.md5(data[at : at + 10]).digest() for at in range(0, max(size, 1), 10)]
    made = PartsMd5(10)
    for at in range(0, size, 7):
        made.update(data[at : at + 7])
    assert made.hexdigest() == f"{hashlib.md5(b''.join(parts)).hexdigest()}-{count}"
