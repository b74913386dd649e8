"""Parts by addresses that an archive signs."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from carrier_suite import BytesBody, CarrierSuite
from s3_faults import BUCKET, S3Server
from s3_world import a_file, kept
from transfer_world import QUICK, World, noise

from depositor.draft.problem import NeedsUser, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.net.web import Timeouts, session
from depositor.transfer.ports import Carrier
from depositor.transfer.s3.place import S3Keys, S3Place
from depositor.transfer.s3.presigned import Handed, PresignedCarrier, SignedAddress
from depositor.transfer.s3.sums import MD5
from depositor.transfer.s3.wire import S3Wire
from depositor.transfer.s3.xml import S3Part

SHORT = Timeouts(connect=2.0, idle=2.0)
PART = 400_000


class Desk:
    """An archive whose storage is the strict service; it holds the keys, the carrier does not."""

    def __init__(self, server: S3Server, *, tells: bool = True) -> None:
        self.server, self.tells = server, tells
        self._mine = threading.local()
        self._wires: list[S3Wire] = []
        self.issued: list[tuple[str, int]] = []
        self.lifetime: float | None = None
        self.now = 1000.0
        self.lose = 0

    @property
    def wire(self) -> S3Wire:
        """One for each thread."""
        if not hasattr(self._mine, "wire"):
            self._mine.wire = S3Wire(S3Place(self.server.url, BUCKET), lambda: S3Keys("a", "s"), session)
            self._wires.append(self._mine.wire)
        found: S3Wire = self._mine.wire
        return found

    def close(self) -> None:
        for wire in self._wires:
            wire.close()

    def begin(self, file: SubmissionFile) -> Handed:
        for key, upload, _ in list(self.wire.uploads(file.name)):
            if key == file.name:
                self.wire.abort(key, upload)
        return Handed(self.wire.create(file.name, {})[0], PART)

    def addresses(self, file: SubmissionFile, upload: str, numbers: Sequence[int]) -> Mapping[int, SignedAddress]:
        made = {}
        for number in numbers:
            self.issued.append((upload, number))
            query = {"partNumber": str(number), "uploadId": upload, "signed": f"s{len(self.issued)}"}
            expires = None if self.lifetime is None else self.now + self.lifetime
            made[number] = SignedAddress(self.wire.place.url(file.name, query), expires=expires)
        return made

    def held(self, file: SubmissionFile, upload: str) -> Sequence[S3Part] | None:
        if not self.tells:
            return None
        found = self.wire.parts(file.name, upload)
        if found is None:
            raise Retryable(problems.upload_lost("archive"))
        return found

    def complete(self, file: SubmissionFile, upload: str, etags: Sequence[str]) -> None:
        parts = [S3Part(n, 0, etag, {}) for n, etag in enumerate(etags, 1)]
        self.wire.must(self.wire.complete(file.name, upload, parts, MD5, {"x-amz-mp-object-size": str(file.size)}))
        if self.lose:
            self.lose -= 1
            raise Retryable(problems.silent("archive"))

    def done(self, file: SubmissionFile, upload: str) -> HeldFile | None:
        there = self.wire.head(file.name)
        return None if there is None else HeldFile(file.name, there.size)

    def abandon(self, file: SubmissionFile, upload: str) -> None:
        self.wire.abort(file.name, upload)

    def carrier(self) -> Carrier:
        return PresignedCarrier(self, "archive", SHORT, clock=lambda: self.now)

    def names(self) -> list[str]:
        return self.server.names()

    def content(self, name: str) -> bytes | None:
        return self.server.content(name)

    def spoil(self, name: str, token: str) -> bool:
        self.server.objects[name].data += b"!"
        return True

    def spoil_part(self, name: str, token: str) -> None:
        if not self.tells:
            pytest.skip("nobody would know")
        for begun in self.server.uploads.values():
            begun.parts[1] = kept(b"!" + begun.parts[1].data[1:])


@pytest.fixture
def desk() -> Iterator[Desk]:
    with S3Server() as server:
        desk = Desk(server)
        yield desk
        desk.close()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class TestPresigned(CarrierSuite):
    @pytest.fixture
    def place(self, desk: Desk) -> Desk:  # type: ignore[override]
        return desk


class TestPresignedAndSilent(CarrierSuite):
    """The archive cannot tell which parts arrived."""

    @pytest.fixture
    def place(self, desk: Desk) -> Desk:  # type: ignore[override]
        desk.tells = False
        return desk


def test_an_address_whose_time_is_over_is_asked_for_again(world: World, desk: Desk) -> None:
    world.add("big", noise(2_000_000))
    desk.server.expired |= {"s3", "s4"}
    outcome = world.run(desk.carrier)
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert desk.content("big") == noise(2_000_000)
    assert outcome.bytes_sent <= world.bytes + 2 * PART
    assert desk.server.count("CreateMultipartUpload") == 1


def test_addresses_are_renewed_before_their_time_is_over(world: World, desk: Desk) -> None:
    desk.lifetime = 60.0
    desk.server.fault("UploadPart", skip=2, act=lambda: setattr(desk, "now", desk.now + 40))
    world.add("big", noise(2_000_000))
    one_by_one = replace(QUICK, big_bytes=1 << 30)
    assert world.run(desk.carrier, one_by_one).bytes_sent == world.bytes
    assert len(desk.issued) == 5 + 2  # for all five at first, then once more for the last two
    assert desk.content("big") == noise(2_000_000)


@pytest.mark.parametrize("tells", [True, False])
def test_a_dropped_line_costs_at_most_one_part(world: World, desk: Desk, tells: bool) -> None:
    desk.tells = tells
    world.add("big", noise(2_000_000))
    desk.server.fault("UploadPart", drop=PART // 2, skip=2)
    outcome = world.run(desk.carrier)
    assert outcome.failed == 0
    assert desk.content("big") == noise(2_000_000)
    assert outcome.bytes_sent <= world.bytes + PART


def test_an_end_whose_answer_was_lost_is_looked_up(world: World, desk: Desk) -> None:
    desk.lose = 1
    world.add("big", noise(1_000_000))
    assert world.run(desk.carrier).bytes_sent == world.bytes
    assert desk.server.count("CompleteMultipartUpload") == 1


def test_no_address_is_shown_or_journaled(world: World, desk: Desk) -> None:
    world.add("big", noise(1_000_000))
    desk.server.fault("UploadPart", status=400, code="KeyTooLongError", skip=1)
    assert world.run(desk.carrier).failed == 1
    assert "signed" not in repr(SignedAddress("https://x/?signed=1"))
    assert b"signed=" not in world.store.read_bytes()


@pytest.mark.parametrize(("hours", "code"), [(-7, "computer.clock"), (0, "archive.address-expired")])
def test_clocks_that_differ_are_told_by_whose_they_are(tmp_path: Path, desk: Desk, hours: int, code: str) -> None:
    """The addresses are signed by the archive: only a clock of this computer that is wrong is told as such."""
    desk.server.ahead = dt.timedelta(hours=hours)
    desk.server.fault("UploadPart", status=403, code="RequestTimeTooSkewed")
    made, file = desk.carrier(), a_file(tmp_path, 10)
    upload = made.begin(file)
    with pytest.raises((NeedsUser, Retryable)) as caught:
        made.send(file, upload, BytesBody(b"0123456789"))
    assert caught.value.problem.code == code
    made.close()


def test_parts_that_nobody_compared_prove_nothing(tmp_path: Path, desk: Desk) -> None:
    """Found at the archive after a kill in a file that went one part after the other."""
    file, data = a_file(tmp_path, 3 * PART), noise(3 * PART)
    first, again = desk.carrier(), desk.carrier()
    upload = first.send(file, first.begin(file), BytesBody(data[:PART]))
    first.close()
    found = again.find(file, upload.token)
    assert found is not None
    assert found.offset == PART
    while not found.complete:
        found = again.send(file, found, BytesBody(data[found.offset : found.offset + PART]))
    assert again.finish(file, found, "").proved_by is Proof.SIZE
    again.close()
    assert desk.content("x") == data


def test_parts_that_were_compared_prove_the_file(world: World, desk: Desk) -> None:
    world.add("big", noise(2_000_000))
    assert world.run(desk.carrier).failed == 0
    assert world.states() == {"big": "verified"}
