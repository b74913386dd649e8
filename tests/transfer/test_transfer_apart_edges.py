"""Files in parts where things go wrong at the edges: the drive, the disk's bytes, memory, a server that hangs."""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from apart_place import ApartPlace
from transfer_world import QUICK, SUBMISSION, World, noise, wait_for

from depositor import patched
from depositor.draft.problem import Retryable
from depositor.transfer import problems
from depositor.transfer.parts import memory
from depositor.transfer.parts.apart import Apart
from depositor.transfer.source import Source

SIZE = 3_000_001
PART = 256 << 10


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> ApartPlace:
    return ApartPlace(tmp_path / "place")


def left_after(world: World, place: ApartPlace, parts: int) -> None:
    """A run that ends when so many parts are there."""
    stuck = threading.Event()
    place.before = lambda number: None if number <= parts else (stuck.wait(20), None)[1]
    with world.running(place.carrier) as run:
        run.until(lambda: len(place.times()) >= parts)
        run.engine.cancel()
        stuck.set()
        run.join()
    place.before = lambda number: None


def test_a_recipe_of_changed_pages_is_sent_in_parts_too(world: World, place: ApartPlace) -> None:
    original = world.folder / "slide.svs"
    original.write_bytes(noise(SIZE))
    with patched.PatchedFile(original) as changed:
        changed.seek(5_000)
        changed.write(b"X" * 300)
        changed.seek(2_999_000)
        changed.write(b"Y" * 300)
        recipe = world.folder / f"slide{patched.SUFFIX}"
        changed.save(recipe)
        length, mtime = changed.stamp() or (0, 0)
    file = world.seal(original, "slide.svs")
    with world.journal() as journal:
        journal.commit(
            [
                (
                    "UPDATE submission_file SET source=?, size=?, mtime_ns=? WHERE submission_id=? AND seq=?",
                    (str(recipe), length, mtime, SUBMISSION, file.seq),
                )
            ]
        )
    assert world.run(place.carrier).sent == 1
    expected = bytearray(noise(SIZE))
    expected[5_000:5_300] = b"X" * 300
    expected[2_999_000:2_999_300] = b"Y" * 300
    assert place.content("slide.svs") == bytes(expected)
    assert len(place.times()) == 12


