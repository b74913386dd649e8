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
    driver.until(lambda: radio(page, "publication", "human.consent").height())  # laid out by now
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


# --- what the page says ----------------------------------------------------------------------------------------------


def press(page: PrivacyPage, key: Qt.Key, driver: Driver, who: str = "Ada", why: str = "") -> None:
    """Press a key that decides, and fill in the dialog if it comes."""
    QTest.keyClick(page.pane.tree, key)
    for asked in [d for d in driver.window.findChildren(Reason) if d.isVisible()]:
        asked.who.setText(who)
        asked.why.setPlainText(why)
        asked.accept()


def test_what_was_noted_is_said_and_can_be_undone_on_the_spot(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "patient-name")
    noted = page.pane.detail.noted
    assert noted.button.isHidden()
    press(page, Qt.Key.Key_C, driver)
    driver.until(lambda: not page.pane.group.open)
    assert str(len(page.pane.group)) in noted.words
    assert noted.button.isVisible()
    noted.button.click()
    driver.until(lambda: page.pane.group.open == len(page.pane.group))
    assert not noted.words
    assert noted.button.isHidden()
    assert not driver.now.draft.decisions


def test_the_menu_undoes_a_decision_and_the_note_goes(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "patient-name")
    press(page, Qt.Key.Key_L, driver)
    driver.until(lambda: page.pane.detail.noted.words and not page.pane.group.open)
    driver.settled()
    choose(page, lambda g: g.kind == "patient-name")
    driver.until(page.pane.tree.hasFocus)
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driver.until(lambda: page.pane.group.open)
    driver.until(lambda: not page.pane.detail.noted.words)


def test_the_detail_tells_who_decided_and_why(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "birth-date")
    press(page, Qt.Key.Key_K, driver, "Grace Hopper", "a phantom from the shop")
    driver.until(lambda: not page.pane.group.open)
    told = [t for t in driver.texts() if "Grace Hopper" in t]
    assert told
    assert "a phantom from the shop" in told[0]


def test_a_text_that_changed_since_is_said_to_be_another(driver: Driver, page: PrivacyPage, tmp_path: Path) -> None:
    table = tmp_path / "study" / "samples.csv"
    choose(page, lambda g: "study/samples.csv" in {f.path for f in page.pane._found.groups.members(g)} and g.open)
    one = next(f for f in page.pane._found.groups.members(page.pane.group) if f.path == "study/samples.csv")
    page.decide((one,), Choice.CLEAN, "", "Ada")
    driver.settled()
    other = "".join(chr(ord(c) + 1) if c.isdigit() and c != "9" else c for c in one.evidence)
    other = other if other != one.evidence else one.evidence[::-1].title()
    table.write_text(table.read_text("utf-8").replace(one.evidence, other), "utf-8")
    driver.window.workspace.start_scan()
    driver.settled()
    driver.window.workspace.start_check()
    driver.settled()
    driver.until(lambda: any(g.changed for g in page.pane._found.kinds))


def test_rows_stay_chosen_only_where_the_same_findings_stand(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "patient-name" and len(g) > 1)
    detail = page.pane.detail
    driver.until(lambda: detail.model.row(0))
    detail.table.selectRow(1)
    wanted = detail.rows_chosen()
    detail.show_evidence.toggle()
    driver.until(lambda: not driver.window.bridge.busy)
    assert [f.key for f in detail.rows_chosen()] == [f.key for f in wanted]
    QTest.keyClick(detail.table, Qt.Key.Key_Escape)
    assert not detail.rows_chosen()
    detail.table.selectRow(0)
    choose(page, lambda g: g.kind == "birth-date")
    driver.until(lambda: not driver.window.bridge.busy)
    assert not detail.rows_chosen(), "nothing of another kind is decided about"


def test_what_cannot_be_cleaned_says_what_else_to_do(driver: Driver, page: PrivacyPage) -> None:
    from dataclasses import replace

    choose(page, lambda g: g.kind == "patient-name")
    found, group = page.pane._found, page.pane.group
    page.pane.detail.show_group(found, replace(group, cleanable=0))
    assert not page.pane.detail.clean.isEnabled()
    assert "leave it out" in page.pane.detail.clean.accessibleDescription()
    assert any("leave it out" in text for text in driver.texts())
    page.pane.detail.show_group(found, replace(group, cleanable=len(group) - 1))
    assert page.pane.detail.clean.isEnabled(), "the others can be cleaned"
    assert any("cannot be cleaned and stays open" in text for text in driver.texts())


def test_gaps_stand_by_reason_with_their_files(driver: Driver, page: PrivacyPage) -> None:
    gaps = page.work.not_checked()
    assert gaps, "pictures are not read in these tests"
    driver.until(lambda: page.gaps.tree.topLevelItemCount())
    page.tabs.setCurrentIndex(2)
    seen: list[str] = []
    for at in range(page.gaps.tree.topLevelItemCount()):
        page.gaps.tree.setCurrentItem(page.gaps.tree.topLevelItem(at))
        driver.until(lambda: not driver.window.bridge.busy)
        seen += [page.gaps.model.row(n).texts[0] for n in range(page.gaps.model.rowCount())]
    assert sorted(seen) == sorted(g.path for g in gaps)


