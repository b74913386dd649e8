"""Words for a paper in the window: gaps lead to their questions, and what is copied is what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from depositor.draft.steps import StepId
from depositor.gui.widgets.basics import Button
from depositor.gui.words import Told, WordsDialog, show_words

if TYPE_CHECKING:
    from gui_driving import Driver


@pytest.fixture
def dialog(driver: Driver) -> WordsDialog:
    driver.new_draft("bioimage-archive")
    driver.window.show_step(StepId.DESCRIBE)
    made = show_words(driver.window, driver.window.workspace)
    assert made is not None
    driver.until(lambda: made.findChildren(Told))
    return made


def told(dialog: WordsDialog) -> str:
    return "\n".join(t.toPlainText() for t in dialog.findChildren(Told))


def test_without_a_draft_there_are_no_words(driver: Driver) -> None:
    assert show_words(driver.window, driver.window.workspace) is None


def test_a_gap_leads_to_its_question_and_goes_when_it_is_answered(driver: Driver, dialog: WordsDialog) -> None:
    assert "of [organism]." in told(dialog)
    dialog.findChildren(Told)[0].anchorClicked.emit("gap:biosample%5B0%5D.organism")
    page = driver.window.page(StepId.DESCRIBE)
    assert driver.window.current is StepId.DESCRIBE
    assert page.view._module.key == "biosample"
    driver.window.workspace.work.edit("biosample[0].organism", [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}])
    driver.until(lambda: "of Homo sapiens (NCBITaxon:9606)." in told(dialog))
    assert dialog.isVisible()


def test_gaps_are_reached_and_opened_with_the_keyboard(driver: Driver, dialog: WordsDialog, qtbot: object) -> None:
    browser = dialog.findChildren(Told)[0]
    browser.setFocus(Qt.FocusReason.TabFocusReason)
    paths: list[str] = []
    browser.wanted.connect(paths.append)
    QTest.keyClick(browser, Qt.Key.Key_Tab)
    QTest.keyClick(browser, Qt.Key.Key_Return)
    assert paths
    assert paths[0].startswith("biosample[0].")


def test_what_is_copied_is_the_text(driver: Driver, dialog: WordsDialog) -> None:
    dialog.plain.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Samples\n")
    assert "under accession [accession number]" in copied
    dialog.marked.click()
    assert QGuiApplication.clipboard().text().startswith("## Samples\n\n")
    assert "**[organism]**" in QGuiApplication.clipboard().text()


def test_the_accession_number_is_no_gap_that_one_can_click(dialog: WordsDialog) -> None:
    availability = next(t for t in dialog.findChildren(Told) if "accession" in t.toPlainText())
    assert "gap:" not in availability.toHtml()


def test_the_number_of_gaps_is_told_and_the_first_is_a_button_away(driver: Driver, dialog: WordsDialog) -> None:
    assert "gaps are left" in dialog.state.text()
    dialog.next_gap.click()
    assert driver.window.current is StepId.DESCRIBE


def test_one_dialog_at_a_time_and_none_for_another_draft(driver: Driver, dialog: WordsDialog) -> None:
    assert show_words(driver.window, driver.window.workspace) is dialog
    closed: list[bool] = []
    dialog.finished.connect(lambda _: closed.append(True))
    dialog.destroyed.connect(lambda: closed.append(True))
    driver.window.workspace.close_draft()
    driver.until(lambda: closed)


@pytest.mark.parametrize("step", [StepId.DESCRIBE, StepId.REVIEW, StepId.RECEIPT])
def test_pages_have_a_button_for_it(driver: Driver, step: StepId) -> None:
    driver.new_draft("practice")
    page = driver.window.page(step)
    buttons = [b for b in page.findChildren(Button) if "paper" in b.text()]
    assert len(buttons) == 1
    buttons[0].click()
    assert driver.window.findChildren(WordsDialog)


def test_every_paragraph_says_where_it_belongs_in_the_users_language(driver: Driver, dialog: WordsDialog) -> None:
    labels = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Methods: Samples" in labels
    assert "Journals ask for this sentence. The accession number comes with the receipt." in labels
    assert "Data availability" in labels