def test_a_drive_that_is_gone_for_a_while_costs_nothing(
    world: World, place: ApartPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("big", noise(SIZE))
    real, left = Source.read_whole, [3]

    def gone(self: Source, offset: int, *more: Any) -> bytearray:
        if offset >= 4 * PART and left[0]:
            left[0] -= 1
            raise Retryable(problems.source_gone("big"))
        return real(self, offset, *more)

    monkeypatch.setattr(Source, "read_whole", gone)
    assert world.run(place.carrier).sent == 1
    assert left == [0]
    assert set(place.times().values()) == {1}
    assert place.content("big") == noise(SIZE)


def test_missing_parts_do_not_wait_for_the_digest_of_those_that_are_there(
    world: World, place: ApartPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("big", noise(SIZE))
    left_after(world, place, 6)
    real = Apart._sum_part

    def late(self: Apart, number: int, check: Any) -> None:
        wait_for(lambda: len(place.times()) == 12)  # if they waited for this, it would never come
        real(self, number, check)

    monkeypatch.setattr(Apart, "_sum_part", late)
    assert world.run(place.carrier).sent == 1
    assert set(place.times().values()) == {1}
    assert world.digests() == world.true_digests()


def test_bytes_that_change_behind_an_old_date_between_two_readings_are_noticed(
    world: World, place: ApartPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that were sent before the digest came to them are read a second time: they must be the same."""
    file = world.add("big", noise(SIZE))
    left_after(world, place, 4)
    real = Apart._sum_part

    def late(self: Apart, number: int, check: Any) -> None:
        wait_for(lambda: len(place.times()) == 12)
        with Path(file.source).open("r+b") as handle:
            handle.seek(10 * PART + 5)
            handle.write(b"changed")
        os.utime(file.source, ns=(file.mtime_ns, file.mtime_ns))
        real(self, number, check)

    monkeypatch.setattr(Apart, "_sum_part", late)
    assert [p.code for p in world.run(place.carrier).problems] == ["file.changed"]
    assert place.names() == []


def test_no_more_is_held_in_memory_than_a_part_for_each_line(
    world: World, place: ApartPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("big", noise(SIZE))
    most = [0]
    real = memory.Memory.take

    def take(self: memory.Memory, count: int) -> bool:
        taken = real(self, count)
        most[0] = max(most[0], self.held)
        return taken

    monkeypatch.setattr(memory.Memory, "take", take)
    assert world.run(place.carrier).sent == 1
    assert 0 < most[0] <= QUICK.workers * PART


def test_memory_that_is_short_holds_up_nobody_for_good(
    world: World, place: ApartPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("big 1", noise(SIZE, 1))
    world.add("big 2", noise(SIZE, 2))
    broken: list[int] = []

    def breaks(number: int) -> None:
        if number < 4 and broken.count(number) < 2:
            broken.append(number)
            raise Retryable(problems.dropped("place"))

    place.before = breaks
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (PART + 10,))
    assert world.run(place.carrier).sent == 2
    assert place.content("big 2") == noise(SIZE, 2)


def test_cancel_does_not_wait_for_parts_at_a_server_that_hangs(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    stuck = threading.Event()
    place.amid = lambda number: (stuck.wait(30), None)[1]
    try:
        with world.running(place.carrier) as run:
            run.until(lambda: place.at_once == 3)
            run.engine.cancel()
            assert run.join(5).stopped
    finally:
        stuck.set()


def test_an_archive_that_is_busy_is_waited_for_by_all(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    busy = threading.Event()
    busy.set()

    def refuse(number: int) -> None:
        if busy.is_set() and number > 3:
            raise Retryable(problems.busy("place"))

    place.before = refuse
    with world.running(place.carrier, dataclasses.replace(QUICK, base_s=0.1, cap_s=0.1)) as run:
        run.until(lambda: (w := run.engine.progress().waiting) is not None and w.code == "archive.busy")
        busy.clear()
        assert run.join().sent == 1
    assert set(place.times().values()) == {1}


def test_a_line_that_never_serves_does_not_cost_the_file(world: World, place: ApartPlace) -> None:
    """Some servers take fewer connections than we would like."""
    world.add("big", noise(SIZE * 2))
    made: list[Any] = []

    def carrier() -> Any:
        made.append(place.carrier())
        if len(made) == 2:
            made[-1].send_part = refuse
        return made[-1]

    def refuse(*_: Any) -> str:
        raise Retryable(problems.locked("place"))

    slow = dataclasses.replace(QUICK, limit=4_000_000, file_tries=3)
    assert world.run(carrier, slow).sent == 1
    assert place.content("big") == noise(SIZE * 2)


def test_a_part_that_nobody_can_send_fails_the_file_alone(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    world.add("good", noise(3000))

    def refuse(number: int) -> None:
        if number == 5:
            raise Retryable(problems.locked("place"))

    place.before = refuse
    outcome = world.run(place.carrier, dataclasses.replace(QUICK, file_tries=4))
    assert [p.code for p in outcome.problems] == ["archive.locked"]
    assert world.states() == {"big": "failed", "good": "verified"}
    place.before = lambda number: None
    with world.journal() as journal:
        journal.retry_failed(SUBMISSION)
    assert world.run(place.carrier).sent == 1
    assert set(place.times().values()) == {1}  # what had arrived was kept


def test_what_was_sent_of_a_file_that_changed_is_not_built_upon(world: World, place: ApartPlace) -> None:
    file = world.add("big", noise(SIZE))
    left_after(world, place, 5)
    Path(file.source).write_bytes(noise(SIZE, 2))
    assert [p.code for p in world.run(place.carrier).problems] == ["file.changed"]
    assert place.parts() == []
    stamp = Path(file.source).stat()
    with world.journal() as journal:
        assert journal.known(SUBMISSION, file.seq) is None
        assert journal.parts(SUBMISSION, file.seq) == {}
        sql = "UPDATE submission_file SET mtime_ns=?, inode=? WHERE submission_id=? AND seq=?"
        journal.commit([(sql, (stamp.st_mtime_ns, stamp.st_ino, SUBMISSION, file.seq))])  # taken as it is now
        journal.retry_failed(SUBMISSION)
    assert world.run(place.carrier).sent == 1
    assert place.content("big") == noise(SIZE, 2)


def test_settings_that_change_between_two_runs_do_not_change_a_file_that_was_begun(
    world: World, place: ApartPlace
) -> None:
    world.add("big", noise(SIZE))
    left_after(world, place, 5)
    other = dataclasses.replace(QUICK, part_bytes=100_000, big_bytes=1 << 30, workers=1)
    assert world.run(place.carrier, other).sent == 1
    assert len(place.times()) == 12
    assert set(place.times().values()) == {1}
