"""Libraries on disk: shares that come and go, two people at one file, damage, no rights."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from depositor.draft.answer import OriginKind
from depositor.draft.facts import Device, FileFacts, ImageFacts
from depositor.draft.problem import Damaged, NeedsUser
from depositor.session.reuse import library as libraries
from depositor.session.reuse.library import Entry, EntryKind, Part, PartKind, Shelf

AXIO = Entry("a", EntryKind.INSTRUMENT, "Axio 2", parts=(Part(PartKind.STAND, "Axio 2", "Zeiss", "Axio Observer Z1"),))
ADA = Entry("p", EntryKind.PERSON, "Ada", answers={"study.author": {"name": "Ada Lovelace"}})
SAMPLE = Path(__file__).parents[1] / "data" / "reuse" / "axio2.micrometa.json"


@pytest.fixture
def shelf(home):
    return Shelf(home.create())


@pytest.fixture
def share(tmp_path):
    """A library on a share, made by the facility."""
    path = tmp_path / "share" / "core.depositor-library.json"
    path.parent.mkdir()
    return path


def test_the_own_library_is_there_before_anything_was_kept(shelf):
    (own,) = shelf.all()
    assert (own.own, own.library.entries, own.problem) == (True, (), None)
    after = shelf.put(own, ADA)
    assert Shelf(shelf_home(shelf)).own().library.entries == (ADA,)
    assert shelf.remove(after, ADA).library.entries == ()


def shelf_home(shelf):
    from depositor.session.home import Home

    return Home.at(shelf.own_path.parents[2])


def test_a_shared_library_is_remembered_and_forgotten(shelf, share):
    made = shelf.create(share, "Core facility", "core@example.org")
    shelf.put(made, AXIO)
    again = Shelf(shelf_home(shelf)).all()
    assert [o.library.name for o in again] == ["My library", "Core facility"]
    assert again[1].library.entries == (AXIO,)
    shelf.forget(share.absolute())
    assert len(shelf.all()) == 1
    assert share.exists()


def test_a_share_that_is_away_gives_the_last_copy_and_its_date(shelf, share):
    shelf.put(shelf.create(share, "Core"), AXIO)
    away = share.parent.with_name("gone")
    share.parent.rename(away)
    found = shelf.all()[1]
    assert found.away
    assert found.library.entries == (AXIO,)
    assert found.read_at[:2] == "20"
    assert found.problem.code == "shared.not-there"
    away.rename(share.parent)
    assert not shelf.all()[1].away


def test_a_damaged_share_gives_the_last_copy_and_is_left_as_it_is(shelf, share):
    shelf.put(shelf.create(share, "Core"), AXIO)
    share.write_text('{"depositor_library": 1, "id"', "utf-8")
    found = shelf.all()[1]
    assert (found.away, found.library.entries, found.problem.code) == (True, (AXIO,), "shared.unreadable")
    with pytest.raises(Damaged):
        shelf.put(found, ADA)
    assert share.read_text("utf-8") == '{"depositor_library": 1, "id"'


def test_a_damaged_own_library_is_set_aside_and_the_copy_used(shelf):
    shelf.put(shelf.own(), ADA)
    shelf.own_path.write_text("[]", "utf-8")
    found = shelf.own()
    assert found.library.entries == (ADA,)
    assert found.problem.code == "library.not-one"
    assert list(shelf.own_path.parent.glob("own-damaged-*.json"))


def test_two_people_change_different_entries_and_both_stay(shelf, share):
    mine = shelf.put(shelf.create(share, "Core"), AXIO)
    other = shelf.put(shelf.all()[1], ADA)
    assert {e.id for e in other.library.entries} == {"a", "p"}
    after = shelf.put(mine, replace(AXIO, note="new lamp"), before=AXIO)  # mine does not know of Ada
    assert after.library.entry("p") == ADA
    assert after.library.entry("a").note == "new lamp"


def test_two_people_who_change_the_same_entry_are_told(shelf, share):
    first = shelf.put(shelf.create(share, "Core"), AXIO)
    shelf.put(first, replace(AXIO, note="theirs"), before=AXIO)
    for change in (
        lambda: shelf.put(first, replace(AXIO, note="mine"), before=AXIO),
        lambda: shelf.remove(first, AXIO),
        lambda: shelf.put(first, AXIO),
    ):
        with pytest.raises(NeedsUser) as caught:
            change()
        assert caught.value.problem.code == "library.changed-elsewhere"
    assert shelf.all()[1].library.entry("a").note == "theirs"


def test_many_writers_at_once_lose_nothing(shelf, share):
    start = shelf.create(share, "Core")
    several = [Entry(f"e{n}", EntryKind.PERSON, f"P{n}") for n in range(8)]
    threads = [threading.Thread(target=shelf.put, args=(start, entry)) for entry in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {e.id for e in shelf.all()[1].library.entries} == {e.id for e in several}


def test_a_kill_while_writing_leaves_the_old_library(shelf, share, monkeypatch):
    made = shelf.put(shelf.create(share, "Core"), AXIO)
    before = share.read_bytes()

    def killed(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        shelf.put(made, ADA)
    monkeypatch.undo()
    assert share.read_bytes() == before
    assert shelf.put(made, ADA).library.entry("p") == ADA


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_without_rights_nothing_is_written_and_that_is_said(shelf, share):
    made = shelf.create(share, "Core")
    share.parent.chmod(0o500)
    try:
        with pytest.raises(NeedsUser) as caught:
            shelf.put(made, ADA)
    finally:
        share.parent.chmod(0o700)
    assert caught.value.problem.code == "shared.no-rights"


def test_a_folder_in_the_place_of_the_file_is_a_problem_and_no_crash(shelf, tmp_path):
    with pytest.raises(NeedsUser):
        shelf.open(tmp_path)
    with pytest.raises(NeedsUser):
        shelf.export(tmp_path, "x", [AXIO])


def test_an_existing_file_is_not_overwritten_by_a_new_library(shelf, share):
    share.write_text("mine", "utf-8")
    with pytest.raises(NeedsUser) as caught:
        shelf.create(share, "Core")
    assert caught.value.problem.code == "library.there-already"
    assert share.read_text("utf-8") == "mine"


def test_exported_entries_are_a_library_for_others(shelf, share):
    shelf.export(share, "For you", [AXIO])
    assert shelf.open(share).library.entries == (AXIO,)


# --- with a draft ---------------------------------------------------------------------------------------------------


def test_picking_is_one_step_that_can_be_undone(desk):
    opened = desk.new_draft()
    before = opened.draft
    shown = libraries.preview(opened, libraries.Library("x", "Core"), AXIO)
    assert opened.draft == before
    done = libraries.pick(opened, libraries.Library("x", "Core"), AXIO)
    assert done.taken == shown.taken
    assert opened.draft.origin("image_acquisition[0].imaging_instrument").kind is OriginKind.TEMPLATE
    assert opened.undo()
    assert opened.draft == before


def test_headers_suggest_the_instrument_and_nothing_is_filled_in(desk, tmp_path, shelf):
    opened = desk.new_draft()
    own = shelf.put(shelf.own(), AXIO)
    facts = FileFacts("a.czi", "czi", "t", (ImageFacts(instrument=Device("Carl Zeiss", "Axio Observer.Z1 / 7")),))
    opened.inventory().facts = None  # the class's method is not touched: a new object is made at each call
    before = opened.draft
    original = type(opened.inventory()).facts
    try:
        type(opened.inventory()).facts = lambda _self: iter([facts])
        ((match, where),) = libraries.suggestions(opened, [own])
    finally:
        type(opened.inventory()).facts = original
    assert (match.entry, where) == (AXIO, own)
    assert opened.draft == before


def test_a_microscope_file_is_read_and_refused_as_it_should(tmp_path):
    assert libraries.micrometa(SAMPLE).entry.name == "Axio 2, room 3.14"
    broken = tmp_path / "x.json"
    broken.write_text(json.dumps({"Schema_ID": "Image.json"}), "utf-8")
    with pytest.raises(Damaged):
        libraries.micrometa(broken)
    with pytest.raises(NeedsUser):
        libraries.micrometa(tmp_path / "nothing.json")


def test_a_microscope_is_kept_for_next_time(desk, shelf):
    opened = desk.new_draft()
    libraries.pick(opened, libraries.Library("x", "Core"), AXIO)
    entry = libraries.keep(opened, "image_acquisition[0]")
    kept = shelf.put(shelf.own(), entry)
    other = desk.new_draft()
    libraries.pick(other, kept.library, entry)
    key = "image_acquisition[0].imaging_instrument"
    assert other.draft.get(key) == opened.draft.get(key)
    assert libraries.keep(opened, "biosample[0]") is None
