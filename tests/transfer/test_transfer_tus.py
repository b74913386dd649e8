"""The tus client and the engine against a strict server with faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transfer_world import QUICK, World, noise
from tus_faults import TusServer

from depositor.transfer.net.web import Timeouts
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

SHORT = Timeouts(connect=2.0, idle=0.6)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[TusServer]:
    with TusServer() as server:
        yield server


def carrier(server: TusServer, **options: Any) -> Callable[[], TusCarrier]:
    return lambda: TusCarrier(server.url, options=TusOptions(**options), timeouts=SHORT)


def assert_all_there(world: World, server: TusServer) -> None:
    assert server.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert server.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) <= {"sent", "verified"}
    assert world.digests() == world.true_digests()


def test_everything_arrives_once_and_is_read_once(world: World, server: TusServer) -> None:
    world.add("a/big.ome.tif", noise(1_500_000))
    world.add("a/empty.txt", b"")
    for number in range(30):
        world.add(f"b/{number:02d} ä☃.dcm", noise(3000, number))
    outcome = world.run(carrier(server))
    assert_all_there(world, server)
    assert (outcome.sent, outcome.failed, outcome.stopped) == (32, 0, False)
    assert outcome.bytes_sent == server.received == world.bytes


def test_small_files_take_one_request_where_the_server_recognises_them(world: World, tmp_path: Path) -> None:
    with TusServer(recognises=True) as server:
        for number in range(20):
            world.add(f"{number}.dcm", noise(3000, number))
        world.run(carrier(server, recognises_files=True))
        assert_all_there(world, server)
        assert (server.count("POST"), server.count("PATCH"), server.count("HEAD")) == (20, 0, 0)


def test_a_digest_of_the_server_makes_a_file_verified(world: World) -> None:
    with TusServer(digests=True) as server:
        world.add("x.tif", noise(1000))
        world.run(carrier(server))
        assert world.states() == {"x.tif": "verified"}


@pytest.mark.parametrize("drop", [1, 100_000, 256 << 10])
def test_a_dropped_line_costs_at_most_one_part(world: World, server: TusServer, drop: int) -> None:
    world.add("big", noise(2_000_000))
    for skip in (0, 2, 1):
        server.fault("PATCH", drop=drop, skip=skip)
    outcome = world.run(carrier(server))
    assert_all_there(world, server)
    assert outcome.failed == 0
    assert outcome.bytes_sent <= world.bytes + 3 * QUICK.part_bytes
    assert len(server.uploads) == 1


def test_an_answer_that_never_came_is_asked_for(world: World, server: TusServer) -> None:
    world.add("big", noise(2_000_000))
    server.fault("PATCH", silent=True, skip=1)
    outcome = world.run(carrier(server))
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes


@pytest.mark.parametrize("status", [423, 460, 500, 503, 429])
def test_what_passes_is_tried_again(world: World, server: TusServer, status: int) -> None:
    world.add("big", noise(1_200_000))
    server.fault("PATCH", status=status, skip=1, headers={"Retry-After": "0"})
    outcome = world.run(carrier(server))
    assert outcome.failed == 0
    assert_all_there(world, server)
    assert len(server.uploads) == 1


def test_a_piece_damaged_twice_fails_the_file_and_not_the_rest(world: World, server: TusServer) -> None:
    world.add("bad", noise(1_200_000))
    world.add("good", noise(5000))
    server.fault("PATCH", status=460, times=99, only="bad")
    outcome = world.run(carrier(server))
    assert world.states() == {"bad": "failed", "good": "verified"}
    assert [p.code for p in outcome.problems] == ["archive.checksum"]
    assert server.count("PATCH") == 3


@pytest.mark.parametrize("status", [404, 410, 403])
def test_an_expired_upload_begins_anew(world: World, server: TusServer, status: int) -> None:
    world.add("big", noise(1_200_000))
    server.fault("PATCH", status=status, skip=2)
    server.fault("HEAD", status=status)
    outcome = world.run(carrier(server))
    assert outcome.failed == 0
    assert server.names() == ["big"]
    assert server.content("big") == noise(1_200_000)


def test_a_server_that_lost_bytes_in_a_restart_gets_them_again(world: World, server: TusServer) -> None:
    world.add("big", noise(1_500_000))

    def lose() -> None:
        for kept in server.uploads.values():
            del kept.data[100_000:]

    server.fault("PATCH", status=500, skip=3, act=lose)
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)


def test_a_server_that_claims_more_than_was_sent_is_not_believed(world: World, server: TusServer) -> None:
    world.add("big", noise(1_500_000))

    def invent() -> None:
        for kept in server.uploads.values():
            kept.data += noise(900_000, 9)

    server.fault("PATCH", status=500, skip=1, act=invent)
    assert world.run(carrier(server)).failed == 0
    assert server.content("big") == noise(1_500_000)
    assert len(server.uploads) == 1  # the wrong one was deleted


def test_a_server_that_never_answers_is_left_and_tried_again(world: World, server: TusServer) -> None:
    world.add("a", noise(1000))
    world.add("b", noise(1000))
    server.fault("POST", mute=True)
    server.fault("PATCH", mute=True)
    assert world.run(carrier(server)).failed == 0
    assert server.names() == ["a", "b"]


def test_refused_files_do_not_hold_up_the_rest(world: World, server: TusServer) -> None:
    for number in range(40):
        world.add(f"f{number:02d}", noise(2000 + number, number))
    server.max_size = 2038
    outcome = world.run(carrier(server))
    assert (outcome.sent, outcome.failed, outcome.stopped) == (39, 1, False)
    assert world.states()["f39"] == "failed"
    assert outcome.problems[0].code == "archive.too-large"
    assert outcome.problems[0].path == "f39"


def test_one_poisoned_file_is_given_up_although_the_trouble_looks_like_the_network(
    world: World, server: TusServer
) -> None:
    for number in range(30):
        world.add(f"f{number:02d}", noise(2000, number))
    server.fault("PATCH", drop=1, times=10_000, only="f03")
    outcome = world.run(carrier(server))
    assert (outcome.sent, outcome.failed) == (29, 1)
    assert outcome.problems[0].code == "network.dropped"


def test_a_refused_sign_in_stops_the_run_and_a_new_one_goes_on(world: World, server: TusServer) -> None:
    for number in range(10):
        world.add(f"f{number}", noise(2000, number))
    server.token = "right"
    outcome = world.run(lambda: TusCarrier(server.url, lambda: {"Authorization": "Bearer wrong"}))
    assert (outcome.stopped, outcome.needs_user, outcome.failed) == (True, True, 0)
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.sign-in"
    assert world.run(lambda: TusCarrier(server.url, lambda: {"Authorization": "Bearer right"})).sent == 10
    assert_all_there(world, server)


def test_an_archive_that_refuses_everything_ends_the_run(world: World, server: TusServer) -> None:
    for number in range(60):
        world.add(f"f{number:02d}", noise(20, number))
    server.fault("POST", status=400, times=1000)
    outcome = world.run(carrier(server))
    assert outcome.stopped
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.refused"
    assert outcome.failed < 60


def test_another_version_is_named(world: World, server: TusServer) -> None:
    world.add("a", noise(20))
    server.fault("POST", status=412, headers={"Tus-Version": "2.0.0"})
    outcome = world.run(carrier(server))
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.version"


def test_patch_can_hide_in_post(world: World, server: TusServer) -> None:
    world.add("a", noise(20_000))
    world.run(carrier(server, override=True))
    assert_all_there(world, server)
    assert ("PATCH", 20_000) not in server.log


def test_a_login_page_in_between_is_waited_out(world: World, server: TusServer) -> None:
    world.add("a", noise(20_000))
    server.fault("POST", status=302, headers={"Location": "http://127.0.0.1:9/login"}, times=3)
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)


def test_no_sign_in_goes_to_another_host(world: World, server: TusServer) -> None:
    seen: list[str] = []
    made = TusCarrier("http://archive.example/files/", lambda: seen.append("asked") or {})
    sign = made._wire.http.signed
    for other in ("http://elsewhere.example/x", "https://archive.example/x", "http://archive.example:81/x"):
        assert sign(other) == {}
    assert not seen
    sign("http://archive.example:80/x")
    assert seen == ["asked"]
    tls = TusCarrier("https://archive.example/files/")
    assert tls._wire.absolute("http://archive.example/files/1") == "https://archive.example/files/1"
    assert tls._wire.absolute("1") == "https://archive.example/files/1"
