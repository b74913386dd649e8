"""The S3 carrier and the engine against a strict service with faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody, CarrierSuite
from s3_faults import S3Server
from s3_world import PART, a_file, assert_all_there, carrier, kept
from transfer_world import QUICK, World, noise

BOTH = ("crc64nvme", "sha256")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


class OfServer:
    def __init__(self, server: S3Server, **options: Any) -> None:
        self._server, self.carrier = server, carrier(server, **options)
        self.names, self.content = server.names, server.content

    def spoil(self, name: str, token: str) -> bool:
        there = self._server.objects[name]
        there.data = b"!" + there.data
        return True

    def spoil_part(self, name: str, token: str) -> None:
        for begun in self._server.uploads.values():
            begun.parts[1] = kept(b"!" + begun.parts[1].data[1:])


class TestStrictInOneRequest(CarrierSuite):
    @pytest.fixture
    def place(self, server: S3Server) -> OfServer:  # type: ignore[override]
        return OfServer(server, one_request=8 << 20)


class TestStrictInParts(CarrierSuite):
    @pytest.fixture
    def place(self, server: S3Server) -> OfServer:  # type: ignore[override]
        return OfServer(server, one_request=0)


class TestWithChecksums(CarrierSuite):
    """SHA-256 of each part behind it."""

    @pytest.fixture
    def place(self) -> Iterator[OfServer]:  # type: ignore[override]
        with S3Server(checksums=["sha256"]) as server:
            yield OfServer(server, one_request=0)


class TestWithChecksumsOfTheWhole(CarrierSuite):
    """CRC-64/NVME of each part and of the object."""

    @pytest.fixture
    def place(self) -> Iterator[OfServer]:  # type: ignore[override]
        with S3Server(checksums=BOTH) as server:
            yield OfServer(server, one_request=0)


class TestWithOpaqueTags(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfServer]:  # type: ignore[override]
        with S3Server(opaque=True) as server:
            yield OfServer(server, one_request=0)


def test_everything_arrives_once_and_is_read_once(world: World, server: S3Server) -> None:
    world.add("a/big.ome.tif", noise(1_500_000))
    world.add("a/empty.txt", b"")
    for number in range(30):
        world.add(f"b/{number:02d} ä☃+&.dcm", noise(3000, number))
    outcome = world.run(carrier(server))
    assert_all_there(world, server)
    assert (outcome.sent, outcome.failed, outcome.stopped) == (32, 0, False)
    assert outcome.bytes_sent == world.bytes
    assert set(world.states().values()) == {"verified"}
    assert (server.count("PutObject"), server.count("UploadPart")) == (31, 4)
    assert server.count("HeadObject") == 2  # the big one alone, before and after


def test_a_file_of_exactly_so_many_parts(world: World, server: S3Server) -> None:
    world.add("even", noise(3 * PART))
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)
    assert server.count("UploadPart") == 3


@pytest.mark.parametrize("trailers", [True, False])
def test_checksums_are_checked_by_the_server(world: World, trailers: bool) -> None:
    with S3Server(checksums=["sha256"], trailers=trailers) as server:
        world.add("big", noise(1_500_000))
        world.add("small", noise(500))
        server.fault("UploadPart", flip=True, skip=1)
        outcome = world.run(carrier(server))
        assert outcome.failed == 0
        assert_all_there(world, server)
        assert server.objects["big"].sums["sha256"].endswith("-4")


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("checksums", [(), ("sha256",), BOTH])
def test_what_was_damaged_on_the_way_is_sent_again(world: World, checksums: tuple[str, ...], late: bool) -> None:
    """Where the server did not notice, its digests tell."""
    with S3Server(checksums=checksums) as server:
        world.add("big", noise(1_500_000))
        world.add("small", noise(500))
        server.fault("UploadPart", flip=True, late=late, skip=1)
        server.fault("PutObject", flip=True, late=late)
        outcome = world.run(carrier(server))
        assert outcome.failed == 0
        assert_all_there(world, server)
        assert server.count("UploadPart") == 5


@pytest.mark.parametrize("drop", [1, 100_000, PART - 1])
def test_a_dropped_line_costs_at_most_one_part(world: World, server: S3Server, drop: int) -> None:
    world.add("big", noise(2_000_000))
    for skip in (0, 2, 1):
        server.fault("UploadPart", drop=drop, skip=skip)
    outcome = world.run(carrier(server))
    assert outcome.failed == 0
    assert_all_there(world, server)
    assert outcome.bytes_sent <= world.bytes + 3 * PART
    assert server.count("CreateMultipartUpload") == 1


PASSING = [
    *(("UploadPart", *answer) for answer in [(500, "InternalError"), (400, "RequestTimeout"), (400, "BadDigest")]),
    *(("UploadPart", *answer) for answer in [(409, "OperationAborted"), (400, "IncompleteBody"), (502, "")]),
    *((c, 503, "SlowDown") for c in ("UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload", "PutObject")),
    ("CompleteMultipartUpload", 500, "InternalError"),
    ("PutObject", 400, "BadDigest"),
]


@pytest.mark.parametrize(("call", "status", "code"), PASSING)
def test_what_passes_is_tried_again(world: World, server: S3Server, call: str, status: int, code: str) -> None:
    world.add("big", noise(1_000_000))
    world.add("small", noise(1000))
    server.fault(call, status=status, code=code)
    outcome = world.run(carrier(server))
    assert outcome.failed == 0
    assert_all_there(world, server)


def test_an_error_inside_an_answer_of_200_is_an_error(world: World, server: S3Server) -> None:
    world.add("big", noise(1_000_000))
    server.fault("CompleteMultipartUpload", within=True, code="InternalError")
    assert world.run(carrier(server)).bytes_sent == world.bytes
    assert_all_there(world, server)
    assert server.count("CompleteMultipartUpload") == 2


@pytest.mark.parametrize("big_bytes", [1 << 20, 1 << 30], ids=["apart", "one by one"])
@pytest.mark.parametrize("checksums", [(), ("sha256",), BOTH])
def test_an_end_whose_answer_never_came_is_looked_up(world: World, checksums: tuple[str, ...], big_bytes: int) -> None:
    with S3Server(checksums=checksums) as server:
        world.add("big", noise(1_500_000))
        server.fault("CompleteMultipartUpload", silent=True)
        outcome = world.run(carrier(server), replace(QUICK, big_bytes=big_bytes))
        assert outcome.failed == 0
        assert_all_there(world, server)
        assert outcome.bytes_sent == world.bytes
        assert server.count("CreateMultipartUpload") == 1 + (checksums == ("sha256",))  # the first asks for CRC-64


def test_a_small_file_whose_answer_never_came_is_ours(world: World, server: S3Server) -> None:
    world.add("small", noise(1000))
    server.fault("PutObject", silent=True)
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)


def test_a_part_whose_answer_never_came_is_sent_once_more(world: World, server: S3Server) -> None:
    world.add("big", noise(2_000_000))
    server.fault("UploadPart", silent=True, skip=1)
    outcome = world.run(carrier(server))
    assert_all_there(world, server)
    assert outcome.bytes_sent == world.bytes + PART


def test_an_upload_that_is_forgotten_begins_anew(world: World, server: S3Server) -> None:
    world.add("big", noise(1_500_000))
    server.fault("UploadPart", status=500, code="InternalError", skip=2, act=server.uploads.clear)
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)
    assert server.count("CreateMultipartUpload") == 2


def test_a_part_that_was_lost_or_changed_there_is_sent_again(world: World, server: S3Server) -> None:
    world.add("big", noise(2_000_000))

    def lose() -> None:
        for upload in server.uploads.values():
            upload.parts[2].etag = "0" * 32

    server.fault("CompleteMultipartUpload", status=500, code="InternalError", act=lose)
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)
    assert server.count("CreateMultipartUpload") == 1


def test_lists_of_parts_come_in_pages(world: World, server: S3Server) -> None:
    server.page = 2
    world.add("big", noise(3_000_000))
    server.fault("UploadPart", drop=10, skip=6)
    outcome = world.run(carrier(server))
    assert_all_there(world, server)
    assert outcome.bytes_sent <= world.bytes + PART


def test_where_nobody_may_list_the_receipts_count(world: World, server: S3Server) -> None:
    world.add("big", noise(2_000_000))
    server.fault("UploadPart", drop=10, skip=3)
    for call in ("ListParts", "HeadObject", "ListMultipartUploads"):
        server.fault(call, status=403, code="AccessDenied", times=99)
    outcome = world.run(carrier(server))
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert server.content("big") == noise(2_000_000)
    assert outcome.bytes_sent <= world.bytes + PART
    assert world.states() == {"big": "verified"}  # by its parts


class Counting(BytesBody):
    """Counts what is summed ahead, which takes memory."""

    def __init__(self, data: bytes, summed: list[str]) -> None:
        super().__init__(data)
        self.summed = summed

    def digest(self, algorithm: str) -> str:
        self.summed.append(algorithm)
        return super().digest(algorithm)


@pytest.mark.parametrize(("checksums", "ahead"), [((), ["md5"] * 4), (("sha256",), []), (BOTH, [])])
def test_sums_that_follow_the_bytes_need_no_memory(
    tmp_path: Path, checksums: tuple[str, ...], ahead: list[str]
) -> None:
    data, summed = noise(1_500_000), list[str]()
    with S3Server(checksums=checksums) as server:
        made, file = carrier(server)(), a_file(tmp_path, len(data))
        upload = made.begin(file)
        while not upload.complete:
            part = data[upload.offset : upload.offset + PART]
            upload = made.send(file, upload, Counting(part, summed))
        made.close()
        assert server.content("x") == data
        assert summed == ahead


def test_a_pause_in_the_middle_of_parts_loses_only_those(world: World, server: S3Server) -> None:
    world.add("big", noise(2_000_000))
    with world.running(carrier(server), replace(QUICK, limit=1_000_000)) as run:
        run.until(lambda: server.count("UploadPart") >= 2 and run.engine.progress().bytes_sent > PART)
        run.engine.pause()
        run.until(lambda: run.engine.progress().paused)
        run.engine.limit(None)
        run.engine.resume()
        outcome = run.join()
    assert_all_there(world, server)
    assert outcome.bytes_sent <= world.bytes + QUICK.workers * PART
    assert server.count("CreateMultipartUpload") == 1


def test_long_parts_do_not_follow_the_engines_settings(world: World, server: S3Server) -> None:
    world.add("big", noise(3_000_000))
    world.run(carrier(server, part_size=1_400_000), replace(QUICK, big_bytes=1 << 30))  # one after the other
    assert_all_there(world, server)
    assert server.count("UploadPart") == 3
