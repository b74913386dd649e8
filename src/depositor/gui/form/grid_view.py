"""A table that is used like a spreadsheet: arrows, Tab, Enter, F2, blocks copied and pasted, lines moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QHeaderView, QTableView

from depositor.gui.form import grid_cells
from depositor.gui.form.grid_delegate import CellDelegate
from depositor.gui.form.grid_model import GridModel, Index
from depositor.gui.texts import tr

if TYPE_CHECKING:
    from depositor.gui.form.editors import Editor
    from depositor.session.forms import Field

_LEAST, _MOST, _WIDEST = 4, 14, 16  # lines shown, and the width of a column in heights of a line
_CLEARING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_ENTERING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class GridView(QTableView):
    """Tab enters the table and, pressed again, passes it; once somebody works in it, Tab goes from cell to cell."""

    moved = Signal()  # another cell is current

    def __init__(self, model: GridModel, make: Callable[[Field], Editor]) -> None:
        super().__init__()
        self._model = model
        self._within = False  # whether somebody works in it
        self.setModel(model)
        self.cells = CellDelegate(self, model, make)
        self.setItemDelegate(self.cells)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self._head()
        self.cells.leave.connect(self._after_editing)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self.fit)
        self.fit_columns()
        self.fit()

    def _head(self) -> None:
        head, side = self.horizontalHeader(), self.verticalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setHighlightSections(False)
        corner = self.findChild(QAbstractButton)
        if corner is not None:
            corner.setAccessibleName(tr("Select all"))

    # --- size ----------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """As high as its lines, up to some; then it scrolls."""
        line = round(self.fontMetrics().height() * 1.9)
        self.verticalHeader().setDefaultSectionSize(line)
        lines = max(_LEAST, min(_MOST, self._model.rowCount()))
        bar = self.horizontalScrollBar().sizeHint().height()
        height = self.horizontalHeader().sizeHint().height() + lines * line + bar + 2 * self.frameWidth()
        if height != self.minimumHeight():
            self.setFixedHeight(height)

    def fit_columns(self) -> None:
        """As wide as headings and answers need, the rest of the room shared."""
        metrics = self.fontMetrics()
        line = metrics.height()
        wanted = []
        for at, _ in enumerate(self._model.fields):
            head = str(self._model.headerData(at, Qt.Orientation.Horizontal))
            texts = (str(self._model.data(self._model.index(r, at)) or "") for r in range(self._model.rowCount()))
            widest = max((metrics.horizontalAdvance(text) for text in (head, *texts)), default=0)
            wanted.append(min(widest + line * 2, line * _WIDEST))
        spare = self.viewport().width() - sum(wanted)
        more = spare // len(wanted) if spare > 0 and wanted else 0
        for at, width in enumerate(wanted):
            self.setColumnWidth(at, width + more)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 12, super().minimumSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "cells"):
            self.fit()
            self.fit_columns()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The page scrolls on where the table has nothing left to scroll."""
        super().wheelEvent(event)
        if not self.hasFocus() and not self.isAncestorOf(QApplication.focusWidget() or self.window()):
            event.ignore()

    # --- where one is --------------------------------------------------------------------------------------------

    def go(self, row: int, column: int, *, edit: bool = False) -> None:
        """Make a cell current, and open it where ``edit``."""
        index = self._model.index(row, column)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)
            self._within = True
            if edit:
                self.edit(index)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.moved.emit()

    def lines(self) -> list[int]:
        """The lines that are selected, else the current one."""
        chosen = sorted({i.row() for i in self.selectedIndexes()})
        current = self.currentIndex()
        return chosen or ([current.row()] if current.isValid() else [])

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = Qt.FocusReason
        if event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason):
            self._within = False
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._model.columnCount():
            self.setCurrentIndex(self._model.index(0, 0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._within = True
        super().mousePressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002
        if self._within and self.hasFocus() and self._step(1 if next else -1):
            return True
        self._within = False
        return super().focusNextPrevChild(next)

    def _step(self, by: int) -> bool:
        """To the next cell as one reads; False at the end."""
        current, columns = self.currentIndex(), len(self._model.fields)
        place = current.row() * columns + current.column() + by
        if not current.isValid() or not 0 <= place < columns * self._model.rowCount():
            return False
        self.go(place // columns, place % columns)
        return True

    def _after_editing(self, way: str) -> None:
        """A cell was left with a key."""
        current = self.currentIndex()
        self.setFocus()
        self._within = True
        if way == "down":
            self.go(current.row() + 1, current.column())
        elif way in ("next", "back") and not self._step(1 if way == "next" else -1):
            self.focusNextPrevChild(way == "next")

    # --- keys ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys, current = QKeySequence.StandardKey, self.currentIndex()
        if event.matches(keys.Copy):
            self.copy()
        elif event.matches(keys.Cut):
            self.copy()
            self._model.empty(self.selectedIndexes())
        elif event.matches(keys.Paste):
            self.paste()
        elif event.key() in _CLEARING and not event.modifiers():
            self._model.empty(self.selectedIndexes())
        elif event.key() in _ENTERING and current.isValid():
            self.go(current.row() + 1, current.column())
        elif event.key() == Qt.Key.Key_Escape and self._within:
            self._within = False  # the next Tab leaves the table
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.shift(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            self._within = self._within or event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Shift)
            super().keyPressEvent(event)

    def shift(self, by: int) -> None:
        """Move the current line up (-1) or down (1)."""
        current = self.currentIndex()
        if current.isValid() and self._model.move(current.row(), by):
            self.go(current.row() + by, current.column())

    # --- blocks --------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Put the selected block on the clipboard, for here and for spreadsheets."""
        chosen = self.selectedIndexes()
        if not chosen:
            return
        columns = sorted({i.column() for i in chosen})
        rows = sorted({i.row() for i in chosen})
        fields = [self._model.fields[at] for at in columns]
        records = [self._model.records[at] if at < len(self._model.records) else {} for at in rows]
        data = QMimeData()
        data.setText(grid_cells.as_text(fields, records))
        data.setData(grid_cells.OWN, grid_cells.as_own(fields, records))
        QApplication.clipboard().setMimeData(data)

    def paste(self) -> None:
        """Fill in what is on the clipboard from the current cell on; one cell fills all that are selected."""
        found, current = QApplication.clipboard().mimeData(), self.currentIndex()
        if found is None or not current.isValid():
            return
        own = grid_cells.from_own(bytes(found.data(grid_cells.OWN).data())) if found.hasFormat(grid_cells.OWN) else None
        block = own or grid_cells.from_text(found.text())
        if not block:
            return
        rows = sorted({i.row() for i in self.selectedIndexes()} or {current.row()})
        columns = sorted({i.column() for i in self.selectedIndexes()} or {current.column()})
        if len(block) == 1 and len(block[0]) == 1:
            block = (tuple(block[0]) * len(columns),) * len(rows)
        high, wide = self._model.put_block(rows[0], columns[0], block, own=own is not None)
        self._choose(rows[0], columns[0], high, wide)

    def _choose(self, top: int, left: int, high: int, wide: int) -> None:
        last = self._model.index(top + max(high, 1) - 1, min(left + max(wide, 1), len(self._model.fields)) - 1)
        block = QItemSelection(self._model.index(top, left), last)
        self.selectionModel().select(block, QItemSelectionModel.SelectionFlag.ClearAndSelect)
