"""Groups of a draft as scan roots, and back."""

from pathlib import Path

import pytest

from depositor.draft.draft import FileGroup
from depositor.session.places import Places, made_absolute, made_relative


@pytest.fixture
def tree(tmp_path):
    for name in ("raw/a", "other/raw", "masks"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "notes.txt").write_text("n")
    return tmp_path


def test_a_folder_inside_a_chosen_folder_is_not_scanned_twice(tree):
    inner = FileGroup(str(tree / "raw/a"), "Inner", exclude=("*.tmp",))
    places = Places([FileGroup(str(tree / "raw"), "Outer"), inner])
    assert [r.path for r in places.roots] == [tree / "raw"]
    assert places.roots[0].exclude == ("a/*.tmp",)
    assert places.group(0, "x.tif").study_component == "Outer"
    assert places.group(0, "a/x.tif").study_component == "Inner"


def test_two_folders_of_one_name_keep_apart(tree):
    places = Places([FileGroup(str(tree / "raw")), FileGroup(str(tree / "other/raw"))])
    assert [places.shown(n, "x.tif") for n in (0, 1)] == ["raw/x.tif", "raw-2/x.tif"]
    assert places.locate("raw-2/x.tif") == tree / "other/raw/x.tif"


def test_a_single_file_is_shown_by_its_name(tree):
    places = Places([FileGroup(str(tree / "notes.txt"), "A")])
    assert places.shown(0, "notes.txt") == "notes.txt"
    assert places.absolute(0, "notes.txt") == tree / "notes.txt"
    assert places.group(0, "notes.txt").study_component == "A"


def test_a_root_that_is_one_object_is_the_folder_itself(tree):
    places = Places([FileGroup(str(tree / "raw"))])
    assert places.shown(0, ".") == "raw"
    assert places.absolute(0, ".") == tree / "raw"


def test_the_same_folder_chosen_twice_is_one_root(tree):
    places = Places([FileGroup(str(tree / "raw"), "A"), FileGroup(str(tree / "raw"), "A")])
    assert len(places.roots) == 1


def test_paths_become_relative_to_the_document_and_come_back(tree):
    groups = (FileGroup(str(tree / "raw"), "A"), FileGroup(str(tree / "masks")))
    written = made_relative(groups, tree / "raw")
    assert [g["path"] for g in written] == [".", "../masks"]
    back = made_absolute([FileGroup(str(g["path"]), g.get("study_component")) for g in written], tree / "raw")
    assert [Path(g.path) for g in back] == [tree / "raw", tree / "masks"]
