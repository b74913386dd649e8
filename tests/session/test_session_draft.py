"""Open drafts: every change is kept, undo outlives the program, and no two windows change one draft."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.document import from_document, to_document
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser
from depositor.session import history
from depositor.session.desk import Desk
from depositor.session.home import Home


@pytest.fixture
def desk(tmp_path):
    found = Desk(Home.at(tmp_path / "home"))
    yield found
    found.close()


def reopened(desk, draft_id):
    desk.open(draft_id).close()
    return desk.open(draft_id)


def test_what_was_typed_is_there_after_opening_again(desk):
    draft = desk.new_draft(archive="practice")
    draft.edit("study.title", "Cells 細胞 خلايا")
    again = reopened(desk, draft.id)
    assert again.draft.title == "Cells 細胞 خلايا"
    assert again.draft.archive == "practice"


def test_changes_reach_the_disk_by_themselves(desk, tmp_path):
    draft = desk.new_draft()
    draft.edit("study.title", "Written by the autosave")
    waited = 0
    while not draft.saved and waited < 100:
        draft._memory._thread.join(timeout=0.05)
        waited += 1
    row = desk.store.connection().execute("SELECT title FROM draft WHERE id=?", (draft.id,)).fetchone()
    assert row["title"] == "Written by the autosave"


def test_typing_in_one_field_is_one_undo_step(desk):
    draft = desk.new_draft()
    for text in ("C", "Ce", "Cel", "Cell"):
        draft.edit("study.title", text)
    draft.edit("study.description", "Other field")
    assert draft.undo()
    assert draft.draft.title == "Cell"
    assert draft.undo()
    assert draft.draft.title == ""
    assert not draft.undo()


def one_of_each(draft):
    for module, key in (("study_component", "name"), ("biosample", "title"), ("specimen", "title")):
        draft.edit(f"{module}[0].{key}", f"The {module}")


def test_what_belongs_together_without_a_choice_is_put_together_while_names_are_typed(desk):
    draft = desk.new_draft()
    one_of_each(draft)
    assert draft.draft.get("study_component[0].associations") is None
    for name in ("S", "Sp", "Spinning"):
        draft.edit("image_acquisition[0].title", name)
    (row,) = draft.draft.get("study_component[0].associations")
    assert row == {"biosample": "The biosample", "specimen": "The specimen", "image_acquisition": "Spinning"}
    assert draft.draft.origin("study_component[0].associations").kind is OriginKind.DEFAULT
    assert draft.undo()  # one step takes both away
    assert draft.draft.get("study_component[0].associations") is None
    assert draft.draft.get("image_acquisition[0].title") is None


def test_a_persons_associations_stay_and_what_was_removed_stays_away(desk):
    draft = desk.new_draft()
    one_of_each(draft)
    own = [{"biosample": "The biosample"}]
    draft.edit("study_component[0].associations", own)
    draft.edit("image_acquisition[0].title", "Spinning")
    assert draft.draft.get("study_component[0].associations") == own
    draft.edit("study_component[0].associations", [])
    draft.edit("study.title", "Something else")
    assert not draft.draft.get("study_component[0].associations")


def test_undo_and_redo_outlive_the_program(desk):
    draft = desk.new_draft()
    draft.edit("study.title", "First")
    draft.add_paths([desk.home.state])
    draft.undo()
    again = reopened(desk, draft.id)
    assert again.draft.files == ()
    assert again.redo()
    assert again.draft.files[0].path == str(desk.home.state)
    assert again.undo()
    assert again.undo()
    assert again.draft.title == ""


def test_a_change_after_undo_replaces_what_was_undone(desk):
    draft = desk.new_draft()
    draft.edit("study.title", "First")
    draft.edit("study.description", "Second")
    draft.undo()
    draft.edit("study.keywords", ["third"])
    assert not draft.redo()
    again = reopened(desk, draft.id)
    assert again.draft.get("study.keywords") == ["third"]
    assert again.draft.get("study.description") is None


def test_the_origin_of_a_value_is_kept_and_undone_with_it(desk):
    draft = desk.new_draft()
    header = Origin(OriginKind.HEADER, "a.czi", "czi", "Stand@Model")
    draft.change(msg("t", "t"), draft.draft.answer("image_acquisition[0].imaging_instrument", "Axio", header))
    draft.edit("image_acquisition[0].imaging_instrument", "LSM 880")
    assert draft.draft.origin("image_acquisition[0].imaging_instrument").kind is OriginKind.PERSON
    draft.undo()
    assert draft.draft.origin("image_acquisition[0].imaging_instrument") == header


def test_a_draft_open_elsewhere_is_refused_politely(desk, tmp_path):
    draft = desk.new_draft()
    other = Desk(Home.at(tmp_path / "home"))
    with pytest.raises(NeedsUser) as caught:
        other.open(draft.id)
    assert caught.value.problem.code == "draft.open-elsewhere"
    draft.close()
    assert other.open(draft.id).id == draft.id
    other.close()


def test_drafts_are_listed_and_can_be_discarded_and_restored(desk):
    first, second = desk.new_draft(title="One"), desk.new_draft(title="Two")
    assert {d.title for d in desk.drafts()} == {"One", "Two"}
    first.close()
    desk.discard(first.id)
    assert [d.title for d in desk.drafts()] == ["Two"]
    desk.restore(first.id)
    assert len(desk.drafts()) == 2
    assert second.draft.title == "Two"


def test_saving_and_loading_a_document_keeps_the_draft(desk, tmp_path):
    (tmp_path / "study" / "images").mkdir(parents=True)
    draft = desk.new_draft(archive="package", title="A study of some length")
    draft.set_files([FileGroup(str(tmp_path / "study" / "images"), "A", exclude=("*.tmp",))])
    document = tmp_path / "study" / "mine.depositor.json"
    draft.save(document)
    assert json.loads(document.read_text("utf-8"))["files"][0]["path"] == "images"
    loaded = desk.load(document)
    assert loaded.draft.files == draft.draft.files
    assert loaded.draft.metadata == draft.draft.metadata


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"depositor": "1"}', "{" * 100_000, '{"depositor": 1', "\0\0"])
def test_a_file_that_is_no_document_is_refused_with_words(desk, tmp_path, text):
    (tmp_path / "bad.depositor.json").write_text(text, "utf-8")
    with pytest.raises(Damaged) as caught:
        desk.load(tmp_path / "bad.depositor.json")
    assert caught.value.problem.code.startswith("document.")


def test_a_document_that_is_not_there_needs_the_user(desk, tmp_path):
    with pytest.raises(NeedsUser):
        desk.load(tmp_path / "none.depositor.json")


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "title"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["study", "biosample", "version"]), _json.filter(lambda v: v is not None)))
def test_cutting_a_draft_into_parts_loses_nothing(metadata):
    draft = from_document({"depositor": 1, "archive": "x", "files": [], "metadata": metadata}, "d")
    assert to_document(history.draft_of(history.parts_of(draft), "d")) == to_document(draft)


@given(_json, _json)
def test_a_difference_leads_there_and_back(one, two):
    old, new = Draft("d", metadata={"study": one}), Draft("d", metadata={"study": two})
    before, after = history.difference(history.parts_of(old), history.parts_of(new))
    assert history.patched(history.parts_of(old), after) == history.patched(history.parts_of(new), {})
    assert history.patched(history.parts_of(new), before) == history.patched(history.parts_of(old), {})


def test_what_another_thread_changed_a_moment_before_stays(desk):
    draft = desk.new_draft()
    draft.edit("study.title", "Typed")
    draft.update(msg("t", "t"), lambda now: now.answer("study.description", "Offered meanwhile"))
    draft.update(msg("u", "u"), lambda now: now.answer("study.acknowledgements", "Thanks"))
    assert (draft.draft.title, draft.draft.get("study.description")) == ("Typed", "Offered meanwhile")


def test_undoing_to_which_data_set_files_belong_keeps_the_inventory(desk, tmp_path):
    from depositor.draft.cancel import Cancel

    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.tif").write_bytes(b"II*\0")
    draft = desk.new_draft()
    draft.add_paths([tmp_path / "images"])
    draft.scan(Cancel())
    draft.set_files([FileGroup(str(tmp_path / "images"), "A")])
    assert draft.undo()
    assert draft.summary().files == 1
    assert draft.undo()
    assert draft.summary().files == 0
