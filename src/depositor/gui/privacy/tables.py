"""Small tables of texts, as dialogs show them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem


def text_table(titles: Sequence[str], name: str) -> QTableWidget:
    """An empty table with headings; ``name`` is what a screen reader says."""
    table = QTableWidget(0, len(titles))
    table.setHorizontalHeaderLabels(list(titles))
    table.setAccessibleName(name)
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return table


def fill(table: QTableWidget, lines: Sequence[Sequence[str]]) -> None:
    """Put the lines into the table; long texts are whole in the tool tip."""
    table.setRowCount(len(lines))
    for at, line in enumerate(lines):
        for column, text in enumerate(line):
            item = QTableWidgetItem(text.replace("\n", " "))
            item.setToolTip(text)
            table.setItem(at, column, item)
