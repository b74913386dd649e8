"""A draft goes out as a spreadsheet and comes back through the worker process; nothing counts before it is taken."""

from pathlib import Path

import openpyxl
import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.problem import DepositError, NeedsUser, Stopped
from depositor.session import sources, spreadsheets
from depositor.session.desk import Desk
from depositor.session.sources import ChangeKind
from depositor.session.worker import Worker


@pytest.fixture(scope="module")
def warm():
    """One worker process for all tests of this file: what starts it is tested elsewhere."""
    found = Worker()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _shared(warm, monkeypatch):
    monkeypatch.setattr(Desk, "worker", lambda _: warm)


@pytest.fixture
def opened(desk, example):
    found = desk.load(example)
    found.scan(Cancel())
    return found


def exported(desk, opened, folder):
    return spreadsheets.export(desk, opened, folder / "study.xlsx")[0]


def test_out_and_back_changes_nothing(desk, opened, tmp_path):
    path = exported(desk, opened, tmp_path)
    found = sources.look(desk, opened, path, Cancel())
    assert found.own
    assert found.changes == ()
    assert found.findings == ()
    assert found.same > 10
    listed = [r[1] for r in openpyxl.load_workbook(path)["Files"].iter_rows(min_row=4, values_only=True)]
    assert listed == list(spreadsheets.file_paths(opened))
    assert "multi-channel/blobs_image_v05.ome.zarr" in listed  # a chunked image is one row


def test_taking_is_one_step_of_undo(desk, opened, tmp_path):
    path = exported(desk, opened, tmp_path)
    book = openpyxl.load_workbook(path)
    book["Study"]["C3"], book["Study"]["C4"] = "A title that was written elsewhere", "A description of it"
    book.save(path)
    before = opened.draft
    found = sources.look(desk, opened, path, Cancel())
    assert opened.draft is before
    assert sources.take(opened, found, [c.id for c in found.changes]) == 2
    assert opened.draft.title == "A title that was written elsewhere"
    assert opened.can_undo.startswith("change.import")
    opened.undo()
    assert opened.draft == before


def test_taking_some_leaves_the_others(desk, opened, tmp_path):
    path = exported(desk, opened, tmp_path)
    book = openpyxl.load_workbook(path)
    book["Study"]["C3"], book["Study"]["C4"] = "A title that was written elsewhere", None
    book.save(path)
    found = sources.look(desk, opened, path, Cancel())
    assert {c.kind for c in found.changes} == {ChangeKind.CHANGED, ChangeKind.REMOVED}
    said = opened.draft.get("study.description")
    assert sources.take(opened, found, ["study.title"]) == 1
    assert opened.draft.get("study.description") == said
    assert sources.take(opened, found, []) == 0


def test_files_of_a_table_are_found_by_the_end_of_their_path(desk, opened, tmp_path):
    table = tmp_path / "list.tsv"
    table.write_text("Files\tDose\ngreenZstack.tif\t5\nimages/time-lapse/TZ_nucleus.ome.tif\t6\nelsewhere/x.tif\t7\n")
    found = sources.look(desk, opened, table, Cancel())
    (change,) = found.changes
    assert change.new == {"stacks/greenZstack.tif": "5", "time-lapse/TZ_nucleus.ome.tif": "6"}
    assert [(f.check, f.message.args["example"]) for f in found.findings] == [("import.strangers", "elsewhere/x.tif")]
    sources.take(opened, found, [change.id])
    assert opened.draft.columns[-1] == {"name": "Dose", "values": change.new}


def test_the_crate_that_we_write_says_nothing_against_its_draft(desk, opened, tmp_path):
    (crate,) = opened.export("ro-crate", tmp_path)
    found = sources.look(desk, opened, crate, Cancel())
    assert found.source == "ro-crate"
    assert [c.path for c in found.changes if c.kind is not ChangeKind.ADDED and c.taken] == []
    assert found.same > 5


def test_a_cancelled_look_and_a_cancelled_export_stop(desk, opened, tmp_path):
    path = exported(desk, opened, tmp_path)
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Stopped):
        sources.look(desk, opened, path, cancel)
    with pytest.raises(Stopped):
        spreadsheets.export(desk, opened, tmp_path / "other.xlsx", cancel)
    assert [p.name for p in tmp_path.glob("*.xlsx*")] == ["study.xlsx"]
    assert not list(tmp_path.glob(".*.new"))


def test_problems_of_files_come_through_the_worker(desk, opened, tmp_path):
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(DepositError) as caught:
        sources.look(desk, opened, bad, Cancel())
    assert caught.value.problem.code == "import.unreadable"
    with pytest.raises(NeedsUser):
        sources.look(desk, opened, tmp_path / "gone.xlsx", Cancel())


def test_where_it_cannot_be_written_is_told(desk, opened, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(NeedsUser) as caught:
        spreadsheets.export(desk, opened, blocked / "study.xlsx")
    assert caught.value.problem.code == "document.cannot-write"


def test_more_files_than_a_sheet_has_rows_stand_beside_it(desk, opened, tmp_path, monkeypatch):
    monkeypatch.setattr("depositor.form.workbook.xlsx_write.MOST_FILES", 2)
    book, beside = spreadsheets.export(desk, opened, tmp_path / "study.xlsx")
    assert beside.name == "study-files.tsv"
    lines = beside.read_text("utf-8").splitlines()
    assert lines[0].startswith("Files")
    assert len(lines) == 1 + len(list(spreadsheets.file_paths(opened)))
    sheet = openpyxl.load_workbook(book)["Files"]
    assert sheet.max_row == 3
    assert "study-files.tsv" in sheet["B3"].value


def test_an_empty_form_is_a_workbook_too(desk, tmp_path):
    (path,) = spreadsheets.template(desk, tmp_path / "t.xlsx", "practice", ("light-microscopy",))
    assert "Microscope details" in openpyxl.load_workbook(path, read_only=True).sheetnames
    opened = desk.new_draft("practice")
    assert sources.look(desk, opened, path, Cancel()).changes == ()


def test_progress_is_told_on_the_way(desk, tmp_path):
    table = tmp_path / "many.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Files", "Dose"])
    for number in range(12_000):
        sheet.append([f"a/{number}.tif", "5"])
    book.save(table)
    told: list[tuple[int, int]] = []
    found = sources.look(desk, desk.new_draft(), table, Cancel(), lambda *news: told.append(news))
    assert len(found.changes[0].new) == 12_000
    assert told
    assert all(0 < done <= of for done, of in told)


def test_names_for_files():
    from depositor.draft.draft import Draft

    named = Draft(id="x").answer("study.title", "../A/B: c?")
    assert spreadsheets.file_name(named) == "A B c.xlsx"
    assert spreadsheets.file_name(Draft(id="x")) == "description.xlsx"
    assert Path(spreadsheets.file_name(named)).name == spreadsheets.file_name(named)
