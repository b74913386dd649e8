"""The window of columns: names become columns, files get groups, masks get images; by mouse and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from depositor.draft.message import msg
from depositor.draft.steps import StepId

if TYPE_CHECKING:
    from gui_driving import Driver

    from depositor.gui.columns.dialog import ColumnsDialog

NAMES = [f"exp_{n}_{g}_t{t:02}" for n, g in enumerate(("wt", "ko")) for t in (1, 2)]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    import numpy as np
    import tifffile

    for folder in ("raw", "masks"):
        (tmp_path / folder).mkdir()
    for name in NAMES:
        tifffile.imwrite(tmp_path / "raw" / f"{name}.tif", np.eye(12, dtype="uint16"))
    for name in NAMES[:3]:
        tifffile.imwrite(tmp_path / "masks" / f"{name}_mask.tif", np.eye(12, dtype="uint8"))
    document = {
        "depositor": 1,
        "archive": "bioimage-archive",
        "files": [{"path": "raw", "study_component": "Cells"}, {"path": "masks", "annotations": "Nuclei"}],
        "metadata": {
            "study_component": [{"name": "Cells"}],
            "annotations": [{"title": "Nuclei"}],
            "biosample": [{"title": "Wild type"}],
        },
    }
    path = tmp_path / "s.depositor.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


@pytest.fixture
def dialog(driver: Driver, study: Path) -> Iterator[ColumnsDialog]:
    from depositor.gui.columns.dialog import ColumnsDialog

    space = driver.window.workspace
    space.load(study)
    driver.until(lambda: space.situation and space.situation.inventory.complete)
    driver.window.show_step(StepId.FILES)
    page = driver.window.page(StepId.FILES)
    driver.until(lambda: page._totals.meaning.isVisible())
    page._totals.meaning.click()
    made = driver.window.findChild(ColumnsDialog)
    assert made is not None
    driver.until(lambda: made.state.preview is not None and made.state.suggestions)
    yield made
    made.accept()


def test_columns(driver: Driver, dialog: ColumnsDialog) -> None:
    """One window for what belongs together: making it takes longest."""
    a_part_chosen_by_keyboard_becomes_a_column(driver, dialog)
    fresh(driver, dialog)
    what_is_recognised_is_one_click_away(driver, dialog)
    fresh(driver, dialog)
    values_are_written_another_way_and_files_are_filtered(driver, dialog)


def test_columns_by_hand(driver: Driver, dialog: ColumnsDialog) -> None:
    values_typed_into_the_table(driver, dialog)
    fresh(driver, dialog)
    a_pattern_is_edited_and_a_bad_one_refused(driver, dialog)
    fresh(driver, dialog)
    a_pasted_table_becomes_columns(driver, dialog)


def test_groups_and_pairs(driver: Driver, dialog: ColumnsDialog) -> None:
    masks_and_their_images(driver, dialog)
    every_control_has_a_name_and_can_be_reached(driver, dialog)
    fresh(driver, dialog)
    files_are_assigned_to_a_sample(driver, dialog)


def fresh(driver: Driver, dialog: ColumnsDialog) -> None:
    """A draft without columns, the first tab, no filter."""
    dialog.state.change(msg("test", "A change"), lambda draft: replace(draft, columns=()))
    dialog.tabs.setCurrentIndex(0)
    dialog.columns.table.search.clear()
    dialog.columns.table.which.setCurrentIndex(0)
    driver.until(lambda: not dialog.state.preview.views)


def wait_view(driver: Driver, dialog: ColumnsDialog, name: str) -> None:
    driver.until(lambda: dialog.state.preview.view(name) is not None)


def a_part_chosen_by_keyboard_becomes_a_column(driver: Driver, dialog: ColumnsDialog) -> None:
    tab = dialog.columns
    sample = tab._samples[0]
    sample.text.setFocus()
    chosen = list[str]()
    sample.chosen.connect(lambda path, start, end: chosen.append(path[start:end]))
    for _ in range(12):
        QTest.keyClick(sample.text, Qt.Key.Key_Space)
        if chosen and chosen[-1] in ("wt", "ko"):
            break
    assert chosen[-1] in ("wt", "ko")
    tab.heading.setCurrentText("Genotype")
    assert "wt" in tab._gives.text()
    tab.make.setFocus()
    QTest.keyClick(tab.make, Qt.Key.Key_Space)
    wait_view(driver, dialog, "Genotype")
    assert {v.value for v in dialog.state.preview.view("Genotype").values} == {"wt", "ko"}
    assert "Genotype: " in sample.told.text()
    driver.until(lambda: tab.table.model.rowCount() == 7)
    assert [c.title() for c in tab.table.model.columns][1:] == ["Genotype"]
    driver.settled()
    while dialog.state.work.can_undo != "change.column:Genotype":  # values from headers may have come in between
        dialog.undo.click()
    dialog.undo.click()
    driver.until(lambda: not dialog.state.preview.views)
    assert dialog.state.draft.columns == ()


def what_is_recognised_is_one_click_away(driver: Driver, dialog: ColumnsDialog) -> None:
    buttons = [b for b in dialog.columns._offer_box.findChildren(QPushButton) if b.text().startswith("Time:")]
    assert len(buttons) == 1
    assert dialog.state.draft.columns == ()  # nothing is applied by itself
    buttons[0].click()
    wait_view(driver, dialog, "Time")
    assert dialog.columns.chosen_column == "Time"
    assert dialog.columns.detail.zeros.isChecked()
    assert {v.value for v in dialog.state.preview.view("Time").values} == {"1", "2"}
    assert not [b for b in dialog.columns._offer_box.findChildren(QPushButton) if b.text().startswith("Time:")]


def values_are_written_another_way_and_files_are_filtered(driver: Driver, dialog: ColumnsDialog) -> None:
    tab = dialog.columns
    condition = next(s for s in dialog.state.suggestions if s.column == "Condition")
    tab.take(condition)
    wait_view(driver, dialog, "Condition")
    values = tab.detail.values
    row = next(r for r in range(values.rowCount()) if values.item(r, 0).text() == "wt")
    values.item(row, 2).setText("wild type")
    driver.until(lambda: "wild type" in {v.value for v in dialog.state.preview.view("Condition").values})
    tab.table.show_value("Condition", "wild type")
    driver.until(lambda: tab.table.model.rowCount() == 4)
    tab.table.search.setText("masks/")
    driver.until(lambda: tab.table.model.rowCount() == 2)


def values_typed_into_the_table(driver: Driver, dialog: ColumnsDialog) -> None:
    tab = dialog.columns
    tab.heading.setCurrentText("Quality")
    assert not tab.make.isEnabled()
    tab.type_it.click()
    model = tab.table.model
    driver.until(lambda: model.columnCount() == 2 and model.rowCount() == 7)
    cell = model.index(0, 1)
    assert model.flags(cell) & Qt.ItemFlag.ItemIsEditable
    assert model.setData(cell, "good", Qt.ItemDataRole.EditRole)
    wait_view(driver, dialog, "Quality")
    path = model.row(0).value
    assert dialog.state.draft.columns == ({"name": "Quality", "values": {path: "good"}},)


def a_pattern_is_edited_and_a_bad_one_refused(driver: Driver, dialog: ColumnsDialog) -> None:
    tab = dialog.columns
    tab.take(next(s for s in dialog.state.suggestions if s.column == "Time"))
    wait_view(driver, dialog, "Time")
    detail = tab.detail
    detail.rules.setPlainText("nothing here")
    detail.apply.click()
    assert "{Time}" in detail._labels[0].text()
    detail.rules.setPlainText("exp_{Time:digits}_*")
    detail.apply.click()
    driver.until(lambda: {v.value for v in dialog.state.preview.view("Time").values} == {"0", "1"})
    detail.heading.setText("Experiment")
    detail.heading.editingFinished.emit()
    wait_view(driver, dialog, "Experiment")
    assert [c["name"] for c in dialog.state.draft.columns] == ["Experiment"]
    detail.remove.click()
    driver.until(lambda: not dialog.state.preview.views)
    assert not detail.isVisibleTo(tab)


def files_are_assigned_to_a_sample(driver: Driver, dialog: ColumnsDialog) -> None:
    dialog.columns.take(next(s for s in dialog.state.suggestions if s.column == "Condition"))
    wait_view(driver, dialog, "Condition")
    dialog.tabs.setCurrentIndex(1)
    tab = dialog.groups
    tab.module.setCurrentIndex(tab.module.findData("biosample"))
    tab.module.activated.emit(tab.module.currentIndex())
    tab.value.setCurrentIndex(tab.value.findData("wt"))
    tab.assign.click()
    wait_view(driver, dialog, "Biosample")
    assert dialog.state.draft.columns[1]["rules"] == [{"if": {"Condition": "wt"}, "value": "Wild type"}]
    assert dialog.state.preview.row("raw/exp_0_wt_t01.tif")["Biosample"] == "Wild type"
    dialog.state.change(msg("test", "A change"), lambda draft: replace(draft, metadata={}))
    driver.until(lambda: tab.record.count() == 0)
    assert not tab.assign.isEnabled()
    assert tab._empty.isVisibleTo(tab)
    assert tab.record.completer() is not None
    QTest.keyClicks(tab.record.lineEdit(), "Mutants")
    tab.value.setCurrentIndex(tab.value.findData("ko"))
    tab.assign.click()
    driver.until(lambda: dialog.state.preview.row("raw/exp_0_ko_t01.tif").get("Biosample") == "Mutants")
    assert dialog.state.draft.get("biosample[0].title") == "Mutants"
    assert not tab._empty.isVisibleTo(tab)
    dialog.state.work.undo()
    assert not dialog.state.draft.get("biosample")  # the record and the rule came as one step


def masks_and_their_images(driver: Driver, dialog: ColumnsDialog) -> None:
    driver.settled()
    dialog.tabs.setCurrentIndex(2)
    tab = dialog.pairs
    driver.until(lambda: dialog.state.report is not None and tab.model.rowCount() == 3)
    assert tab._said.text() == "3 of 4 images annotated"
    tab.table.selectRow(0)
    driver.until(lambda: all(not p._picture.pixmap().isNull() for p in tab.side._pictures))
    tab.take.click()
    driver.until(lambda: not dialog.state.pairing and not tab.take.isEnabled())
    assert dialog.state.draft.get("annotations[0].annotation_coverage") == "3 of 4 images annotated"
    assert dialog.state.draft.columns[0]["name"] == "Source Image"
    dialog.state.work.undo()
    assert dialog.state.draft.columns == ()
    assert dialog.state.draft.get("annotations[0].annotation_coverage") is None


def a_pasted_table_becomes_columns(driver: Driver, dialog: ColumnsDialog) -> None:
    from depositor.gui.columns.from_table import FromTable

    QApplication.clipboard().setText("File\tDose\nexp_0_wt_t01\t5\nunknown.tif\t7\n")
    dialog.table.click()
    table = dialog.findChild(FromTable)
    table.paste.click()
    driver.until(lambda: table.take.isEnabled())
    assert "unknown.tif" in table._told.text.text()
    table.take.click()
    wait_view(driver, dialog, "Dose")
    assert dialog.state.preview.row("raw/exp_0_wt_t01.tif") == {"Dose": "5"}


def every_control_has_a_name_and_can_be_reached(driver: Driver, dialog: ColumnsDialog) -> None:
    from depositor.gui.form.taborder import stops

    dialog.columns.take(next(s for s in dialog.state.suggestions if s.column == "Time"))
    wait_view(driver, dialog, "Time")
    for at in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(at)
        QApplication.processEvents()
        for widget in stops(dialog.tabs.widget(at)):
            if widget.isVisible() and widget.isEnabled():
                text = getattr(widget, "text", lambda: "")
                assert widget.accessibleName() or (callable(text) and text()), widget
