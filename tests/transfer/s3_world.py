"""The S3 carrier as the tests make it, against the strict service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from s3_faults import BUCKET, Kept, S3Server
from transfer_world import World

from depositor.draft.submission import SubmissionFile
from depositor.transfer.net.web import Timeouts
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place

SHORT = Timeouts(connect=2.0, idle=2.0)
KEYS = S3Keys("access", "secret")
PART = 400_000


def carrier(server: S3Server, **options: Any) -> Callable[[], S3Carrier]:
    chosen = {"part_size": PART, "one_request": 10_000, "least_part": PART, **options}
    place = S3Place(server.url, BUCKET)
    return lambda: S3Carrier(place, lambda: KEYS, S3Options(**chosen), SHORT)


def assert_all_there(world: World, server: S3Server) -> None:
    assert server.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert server.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) <= {"sent", "verified"}
    assert world.digests() == world.true_digests()
    assert server.uploads == {}


def a_file(folder: Path, size: int) -> SubmissionFile:
    return SubmissionFile(0, str(folder / "x"), "x", "x", size, 0)


def kept(data: bytes) -> Kept:
    """An object that somebody else put there."""
    return Kept(data, hashlib.md5(data).hexdigest())
