"""From an empty window to a receipt, with real files and the practice archive."""

from __future__ import annotations

import json
from pathlib import Path

from gui_driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QWidget

from depositor.draft.finding import Choice
from depositor.draft.steps import StepId
from depositor.draft.submission import State

ALT = Qt.KeyboardModifier.AltModifier


def named(text: str) -> object:
    """A test for the button with this text (without its mark for the access key)."""

    def fits(widget: QWidget) -> bool:
        return isinstance(widget, QAbstractButton) and widget.text().replace("&", "") == text

    return fits


def to_review(driver: Driver) -> None:
    driver.until(lambda: driver.window.workspace.work is not None)
    driver.until(lambda: driver.window.workspace.situation and driver.now.inventory.complete)
    driver.settled()
    driver.check_privacy()
    driver.decide_all(Choice.EXCLUDE)
    driver.window.show_step(StepId.REVIEW)
    driver.settled()


def to_receipt(driver: Driver) -> None:
    driver.until(lambda: driver.window.current is StepId.RECEIPT)
    driver.until(lambda: driver.now.receipt is not None)
    driver.settled()


def test_the_whole_way_with_the_example(driver: Driver, tmp_path: Path) -> None:
    driver.window.home.try_example()
    to_review(driver)
    review = driver.window.page(StepId.REVIEW)
    action = review.main_action()
    assert action is not None
    assert not action.enabled
    review.agree.click()
    driver.settled()
    action = review.main_action()
    assert action is not None
    assert action.enabled, action.why_not
    driver.window.bottom.main.click()
    to_receipt(driver)
    receipt = driver.now.receipt
    assert receipt is not None
    assert receipt.state in (State.ACCEPTED, State.PUBLIC)
    assert receipt.bytes_sent >= receipt.bytes > 0
    page = driver.window.page(StepId.RECEIPT)
    assert page.number.text() == receipt.accession
    page.copy_number.click()
    assert QGuiApplication.clipboard().text() == receipt.accession
    assert json.loads(Path(receipt.receipt).read_text("utf-8"))["accession"] == receipt.accession
    page.verify()
    driver.until(lambda: page.verify_button.isEnabled())
    assert "unchanged" in page.checked.head.text()
    driver.window.show_step(None)
    driver.settled()
    driver.until(lambda: any(receipt.accession in label for label in driver.texts()))


def test_the_whole_way_by_keyboard_alone(driver: Driver) -> None:
    driver.window.activateWindow()
    driver.tab_to(named("Try it with example data"))
    driver.press(Qt.Key.Key_Space)
    driver.until(lambda: driver.window.workspace.situation and driver.now.inventory.complete)
    driver.settled()
    while driver.window.current is not StepId.PRIVACY:
        before = driver.window.current
        driver.press(Qt.Key.Key_N, ALT)
        driver.until(lambda was=before: driver.window.current is not was)
        driver.settled()
    driver.until(lambda: driver.now.privacy is not None)
    driver.settled()
    driver.decide_all()
    driver.press(Qt.Key.Key_N, ALT)
    driver.until(lambda: driver.window.current is StepId.REVIEW)
    driver.settled()
    driver.tab_to(lambda w: isinstance(w, QCheckBox) and "may publish" in w.text())
    driver.press(Qt.Key.Key_Space)
    driver.settled()
    driver.press(Qt.Key.Key_S, ALT)
    to_receipt(driver)
    assert QApplication.focusWidget() is not None


def test_a_pause_holds_and_going_on_finishes(driver: Driver, tmp_path: Path) -> None:
    driver.window.home.try_example()
    to_review(driver)
    review = driver.window.page(StepId.REVIEW)
    review.agree.click()
    driver.settled()
    driver.window.workspace.desk.settings.set("speed_limit", 300)
    review.seal()
    driver.until(lambda: driver.window.current is StepId.SEND)
    send = driver.window.page(StepId.SEND)
    driver.until(lambda: send.transfer is not None and send.transfer.running)
    send.pause()
    driver.until(lambda: not send.transfer.running)
    assert driver.window.workspace.desk.submissions()[0].paused
    send.go_on()
    send.transfer.run.limit(None)
    to_receipt(driver)
