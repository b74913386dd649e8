"""What happened to a draft, back to any moment of it, and what is new since the last deposit."""

import os

import pytest

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.finding import Choice, Decision
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser
from depositor.form.reuse.differences import Change
from depositor.session.reuse import readable, versions
from depositor.session.reuse.since import since


def happened(desk, opened):
    return versions.happened(desk.store, opened)


def test_who_changed_what_and_when(desk):
    opened = desk.new_draft()
    opened.edit("study.title", "Cells")
    header = Origin(OriginKind.HEADER, "a.czi", key="Model")
    opened.update(
        msg("change.prefill", "x"), lambda d: d.offer("image_acquisition[0].imaging_instrument", "Axio", header)
    )
    path = "image_acquisition[0].imaging_instrument"
    opened.update(msg("change.confirm", "x"), lambda d: d.confirm(path))
    agreed, filled, typed = happened(desk, opened)
    assert (typed.by, filled.by) == (OriginKind.PERSON, OriginKind.HEADER)
    assert [(d.path, d.old, d.new) for d in typed.differences] == [("study.title", None, "Cells")]
    assert filled.origin("image_acquisition[0]").file == "a.czi" if filled.origin("image_acquisition[0]") else True
    assert agreed.confirmed == (path,)
    assert typed.at.endswith("Z")


def test_what_was_undone_is_marked(desk):
    opened = desk.new_draft()
    opened.edit("study.title", "Cells")
    opened.edit("study.description", "Two")
    opened.undo()
    assert [e.undone for e in happened(desk, opened)] == [True, False]


def test_an_earlier_value_comes_back_as_a_new_change(desk):
    opened = desk.new_draft()
    opened.edit("study.title", "One")
    opened.edit("study.description", "x")
    opened.edit("study.title", "Two")
    (difference,) = happened(desk, opened)[0].differences
    versions.restore_value(opened, difference)
    assert opened.draft.title == "One"
    assert opened.undo()
    assert opened.draft.title == "Two"


def test_a_value_finds_its_record_where_it_moved_to(desk):
    opened = desk.new_draft()
    opened.edit("biosample", [{"title": "A"}, {"title": "B", "description": "old"}])
    opened.edit("biosample[1].description", "new")
    (difference,) = happened(desk, opened)[0].differences
    opened.update(msg("change.remove", "x"), lambda d: d.remove_record("biosample", 0))
    versions.restore_value(opened, difference)
    assert opened.draft.get("biosample") == [{"title": "B", "description": "old"}]
    opened.update(msg("change.remove", "x"), lambda d: d.remove_record("biosample", 0))
    with pytest.raises(NeedsUser) as caught:
        versions.restore_value(opened, difference)
    assert caught.value.problem.code == "history.record-gone"


def test_a_removed_record_comes_back_and_an_added_one_goes(desk):
    opened = desk.new_draft()
    opened.edit("biosample", [{"title": "A"}, {"title": "B"}])
    opened.update(msg("change.remove", "x"), lambda d: d.remove_record("biosample", 0))
    removed = happened(desk, opened)[0].differences[0]
    assert removed.change is Change.REMOVED
    versions.restore_value(opened, removed)
    assert [b["title"] for b in opened.draft.get("biosample")] == ["A", "B"]
    added = happened(desk, opened)[0].differences[0]
    assert added.change is Change.ADDED
    versions.restore_value(opened, added)
    assert [b["title"] for b in opened.draft.get("biosample")] == ["B"]


def test_the_licence_comes_back_and_the_folders_only_with_the_whole(desk, tmp_path):
    from dataclasses import replace

    opened = desk.new_draft()
    opened.update(msg("t", "t"), lambda d: replace(d, license="CC0-1.0"))
    opened.update(msg("t2", "t"), lambda d: replace(d, license="CC-BY-4.0"))
    versions.restore_value(opened, happened(desk, opened)[0].differences[0])
    assert opened.draft.license == "CC0-1.0"
    opened.set_files([FileGroup(str(tmp_path))])
    with pytest.raises(NeedsUser):
        versions.restore_value(opened, happened(desk, opened)[0].differences[0])


def test_the_whole_draft_of_any_moment_comes_back(desk, tmp_path):
    opened = desk.new_draft()
    states = [opened.draft]
    opened.edit("study.title", "One")
    states.append(opened.draft)
    opened.set_files([FileGroup(str(tmp_path))])
    states.append(opened.draft)
    opened.edit("biosample", [{"title": "A"}])
    states.append(opened.draft)
    for seq, state in enumerate(states):
        assert versions.then(desk.store, opened, seq) == state
    opened.undo()
    assert versions.then(desk.store, opened, 3) == states[3]
    opened.redo()
    versions.restore(desk.store, opened, 1, "2026-01-01T00:00:00Z")
    assert opened.draft == states[1]
    assert opened.summary().files == 0
    assert opened.undo()
    assert opened.draft == states[3]


def test_history_outlives_the_program(desk):
    opened = desk.new_draft()
    opened.edit("study.title", "One")
    opened.close()
    again = desk.open(opened.id)
    assert [d.new for d in happened(desk, again)[0].differences] == ["One"]
    assert again.undo()
    assert again.draft.title == ""


# --- since the last deposit -----------------------------------------------------------------------------------------


def test_nothing_is_told_before_the_first_deposit(desk):
    assert since(desk, desk.new_draft()) is None


def test_nothing_is_new_right_after_the_seal(desk, ready):
    ready.seal()
    found = since(desk, ready)
    assert not found
    assert (found.revision, found.files.counts, found.files.known) == (1, (0, 0, 0), True)


def test_answers_and_files_that_changed_since_are_told(desk, ready, example):
    ready.seal()
    ready.edit("study.title", "Another title")
    files = sorted(p for p in (example.parent / "images").rglob("*") if p.is_file())
    files[0].unlink()
    os.utime(files[1], ns=(1, 1))
    files[1].with_name("new.tif").write_bytes(b"II*\0")
    ready.scan(Cancel())
    found = since(desk, ready)
    (title,) = [d for d in found.differences if d.path == "study.title"]
    assert title.new == "Another title"
    assert found.files.counts == (1, 1, 1)
    assert found.files.added[0].endswith("new.tif")
    data = found.as_json()
    assert data["files"]["added"] == 1
    assert {"path": "study.title", "change": "changed", "old": title.old, "new": "Another title"} in data["changes"]


def test_a_file_that_is_left_out_now_is_gone_since(desk, ready):
    ready.seal()
    first = next(iter(ready.inventory().files()))
    shown = ready.places.shown(first.root, first.path)
    ready.decide([Decision(f"privacy:name:{shown}", Choice.EXCLUDE, "", "me", "2026-01-01T00:00:00Z")])
    found = since(desk, ready)
    assert found.files.removed in ((shown,), ())


# --- in words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("biosample.organism", [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}], "Homo sapiens"),
        ("specimen.experimental_status", "control", "Control"),
        ("study.author.affiliation.country", "GB", "United Kingdom"),
        ("light_microscopy.temperature", 37, "37 °C"),
        ("image_data.contrast_inversion", True, "yes"),
        ("study.author", [{"name": "Ada", "email": "a@x.org"}], "Ada (E-mail: a@x.org)"),
        ("study.author", [], ""),
    ],
)
def test_answers_of_any_kind_are_told_in_words(path, value, words):
    from depositor.form.profiles import load

    field = load(("light-microscopy",), None).field(path)
    assert readable.value_words(value, field) == words
