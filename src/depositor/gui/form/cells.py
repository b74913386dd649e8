"""Cells that flow into as many columns as there is room for: two columns of a person's answers become one where the
window is narrow or the text large."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

_MOST_COLUMNS = 6


class Cells(QWidget):
    """Cells in columns of at least ``column`` line heights; ``most`` columns at the most. A wide cell takes a row."""

    def __init__(self, column: float = 17, most: int = 2) -> None:
        super().__init__()
        self._column, self._most = column, min(most, _MOST_COLUMNS)
        self._cells: list[tuple[QWidget, bool]] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        room = self.fontMetrics().height()
        self._grid.setHorizontalSpacing(room)
        self._grid.setVerticalSpacing(round(room * 0.6))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_cells(self, cells: Sequence[tuple[QWidget, bool]]) -> None:
        """Show these (cell, wide) in this order."""
        self._cells = list(cells)
        self._arrange(self._fitting())

    def add_cell(self, cell: QWidget, *, wide: bool = False) -> None:
        """Add one at the end."""
        self.show_cells([*self._cells, (cell, wide)])

    @property
    def columns(self) -> int:
        """How many columns there are now."""
        return self._columns

    def minimumSizeHint(self) -> QSize:
        """As narrow as the widest cell: what is side by side now may go below each other."""
        widest = max((c.minimumSizeHint().width() for c, _ in self._cells if not c.isHidden()), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._refit()

    def _refit(self) -> None:
        if self._fitting() != self._columns:
            self._arrange(self._fitting())

    def _fitting(self) -> int:
        return max(1, min(self._most, int(self.width() // (self.fontMetrics().height() * self._column))))

    def _arrange(self, columns: int) -> None:
        self._columns = columns
        while self._grid.count():
            self._grid.takeAt(0)
        for at in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        line = at = 0
        for cell, wide in self._cells:
            if at and (wide or at == columns):
                line, at = line + 1, 0
            self._grid.addWidget(cell, line, at, 1, columns if wide else 1)
            line, at = (line + 1, 0) if wide else (line, at + 1)
