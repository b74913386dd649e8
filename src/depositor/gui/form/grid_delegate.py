"""How cells of a table look, and the editors that open in them: the same as anywhere in the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from shiboken6 import isValid

from depositor.gui import theme
from depositor.gui.form.editors import Editor
from depositor.gui.form.grid_model import GridModel, Index, cell_name
from depositor.gui.form.suggestions import TermLine
from depositor.gui.form.terms import TermEditor
from depositor.gui.texts import say

if TYPE_CHECKING:
    from depositor.session.forms import Field

_LEAST = 17  # heights of a line: of an editor in a narrow cell
_WAYS = {
    Qt.Key.Key_Tab: "next",
    Qt.Key.Key_Backtab: "back",
    Qt.Key.Key_Return: "down",
    Qt.Key.Key_Enter: "down",
    Qt.Key.Key_Escape: "stay",
}
_PASSING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.MenuBarFocusReason)


class CellDelegate(QStyledItemDelegate):
    """What is typed in a cell is in the draft at once; Escape puts back what stood there. ``leave`` tells which key
    ended the editing: ``next``, ``back``, ``down`` or ``stay``."""

    leave = Signal(str)

    def __init__(self, view: QWidget, model: GridModel, make: Callable[[Field], Editor]) -> None:
        super().__init__(view)
        self._model, self._make = model, make
        self._editor: Editor | None = None
        self._before: Any = None
        self._index: Any = None

    @property
    def editor(self) -> Editor | None:
        """The editor that is open."""
        return self._editor if self._editor is not None and isValid(self._editor) else None

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = self._model.fields[index.column()]
        editor = self._make(field)
        editor.setParent(parent)
        editor.setAutoFillBackground(True)
        if isinstance(editor, TermEditor):
            editor.in_cell = True
        wrong = [say(f.message) for f in self._model.findings(index)]
        editor.name(cell_name(field, index.row()), " ".join((say(field.help), *wrong)))
        self._editor, self._before = editor, self._model.answer(index)
        self._index = QPersistentModelIndex(index)
        editor.show_value(self._before)
        editor.changed.connect(self._typed)
        self._watch(editor)
        return editor

    def _watch(self, editor: Editor) -> None:
        """Keys and the loss of the keyboard are met where they arrive: at the field inside the editor."""
        inner: QWidget = editor
        while (proxy := inner.focusProxy()) is not None:
            inner = proxy
        inner.installEventFilter(self)
        line = inner.lineEdit() if isinstance(inner, QComboBox) else None
        if line is not None:
            line.installEventFilter(self)
        if isinstance(inner, TermLine):
            inner.entered.connect(lambda: self._end("down"))
            inner.chosen.connect(lambda _: QTimer.singleShot(0, self, lambda: self._end("down")))
        elif isinstance(inner, QLineEdit):
            inner.selectAll()

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, Editor):
            editor.show_value(self._model.answer(index))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, Editor):
            self._model.setData(index, editor.value())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """As wide as its parts need, beyond its cell where that is narrow; within the table."""
        parent = editor.parentWidget()
        place = QRect(option.rect)
        roomy = editor.fontMetrics().height() * _LEAST if isinstance(editor, TermEditor) else 0
        wanted = max(place.width(), editor.minimumSizeHint().width(), roomy)
        wanted = min(wanted, parent.width() if parent else wanted)
        if option.direction == Qt.LayoutDirection.RightToLeft:
            place.setLeft(max(0, place.right() - wanted + 1))
        place.setWidth(wanted)
        if parent is not None and place.right() > parent.width():
            place.moveRight(max(wanted, parent.width()) - 1)
        high = max(place.height(), editor.minimumSizeHint().height())
        place.setTop(max(0, place.center().y() - high // 2))
        place.setHeight(high)
        editor.setGeometry(place)

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        if editor is self._editor:
            self._editor = None
        super().destroyEditor(editor, index)

    # --- ending --------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.editor is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _WAYS:
            event.accept()  # Escape and Enter are of the cell, not of the window
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(watched, event)
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in _PASSING:
                QTimer.singleShot(0, self, self._left)
            return False
        return False

    def _key(self, watched: QObject, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        entering = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if key not in _WAYS or (entering and isinstance(watched, TermLine)):
            return False
        self._end(_WAYS[key], back=key is Qt.Key.Key_Escape)
        return True

    def _left(self) -> None:
        """The keyboard went elsewhere; within the editor (its button, its list) it stays open."""
        editor = self.editor
        if editor is None:
            return
        now = QApplication.focusWidget()
        if now is None or not (now is editor or editor.isAncestorOf(now) or now.window() is not editor.window()):
            self.closeEditor.emit(editor)

    def _end(self, way: str, *, back: bool = False) -> None:
        editor = self.editor
        if editor is None:
            return
        if back:
            self._model.setData(self._index, self._before)
        self._editor = None
        self.closeEditor.emit(editor)
        self.leave.emit(way)

    def _typed(self) -> None:
        editor = self.editor
        if editor is not None and self._index is not None and self._index.isValid():
            self._model.setData(self._index, editor.value())

    # --- looks ---------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        plain = QStyleOptionViewItem(option)
        plain.state &= ~QStyle.StateFlag.State_HasFocus
        super().paint(painter, plain, index)
        if focused:
            painter.save()
            painter.setPen(QPen(QColor(theme.current().focus), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))
            painter.restore()
