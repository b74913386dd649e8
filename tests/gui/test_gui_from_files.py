"""The page tells what headers changed, and brings back what was removed when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from depositor import resources
from depositor.draft.steps import StepId
from depositor.form.prefill import Renewal

if TYPE_CHECKING:
    from gui_driving import Driver

FORMAT = "image_data[0].format_and_compression"


def described(driver: Driver):
    driver.new_draft("bioimage-archive")
    driver.add(resources.path("examples/images"))
    driver.window.show_step(StepId.DESCRIBE)
    driver.settled()
    return driver.window.page(StepId.DESCRIBE)


def test_a_removed_record_comes_back_when_one_asks_for_it(driver: Driver) -> None:
    page = described(driver)
    page.show_part("image_data")
    number = len(page.work.draft.get("image_data"))
    assert page.from_files.isHidden()
    page._remove(0)
    driver.settled()
    assert not page.from_files.removed.isHidden()
    page.work.prefill()
    assert len(page.work.draft.get("image_data")) == number - 1
    page.from_files.recall.click()
    driver.until(lambda: len(page.work.draft.get("image_data")) == number)
    driver.until(lambda: page.from_files.isHidden())


def test_a_value_that_was_taken_away_is_a_button_away(driver: Driver) -> None:
    page = described(driver)
    page.show_part("image_data")
    told = page.work.draft.get(FORMAT)
    page._edited(FORMAT, None)
    driver.settled()
    row = page.view.rows[FORMAT]
    assert any(told in label.text() for label in row.findChildren(QLabel))
    row.take(told)
    assert page.work.draft.get(FORMAT) == told
    assert page.work.draft.origins[FORMAT].file


def test_what_changed_with_the_files_is_told_once(driver: Driver) -> None:
    page = described(driver)
    page.show_part("image_data")
    page.work.renewed = (
        Renewal(FORMAT, "CZI", "OME-TIFF", "a.tif"),
        Renewal("image_data[0].size_description", "x", None),
    )
    page.refresh()
    words = " ".join(label.text() for label in page.from_files.findChildren(QLabel))
    assert "2 answers changed with the files." in words
    assert "CZI became OME-TIFF" in words
    assert "x became nothing any more" in words
    page.from_files.note.click()
    page.refresh()
    assert page.from_files.isHidden()
