"""Parts of one file side by side at a tus server that joins them, and what goes wrong on the way."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody, CarrierSuite
from transfer_world import QUICK, SUBMISSION, World, noise
from tus_faults import TusServer

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Damaged, Defect, Refused, Retryable
from depositor.draft.submission import Proof, SubmissionFile
from depositor.transfer.engine import Engine
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier, SendsApart, Upload
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

SHORT = Timeouts(connect=2.0, idle=2.0)
PART = 200_000
LARGE = dataclasses.replace(QUICK, big_bytes=PART, part_bytes=PART)


def made(server: TusServer, **options: Any) -> TusCarrier:
    return TusCarrier(server.url, options=TusOptions(apart=PART, **options), timeouts=SHORT)


def carrier(server: TusServer, **options: Any) -> Callable[[], TusCarrier]:
    return lambda: made(server, **options)


@pytest.fixture(params=[True, False], ids=["with-upload", "in-two-requests"])
def server(request: pytest.FixtureRequest) -> Iterator[TusServer]:
    with TusServer(concat=True, with_upload=request.param) as server:
        yield server


@pytest.fixture
def file(tmp_path: Path) -> SubmissionFile:
    path = tmp_path / "big.tif"
    path.write_bytes(noise(5 * PART + 7))
    stat = path.stat()
    return SubmissionFile(1, str(path), "a/big.tif", "a/big.tif", stat.st_size, stat.st_mtime_ns, stat.st_ino)


def body(file: SubmissionFile, span: tuple[int, int]) -> BytesBody:
    return BytesBody(Path(file.source).read_bytes()[span[0] : sum(span)])


def send_all(tus: TusCarrier, file: SubmissionFile, upload: Upload) -> dict[int, str]:
    plan = tus.plan(file, upload, PART)
    assert plan is not None
    assert plan.count == 6
    numbers = [*range(plan.count, 0, -1)]  # in any order
    return {n: tus.send_part(file, upload, n, body(file, plan.span(n))) for n in numbers}


class OfTus:
    def __init__(self, server: TusServer) -> None:
        self.server, self.names, self.content = server, server.names, server.content

    def carrier(self) -> Carrier:
        return made(self.server)

    def spoil(self, name: str, token: str) -> bool:
        return False


class TestJoiningTus(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfTus]:  # type: ignore[override]
        with TusServer(concat=True, recognises=True) as server:
            yield OfTus(server)


def test_parts_in_any_order_become_one_file(server: TusServer, file: SubmissionFile) -> None:
    tus = made(server)
    assert isinstance(tus, SendsApart)
    upload = tus.begin(file)
    assert not server.uploads  # nothing is made before the first part
    assert tus.find(file, upload.token) == upload
    joined = tus.join(file, upload, send_all(tus, file, upload))
    held = tus.finish(file, joined, "0" * 64)
    assert (held.size, held.proved_by) == (file.size, Proof.PARTS)
    assert server.content("a/big.tif") == Path(file.source).read_bytes()
    assert server.names() == ["a/big.tif"]
    assert server.received == file.size


def test_the_same_plan_for_the_same_wish_and_memory_is_bounded(file: SubmissionFile) -> None:
    with TusServer(concat=True) as server:
        tus = made(server)
        upload = tus.begin(file)
        assert tus.plan(file, upload, PART) == tus.plan(file, upload, PART)
        large = dataclasses.replace(file, size=3 << 30)
        assert tus.begin(large).token.startswith("http")  # more parts than fit one request: in one row
        most = dataclasses.replace(file, size=2 << 30)
        plan = tus.plan(most, tus.begin(most), 1)
        assert plan is not None
        assert (plan.length, plan.count) == (64 << 20, 32)


def test_where_nobody_joins_files_go_in_one_row(file: SubmissionFile) -> None:
    with TusServer() as server:
        tus = made(server)
        upload = tus.begin(file)
        assert tus.plan(file, upload, PART) is None
        assert upload.token.startswith("http")


def test_who_sends_no_parts_can_still_send(file: SubmissionFile, server: TusServer) -> None:
    tus = made(server)
    upload = tus.send(file, tus.begin(file), body(file, (0, file.size)))
    assert tus.finish(file, upload, "0" * 64).size == file.size
    assert server.names() == ["a/big.tif"]


def test_parts_that_ran_out_of_time_are_noticed_before_the_end(server: TusServer, file: SubmissionFile) -> None:
    tus = made(server)
    upload = tus.begin(file)
    receipts = send_all(tus, file, upload)
    del server.uploads[receipts[3].rsplit("/", 1)[-1]]
    with pytest.raises(Damaged) as caught:
        tus.join(file, upload, receipts)
    assert caught.value.problem.code == "archive.differs"
    assert server.names() == []


def test_a_server_that_lost_the_end_of_a_part_is_noticed(server: TusServer, file: SubmissionFile) -> None:
    tus = made(server)
    upload = tus.begin(file)
    receipts = send_all(tus, file, upload)
    del server.uploads[receipts[2].rsplit("/", 1)[-1]].data[-5:]
    with pytest.raises(Damaged):
        tus.join(file, upload, receipts)


def test_a_file_that_is_put_together_slowly_is_waited_for(server: TusServer, file: SubmissionFile) -> None:
    server.slow_finals = 3
    tus = made(server)
    upload = tus.begin(file)
    receipts = send_all(tus, file, upload)
    joined = tus.join(file, upload, receipts)
    again = tus.join(file, upload, receipts)  # asked once more: joined only once
    assert again == joined
    assert tus.finish(file, joined, "0" * 64).size == file.size
    assert server.names() == ["a/big.tif"]
    other = made(server)
    server.uploads[joined.token.rsplit("/", 1)[-1]].slow = 1
    found = other.find(file, joined.token)
    assert found is not None
    assert found.complete
    assert other.finish(file, found, "0" * 64).proved_by is Proof.SIZE  # nobody here saw the parts arrive


def test_joining_again_leaves_one_where_files_are_recognised(file: SubmissionFile) -> None:
    with TusServer(concat=True, recognises=True) as server:
        first = made(server)
        upload = first.begin(file)
        receipts = send_all(first, file, upload)
        server.fault("POST", silent=True)
        with pytest.raises(Retryable):
            first.join(file, upload, receipts)
        second = made(server)
        second.finish(file, second.join(file, upload, receipts), "0" * 64)
        assert server.names() == ["a/big.tif"]


def test_what_broke_off_is_removed_with_the_next_part(file: SubmissionFile) -> None:
    with TusServer(concat=True, with_upload=False) as server:
        tus = made(server)
        upload = tus.begin(file)
        server.fault("PATCH", drop=1000)
        with pytest.raises(Retryable):
            tus.send_part(file, upload, 1, body(file, (0, PART)))
        tus.send_part(file, upload, 1, body(file, (0, PART)))
        assert server.count("DELETE") == 1
        assert len(server.uploads) == 1


@pytest.mark.parametrize("drop", [1, 100_000])
def test_the_engine_sends_parts_again_that_broke_off(tmp_path: Path, server: TusServer, drop: int) -> None:
    world = World(tmp_path)
    world.add("big", noise(8 * PART + 3))
    method = "POST" if server.with_upload else "PATCH"
    for skip in (1, 3):
        server.fault(method, drop=drop, skip=skip)
    outcome = world.run(carrier(server), LARGE)
    assert (outcome.sent, outcome.failed) == (1, 0)
    assert server.names() == ["big"]
    assert server.content("big") == noise(8 * PART + 3)
    assert world.states() == {"big": "verified"}
    assert outcome.bytes_sent <= world.bytes + 2 * PART


def test_the_engine_joins_after_a_lost_answer(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add("big", noise(3 * PART))
    with TusServer(concat=True, recognises=True) as server:
        server.fault("POST", silent=True, skip=3)
        outcome = world.run(carrier(server), LARGE)
        assert (outcome.failed, outcome.bytes_sent) == (0, world.bytes)
        assert server.names() == ["big"]


def test_what_was_joined_is_found_after_a_kill_and_not_joined_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add("big", noise(3 * PART))
    with TusServer(concat=True) as server, world.journal() as journal:
        killed = made(server)

        def dies(*_: Any) -> Any:
            raise KeyboardInterrupt

        killed.finish = dies  # type: ignore[method-assign]
        with pytest.raises(Defect):
            Engine(journal, lambda: killed, SUBMISSION, LARGE, Cancel()).run()
        assert server.names() == ["big"]
        outcome = Engine(journal, carrier(server), SUBMISSION, LARGE, Cancel()).run()
        assert (outcome.sent, outcome.bytes_sent) == (1, 0)
        assert server.names() == ["big"]


# --- the rest of the protocol --------------------------------------------------------------------------------------


def test_the_time_that_an_upload_has_left_can_be_sorted(file: SubmissionFile) -> None:
    with TusServer() as server:
        assert made(server).begin(file).expires == "2026-11-22T12:00:00Z"
        server.expires = "when the cows come home"
        assert made(server).begin(file).expires is None


@pytest.mark.parametrize(("offered", "used"), [("md5,sha256", "sha256"), ("crc32", None), ("SHA1, md5", "sha1")])
def test_the_checksum_is_one_that_the_server_offers(file: SubmissionFile, offered: str, used: str | None) -> None:
    with TusServer() as server:
        server.algorithms = offered
        assert made(server)._wire.algorithm() == used


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("/files/{key}", "/files/"),
        ("{key}", "/files/"),
        ("http://127.0.0.1:1/files/{key}", "http://127.0.0.1:1/files/"),
    ],
)
def test_the_place_of_an_upload_in_any_form(file: SubmissionFile, location: str, found: str) -> None:
    with TusServer() as server:
        server.location = location
        token = made(server).begin(file).token
        assert found in token
        assert token.startswith("http://127.0.0.1:")


def test_a_place_that_is_no_address_of_the_web_is_refused(file: SubmissionFile) -> None:
    with TusServer() as server:
        server.location = "ftp://127.0.0.1/{key}"
        with pytest.raises(Retryable) as caught:
            made(server).begin(file)
        assert caught.value.problem.code == "archive.odd-answer"
    with pytest.raises(Refused) as refused:
        TusCarrier("https://archive.example/files/")._wire.absolute("http://elsewhere.example/1")
    assert refused.value.problem.code == "archive.insecure"


def test_a_resumed_part_proves_less_than_one_that_came_whole(file: SubmissionFile) -> None:
    with TusServer() as server:
        tus = made(server, part_size=PART)
        upload = tus.begin(file)
        server.fault("PATCH", drop=1000)
        with pytest.raises(Retryable):
            tus.send(file, upload, body(file, (0, PART)))
        found = tus.find(file, upload.token)
        assert found is not None
        assert found.offset == 1000
        done = tus.send(file, found, body(file, (1000, file.size - 1000)))
        assert tus.finish(file, done, "0" * 64).proved_by is Proof.SIZE


def test_an_endpoint_without_its_last_slash_is_found(file: SubmissionFile) -> None:
    with TusServer() as server:
        server.fault("OPTIONS", status=307, headers={"Location": server.url})
        server.token = "secret"
        sign = {"Authorization": "Bearer secret"}
        tus = TusCarrier(server.url.rstrip("/"), lambda: sign, TusOptions(part_size=PART), SHORT)
        done = tus.send(file, tus.begin(file), body(file, (0, file.size)))
        assert tus.finish(file, done, "0" * 64).size == file.size


@pytest.mark.parametrize("place", ["http://elsewhere.example/files/", "ftp://127.0.0.1/files/"])
def test_no_strange_place_becomes_the_endpoint(file: SubmissionFile, place: str) -> None:
    with TusServer() as server:
        server.fault("OPTIONS", status=302, headers={"Location": place}, times=9)
        tus = made(server)
        with contextlib.suppress(Retryable):
            tus.offer()
        assert tus._wire.endpoint == server.url
