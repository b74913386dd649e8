"""New names out of a table: found, checked, used, taken back; the files stay as they are."""

from __future__ import annotations

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.problem import NeedsUser
from depositor.privacy.known import NOTHING_KNOWN
from depositor.session import chosen, rename_table
from depositor.session.rename_table import Row
from depositor.session.seal import planned

PATHS = ("data/Patient Jadwiga Nowak/scan 1.tif", "data/Patient Jadwiga Nowak/scan 2.tif", "data/other/scan 2.tif")


def table(folder, *lines):
    path = folder / "names.csv"
    path.write_text("\n".join(("name now,new name", *lines)), "utf-8")
    return path


def test_names_are_found_by_path_or_where_only_one_has_them(tmp_path):
    found = rename_table.preview(
        table(tmp_path, "Patient Jadwiga Nowak,subject 01", "data/other/scan 2.tif,scan 9.tif", "scan 2.tif,x.tif"),
        PATHS,
        NOTHING_KNOWN,
    )
    assert found.rows == (Row("data/Patient Jadwiga Nowak", "subject 01"), Row("data/other/scan 2.tif", "scan 9.tif"))
    assert found.unknown == ("scan 2.tif",), "two files are called so"


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("a/b.tif", "renames.characters"),
        ("scan.png", "renames.ending"),
        ("scan 2.tif", "renames.twice"),
        ("Patient Jadwiga Nowak.tif", "renames.telling"),
    ],
)
def test_names_that_cannot_be_used_say_why(tmp_path, new, why):
    found = rename_table.preview(table(tmp_path, f"scan 1.tif,{new}"), PATHS, NOTHING_KNOWN)
    assert [(row.name, reason.id) for row, reason in found.wrong] == [(new, why)]
    assert not found.fits


@pytest.fixture
def opened(desk, tmp_path):
    folder = tmp_path / "data" / "Patient Jadwiga Nowak"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("one")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(tmp_path / "data"))])
    found.scan(Cancel())
    found.check_privacy(Cancel())
    return found


def test_from_the_table_to_the_archive_and_back(desk, opened, tmp_path):
    path = tmp_path / "names.csv"
    assert rename_table.write(path, opened.privacy(), chosen.renamed(desk, opened)) == 1
    text = path.read_text("utf-8-sig")
    assert "Patient Jadwiga Nowak" in text
    path.write_text(text.strip() + "subject 01\n", "utf-8-sig")
    shown = [shown for _, shown in chosen_files(opened)]
    rename_table.use(opened, rename_table.preview(path, shown, NOTHING_KNOWN))
    assert [f.name for f in planned(desk, opened, opened.capabilities)] == ["data/subject 01/a.txt"]
    rename_table.forget(opened)
    assert "Jadwiga" in next(iter(planned(desk, opened, opened.capabilities))).name
    opened.undo()
    assert [f.name for f in planned(desk, opened, opened.capabilities)] == ["data/subject 01/a.txt"]


def chosen_files(opened):
    from depositor.session.seal import kept

    return kept(opened)


def test_an_empty_table_changes_nothing(opened, tmp_path):
    with pytest.raises(NeedsUser):
        rename_table.use(opened, rename_table.preview(table(tmp_path, "data,"), PATHS, NOTHING_KNOWN))


def test_a_table_of_names_that_are_not_here_says_which(tmp_path):
    found = rename_table.preview(table(tmp_path, "elsewhere.tif,a.tif", "gone.tif,b.tif"), PATHS, NOTHING_KNOWN)
    told = rename_table.not_used(found)
    assert told.message.id == "renames.unknown"
    assert told.message.english() == (
        "2 names in the table belong to no file or folder here, among them “elsewhere.tif”."
    )
    assert rename_table.not_used(rename_table.Preview()).message.id == "renames.nothing"
