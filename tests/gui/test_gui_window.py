"""The window as a person meets it."""

from __future__ import annotations

import shutil
from pathlib import Path

from gui_driving import Driver
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QDialog

from depositor import resources
from depositor.draft.finding import Choice
from depositor.draft.steps import StepId, StepState
from depositor.gui import dialogs
from depositor.gui.theme import DARK, LIGHT, Scheme, current

PICTURES = resources.path("examples/images")


def test_a_folder_dropped_on_the_home_page_begins_a_deposit(driver: Driver, tmp_path: Path) -> None:
    folder = tmp_path / "größe 画像"
    shutil.copytree(PICTURES, folder)
    assert driver.drop(driver.window, folder)
    driver.until(lambda: driver.window.workspace.situation and driver.now.inventory.complete)
    driver.settled()
    assert driver.window.current is StepId.FILES
    assert [g.path for g in driver.now.draft.files] == [str(folder)]
    assert driver.now.inventory.files == sum(p.is_file() for p in folder.rglob("*"))


def test_a_folder_dropped_on_any_page_is_added(driver: Driver, tmp_path: Path) -> None:
    driver.new_draft()
    driver.window.show_step(StepId.REVIEW)
    assert driver.drop(driver.window, tmp_path)
    assert driver.window.current is StepId.FILES
    driver.until(lambda: [g.path for g in driver.window.workspace.work.draft.files] == [str(tmp_path)])
    driver.settled()


def test_what_is_no_file_is_not_taken(driver: Driver) -> None:
    from PySide6.QtCore import QMimeData, QPoint
    from PySide6.QtGui import QDragEnterEvent

    data = QMimeData()
    data.setText("just words")
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    QApplication.sendEvent(driver.window, enter)
    assert not enter.isAccepted()


def test_the_files_page_shows_what_was_found(driver: Driver) -> None:
    driver.new_draft()
    driver.add(PICTURES)
    page = driver.window.page(StepId.FILES)
    driver.until(lambda: page.sets.rowCount() == driver.now.inventory.sets)
    assert page.sets.rowCount() > 2
    driver.until(lambda: page.sets.row(0) is not None)
    page.tabs.setCurrentIndex(1)
    gallery = page.gallery
    driver.until(lambda: gallery.count() and not gallery.item(0).icon().isNull())
    driver.until(lambda: gallery.pictures >= 1)


def test_a_removed_folder_is_gone_from_the_totals(driver: Driver) -> None:
    driver.new_draft()
    driver.add(PICTURES)
    driver.window.workspace.work.remove_path(str(PICTURES))
    driver.window.workspace.start_scan()
    driver.until(lambda: not driver.now.draft.files and driver.now.inventory.files == 0)


