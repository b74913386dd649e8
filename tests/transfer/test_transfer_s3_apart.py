"""Parts in any order and several at once: how they are cut, what is kept of them, and what proves the whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody
from s3_faults import BUCKET, S3Server
from s3_world import KEYS, PART, SHORT, a_file, assert_all_there, carrier, kept
from transfer_world import World, noise

from depositor.draft.problem import Refused
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer.ports import Upload
from depositor.transfer.s3 import sums as s3_sums
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.place import ANYBODY, MOST_PARTS, S3Options, S3Place

BOTH = ("crc64nvme", "sha256")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


class Sent:
    """A file whose parts go one by one through carriers of the test's own."""

    def __init__(self, made: S3Carrier, folder: Path, data: bytes, part: int = PART) -> None:
        self.made, self.data, self.part = made, data, part
        self.file: SubmissionFile = a_file(folder, len(data))
        self.upload: Upload = made.begin(self.file)
        plan = made.plan(self.file, self.upload, part)
        assert plan is not None
        self.plan = plan

    def one(self, number: int, by: S3Carrier | None = None) -> str:
        offset, length = self.plan.span(number)
        body = BytesBody(self.data[offset : offset + length])
        return (by or self.made).send_part(self.file, self.upload, number, body)

    def all(self) -> dict[int, str]:
        return {number: self.one(number) for number in range(self.plan.count, 0, -1)}

    def end(self, receipts: dict[int, str]) -> HeldFile:
        done = self.made.join(self.file, self.upload, receipts)
        self.made.close()
        return self.made.finish(self.file, done, "")


# --- how they are cut ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "wanted", "length"),
    [
        (2 << 30, 32 << 20, 32 << 20),
        (2 << 30, 1 << 20, 5 << 20),  # no smaller than the service takes
        (300 << 30, 16 << 20, 33 << 20),
        (5 << 40, 16 << 20, 552 << 20),
    ],
)
def test_parts_suit_the_line_and_the_service(tmp_path: Path, size: int, wanted: int, length: int) -> None:
    made, token = (
        S3Carrier(S3Place("http://e", "b"), lambda: KEYS),
        Upload('{"key":"x","upload":"u","part":0,"by":"md5"}'),
    )
    plan = made.plan(a_file(tmp_path, size), token, wanted)
    assert plan is not None
    assert (plan.size, plan.length) == (size, length)
    assert plan.count <= MOST_PARTS
    assert made.plan(a_file(tmp_path, size), token, wanted) == plan


def test_what_goes_in_one_request_is_not_cut(tmp_path: Path) -> None:
    made = S3Carrier(S3Place("http://e", "b"), lambda: KEYS)
    assert made.plan(a_file(tmp_path, 5), Upload('{"key":"x","upload":"","part":0,"by":"md5"}'), 1) is None
    assert made.plan(a_file(tmp_path, 5), Upload("nonsense"), 1) is None


