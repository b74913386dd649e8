"""Tables over a store: only what is looked at is fetched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from depositor.gui.bridge import Bridge
from depositor.gui.paged import PAYLOAD, WINDOW, Column, PagedModel, PagedTable, Row, Source

MANY = 1_000_000


class Store:
    """A million rows that are made when asked for."""

    def __init__(self, rows: int = MANY, word: str = "row") -> None:
        self.rows, self.word = rows, word
        self.asked: list[tuple[int, int]] = []

    def source(self) -> Source:
        return Source(lambda: self.rows, self.fetch)

    def fetch(self, offset: int, limit: int) -> list[Row]:
        self.asked.append((offset, limit))
        return [Row((f"{self.word} {n}", str(n)), n) for n in range(offset, min(self.rows, offset + limit))]


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[PagedModel]:
    bridge = Bridge()
    yield PagedModel(bridge, (Column(lambda: "Name"), Column(lambda: "Number", number=True)))
    bridge.stop()


def text(model: PagedModel, row: int) -> str | None:
    found = model.data(model.index(row, 0))
    assert found is None or isinstance(found, str)
    return found


def test_a_million_rows_cost_one_window(model: PagedModel, qtbot: QtBot) -> None:
    store = Store()
    model.show(store.source())
    qtbot.waitUntil(lambda: model.rowCount() == MANY)
    assert text(model, 0) == "row 0"
    assert store.asked == [(0, WINDOW)]


def test_far_rows_come_when_they_are_looked_at(model: PagedModel, qtbot: QtBot) -> None:
    store = Store()
    model.show(store.source())
    qtbot.waitUntil(lambda: model.rowCount() == MANY)
    assert text(model, 777_777) is None
    qtbot.waitUntil(lambda: text(model, 777_777) == "row 777777")
    assert model.data(model.index(777_777, 1), PAYLOAD) == 777_777
    assert len(store.asked) == 2


def test_fast_scrolling_leaves_windows_out(model: PagedModel, qtbot: QtBot) -> None:
    store = Store()
    model.show(store.source())
    qtbot.waitUntil(lambda: model.rowCount() == MANY)
    for row in range(0, MANY, 10 * WINDOW):
        text(model, row)
    last = (MANY - 1) // (10 * WINDOW) * 10 * WINDOW
    qtbot.waitUntil(lambda: text(model, last) is not None)
    assert len(store.asked) < 12


def test_another_source_replaces_the_rows_and_late_answers_are_dropped(model: PagedModel, qtbot: QtBot) -> None:
    model.show(Store(10, "old").source())
    model.show(Store(3, "new").source())
    qtbot.waitUntil(lambda: model.rowCount() == 3)
    assert text(model, 2) == "new 2"
    model.show(None)
    assert model.rowCount() == 0


def test_it_keeps_qts_rules(model: PagedModel, qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    model.show(Store(500).source())
    qtbot.waitUntil(lambda: model.rowCount() == 500)
    qtmodeltester.check(model)
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Number"


def test_the_table_draws_the_last_of_a_million(model: PagedModel, qtbot: QtBot) -> None:
    table = PagedTable(model)
    qtbot.addWidget(table)
    table.show()
    model.show(Store().source())
    qtbot.waitUntil(lambda: model.rowCount() == MANY)
    table.scrollToBottom()
    qtbot.waitUntil(lambda: text(model, MANY - 1) == f"row {MANY - 1}")
