"""In the window: export a spreadsheet, look at what one would change, take some of it, undo."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton

from depositor.draft.steps import StepId
from depositor.gui.importing.actions import Tables, Written
from depositor.gui.importing.dialog import ImportDialog
from depositor.session.desk import Desk
from depositor.session.sources import ChangeKind
from depositor.session.worker import Worker

if TYPE_CHECKING:
    from gui_driving import Driver


@pytest.fixture(scope="module")
def warm() -> Iterator[Worker]:
    """One worker process for all tests of this file: what starts it is tested elsewhere."""
    found = Worker()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _shared(warm: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "worker", lambda _: warm)


def a_dialog(driver: Driver, path: Path) -> ImportDialog:
    driver.window.tables.look(path)
    driver.until(lambda: driver.window.findChild(ImportDialog))
    dialog = driver.window.findChild(ImportDialog)
    assert dialog is not None
    driver.until(lambda: dialog._work is None)
    return dialog


@pytest.fixture
def sheet(driver: Driver, tmp_path: Path) -> Path:
    """The spreadsheet of a new draft, filled in by a colleague."""
    driver.new_draft()
    path = tmp_path / "study.xlsx"
    driver.window.tables.write(path)
    driver.until(lambda: driver.window.findChild(Written))
    driver.window.findChild(Written).accept()
    book = openpyxl.load_workbook(path)
    book["Study"]["C3"] = "Time-lapse of dividing cells"
    book["Biosample"].append([None, "HeLa", "human", "HeLa cell"])
    book["Authors"].append([None, "Ada Example"])
    book.save(path)
    return path


def test_a_person_takes_what_she_ticks_and_can_undo_it(driver: Driver, sheet: Path) -> None:
    dialog = a_dialog(driver, sheet)
    assert dialog.view is not None
    model = dialog.view.model
    assert model.total == 3
    assert dialog.take.text() == "&Take 3 changes"
    study = model.index(0, 0)
    assert study.data() == "Study (2 of 2)"
    driver.qtbot.keyClick(dialog.view.tree, Qt.Key.Key_Space)  # the part that has the keyboard
    assert study.data() == "Study (0 of 2)"
    assert dialog.take.text() == "&Take 1 change"
    driver.qtbot.keyClick(dialog.view.tree, Qt.Key.Key_Down)
    driver.qtbot.keyClick(dialog.view.tree, Qt.Key.Key_Space)
    assert dialog.take.text() == "&Take 2 changes"
    driver.qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    work = driver.window.workspace.work
    assert work is not None
    driver.until(lambda: work.draft.get("biosample"))
    assert work.draft.title == "Time-lapse of dividing cells"
    assert work.draft.get("study.author") is None
    work.undo()
    assert work.draft.get("biosample") is None


def test_nothing_to_change_and_nothing_known_are_told(driver: Driver, sheet: Path, tmp_path: Path) -> None:
    dialog = a_dialog(driver, sheet)
    driver.qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    driver.until(lambda: driver.window.findChild(ImportDialog) is None)
    sheet.unlink()
    driver.window.tables.write(sheet)
    driver.until(lambda: driver.window.findChild(Written))
    driver.window.findChild(Written).accept()
    again = a_dialog(driver, sheet)
    assert again.view is not None
    assert [(c.path, c.was, c.now) for c in again.view.found.changes] == []
    assert "Nothing differs" in again.view._notice.head.text()
    assert again.take.isHidden()
    again.reject()
    driver.until(lambda: driver.window.findChild(ImportDialog) is None)
    picture = tmp_path / "a.tif"
    picture.write_bytes(b"II*\x00" + bytes(60))
    failed = a_dialog(driver, picture)
    assert failed.view is None
    assert failed._close.text() == "&Close"
    failed.reject()


def test_an_experiment_of_a_notebook_is_chosen(driver: Driver, tmp_path: Path) -> None:
    driver.new_draft()
    parts = ",".join(
        f'{{"@id": "./{n}/", "@type": "Dataset", "name": "Day {n}", "text": "<p>Fix</p>"}}' for n in (1, 2)
    )
    text = (
        '{"@graph": [{"@id": "ro-crate-metadata.json", "about": {"@id": "./"}, "conformsTo": {"@id": "ro/crate"}},'
        f'{{"@id": "./", "@type": "Dataset", "hasPart": [{{"@id": "./1/"}}, {{"@id": "./2/"}}]}}, {parts}]}}'
    )
    with zipfile.ZipFile(tmp_path / "n.eln", "w") as out:
        out.writestr("n/ro-crate-metadata.json", text)
    dialog = a_dialog(driver, tmp_path / "n.eln")
    assert [dialog.part.itemText(n) for n in (1, 2)] == ["Day 1", "Day 2"]
    dialog.part.setCurrentIndex(2)
    dialog.part.activated.emit(2)
    driver.until(lambda: dialog.view)
    assert dialog.view is not None
    assert {c.kind for c in dialog.view.found.changes} == {ChangeKind.ADDED}
    dialog.reject()


def test_closing_while_it_reads_stops_the_reading(driver: Driver, sheet: Path) -> None:
    driver.window.tables.look(sheet)
    dialog = driver.window.findChild(ImportDialog)
    assert dialog is not None
    work = dialog._work
    assert work is not None
    dialog.reject()
    driver.until(lambda: work.finished)
    assert work.cancel


@pytest.mark.parametrize("description", [True, False])
def test_a_dropped_table_is_asked_about(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, description: bool
) -> None:
    driver.new_draft()
    table = tmp_path / "t.csv"
    table.write_text("Title,A title of a study\nKeywords,mitosis\n")
    monkeypatch.setattr(Tables, "_wants_description", lambda _self, _path: description)
    driver.window.take([table])
    if description:
        driver.until(lambda: driver.window.findChild(ImportDialog))
        driver.window.findChild(ImportDialog).reject()
        assert driver.window.workspace.work.draft.files == ()
    else:
        driver.until(lambda: driver.window.workspace.work.draft.files)
        driver.settled()


def test_the_question_about_a_dropped_file_can_be_answered(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.defaultButton().text()) or 0)
    assert not driver.window.tables._wants_description(tmp_path / "x.xlsx")
    assert not driver.window.tables._wants_description(tmp_path / "x.csv")
    assert asked == ["Take the &description", "&Deposit the file"]


def test_the_buttons_of_the_page_use_the_tables_of_the_window(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.new_draft()
    driver.window.show_step(StepId.DESCRIBE)
    pressed: list[str] = []
    monkeypatch.setattr(Tables, "choose", lambda _: pressed.append("choose"))
    monkeypatch.setattr(Tables, "export", lambda _: pressed.append("export"))
    wanted = ("Import …", "Export as spreadsheet …")
    for button in (b for b in driver.window.findChildren(QPushButton) if b.text() in wanted):
        button.click()
    assert sorted(set(pressed)) == ["choose", "export"]
    assert len(driver.window.findChildren(Tables)) == 1