def test_what_no_service_takes_is_refused_before_anything_is_sent(server: S3Server, tmp_path: Path) -> None:
    made = carrier(server)()
    with pytest.raises(Refused) as caught:
        made.begin(a_file(tmp_path, (5 << 40) + 1))
    assert caught.value.problem.code == "archive.too-large"
    for length, fits in ((1024, True), (1025, False)):
        file = SubmissionFile(0, "x", "x", "ä" * (length // 2) + "a" * (length % 2), 3, 0)
        if fits:
            made.begin_with(file, BytesBody(b"abc"))
        else:
            with pytest.raises(Refused) as caught:
                made.begin_with(file, BytesBody(b"abc"))
            assert caught.value.problem.code == "archive.name"
    made.close()
    assert server.log == ["PutObject"]


# --- what is kept of them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("checksums", [(), ("sha256",), BOTH])
def test_thousands_of_parts_in_pages_and_a_token_that_does_not_grow(tmp_path: Path, checksums: tuple[str, ...]) -> None:
    with S3Server(checksums=checksums) as server:
        server.page = 100
        options = {"part_size": 10, "least_part": 10, "one_request": 0}
        lines = [carrier(server, **options)() for _ in range(3)]
        sent = Sent(lines[0], tmp_path, noise(12_003), 10)
        assert sent.plan.count == 1201

        def some(number: int) -> dict[int, str]:
            return {n: sent.one(n, lines[number]) for n in range(sent.plan.count - number, 0, -3)}

        with ThreadPoolExecutor(3) as pool:
            receipts = {n: text for found in pool.map(some, range(3)) for n, text in found.items()}
        assert sent.made.held_parts(sent.file, sent.upload) == receipts
        assert max(map(len, receipts.values())) < 120
        done = sent.made.join(sent.file, sent.upload, receipts)
        assert len(done.token) < 250
        assert sent.made.finish(sent.file, done, "").proved_by in (Proof.PARTS, Proof.DIGEST)
        assert server.content("x") == sent.data
        for line in lines:
            line.close()


def test_a_part_that_was_changed_there_is_not_held(server: S3Server, tmp_path: Path) -> None:
    sent = Sent(carrier(server)(), tmp_path, noise(1_500_000))
    receipts = sent.all()
    (begun,) = server.uploads.values()
    begun.parts[2] = kept(b"!" + begun.parts[2].data[1:])
    begun.parts[3] = kept(begun.parts[3].data[1:])
    del begun.parts[4]
    held = sent.made.held_parts(sent.file, sent.upload)
    assert held is not None
    assert {n for n, text in receipts.items() if held.get(n) == text} == {1}
    sent.made.close()


@pytest.mark.parametrize("checksums", [("sha256",), BOTH])
def test_where_the_list_tells_no_sums_the_receipts_count(tmp_path: Path, checksums: tuple[str, ...]) -> None:
    with S3Server(checksums=checksums) as server:
        sent = Sent(carrier(server)(), tmp_path, noise(1_500_000))
        receipts = sent.all()
        (begun,) = server.uploads.values()
        sums = begun.parts[2].sums
        begun.parts[2].sums = {}
        assert sent.made.held_parts(sent.file, sent.upload) is None
        begun.parts[2].sums = sums
        assert sent.end(receipts).proved_by in (Proof.PARTS, Proof.DIGEST)


def test_where_nobody_may_list_the_receipts_count(server: S3Server, tmp_path: Path) -> None:
    sent = Sent(carrier(server)(), tmp_path, noise(1_500_000))
    receipts = sent.all()
    server.fault("ListParts", status=403, code="AccessDenied", times=99)
    again = carrier(server)()
    found = again.find(sent.file, sent.upload.token)
    assert found is not None
    assert again.held_parts(sent.file, found) is None
    again.close()
    assert sent.end(receipts).proved_by is Proof.PARTS


# --- what proves the whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checksums", "opaque", "proof", "names"),
    [
        (BOTH, False, Proof.DIGEST, {"crc64nvme", "md5-of-parts"}),
        (BOTH, True, Proof.DIGEST, {"crc64nvme"}),
        (("sha256",), False, Proof.PARTS, {"sha256-of-parts", "md5-of-parts"}),
        ((), False, Proof.PARTS, {"md5-of-parts"}),
        ((), True, Proof.PARTS, set()),
    ],
)
def test_a_file_in_parts_is_proved(
    tmp_path: Path, checksums: tuple[str, ...], opaque: bool, proof: Proof, names: set[str]
) -> None:
    with S3Server(checksums=checksums, opaque=opaque) as server:
        sent = Sent(carrier(server)(), tmp_path, noise(1_500_000))
        held = sent.end(sent.all())
        assert (held.proved_by, set(held.digests)) == (proof, names)


def test_without_the_library_the_parts_are_the_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_sums, "crc64", lambda: None)
    with S3Server(checksums=BOTH) as server:
        sent = Sent(carrier(server)(), tmp_path, noise(1_500_000))
        held = sent.end(sent.all())
        assert (held.proved_by, set(held.digests)) == (Proof.PARTS, {"sha256-of-parts", "md5-of-parts"})


