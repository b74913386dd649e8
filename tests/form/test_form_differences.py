"""What differs between two descriptions: all of it, nothing else, and in the right place."""

import copy

import pytest
from form_drafts import complete
from hypothesis import given
from hypothesis import strategies as st

from depositor.draft.paths import is_empty
from depositor.form.profiles import load
from depositor.form.reuse.differences import Change, differences, of_documents, words_between

FORM = load(("light-microscopy",), None)
_TEXT = st.sampled_from(["", "a", "b", "c d"])
_RECORD = st.dictionaries(st.sampled_from(["title", "description", "strange"]), _TEXT, max_size=3)
_PEOPLE = st.lists(st.dictionaries(st.sampled_from(["name", "email"]), _TEXT, max_size=2), max_size=3)
_STUDY = st.fixed_dictionaries(
    {}, optional={"title": _TEXT, "author": _PEOPLE, "keywords": st.lists(_TEXT, max_size=3)}
)
_TREE = st.fixed_dictionaries(
    {}, optional={"study": _STUDY, "biosample": st.lists(_RECORD, max_size=4), "own": st.lists(_TEXT, max_size=2)}
)


def told(before, after):
    return [(d.path, d.change, d.old, d.new) for d in differences(FORM, before, after)]


def test_an_answer_is_added_changed_and_removed():
    assert told({}, {"study": {"title": "A"}}) == [("study.title", Change.ADDED, None, "A")]
    assert told({"study": {"title": "A"}}, {"study": {"title": "B"}}) == [("study.title", Change.CHANGED, "A", "B")]
    assert told({"study": {"title": "A"}}, {"study": {}}) == [("study.title", Change.REMOVED, "A", None)]


def test_a_record_put_in_before_another_changes_nothing_about_it():
    cells, frog = {"title": "HeLa", "description": "x"}, {"title": "Frog"}
    assert told({"biosample": [cells]}, {"biosample": [frog, cells]}) == [
        ("biosample[0]", Change.ADDED, None, frog),
    ]
    assert told({"biosample": [frog, cells]}, {"biosample": [cells]}) == [
        ("biosample[0]", Change.REMOVED, frog, None),
    ]


def test_a_renamed_record_is_the_same_record():
    (found,) = differences(FORM, {"biosample": [{"title": "A"}]}, {"biosample": [{"title": "B"}]})
    assert (found.path, found.change, found.record) == ("biosample[0].title", Change.CHANGED, "B")


def test_an_author_is_found_again_and_the_order_is_told():
    ada, mary = {"name": "Ada", "email": "a@x.org"}, {"name": "Mary"}
    new = {"name": "Ada", "email": "b@x.org"}
    found = told({"study": {"author": [ada, mary]}}, {"study": {"author": [mary, new]}})
    assert found == [
        ("study.author[1].email", Change.CHANGED, "a@x.org", "b@x.org"),
        ("study.author", Change.MOVED, ["Ada", "Mary"], ["Mary", "Ada"]),
    ]


def test_parts_that_are_no_answers_are_told_too():
    before = {"license": "CC0-1.0", "files": [{"path": "a"}], "metadata": {}}
    found = of_documents(FORM, before, {"license": "CC-BY-4.0", "files": [{"path": "a"}]})
    assert [(d.path, d.old, d.new) for d in found] == [("license", "CC0-1.0", "CC-BY-4.0")]


def meaning(tree):
    """A tree without what says nothing."""
    if isinstance(tree, dict):
        return {k: meaning(v) for k, v in tree.items() if not is_empty(v)}
    if isinstance(tree, list):
        return [meaning(v) for v in tree if not is_empty(v)]
    return tree


@given(_TREE, _TREE)
def test_no_difference_exactly_where_both_say_the_same(before, after):
    found = differences(FORM, before, after)
    if meaning(before) == meaning(after):
        assert not [d for d in found if d.change is not Change.MOVED]
    if not found:
        assert meaning(before) == meaning(after)


@given(_TREE)
def test_a_tree_does_not_differ_from_itself(tree):
    assert differences(FORM, tree, copy.deepcopy(tree)) == ()


@given(_TREE, _TREE)
def test_the_way_back_tells_the_opposite(before, after):
    there = {(str(d.old), str(d.new)) for d in differences(FORM, before, after) if d.module and d.module.key == "study"}
    back = {(str(d.new), str(d.old)) for d in differences(FORM, after, before) if d.module and d.module.key == "study"}
    if not before.get("study", {}).get("author") and not after.get("study", {}).get("author"):
        assert there == back


@pytest.mark.parametrize("path", ["study", "biosample", "image_acquisition"])
def test_every_changed_answer_of_a_full_description_is_found(path):
    before = complete()["metadata"]
    after = copy.deepcopy(before)
    target = after[path][0] if isinstance(after[path], list) else after[path]
    texts = [k for k, v in target.items() if isinstance(v, str)]
    for key in texts:
        target[key] += " changed"
    found = {d.path.rpartition(".")[2] for d in differences(FORM, before, after)}
    assert found == set(texts)


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_words_of_two_texts_come_together_letter_by_letter(old, new):
    pieces = words_between(old, new)
    assert "".join(t for what, t in pieces if what != "added") == old
    assert "".join(t for what, t in pieces if what != "removed") == new


def test_only_the_words_that_changed_are_told():
    pieces = words_between("Fixed for 10 min in PFA.", "Fixed for 20 min in PFA.")
    assert pieces == (("same", "Fixed for "), ("removed", "10 "), ("added", "20 "), ("same", "min in PFA."))
