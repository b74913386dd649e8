"""Questions of a large part are made a few at a time; nobody who uses the form can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from depositor.draft.steps import StepId
from depositor.gui.form import module_view
from depositor.gui.form.taborder import stops
from depositor.session.forms import Asked

if TYPE_CHECKING:
    from gui_driving import Driver

    from depositor.gui.pages.describe import DescribePage


@pytest.fixture
def page(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> DescribePage:
    """The form, with one question made in each turn."""
    monkeypatch.setattr(module_view, "_FIRST_S", 0.0)
    monkeypatch.setattr(module_view, "_TURN_S", 0.0)
    driver.new_draft()
    driver.window.show_step(StepId.DESCRIBE)
    found: DescribePage = driver.window.page(StepId.DESCRIBE)  # type: ignore[assignment]
    driver.until(lambda: found.view.complete)
    driver.settled()
    return found


def asked(page: DescribePage, key: str) -> list[str]:
    module = next(m for m in page.work.form().modules if m.key == key)
    return [f.key for f in module.fields if f.asked is Asked.FORM and not f.const]


def test_the_others_follow_in_their_order(driver: Driver, page: DescribePage) -> None:
    page.show_part("version")
    page.show_part("study")
    assert not page.view.complete
    assert page.view.row("study.title") is not None
    driver.until(lambda: page.view.complete)
    made = [row.field.key for row in page.view.rows.values()]
    assert made == asked(page, "study")
    card = page.view.rows["study.title"].parentWidget().layout()
    placed = [card.indexOf(row) for row in page.view.rows.values()]
    assert placed == sorted(placed)
    assert min(placed) >= 0


def test_the_tab_key_goes_through_all_of_them_at_the_end(driver: Driver, page: DescribePage) -> None:
    page.show_part("version")
    page.show_part("study")
    driver.until(lambda: page.view.complete and page.view._stops == stops(page.view))
    last = [row for row in page.view.rows.values() if not row.isHidden()][-1]
    assert any(last.isAncestorOf(stop) for stop in page.view._stops)


def test_a_question_that_is_jumped_to_is_made_at_once(driver: Driver, page: DescribePage) -> None:
    page.show_part("version")
    page.jump("study.keywords")
    row = page.view.row("study.keywords")
    assert row is not None
    driver.until(lambda: row.isAncestorOf(QApplication.focusWidget()))
    driver.until(lambda: page.view.complete)
    assert row.isAncestorOf(QApplication.focusWidget())


def test_another_part_in_the_middle_leaves_nothing_of_the_first(driver: Driver, page: DescribePage) -> None:
    page.show_part("version")
    page.show_part("study")
    assert not page.view.complete
    page.show_part("version")
    driver.until(lambda: page.view.complete)
    assert all(path.startswith("version") for path in page.view.rows)


def test_a_change_in_the_middle_reaches_every_question(driver: Driver, page: DescribePage) -> None:
    page.show_part("version")
    page.show_part("study")
    assert not page.view.complete
    page.work.edit("study.title", "Cells at night")
    page.work.edit("study.keywords", ["night", "cells"])
    page.refresh()
    driver.until(lambda: page.view.complete)
    assert page.view.rows["study.title"].editor.value() == "Cells at night"
    assert page.view.rows["study.keywords"].editor.value() == ["night", "cells"]


def test_no_question_is_made_for_a_draft_that_is_put_away(driver: Driver, page: DescribePage) -> None:
    page.show_part("version")
    page.show_part("study")
    made = len(page.view._rows)
    driver.window.workspace.close_draft()
    driver.until(lambda: driver.window.current is None)
    assert page.view.complete
    assert len(page.view._rows) == made
