"""The page of the send: limits, pauses, what is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gui_driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from depositor.draft.finding import Choice
from depositor.draft.steps import StepId
from depositor.gui import dialogs
from depositor.gui.widgets.speed import SpeedLimit
from depositor.transfer.ports import FileProgress, Progress


def ready_to_seal(driver: Driver) -> None:
    driver.window.home.try_example()
    driver.until(lambda: driver.window.workspace.situation and driver.now.inventory.complete)
    driver.settled()
    driver.check_privacy()
    driver.decide_all(Choice.EXCLUDE)
    driver.window.show_step(StepId.REVIEW)
    driver.settled()
    driver.window.page(StepId.REVIEW).agree.click()
    driver.settled()


@pytest.mark.parametrize(("kilobytes", "shown"), [(0, "no limit"), (300, "300"), (999, "999"), (1500, "1.5"), (1, "1")])
def test_a_limit_that_is_set_is_never_shown_as_none(driver: Driver, kilobytes: int, shown: str) -> None:
    driver.window.workspace.desk.settings.set("speed_limit", kilobytes)
    driver.new_draft()
    driver.window.show_step(StepId.SEND)
    text = driver.window.page(StepId.SEND)._options.limit.text()
    assert text.startswith(shown)
    assert ("no limit" in text) is (kilobytes == 0)


@pytest.mark.parametrize(
    ("typed", "kilobytes"), [("5 MB/s", 5000), ("0,3 MB", 300), ("300 kB/s", 300), ("2", 2000), ("1 GB/s", 1_000_000)]
)
def test_speeds_are_typed_as_people_write_them(driver: Driver, typed: str, kilobytes: int) -> None:
    box = SpeedLimit()
    driver.qtbot.addWidget(box)
    box.selectAll()
    QTest.keyClicks(box, typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == kilobytes


def test_a_limit_that_is_rounded_when_shown_is_not_changed_by_looking_at_it(driver: Driver) -> None:
    box = SpeedLimit()
    driver.qtbot.addWidget(box)
    box.show_kb(1234)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 1234


def test_the_speed_box_saves_the_setting(driver: Driver) -> None:
    driver.new_draft()
    driver.window.show_step(StepId.SEND)
    driver.window.page(StepId.SEND)._options.limit.stepUp()
    settings = driver.window.workspace.desk.settings
    driver.until(lambda: settings.speed_limit() == 100_000)


def test_a_pause_in_the_first_moment_of_a_start_holds(driver: Driver) -> None:
    ready_to_seal(driver)
    work, transfers = driver.window.workspace.work, driver.window.transfers
    made = work.seal()
    driver.window.workspace.desk.settings.set("speed_limit", 100)
    transfers.find(made.id, lambda found: (transfers.start(found.run.id), transfers.pause(found.run.id)))
    driver.until(lambda: transfers.known(made.id) is not None and transfers.known(made.id).task is not None)
    driver.until(lambda: not transfers.known(made.id).running)
    driver.until(lambda: driver.window.workspace.desk.submission(made.id).paused)
    assert transfers.known(made.id).receipt is None


def test_it_says_what_it_is_doing_with_a_file(driver: Driver) -> None:
    from depositor.gui.widgets.moving import UnderWay

    ready_to_seal(driver)
    made = driver.window.workspace.work.seal()
    driver.window.transfers.find(made.id, lambda _: None)
    driver.until(lambda: driver.window.transfers.known(made.id))
    found = driver.window.transfers.known(made.id)
    moving = (FileProgress(1, "a.tif", 10, 5, checking=True), FileProgress(2, "b.tif", 2000, 5))
    card = UnderWay()
    driver.qtbot.addWidget(card)
    card.show_transfer(replace(found, progress=Progress(active=moving), task=_Running()))  # type: ignore[arg-type]
    assert [name.text() for _, name, _ in card._rows][:2] == [
        "a.tif: checking what is already there",
        "b.tif (2.0\u00a0kB)",
    ]


class _Running:
    finished = False


def test_damaged_settings_are_told_once(driver: Driver) -> None:
    from depositor.gui import app
    from depositor.session.settings import Settings

    desk = driver.window.workspace.desk
    desk.settings.path.write_text("{", "utf-8")
    desk._settings = Settings(desk.settings.path)
    app._begin(driver.window, [], demo=False)
    driver.until(lambda: driver.window.findChildren(dialogs.ProblemDialog))
    (shown,) = driver.window.findChildren(dialogs.ProblemDialog)
    shown.accept()


def test_the_review_names_documents_in_words(driver: Driver) -> None:
    driver.new_draft()
    driver.window.show_step(StepId.REVIEW)
    driver.settled()
    driver.until(lambda: any("RO-Crate" in text for text in driver.texts()))
    line = next(text for text in driver.texts() if "RO-Crate" in text)
    assert "list of checksums" in line
    assert "file-lists" not in line
