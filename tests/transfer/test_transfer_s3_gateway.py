"""The S3 carrier against radosgw, which checks what a real archive checks."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from carrier_suite import CarrierSuite
from s3_gateway import ACCESS, SECRET, Gateway
from transfer_world import QUICK, World, noise, wait_for

from depositor.transfer.net.web import Timeouts, session
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place
from depositor.transfer.s3.token import decode
from depositor.transfer.s3.wire import S3Wire

SHORT = Timeouts(connect=5, idle=20)
KEYS = S3Keys(ACCESS, SECRET)
BUCKET = "deposits"


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    with Gateway() as gateway:
        _ask(gateway, "PUT", "")
        yield gateway


def _wire(url: str, bucket: str = BUCKET) -> S3Wire:
    return S3Wire(S3Place(url, bucket), lambda: KEYS, session)


def _ask(gateway: Gateway, method: str, key: str, query: dict[str, str] | None = None) -> Any:
    wire = _wire(gateway.url)
    try:
        return wire.must(wire.ask(method, key, query))
    finally:
        wire.close()


class OfGateway:
    """A prefix of its own for each test."""

    def __init__(self, gateway: Gateway, prefix: str, **options: Any) -> None:
        self.gateway, self.prefix, self._options = gateway, prefix, options

    def carrier(self) -> S3Carrier:
        place = S3Place(self.gateway.url, BUCKET, self.prefix)
        return S3Carrier(place, lambda: KEYS, S3Options(**self._options), SHORT)

    def names(self) -> list[str]:
        import re
        from html import unescape

        found = _ask(self.gateway, "GET", "", {"prefix": self.prefix + "/"}).content.decode()
        return sorted(unescape(k).removeprefix(self.prefix + "/") for k in re.findall("<Key>(.*?)</Key>", found))

    def content(self, name: str) -> bytes | None:
        return bytes(_ask(self.gateway, "GET", f"{self.prefix}/{name}").content)

    def spoil(self, name: str, token: str) -> bool:
        known = decode(token)
        assert known is not None
        wire = _wire(self.gateway.url)
        wire.must(wire.put(known.key, {}, b"x" * 100_000))
        wire.close()
        return True

    def spoil_part(self, name: str, token: str) -> None:
        known = decode(token)
        assert known is not None
        wire = _wire(self.gateway.url)
        wire.must(wire.part(known.key, known.upload, 1, {}, b"x" * (6 << 20)))
        wire.close()

    def uploads(self) -> list[str]:
        wire = _wire(self.gateway.url)
        try:
            return [key for key, _, _ in wire.uploads(self.prefix)]
        finally:
            wire.close()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    return quote(request.node.nodeid.rpartition("::")[0][-20:] + request.node.name, safe="")[-120:]


class TestOneRequest(CarrierSuite):
    @pytest.fixture
    def place(self, gateway: Gateway, prefix: str) -> OfGateway:  # type: ignore[override]
        return OfGateway(gateway, prefix)


class TestParts(CarrierSuite):
    @pytest.fixture
    def place(self, gateway: Gateway, prefix: str) -> OfGateway:  # type: ignore[override]
        return OfGateway(gateway, prefix, part_size=500_000, one_request=0)


def test_a_killed_gateway_costs_at_most_a_part(gateway: Gateway, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add("killed/big", noise(6_000_000))
    place = OfGateway(gateway, "kills", least_part=500_000, one_request=0)
    with world.running(place.carrier, replace(QUICK, limit=2_000_000, cap_s=0.5)) as run:
        run.until(lambda: run.engine.progress().bytes_sent > 2_000_000, 30)
        gateway.kill()
        run.until(lambda: run.engine.progress().waiting is not None)
        gateway.start()
        run.engine.limit(None)
        outcome = run.join(60)
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert place.content("killed/big") == noise(6_000_000)
    assert outcome.bytes_sent <= world.bytes + (QUICK.workers + 1) * 500_000  # those under way, and an answer lost
    assert place.uploads() == []


@pytest.mark.parametrize("parts", [-1, 0, 2, 9, 12], ids=["begun", "cut", "two parts", "most parts", "all parts"])
def test_a_killed_sender_goes_on_where_it_was(gateway: Gateway, tmp_path: Path, parts: int) -> None:
    """Several parts are under way at the kill; those that the journal knows are not sent again."""
    world = World(tmp_path)
    world.add("big", noise(6_000_000))
    name, part = f"sender{parts}", 500_000
    command = [sys.executable, str(Path(__file__).with_name("s3_sender.py")), str(world.store), gateway.url, BUCKET]
    sender = subprocess.Popen([*command, name, ACCESS, SECRET, str(part), "6000000"])
    try:
        wait_for(lambda: _so_far(world.store) >= parts or sender.poll() is not None, 30)
    finally:
        sender.kill()
        sender.wait()
    known = 12 if world.states() == {"big": "verified"} else max(_so_far(world.store), 0)
    place = OfGateway(gateway, name, least_part=part, one_request=10_000)
    outcome = world.run(place.carrier)
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert outcome.bytes_sent == world.bytes - known * part
    assert place.content("big") == noise(6_000_000)
    assert place.uploads() == []
    assert world.digests() == world.true_digests()
    assert world.states() == {"big": "verified"}


def _so_far(store: Path) -> int:
    """How many parts the journal knows; -1: begun, -2: not even that."""
    with contextlib.closing(sqlite3.connect(store)) as db:
        (begun, cut) = db.execute("SELECT coalesce(max(token<>''), 0), max(part_bytes) FROM upload").fetchone()
        (count,) = db.execute("SELECT count(*) FROM upload_part").fetchone()
        return int(count) if cut else -1 if begun else -2


def test_a_wrong_secret_needs_the_user(gateway: Gateway, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add("x", noise(1000))
    place = S3Place(gateway.url, BUCKET, "wrong")
    outcome = world.run(lambda: S3Carrier(place, lambda: S3Keys(ACCESS, "wrong"), timeouts=SHORT))
    assert outcome.problem is not None
    assert (outcome.needs_user, outcome.problem.code) == (True, "archive.sign-in")


def test_what_somebody_else_put_there_stays(gateway: Gateway, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add("x", noise(1000))
    place = OfGateway(gateway, "conflict")
    wire = _wire(gateway.url)
    wire.must(wire.put("conflict/x", {}, b"somebody else's"))
    wire.close()
    assert [p.code for p in world.run(place.carrier).problems] == ["archive.conflict"]
    assert place.content("x") == b"somebody else's"


def test_leftovers_are_swept(gateway: Gateway) -> None:
    place = OfGateway(gateway, "swept")
    wire = _wire(gateway.url)
    for name in ("a", "b"):
        wire.create(f"swept/{name}", {})
    wire.close()
    made = place.carrier()
    assert made.sweep() == 0  # too young
    assert made.sweep(older_s=-60, names=["a"]) == 1
    assert place.uploads() == ["swept/b"]
    made.close()
