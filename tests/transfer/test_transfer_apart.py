"""Files whose parts go in any order: by several workers, once each, proved, and again after whatever happens."""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path

import pytest
from apart_place import ApartPlace
from transfer_world import QUICK, SUBMISSION, World, noise

from depositor.draft.problem import Retryable
from depositor.transfer import problems

SIZE = 3_000_001  # twelve parts, the last one shorter


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> ApartPlace:
    return ApartPlace(tmp_path / "place")


def once_each(place: ApartPlace, count: int) -> bool:
    times = place.times()
    return len(times) == count and set(times.values()) == {1}


def test_parts_are_sent_once_each_by_all_workers(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    met = threading.Barrier(3)
    place.before = lambda number: (number <= 3 and met.wait(20) is None) or None
    outcome = world.run(place.carrier)
    assert (outcome.sent, outcome.failed, outcome.bytes_sent) == (1, 0, SIZE)
    assert place.content("big") == noise(SIZE)
    assert once_each(place, 12)
    assert place.most_at_once == 3
    assert world.digests() == world.true_digests()
    assert world.states() == {"big": "verified"}


def test_small_files_go_on_meanwhile(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    for number in range(9):
        world.add(f"small {number}", noise(3000, number))
    held = threading.Event()
    place.before = lambda number: held.wait(20) is None or None if number == 12 else None
    with world.running(place.carrier) as run:
        run.until(lambda: run.engine.progress().files_done == 9)
        assert place.content("big") is None
        held.set()
        assert run.join().sent == 10


def test_several_big_files_at_once_where_one_has_few_parts(world: World, place: ApartPlace) -> None:
    for number in range(3):
        world.add(f"big {number}", noise(300_000, number))
    met = threading.Barrier(3)
    place.before = lambda number: met.wait(20) is None or None
    few = dataclasses.replace(QUICK, big_bytes=100_000, part_bytes=300_000)
    assert world.run(place.carrier, few).sent == 3
    assert place.most_at_once == 3


@pytest.mark.parametrize("tells", [True, False])
def test_what_is_there_is_not_sent_again_after_a_restart(world: World, place: ApartPlace, tells: bool) -> None:
    world.add("big", noise(SIZE))
    place.tells = tells
    stuck = threading.Event()
    place.amid = lambda number: stuck.wait(20) is None or None if number in (3, 5) else None
    with world.running(place.carrier) as run:
        run.until(lambda: len(place.times()) >= 8)
        run.engine.cancel()
        stuck.set()
        assert run.join().stopped
    before = place.times()
    place.amid = lambda number: None
    second = world.run(place.carrier)
    assert second.sent == 1
    assert place.content("big") == noise(SIZE)
    assert world.digests() == world.true_digests()
    assert sum(n > 1 for n in place.times().values()) == 0
    assert len(before) < 12
    assert second.bytes_sent <= SIZE - sum(1 for _ in before) * (256 << 10) + (256 << 10)


def test_a_part_that_was_spoilt_between_two_runs_is_sent_again(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    stuck = threading.Event()
    place.before = lambda number: stuck.wait(20) is None or None if number == 9 else None
    with world.running(place.carrier) as run:
        run.until(lambda: len(place.times()) >= 8)
        run.engine.cancel()
        stuck.set()
        run.join()
    token = place.parts()[0].parent.name
    spoilt = place.spoil_part("big", token)
    place.before = lambda number: None
    assert world.run(place.carrier).sent == 1
    assert place.content("big") == noise(SIZE)
    assert place.times()[f"{token}/{spoilt}"] == 2
    assert sum(place.times().values()) <= 13


def test_a_part_that_is_spoilt_while_others_are_sent_is_found_and_the_file_sent_again(
    world: World, place: ApartPlace
) -> None:
    world.add("big", noise(SIZE))
    done = threading.Event()

    def spoil(number: int) -> None:
        if number == 10 and not done.is_set():
            done.set()
            place.spoil_part("big", place.parts()[0].parent.name)

    place.before = spoil
    outcome = world.run(place.carrier)
    assert (outcome.sent, outcome.failed) == (1, 0)
    assert place.content("big") == noise(SIZE)
    assert len(place.times()) == 24  # of two uploads
    assert place.parts() == []


def test_a_part_that_breaks_is_sent_again_alone(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    broken: list[int] = []

    def breaks(number: int) -> None:
        if number in (2, 7) and broken.count(number) < 2:
            broken.append(number)
            raise Retryable(problems.dropped("place"))

    place.amid = breaks
    outcome = world.run(place.carrier)
    assert outcome.sent == 1
    assert sorted(broken) == [2, 2, 7, 7]
    assert once_each(place, 12)
    assert place.content("big") == noise(SIZE)
    assert place.received() <= SIZE + 4 * (256 << 10)


def test_an_upload_that_is_forgotten_is_begun_anew(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    lost = threading.Event()

    def forget(number: int) -> None:
        if number == 6 and not lost.is_set():
            lost.set()
            place.carrier().abandon(world.files[0], place.parts()[0].parent.name)

    place.before = forget
    outcome = world.run(place.carrier)
    assert (outcome.sent, outcome.failed) == (1, 0)
    assert place.content("big") == noise(SIZE)
    assert world.digests() == world.true_digests()


def test_a_file_that_changes_while_its_parts_are_sent_is_never_joined(world: World, place: ApartPlace) -> None:
    file = world.add("big", noise(SIZE))
    world.add("good", noise(3000))

    def change(number: int) -> None:
        if number == 12:
            os.utime(file.source, ns=(1, 1))

    place.before = change
    outcome = world.run(place.carrier)
    assert [p.code for p in outcome.problems] == ["file.changed"]
    assert world.states() == {"big": "failed", "good": "verified"}
    assert place.names() == ["good"]


def test_pause_holds_parts_in_flight_and_resume_sends_each_once(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    with world.running(place.carrier, dataclasses.replace(QUICK, limit=2_000_000)) as run:
        run.until(lambda: place.received() > 300_000)
        run.engine.pause()
        run.until(lambda: place.at_once == 0, 2)
        assert run.engine.progress().paused
        run.engine.limit(None)
        run.engine.resume()
        assert run.join().sent == 1
    assert once_each(place, 12)
    assert place.content("big") == noise(SIZE)


def test_what_is_known_of_a_file_in_parts_is_told_before_it_has_its_turn(world: World, place: ApartPlace) -> None:
    world.add("big", noise(SIZE))
    stuck = threading.Event()
    place.before = lambda number: stuck.wait(20) is None or None if number == 5 else None
    with world.running(place.carrier) as run:
        run.until(lambda: len(place.times()) >= 4)
        assert run.engine.progress().lines >= 1
        run.engine.cancel()
        stuck.set()
        run.join()
    with world.journal() as journal:
        count = len(journal.parts(SUBMISSION, 0))
        assert count >= 4
        assert journal.held(SUBMISSION)[0] in (count * (256 << 10), SIZE - (12 - count) * (256 << 10))
