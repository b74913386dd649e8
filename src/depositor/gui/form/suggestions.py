"""A line that suggests terms of a vocabulary while one types."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem

from depositor.gui import theme
from depositor.gui.texts import tr
from depositor.session.forms import suggest

_PAUSE_MS = 80
_SHOWN = 12
_TERM = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class TermLine(QLineEdit):
    """``chosen`` carries the Term that was taken from the list, ``entered`` tells that Enter was pressed elsewhere.

    The list never changes the text by itself: only taking a line does.
    """

    chosen = Signal(object)
    entered = Signal()

    def __init__(self, vocabulary: str | None, hint: str) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self.setPlaceholderText(hint)
        self._model = QStandardItemModel(self)
        self._list = QCompleter(self._model, self)
        self._list.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._list.setMaxVisibleItems(_SHOWN)
        self._list.setWidget(self)
        popup = self._list.popup()
        assert popup is not None
        self._popup = popup
        popup.setItemDelegate(_Suggestion(self))
        self._list.activated[QModelIndex].connect(self._take)  # type: ignore[index]
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.browse)
        self.textEdited.connect(self._typed)

    @property
    def choosing(self) -> bool:
        """True while the list is open."""
        return self._popup.isVisible()

    def browse(self) -> None:
        """Open the list for what is typed; of the commonest terms where nothing is."""
        terms = suggest(self._vocabulary, self.text().strip(), _SHOWN) if self._vocabulary else ()
        self._model.clear()
        for term in terms:
            item = QStandardItem(term.label)
            item.setData(term, _TERM)
            item.setData(f"{term.label}, {term.id}" if term.id else term.label, Qt.ItemDataRole.AccessibleTextRole)
            item.setToolTip(term.description)
            self._model.appendRow(item)
        if terms and self.hasFocus():
            self._popup.setMinimumWidth(max(self.width(), self.fontMetrics().height() * 24))
            self._list.complete()
        else:
            self._popup.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self.choosing and self._vocabulary:
            self.browse()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._pointed():
            self._pause.stop()
            self._popup.hide()
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def _pointed(self) -> bool:
        """True while a line of the open list is marked."""
        return self.choosing and self._popup.currentIndex().isValid()

    def _typed(self) -> None:
        if self._vocabulary:
            self._pause.start()

    def _take(self, index: QModelIndex) -> None:
        self._pause.stop()
        term: Any = index.data(_TERM)
        if term is not None:
            self.setText(term.label)
            self.chosen.emit(term)


class _Suggestion(QStyledItemDelegate):
    """A line of the list: the name, the synonym that was found, and at the end the identifier."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(QColor(theme.current().muted))
        room = option.fontMetrics.height() // 2
        end = Qt.AlignmentFlag.AlignLeft if option.direction == Qt.LayoutDirection.RightToLeft else _RIGHT
        painter.drawText(option.rect.adjusted(room, 0, -room, 0), end | Qt.AlignmentFlag.AlignVCenter, _aside(index))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        size = super().sizeHint(option, index)
        metrics = option.fontMetrics
        return QSize(size.width() + metrics.horizontalAdvance(_aside(index)) + metrics.height() * 2, size.height() + 4)


_RIGHT = Qt.AlignmentFlag.AlignRight


def _aside(index: _Index) -> str:
    term: Any = index.data(_TERM)
    if term is None:
        return ""
    synonym = tr("also {synonym}", synonym=term.matched) if term.matched else ""
    return "   ".join(part for part in (synonym, term.id) if part)
