"""What the other side says that it holds is believed only as far as it was sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transfer_world import SUBMISSION, World, noise

from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer.ports import Body, Upload

SIZE = 200_000
OWN = 30_000  # the length of parts that the carrier cuts
DATA = noise(SIZE)


class Claiming:
    """A server that says after a restart that it holds ``claims`` bytes, whatever it got."""

    id = "claiming"
    resumable = True

    def __init__(self, claims: int, part_size: int | None, cuts: bool) -> None:
        self.part_size = part_size
        self.claims, self.begun, self.parts = claims, 0, list[tuple[int, int]]()
        if cuts:
            self.part_length = lambda file, upload: OWN

    def begin(self, file: SubmissionFile) -> Upload:
        self.begun += 1
        return Upload("new")

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        return Upload(token, self.claims)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        got = b"".join(iter(lambda: body.read(8192), b""))
        assert got == DATA[upload.offset : upload.offset + len(got)]
        self.parts.append((upload.offset, len(got)))
        return Upload(upload.token, upload.offset + len(got), upload.offset + len(got) == file.size)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        return HeldFile(file.name, file.size)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def resumed(tmp_path: Path) -> Callable[..., Claiming]:
    """A run whose journal knows that ``known`` bytes are there, at a server that claims ``claims``."""

    def run(known: int, claims: int, part_size: int | None = None, cuts: bool = False, size: int = SIZE) -> Claiming:
        world = World(tmp_path / f"{known}-{claims}-{part_size}-{cuts}")
        world.add("big", DATA[:size])
        with world.journal() as journal:
            journal.intend(SUBMISSION, 0, "claiming")
            journal.advanced(SUBMISSION, 0, Upload("old", known))
        server = Claiming(claims, part_size, cuts)
        assert world.run(lambda: server).sent == 1
        assert world.digests() == world.true_digests()
        return server

    return run


def test_where_the_carrier_cuts_the_parts_one_of_them_may_have_arrived_unheard(resumed: Any) -> None:
    heard = resumed(30_000, 60_000, cuts=True)
    assert heard.begun == 0
    assert heard.parts[0] == (60_000, OWN)
    assert sum(length for _, length in heard.parts) == SIZE - 60_000


def test_where_the_carrier_cuts_the_parts_more_than_one_cannot_have_arrived(resumed: Any) -> None:
    lying = resumed(30_000, 60_001, cuts=True)
    assert lying.begun == 1
    assert lying.parts[0] == (0, OWN)
    assert sum(length for _, length in lying.parts) == SIZE


def test_the_rest_of_a_file_in_one_go_may_have_arrived_whole(resumed: Any) -> None:
    assert resumed(0, SIZE - 1).begun == 0
    assert resumed(10_000, SIZE + 1).begun == 1  # more than there is


def test_a_server_that_has_less_than_the_journal_knows_is_believed(resumed: Any) -> None:
    less = resumed(90_000, 30_000, cuts=True)
    assert less.begun == 0
    assert less.parts[0] == (30_000, OWN)


def test_where_the_settings_cut_the_parts_the_largest_possible_one_counts(resumed: Any) -> None:
    """How large parts were before the restart, nobody remembers: up to 64 MiB, but never more than the file."""
    assert resumed(0, 150_000, part_size=50_000).begun == 0
    assert resumed(0, SIZE + 1, part_size=50_000).begun == 1
