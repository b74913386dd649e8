"""What else is in the bucket, who may write there, and what is left behind: the S3 carrier and the strict service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from carrier_suite import BytesBody
from s3_faults import BUCKET, S3Server
from s3_world import KEYS, PART, SHORT, a_file, assert_all_there, carrier, kept
from transfer_world import World, noise

from depositor.draft.problem import NeedsUser
from depositor.transfer.net import web
from depositor.transfer.s3 import errors as s3_errors
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.errors import S3Error
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place
from depositor.transfer.s3.token import S3Token, decode
from depositor.transfer.s3.wire import S3Wire


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


# --- what is there already -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5000, 1_000_000])
def test_what_somebody_else_put_there_is_not_written_over(world: World, server: S3Server, size: int) -> None:
    world.add("x", noise(size))
    server.objects["x"] = kept(b"somebody else's")
    outcome = world.run(carrier(server))
    assert [p.code for p in outcome.problems] == ["archive.conflict"]
    assert server.content("x") == b"somebody else's"
    assert server.uploads == {}


def test_one_that_came_in_between_is_not_written_over(world: World, server: S3Server) -> None:
    world.add("x", noise(1_000_000))

    def come() -> None:
        server.objects["x"] = kept(noise(1_000_000, 7))

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
    server.objects["x"] = kept(b"old")
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
    server.ahead = dt.timedelta(hours=-7)
    world.add("small", noise(500))
    outcome = world.run(carrier(server))
    assert outcome.problem is not None
    assert (outcome.needs_user, outcome.problem.code) == (True, "computer.clock")
    theirs = dt.datetime.now(dt.UTC) - dt.timedelta(hours=7)
    assert theirs.strftime("says %Y-%m-%d %H:") in outcome.problem.message.english()


@pytest.mark.parametrize("date", ["", "yesterday", "Sat, 99 Nov 2026 22:26:45 GMT"])
def test_a_clock_is_told_without_the_servers_too(date: str) -> None:
    told = s3_errors.told(S3Error(403, "RequestTimeTooSkewed", date=date), "storage.example")
    assert told.problem.code == "computer.clock"
    assert "storage.example" in told.problem.message.english()


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
    assert server.count("UploadPart") == 4 + 1  # never with a body that has gone


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


@pytest.mark.parametrize("status", [301, 307, 400, 403])
def test_a_region_that_only_a_header_tells_is_learnt(world: World, server: S3Server, status: int) -> None:
    """An answer to HEAD has no body. A service of one's own has one address for all regions."""
    world.add("big", noise(1_500_000))
    server.fault("HeadObject", status=status, headers={"x-amz-bucket-region": "eu-central-1"})
    assert world.run(carrier(server)).failed == 0
    assert "/eu-central-1/s3/" in server.signatures[-1]
    assert_all_there(world, server)


def test_a_region_that_stays_another_needs_the_user(world: World, server: S3Server) -> None:
    world.add("small", noise(500))
    told = {"x-amz-bucket-region": "eu-central-1"}
    server.fault("PutObject", status=301, code="PermanentRedirect", headers=told, times=99)
    outcome = world.run(carrier(server))
    assert outcome.problem is not None
    assert (outcome.needs_user, outcome.problem.code) == (True, "archive.region")
    assert "eu-central-1" in outcome.problem.message.english()


def test_amazons_other_regions_have_other_hosts() -> None:
    made = S3Wire(S3Place("https://s3.amazonaws.com", "b", style="virtual"), lambda: KEYS, web.session)
    moved = S3Error(301, "PermanentRedirect", detail="eu-west-1")
    assert made._learn(moved, KEYS)
    assert made.place.url("x") == "https://b.s3.eu-west-1.amazonaws.com/x"
    assert made.host == "s3.eu-west-1.amazonaws.com"
    assert not made._learn(moved, KEYS)


def test_keys_that_are_renewed_in_the_middle_of_many_lines(world: World, server: S3Server) -> None:
    """While several requests are under way with the old ones."""
    world.add("big", noise(3_000_000))
    for number in range(12):
        world.add(f"small-{number}", noise(500, number))
    now = [S3Keys("old", "secret", "session")]

    def renew() -> None:
        server.over.add("old")
        now[0] = S3Keys("new", "secret", "session")

    server.fault("UploadPart", skip=2, act=renew)
    place, options = S3Place(server.url, BUCKET), S3Options(least_part=PART, one_request=10_000)
    outcome = world.run(lambda: S3Carrier(place, lambda: now[0], options, SHORT))
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert_all_there(world, server)
    assert server.count("CreateMultipartUpload") == 1
    assert any("Credential=new/" in s for s in server.signatures)


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (403, "InvalidAccessKeyId", "archive.sign-in"),
        (403, "SignatureDoesNotMatch", "archive.sign-in"),
        (403, "UserSuspended", "archive.account-closed"),
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
    upload = made.begin(a_file(tmp_path, 1_000_000))
    assert len(server.uploads) == 1
    made.abandon(a_file(tmp_path, 1_000_000), upload.token)
    made.abandon(a_file(tmp_path, 1_000_000), upload.token)
    assert server.uploads == {}
    made.close()


def test_a_token_of_an_upload_that_is_gone_finds_nothing(server: S3Server, tmp_path: Path) -> None:
    made, file = carrier(server)(), a_file(tmp_path, 1_000_000)
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
        made.begin_with(a_file(tmp_path, 10), BytesBody(b"0123456789"))
    assert caught.value.problem.code == "archive.no-bucket"
    made.close()