@pytest.mark.parametrize(
    ("checksums", "opaque", "proof", "names"),
    [
        (BOTH, False, Proof.DIGEST, {"sha256", "md5"}),
        ((), False, Proof.DIGEST, {"md5"}),
        (BOTH, True, Proof.DIGEST, {"sha256"}),
        ((), True, Proof.PARTS, set()),
    ],
)
def test_a_small_file_is_proved(
    tmp_path: Path, checksums: tuple[str, ...], opaque: bool, proof: Proof, names: set[str]
) -> None:
    with S3Server(checksums=checksums, opaque=opaque) as server:
        made, file = carrier(server)(), a_file(tmp_path, 500)
        data = noise(500)
        for _ in range(2):  # the second time without MD5, where the service told SHA-256
            server.objects.clear()
            body = Asked(data)
            digest = BytesBody(data).digest("sha256")
            held = made.finish(file, made.begin_with(file, body), digest)
            assert (held.proved_by, set(held.digests)) == (proof, names)
        assert ("md5" in body.asked) == (not checksums)
        made.close()


class Asked(BytesBody):
    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.asked: list[str] = []

    def digest(self, algorithm: str) -> str:
        self.asked.append(algorithm)
        return super().digest(algorithm)


@pytest.mark.parametrize("checksums", [(), ("sha256",), BOTH])
def test_an_object_that_is_another_at_the_end_is_sent_anew(world: World, checksums: tuple[str, ...]) -> None:
    with S3Server(checksums=checksums) as server:
        world.add("big", noise(2_000_000))

        def spoil() -> None:
            server.objects["big"] = kept(b"!" * 2_000_000)
            server.objects["big"].etag += "-5"
            server.objects["big"].sums = dict.fromkeys(checksums, "AAAAAAAAAAA=")

        server.fault("HeadObject", act=spoil, skip=1)
        assert world.run(carrier(server)).failed == 0
        assert_all_there(world, server)
        assert server.count("CreateMultipartUpload") == 2 + (checksums == ("sha256",))  # the first asks for CRC-64


# --- who was there first ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["PutObject", "CompleteMultipartUpload"])
def test_somebody_who_writes_the_same_key_just_now_is_waited_for(world: World, server: S3Server, call: str) -> None:
    world.add("big", noise(1_500_000))
    world.add("small", noise(500))
    server.fault(call, status=409, code="ConditionalRequestConflict")
    assert world.run(carrier(server)).failed == 0
    assert_all_there(world, server)


@pytest.mark.parametrize("size", [5000, 1_500_000])
@pytest.mark.parametrize("same", [True, False])
def test_where_etags_tell_nothing_only_the_same_bytes_are_ours(world: World, size: int, same: bool) -> None:
    with S3Server(opaque=True) as server:
        server.objects["x"] = kept(noise(size, 1 if same else 2))
        server.objects["x"].etag = "opaque"
        world.add("x", noise(size))
        outcome = world.run(carrier(server))
        ours = same and size == 5000  # a small one is read back; of a large one nothing tells
        assert [p.code for p in outcome.problems] == ([] if ours else ["archive.conflict"])
        assert server.content("x") == noise(size, 1 if same else 2)


def test_an_open_bucket(world: World, server: S3Server) -> None:
    server.anybody = True
    world.add("big", noise(1_500_000))
    world.add("small", noise(500))
    options = S3Options(part_size=PART, least_part=PART, one_request=10_000)
    outcome = world.run(lambda: S3Carrier(S3Place(server.url, BUCKET), lambda: ANYBODY, options, SHORT))
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert_all_there(world, server)


# --- leftovers -------------------------------------------------------------------------------------------------------


def test_a_sweep_leaves_what_the_journal_knows(world: World, server: S3Server) -> None:
    world.add("p/big", noise(2_000_000))
    server.fault("UploadPart", status=403, code="ExpiredToken", times=99, skip=2)  # the keys' time is over
    made: dict[str, Any] = {"part_size": PART, "least_part": PART, "one_request": 0}
    place = S3Place(server.url, BUCKET, "s")
    assert world.run(lambda: S3Carrier(place, lambda: KEYS, S3Options(**made), SHORT)).needs_user
    (live,) = server.uploads
    left = server.begun("s/p/other", 90_000)
    sweeper = S3Carrier(place, lambda: KEYS, timeouts=SHORT)
    with world.journal() as journal:
        assert sweeper.sweep(journal.tokens("s3"), older_s=-60) == 1
    sweeper.close()
    assert live in server.uploads
    assert left not in server.uploads
