"""The page of privacy: questions asked once, groups decided by keyboard, pictures, what goes and what stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QRadioButton

from depositor.draft.finding import Choice, Level, Subject
from depositor.draft.human import Source
from depositor.draft.steps import StepId, StepState
from depositor.gui.pages.privacy import PrivacyPage
from depositor.gui.privacy.more import NamesDialog, Told
from depositor.gui.privacy.outcome_view import OutcomeDialog
from depositor.gui.widgets.decide import Reason

if TYPE_CHECKING:
    from gui_driving import Driver

PLANTED = Path(__file__).parents[1] / "data" / "privacy"
WAIT = 60_000


@pytest.fixture
def page(driver: Driver, tmp_path: Path) -> PrivacyPage:
    """The page with a study in which people are named: two equal DICOM headers, a table, a slide's text."""
    study = tmp_path / "study"
    study.mkdir()
    for name in ("one.dcm", "two.dcm"):
        shutil.copy(PLANTED / "dicom" / "01_headers.dcm", study / name)
    for name in ("samples.csv", "plain_tags.tif"):
        shutil.copy(PLANTED / "microscopy" / name, study / name)
    driver.new_draft()
    driver.add(study)
    driver.check_privacy()
    found = driver.window.page(StepId.PRIVACY)
    driver.until(lambda: found.pane.tree.topLevelItemCount())
    driver.window.activateWindow()
    driver.until(driver.window.isActiveWindow)
    return found


def choose(page: PrivacyPage, wanted: Callable[[object], bool]) -> None:
    """Go to the first kind that ``wanted`` likes, as the arrow keys do."""
    tree = page.pane.tree
    page.window().activateWindow()
    QTest.qWaitForWindowActive(page.window())
    page.tabs.setCurrentIndex(1)
    tree.setFocus()
    for at in range(tree.topLevelItemCount()):
        tree.setCurrentItem(tree.topLevelItem(at))
        if page.pane.group is not None and wanted(page.pane.group):
            return
    raise AssertionError("there is no such kind")


def dialog(driver: Driver, kind: type) -> object:
    driver.until(lambda: any(d.isVisible() for d in driver.window.findChildren(kind)))
    return next(d for d in driver.window.findChildren(kind) if d.isVisible())


def test_equal_slices_are_one_decision_with_the_keyboard(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "patient-name" and g.files > 1)
    group = page.pane.group
    assert group.open == len(group)
    QTest.keyClick(page.pane.tree, Qt.Key.Key_C)
    asked = dialog(driver, Reason)
    asked.who.setText("Ada Lovelace")
    asked.accept()
    driver.until(lambda: page.pane.group is not None and not page.pane.group.open)
    assert page.pane.group.decided[Choice.CLEAN] == len(group)
    choose(page, lambda g: g.kind == "patient-number")
    QTest.keyClick(page.pane.tree, Qt.Key.Key_L)
    driver.until(lambda: page.pane.group.decided.get(Choice.EXCLUDE))
    assert not [d for d in driver.window.findChildren(Reason) if d.isVisible()], "the name is known by now"
    QTest.keyClick(page.pane.tree, Qt.Key.Key_T)
    driver.until(lambda: not page.pane.group.decided)


def test_keeping_wants_a_reason_and_goes_on_with_the_last_one(driver: Driver, page: PrivacyPage) -> None:
    for kind in ("birth-date", "patient-contact"):
        choose(page, lambda g, kind=kind: g.kind == kind)
        QTest.keyClick(page.pane.tree, Qt.Key.Key_K)
        asked = dialog(driver, Reason)
        if kind == "birth-date":
            assert not asked.agree.isEnabled()
            asked.why.setPlainText("a phantom")
            asked.who.setText("Ada")
        assert asked.why.toPlainText() == "a phantom"
        asked.accept()
        driver.until(lambda: not page.pane.group.open)
    assert {d.by for d in driver.now.draft.decisions} == {"Ada"}


def test_the_next_open_kind_is_one_key_away(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.open and g.level is Level.BLOCKER)
    before = page.pane.group.key
    QTest.keyClick(page.pane.tree, Qt.Key.Key_N)
    assert page.pane.group.key != before
    assert page.pane.group.open


def test_single_rows_can_be_decided_apart(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "patient-name" and len(g) > 1)
    table = page.pane.detail.table
    driver.until(lambda: page.pane.detail.model.row(0))
    table.selectRow(0)
    total = page.pane.group.open
    page.pane._deciding.note(page.work, page.pane.group, page.pane.detail.rows_chosen(), Choice.CLEAN, "")
    driver.until(lambda: page.pane.group.open < total)
    assert page.pane.group.open
    assert page.pane.detail.rows_chosen(), "the row is still chosen"


def test_one_answer_settles_all_about_colleagues(driver: Driver, page: PrivacyPage) -> None:
    assert page.tabs.currentIndex() == 0, "questions come first"
    waiting = page.subjects.waiting
    keep = radio(page, "keep", "subject.staff")
    QTest.mouseClick(keep, Qt.MouseButton.LeftButton)
    driver.until(lambda: driver.now.draft.privacy_choices.get(Subject.STAFF))
    assert driver.now.draft.privacy_choices[Subject.STAFF].choice == "keep"
    driver.until(lambda: page.subjects.waiting == waiting - 1)
    assert radio(page, "keep", "subject.staff").isChecked()
    page.work.undo()
    driver.until(lambda: page.subjects.waiting == waiting)


