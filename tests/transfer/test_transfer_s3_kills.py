"""The sender is killed at its parts, the service too; nothing is lost, and at most one part of each line goes
twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_faults import BUCKET, S3Server
from transfer_world import QUICK, World, noise

from depositor.transfer.net.web import Timeouts
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place

PART = 400_000
SHORT = Timeouts(connect=2.0, idle=2.0)
SENDER = Path(__file__).with_name("s3_sender.py")


@pytest.fixture
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


def carrier(server: S3Server) -> S3Carrier:
    options = S3Options(part_size=PART, least_part=PART, one_request=10_000)
    return S3Carrier(S3Place(server.url, BUCKET), lambda: S3Keys("a", "s"), options, SHORT)


def killed_at(world: World, server: S3Server, call: str, skip: int) -> None:
    """Start a sender; kill it while the service works on a call."""
    reached, going = threading.Event(), threading.Event()

    def stand() -> None:
        reached.set()
        going.wait(20)

    server.fault(call, act=stand, skip=skip)
    command = [sys.executable, str(SENDER), str(world.store), server.url, BUCKET, "", "a", "s", str(PART)]
    sender = subprocess.Popen(command)
    try:
        assert reached.wait(30), "the sender never came so far"
    finally:
        sender.kill()
        sender.wait()
        going.set()


@pytest.mark.parametrize(
    ("call", "skip"),
    [
        ("CreateMultipartUpload", 0),
        ("UploadPart", 0),
        ("UploadPart", 3),
        ("CompleteMultipartUpload", 0),
        ("HeadObject", 1),
        ("PutObject", 1),
    ],
)
def test_a_killed_sender_costs_at_most_one_part_of_each_line(
    tmp_path: Path, server: S3Server, call: str, skip: int
) -> None:
    world = World(tmp_path)
    world.add("big", noise(2_000_000))
    for number in range(3):
        world.add(f"small-{number}", noise(5000, number))
    killed_at(world, server, call, skip)
    outcome = world.run(lambda: carrier(server))
    assert (outcome.failed, outcome.stopped) == (0, False)
    assert server.names() == sorted(f.name for f in world.files)
    assert all(server.content(f.name) == Path(f.source).read_bytes() for f in world.files)
    assert server.received <= world.bytes + QUICK.workers * PART + 3 * 5000
    assert server.uploads == {}
    assert world.digests() == world.true_digests()


@pytest.mark.parametrize(
    ("call", "skip"),
    [("CreateMultipartUpload", 0), ("UploadPart", 2), ("CompleteMultipartUpload", 0), ("HeadObject", 1)],
)
def test_a_service_that_is_killed_and_started_again(tmp_path: Path, call: str, skip: int) -> None:
    """It did what was asked, and died before it answered."""
    world = World(tmp_path)
    world.add("big", noise(2_000_000))
    with S3Server() as server:
        port = int(server.url.rpartition(":")[2])
        down = threading.Event()

        def die() -> None:
            server.__exit__()
            down.set()

        server.fault(call, act=lambda: threading.Thread(target=die).start(), silent=True, skip=skip)
        with world.running(lambda: carrier(server)) as run:
            assert down.wait(10)
            # Lines that are open already may bring the rest before anybody notices.
            run.until(lambda: run.engine.progress().waiting is not None or run.outcome is not None)
            server.start(port)
            assert run.join().failed == 0
        assert server.content("big") == noise(2_000_000)
        assert server.count("CreateMultipartUpload") == (2 if call == "CreateMultipartUpload" else 1)
        assert server.uploads == {}
        assert server.received <= world.bytes + QUICK.workers * PART