def test_the_steps_say_how_they_stand(driver: Driver) -> None:
    driver.new_draft(None)
    spoken = driver.window.steps.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    driver.until(lambda: "to do" in driver.window.steps.item(0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "Archive" in spoken
    receipt = driver.window.steps.item(7)
    assert not receipt.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "The receipt comes after the send." in receipt.data(Qt.ItemDataRole.AccessibleTextRole)


def test_choosing_an_archive_is_one_change_that_can_be_undone(driver: Driver) -> None:
    driver.new_draft(None)
    page = driver.window.page(StepId.ARCHIVE)
    driver.until(lambda: page.cards)
    page.cards["practice"][0].radio.click()
    driver.settled()
    assert driver.now.draft.archive == "practice"
    assert driver.now.capabilities is not None
    driver.window.workspace.work.undo()
    driver.settled()
    assert driver.now.draft.archive is None
    assert not page.cards["practice"][0].radio.isChecked()


def test_archives_that_are_not_built_cannot_be_chosen_and_say_so(driver: Driver) -> None:
    driver.new_draft(None)
    page = driver.window.page(StepId.ARCHIVE)
    driver.until(lambda: page.cards)
    card, _ = page.cards["empiar"]
    assert not card.isEnabled()
    assert card.badge.isVisibleTo(card)


def test_language_changes_while_the_window_is_open(driver: Driver) -> None:
    driver.new_draft()
    driver.window.show_step(StepId.FILES)
    page = driver.window.page(StepId.FILES)
    english = page.title.text()
    driver.window.looks.set_language("xx-rtl")
    driver.until(lambda: page.title.text() != english)
    assert QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert "!!" in driver.window.bottom.next.text()
    assert "!!" in driver.window.menuBar().actions()[0].text()
    driver.window.looks.set_language("en")
    driver.until(lambda: page.title.text() == english)
    assert QApplication.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_colours_and_text_size_change_while_the_window_is_open_and_are_remembered(driver: Driver) -> None:
    looks, settings = driver.window.looks, driver.window.workspace.desk.settings
    title = driver.window.home.title
    before = title.font().pointSizeF()
    looks.set_scheme(Scheme.DARK)
    assert current() is DARK
    looks.set_text_percent(200)
    driver.until(lambda: title.font().pointSizeF() > 1.9 * before)
    assert (settings.get("theme"), settings.get("text_scale")) == ("dark", 200)
    looks.set_scheme(Scheme.LIGHT)
    looks.set_text_percent(100)
    assert current() is LIGHT


def test_what_was_typed_is_there_when_the_window_opens_again(driver: Driver) -> None:
    driver.new_draft()
    work = driver.window.workspace.work
    work.edit("study.title", "Zellen im Müsli")
    driver.window.close()
    assert driver.window.workspace.work is None
    assert [d.title for d in driver.window.workspace.desk.drafts()] == ["Zellen im Müsli"]


def test_the_head_tells_when_a_change_is_not_saved(driver: Driver) -> None:
    driver.new_draft()
    driver.window.workspace.work.edit("study.title", "x")
    driver.until(lambda: driver.window.head.saved.text() == "All changes saved")


def test_privacy_findings_are_masked_until_one_asks(driver: Driver, tmp_path: Path) -> None:
    secret = tmp_path / "study" / "Meier_Hans_1961-04-12.tif"
    secret.parent.mkdir()
    shutil.copy(next(PICTURES.rglob("*.tif")), secret)
    driver.new_draft()
    driver.add(secret.parent)
    driver.check_privacy()
    assert driver.now.privacy
    page = driver.window.page(StepId.PRIVACY)
    model = page.pane.detail.model
    driver.until(lambda: model.rowCount() and model.row(0))
    found = model.row(0)
    assert found.value.evidence not in found.texts
    page.pane.detail.show_evidence.setChecked(True)
    driver.until(lambda: model.row(0) and model.row(0).value.evidence in model.row(0).texts)


def test_a_decision_carries_who_and_why_and_settles_the_step(driver: Driver, tmp_path: Path) -> None:
    secret = tmp_path / "study" / "Meier_Hans_1961-04-12.tif"
    secret.parent.mkdir()
    shutil.copy(next(PICTURES.rglob("*.tif")), secret)
    driver.new_draft()
    driver.add(secret.parent)
    driver.check_privacy()
    driver.decide_all(Choice.KEEP)
    decision = driver.now.draft.decisions[-1]
    assert (decision.by, decision.why) == ("Ada Lovelace", "for the test")
    step = next(s for s in driver.window.workspace.work.steps() if s.id is StepId.PRIVACY)
    assert step.state is StepState.DONE


def test_keeping_needs_a_reason(driver: Driver) -> None:
    from depositor.gui.widgets.decide import Reason

    dialog = Reason(driver.window, Choice.KEEP, 3, "Ada")
    assert not dialog.agree.isEnabled()
    dialog.why.setPlainText("they agreed")
    assert dialog.agree.isEnabled()
    dialog.who.clear()
    assert not dialog.agree.isEnabled()
    dialog.deleteLater()


def test_an_unforeseen_error_is_told_once_and_the_window_lives(driver: Driver) -> None:
    from depositor.session import logs

    for _ in range(3):
        logs.defect(ZeroDivisionError("secret"))
    driver.until(lambda: driver.window.findChildren(dialogs.ProblemDialog))
    QApplication.sendPostedEvents()
    shown = driver.window.findChildren(QDialog)
    assert len(shown) == 1
    shown[0].accept()


def test_the_report_for_the_help_desk_holds_nothing_private(driver: Driver, tmp_path: Path) -> None:
    from depositor.gui.help import HelpDeskReport

    folder = tmp_path / "SECRETFOLDER"
    folder.mkdir()
    driver.new_draft()
    driver.window.workspace.work.edit("study.title", "SECRETTITLE")
    driver.add(folder)
    dialog = HelpDeskReport(driver.window)
    text = dialog.text.toPlainText()
    assert "step files" in text
    assert "SECRET" not in text
    assert str(tmp_path) not in text
    dialog.deleteLater()


def test_the_keyboard_help_lists_the_menus_keys(driver: Driver) -> None:
    from depositor.gui.help import KeyboardHelp
    from depositor.gui.widgets.basics import Label

    dialog = KeyboardHelp(driver.window)
    words = {label.text() for label in dialog.findChildren(Label)}
    assert {"F6", "Ctrl+Z", "New deposit"} <= words
    dialog.deleteLater()


def test_a_draft_that_is_open_elsewhere_is_refused_politely(driver: Driver, tmp_path: Path) -> None:
    from depositor.session.desk import Desk

    other = Desk(driver.window.workspace.desk.home)
    taken = other.new_draft("practice", "Taken")
    driver.window.workspace.open_draft(taken.id)
    driver.until(lambda: driver.window.findChildren(dialogs.ProblemDialog))
    assert driver.window.workspace.work is None
    for dialog in driver.window.findChildren(dialogs.ProblemDialog):
        dialog.accept()
    other.close()


def test_the_window_opens_with_one_page_and_makes_the_others_before_they_are_needed(driver: Driver) -> None:
    assert driver.window.stack.count() == 1
    driver.new_draft()
    assert driver.window.stack.count() < 1 + len(StepId)
    driver.until(lambda: driver.window.stack.count() == 1 + len(StepId))


def test_language_change_reaches_a_page_that_is_not_shown(driver: Driver) -> None:
    driver.new_draft()
    page = driver.window.page(StepId.RECEIPT)
    QApplication.sendEvent(page, QEvent(QEvent.Type.LanguageChange))
    assert page.title.text() == "Your receipt"