def radio(page: PrivacyPage, name: str, question: str) -> QRadioButton:
    return next(b for b in page.findChildren(QRadioButton, name) if b.parentWidget().objectName() == question)


def test_the_question_about_people_leads_on_and_folds_when_answered(driver: Driver, page: PrivacyPage) -> None:
    assert page.human.waits
    QTest.mouseClick(radio(page, "living", "human.source"), Qt.MouseButton.LeftButton)
    driver.until(lambda: driver.now.draft.human.source is Source.LIVING)
    driver.until(lambda: any(b.parentWidget().objectName() == "human.access" for b in page.findChildren(QRadioButton)))
    QTest.mouseClick(radio(page, "publication", "human.consent"), Qt.MouseButton.LeftButton)
    driver.until(lambda: driver.now.draft.human.consent)
    QTest.mouseClick(radio(page, "open", "human.access"), Qt.MouseButton.LeftButton)
    driver.until(lambda: not page.human.waits)
    assert driver.now.draft.human.complete


def test_an_archive_that_may_not_take_the_data_says_so_on_its_card(driver: Driver, page: PrivacyPage) -> None:
    from depositor.session import human_data

    human_data.answer(page.work, source="living", consent="controlled", access="controlled")
    driver.settled()
    driver.window.show_step(StepId.ARCHIVE)
    cards = driver.window.page(StepId.ARCHIVE).cards
    driver.until(lambda: cards and any(not card.warning.isHidden() for card, _ in cards.values()))
    card, found = cards["bioimage-archive"]
    assert found.name in card.warning.text()
    assert cards["practice"][0].warning.isHidden()


def test_rules_can_be_chosen_and_are_those_of_the_archive_else(driver: Driver, page: PrivacyPage) -> None:
    which = page.rules.which
    assert which.currentData() == "public"
    which.setCurrentIndex(which.findData("facility"))
    which.activated.emit(which.currentIndex())
    driver.until(lambda: driver.now.draft.policy == "facility")
    which.setCurrentIndex(which.findData("public"))
    which.activated.emit(which.currentIndex())
    driver.until(lambda: driver.now.draft.policy is None)


def test_what_goes_and_what_stays_of_one_file(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "patient-name")
    QTest.keyClick(page.pane.tree, Qt.Key.Key_C)
    asked = dialog(driver, Reason)
    asked.who.setText("Ada")
    asked.accept()
    driver.until(lambda: not page.pane.group.open)
    driver.settled()
    choose(page, lambda g: g.kind == "patient-name")
    QTest.keyClick(page.pane.tree, Qt.Key.Key_W)
    shown = dialog(driver, OutcomeDialog)
    driver.until(lambda: shown.goes.rowCount() and shown.stays.rowCount())
    names = [shown.goes.item(at, 0).text() for at in range(shown.goes.rowCount())]
    assert any("(0010,0010)" in name for name in names)
    shown.reject()


def test_the_report_for_the_board_is_written_without_values(driver: Driver, page: PrivacyPage, tmp_path: Path) -> None:
    values = {f.evidence for f in driver.now.privacy if f.evidence and len(f.evidence) > 7 and f.level is Level.BLOCKER}
    assert values
    page.more.report_to(tmp_path / "report")
    told = dialog(driver, Told)
    written = list((tmp_path / "report").iterdir())
    assert {p.suffix for p in written} >= {".json", ".html"}
    text = "".join(p.read_text("utf-8") for p in written if p.suffix in (".json", ".html"))
    assert not [v for v in values if v in text]
    told.reject()


def test_new_names_from_a_table(driver: Driver, page: PrivacyPage, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("name now,new name\nsamples.csv,table 1.csv\n", "utf-8")
    page.more.read_names_from(table)
    asked = dialog(driver, NamesDialog)
    assert asked.agree.isEnabled()
    asked.agree.click()
    driver.until(lambda: driver.now.draft.renames == {"study/samples.csv": "table 1.csv"})
    page.more.forget_names()
    driver.until(lambda: not driver.now.draft.renames)


def test_decisions_and_answers_are_in_the_document_and_the_step_is_done(
    driver: Driver, page: PrivacyPage, tmp_path: Path
) -> None:
    driver.decide_all(Choice.EXCLUDE)
    page.work.save(tmp_path / "a.depositor.json")
    document = json.loads((tmp_path / "a.depositor.json").read_text("utf-8"))
    assert document["decisions"]
    step = next(s for s in page.work.steps() if s.id is StepId.PRIVACY)
    assert step.state is StepState.DONE


def test_everything_is_reached_with_the_tab_key(driver: Driver, page: PrivacyPage) -> None:
    page.tabs.setCurrentIndex(1)
    page.pane.tree.setFocus()
    wanted = [page.pane.detail.table, page.pane.detail.keep, page.pane.detail.clean, page.pane.detail.show_evidence]
    for widget in wanted:
        page.pane.tree.setFocus()
        assert driver.tab_to(lambda w, widget=widget: w is widget) is widget
    assert QApplication.focusWidget() is wanted[-1]
