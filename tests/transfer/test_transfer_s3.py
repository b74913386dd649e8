"""The S3 carrier and the engine against a strict service with faults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody, CarrierSuite
from s3_faults import BUCKET, S3Server
from transfer_world import QUICK, World, noise

from depositor.draft.problem import NeedsUser
from depositor.draft.submission import SubmissionFile
from depositor.transfer.s3 import S3Carrier
from depositor.transfer.s3_place import S3Keys, S3Options, S3Place
from depositor.transfer.s3_token import S3Token, decode
from depositor.transfer.web import Timeouts

SHORT = Timeouts(connect=2.0, idle=2.0)
KEYS = S3Keys("access", "secret")
PART = 400_000


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


def carrier(server: S3Server, **options: Any) -> Callable[[], S3Carrier]:
    chosen = {"part_size": PART, "one_request": 10_000, **options}
    place = S3Place(server.url, BUCKET)
    return lambda: S3Carrier(place, lambda: KEYS, S3Options(**chosen), SHORT)


def assert_all_there(world: World, server: S3Server) -> None:
    assert server.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert server.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) <= {"sent", "verified"}
    assert world.digests() == world.true_digests()
    assert server.uploads == {}


class OfServer:
    def __init__(self, server: S3Server, **options: Any) -> None:
        self._server, self.carrier = server, carrier(server, **options)
        self.names, self.content = server.names, server.content

    def spoil(self, name: str, token: str) -> bool:
        kept = self._server.objects[name]
        kept.data = b"!" + kept.data
        return True


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
        with S3Server(checksums=True) as server:
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
    with S3Server(checksums=True, trailers=trailers) as server:
        world.add("big", noise(1_500_000))
        world.add("small", noise(500))
        server.fault("UploadPart", flip=True, skip=1)
        outcome = world.run(carrier(server))
        assert outcome.failed == 0
        assert_all_there(world, server)
        assert server.objects["big"].sha256.endswith("-4")


def test_what_was_damaged_on_the_line_is_sent_again(world: World, server: S3Server) -> None:
    """No server noticed: its ETag tells."""
    world.add("big", noise(1_500_000))
    world.add("small", noise(500))
    server.fault("UploadPart", flip=True, skip=1)
    server.fault("PutObject", flip=True)
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
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)
    assert server.count("CompleteMultipartUpload") == 2


@pytest.mark.parametrize("checksums", [True, False])
def test_an_end_whose_answer_never_came_is_looked_up(world: World, checksums: bool) -> None:
    with S3Server(checksums=checksums) as server:
        world.add("big", noise(1_000_000))
        server.fault("CompleteMultipartUpload", silent=True)
        outcome = world.run(carrier(server))
        assert outcome.failed == 0
        assert_all_there(world, server)
        assert server.count("CompleteMultipartUpload") == 1
        assert outcome.bytes_sent == world.bytes


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
    assert world.states() == {"big": "sent"}  # every part is proved, the whole is not


class Counting(BytesBody):
    """Counts what is summed ahead, which takes memory."""

    def __init__(self, data: bytes, summed: list[str]) -> None:
        super().__init__(data)
        self.summed = summed

    def digest(self, algorithm: str) -> str:
        self.summed.append(algorithm)
        return super().digest(algorithm)


@pytest.mark.parametrize(("checksums", "ahead"), [(False, ["md5"]), (True, [])])
def test_parts_are_not_held_in_memory(tmp_path: Path, checksums: bool, ahead: list[str]) -> None:
    """But for the first, whose answer tells what ETags are."""
    data, summed = noise(1_500_000), list[str]()
    with S3Server(checksums=checksums) as server:
        made, file = carrier(server)(), _file(tmp_path, len(data))
        upload = made.begin(file)
        while not upload.complete:
            part = data[upload.offset : upload.offset + PART]
            upload = made.send(file, upload, Counting(part, summed))
        made.close()
        assert server.content("x") == data
        assert summed == ahead


def test_a_pause_in_the_middle_of_a_part_loses_only_that(world: World, server: S3Server) -> None:
    world.add("big", noise(2_000_000))
    with world.running(carrier(server), replace(QUICK, limit=1_000_000)) as run:
        run.until(lambda: server.count("UploadPart") == 2 and run.engine.progress().bytes_sent > PART)
        run.engine.pause()
        run.until(lambda: run.engine.progress().paused)
        run.engine.limit(None)
        run.engine.resume()
        outcome = run.join()
    assert_all_there(world, server)
    assert outcome.bytes_sent <= world.bytes + PART
    assert server.count("CreateMultipartUpload") == 1


def test_long_parts_do_not_follow_the_engines_settings(world: World, server: S3Server) -> None:
    world.add("big", noise(3_000_000))
    world.run(carrier(server, part_size=1_400_000))  # more than settings.part_bytes
    assert_all_there(world, server)
    assert server.count("UploadPart") == 3


# --- what is there already -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5000, 1_000_000])
def test_what_somebody_else_put_there_is_not_written_over(world: World, server: S3Server, size: int) -> None:
    world.add("x", noise(size))
    server.objects["x"] = _kept(b"somebody else's")
    outcome = world.run(carrier(server))
    assert [p.code for p in outcome.problems] == ["archive.conflict"]
    assert server.content("x") == b"somebody else's"
    assert server.uploads == {}


def test_one_that_came_in_between_is_not_written_over(world: World, server: S3Server) -> None:
    world.add("x", noise(1_000_000))

    def come() -> None:
        server.objects["x"] = _kept(noise(1_000_000, 7))

    server.fault("UploadPart", act=come)
    outcome = world.run(carrier(server))
    assert [p.code for p in outcome.problems] == ["archive.conflict"]
    assert server.content("x") == noise(1_000_000, 7)
    assert server.uploads == {}


def test_the_same_content_is_no_conflict(world: World, server: S3Server) -> None:
    world.add("x", noise(5000))
    world.add("y", noise(1_000_000))
    assert world.run(carrier(server)).failed == 0
    again = World(world.folder.parent / "again")
    again.add("x", noise(5000))
    again.add("y", noise(1_000_000))
    assert again.run(carrier(server)).failed == 0
    assert_all_there(again, server)


def test_written_over_where_that_is_wanted(world: World, server: S3Server) -> None:
    server.objects["x"] = _kept(b"old")
    world.add("x", noise(1_000_000))
    assert world.run(carrier(server, keep_existing=False)).failed == 0
    assert_all_there(world, server)


def test_a_service_without_conditions_is_asked_without(world: World, server: S3Server) -> None:
    server.conditions = False
    world.add("small", noise(500))
    world.add("big", noise(1_000_000))
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)


# --- sign-in, clock, region ------------------------------------------------------------------------------------------


def test_a_wrong_clock_is_corrected_by_the_servers(world: World, server: S3Server) -> None:
    server.ahead = dt.timedelta(hours=-7)
    world.add("small", noise(500))
    world.add("big", noise(1_000_000))
    outcome = world.run(carrier(server))
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert_all_there(world, server)


def test_a_clock_that_cannot_be_mended_is_told(world: World, server: S3Server) -> None:
    server.fault("PutObject", status=403, code="RequestTimeTooSkewed", times=99)
    world.add("small", noise(500))
    outcome = world.run(carrier(server))
    assert outcome.problem is not None
    assert (outcome.needs_user, outcome.problem.code) == (True, "computer.clock")


def test_expired_keys_stop_the_run_and_new_ones_go_on(world: World, server: S3Server) -> None:
    world.add("big", noise(1_500_000))
    server.fault("UploadPart", status=400, code="ExpiredToken", skip=2)
    outcome = world.run(carrier(server))
    assert outcome.problem is not None
    assert (outcome.needs_user, outcome.problem.code) == (True, "archive.sign-in")
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)
    assert server.count("CreateMultipartUpload") == 1


def test_keys_that_are_renewed_meanwhile_are_used(world: World, server: S3Server) -> None:
    world.add("big", noise(1_500_000))
    now = [S3Keys("old", "secret", "session")]

    def renew() -> None:
        now[0] = S3Keys("new", "secret", "session")

    server.fault("UploadPart", status=400, code="ExpiredToken", skip=1, act=renew)
    place, options = S3Place(server.url, BUCKET), S3Options(part_size=PART, one_request=0)
    outcome = world.run(lambda: S3Carrier(place, lambda: now[0], options, SHORT))
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert_all_there(world, server)
    assert "x-amz-security-token" in server.signatures[0]
    assert "Credential=new/" in server.signatures[-1]


def test_another_region_is_learnt(world: World, server: S3Server) -> None:
    world.add("big", noise(1_500_000))
    server.fault(
        "HeadObject",
        status=400,
        code="AuthorizationHeaderMalformed",
        headers={"x-amz-bucket-region": "eu-central-1"},
    )
    server.fault(
        "ListMultipartUploads",
        status=400,
        code="AuthorizationHeaderMalformed",
        headers={"x-amz-bucket-region": "eu-central-1"},
    )
    assert world.run(carrier(server)).failed == 0
    assert "/eu-central-1/s3/" in server.signatures[-1]


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (403, "InvalidAccessKeyId", "archive.sign-in"),
        (403, "SignatureDoesNotMatch", "archive.sign-in"),
        (403, "QuotaExceeded", "archive.quota"),
        (404, "NoSuchBucket", "archive.no-bucket"),
        (301, "PermanentRedirect", "archive.region"),
    ],
)
def test_what_a_person_must_mend_stops_the_run(
    world: World, server: S3Server, status: int, code: str, problem: str
) -> None:
    world.add("small", noise(500))
    server.fault("PutObject", status=status, code=code, times=99)
    outcome = world.run(carrier(server))
    assert outcome.problem is not None
    assert (outcome.needs_user, outcome.problem.code, outcome.failed) == (True, problem, 0)


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (400, "EntityTooLarge", "archive.too-large"),
        (400, "KeyTooLongError", "archive.name"),
        (403, "AccessDenied", "archive.forbidden"),
    ],
)
def test_refused_files_do_not_hold_up_the_rest(
    world: World, server: S3Server, status: int, code: str, problem: str
) -> None:
    for number in range(6):
        world.add(f"f{number}", noise(500, number))
    server.fault("PutObject", status=status, code=code)
    outcome = world.run(carrier(server))
    assert (outcome.sent, outcome.failed, outcome.stopped) == (5, 1, False)
    assert outcome.problems[0].code == problem


def test_parts_that_are_too_small_for_the_service_are_told(world: World) -> None:
    with S3Server(least=5 << 20) as server:
        world.add("big", noise(1_000_000))
        outcome = world.run(carrier(server))
        assert [p.code for p in outcome.problems] == ["archive.parts"]


# --- leftovers -------------------------------------------------------------------------------------------------------


def test_what_a_crash_left_behind_of_a_file_is_aborted(world: World, server: S3Server) -> None:
    server.begun("big")
    other = server.begun("big.json")
    world.add("big", noise(1_000_000))
    assert world.run(carrier(server)).failed == 0
    assert list(server.uploads) == [other]


def test_a_sweep_aborts_old_uploads_that_nobody_will_end(server: S3Server) -> None:
    server.page = 1
    old, kept = server.begun("p/a", 90_000), server.begun("p/b", 90_000)
    young, elsewhere = server.begun("p/c"), server.begun("q/a", 90_000)
    made = S3Carrier(S3Place(server.url, BUCKET, "p"), lambda: KEYS, timeouts=SHORT)
    assert made.sweep(keep=[S3Token("p/b", kept, PART).encode()]) == 1
    assert old not in server.uploads
    assert {kept, young, elsewhere} <= set(server.uploads)
    assert made.sweep(names=["nobody"], older_s=0) == 0
    assert made.sweep(older_s=0) == 2
    made.close()


def test_a_sweep_without_a_prefix_touches_named_files_alone(server: S3Server) -> None:
    server.begun("a", 90_000)
    other = server.begun("b", 90_000)
    made = S3Carrier(S3Place(server.url, BUCKET), lambda: KEYS, timeouts=SHORT)
    assert made.sweep() == 0
    assert made.sweep(names=["a"]) == 1
    assert list(server.uploads) == [other]
    made.close()


def test_an_upload_that_is_given_up_is_aborted(server: S3Server, tmp_path: Path) -> None:
    made = carrier(server)()
    upload = made.begin(_file(tmp_path, 1_000_000))
    assert len(server.uploads) == 1
    made.abandon(_file(tmp_path, 1_000_000), upload.token)
    made.abandon(_file(tmp_path, 1_000_000), upload.token)
    assert server.uploads == {}
    made.close()


def test_a_token_of_an_upload_that_is_gone_finds_nothing(server: S3Server, tmp_path: Path) -> None:
    made, file = carrier(server)(), _file(tmp_path, 1_000_000)
    assert made.find(file, S3Token(file.name, "nobody", PART).encode()) is None
    assert made.find(file, S3Token("another", "nobody", PART).encode()) is None
    assert made.find(file, "") is None
    made.close()


def test_no_secret_is_in_a_token_or_a_text() -> None:
    assert "secret" not in repr(S3Keys("access", "secret", "session-token"))
    known = decode(S3Token("k", "u", 5).encode())
    assert known == S3Token("k", "u", 5)


def test_a_place_that_is_not_there_needs_the_user(server: S3Server, tmp_path: Path) -> None:
    made = S3Carrier(S3Place(server.url, "other"), lambda: KEYS, timeouts=SHORT)
    with pytest.raises(NeedsUser) as caught:
        made.begin_with(_file(tmp_path, 10), BytesBody(b"0123456789"))
    assert caught.value.problem.code == "archive.no-bucket"
    made.close()


def _file(folder: Path, size: int) -> SubmissionFile:
    return SubmissionFile(0, str(folder / "x"), "x", "x", size, 0)


def _kept(data: bytes) -> Any:
    import hashlib

    from s3_faults import Kept

    return Kept(data, hashlib.md5(data).hexdigest())