def test_nothing_found_says_what_was_looked_at(driver: Driver, tmp_path: Path) -> None:
    study = tmp_path / "cells"
    study.mkdir()
    (study / "counts.csv").write_text("well,count\nA01,12\nA02,15\n", "utf-8")
    driver.new_draft()
    driver.add(study)
    driver.check_privacy()
    page = driver.window.page(StepId.PRIVACY)
    assert driver.now.privacy == ()
    assert page.findings.currentWidget() is not page.pane
    page.tabs.setCurrentIndex(1)
    assert any("1 file was looked at" in text and "not the pictures" in text for text in driver.texts())
    assert page.main_action() is None


def test_a_check_says_what_it_does_and_goes_on_after_a_stop(driver: Driver, page: PrivacyPage) -> None:
    from depositor.gui.privacy import progress

    heads = [progress.words(progress.News(stage, 3, 7))[0] for stage in ("headers", "again", "pictures")]
    assert len(set(heads)) == 3
    assert all("3 of 7" in head for head in heads)
    stages: list[str] = []
    space = driver.window.workspace
    space.activities.changed.connect(lambda: stages.append(space.check_news.stage))
    space.desk.settings.set("privacy_pixels", "sample")
    space.check_again()
    driver.until(lambda: space.check_news.stage == "pictures")
    assert driver.now.privacy, "what headers told is there meanwhile"
    page.main_action().run()
    driver.until(lambda: not space.checking)
    driver.until(lambda: page.main_action() is not None)
    assert not page.work.are_pictures_read
    space.desk.settings.set("privacy_pixels", "none")
    page.main_action().run()
    driver.until(lambda: page.main_action() is None)
    assert page.work.are_pictures_read


def test_how_many_pictures_are_read_can_be_chosen(driver: Driver) -> None:
    driver.new_draft()
    driver.window.show_step(StepId.PRIVACY)
    page = driver.window.page(StepId.PRIVACY)
    which = page.pictures.which
    assert which.currentData() == "none"
    started: list[str] = []
    driver.window.workspace.check_again = lambda: started.append("again")
    which.setCurrentIndex(which.findData("all"))
    which.activated.emit(which.currentIndex())
    driver.until(lambda: started)
    assert driver.window.workspace.desk.settings.get("privacy_pixels") == "all"


# --- the neighbours --------------------------------------------------------------------------------------------------


def test_the_review_says_what_decisions_do(driver: Driver, page: PrivacyPage) -> None:
    choose(page, lambda g: g.kind == "patient-name" and g.files > 1)
    press(page, Qt.Key.Key_C, driver)
    driver.until(lambda: page.pane.group.decided)
    cleaned = page.pane.group.files
    driver.settled()
    driver.window.show_step(StepId.REVIEW)
    review = driver.window.page(StepId.REVIEW)
    driver.until(lambda: review.effect.what.isVisible())
    assert f"{cleaned} files are cleaned" in review.effect.what.text.text()
    assert review.effect.room.isHidden()


def test_the_review_warns_where_the_disk_is_too_small(driver: Driver) -> None:
    from depositor.gui.privacy.effect import Effect
    from depositor.session.copies import Need

    card = driver.window.page(StepId.REVIEW).effect
    card.show_effect(Effect(2, 1, Need(5, 3, 9_000_000_000, 1_000_000_000)), 4)
    assert not card.room.isHidden()
    assert "9.0" in card.room.text.text()
    for words in ("5 files", "3 of them", "2 files or folders", "1 finding stays", "4 names"):
        assert words in card.what.text.text()
    card.show_effect(Effect(0, 0, Need()), 4)
    assert card.isHidden(), "names that an archive does not take are no matter of privacy"


def test_the_help_lists_the_keys(driver: Driver) -> None:
    from PySide6.QtWidgets import QLabel

    from depositor.gui.help import KeyboardHelp

    shown = KeyboardHelp(driver.window)
    texts = [label.text() for label in shown.findChildren(QLabel)]
    assert {"K", "L", "C", "T", "W", "N", "Esc"} <= set(texts)
    shown.deleteLater()


def test_places_are_told_in_words() -> None:
    from depositor.gui.privacy import places

    assert places.words("(0010,1002)[0].(0010,0020)") == "Patient ID"
    assert places.words("label:1,2,3,4") == "on the label of the slide"
    assert places.words("pixels:1,2,3,4:6") == "in the picture, number 7"
    assert places.words("tiff:0:Artist") == "tiff:0:Artist"
    assert places.kind("tiff:3:Artist") == "tiff:*:Artist"


def test_the_receipt_offers_the_report_that_lies_with_it(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from depositor.draft.submission import Receipt, State
    from depositor.gui import dialogs

    driver.new_draft()
    driver.settled()
    given = (State.ACCEPTED, 1, 1, 1, "0" * 64, "2026-11-21T08:00:00Z", "2026-11-21T08:01:00Z", "CC0-1.0", "")
    receipt = Receipt("a", str(tmp_path / "receipt.json"), "practice", "S-1", None, *given)
    driver.window.workspace.situation = replace(driver.now, receipt=receipt)
    page = driver.window.page(StepId.RECEIPT)
    page.renew()
    assert page.report.isHidden(), "a deposit of an earlier version has none"
    (tmp_path / "ethics-report.html").write_text("<p>what was checked</p>", "utf-8")
    page.renew()
    assert not page.report.isHidden()
    target = tmp_path / "for the board.html"
    asked: list[str] = []
    monkeypatch.setattr(dialogs, "save_as", lambda _, title, name, kinds, save: asked.append(name) or save(target))
    page.report.click()
    driver.until(target.exists)
    assert asked == ["ethics-report.html"]
    assert "what was checked" in target.read_text("utf-8")
