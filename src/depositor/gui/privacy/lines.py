"""Draws the entries of the list of kinds: a sentence that wraps, and a quieter line of counts below it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget, QWidget

from depositor.gui import theme

_INDEX = QModelIndex | QPersistentModelIndex
_WRAP = int(Qt.TextFlag.TextWordWrap)
_MOST_LINES = 4


class TwoLines(QStyledItemDelegate):
    """The text up to the first line end wraps; what follows is one muted line."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: _INDEX) -> QSize:
        metrics = option.fontMetrics
        head, _, rest = str(index.data() or "").partition("\n")
        height = self._head_height(metrics, head, self._width(metrics, index)) + (metrics.height() if rest else 0)
        return QSize(metrics.height() * 8, height + round(metrics.height() * 0.7))

    def _head_height(self, metrics: QFontMetrics, head: str, width: int) -> int:
        found = metrics.boundingRect(QRect(0, 0, max(width, 1), 10_000), _WRAP, head).height()
        return min(found, metrics.height() * _MOST_LINES)

    def _width(self, metrics: QFontMetrics, index: _INDEX) -> int:
        """What is left for the words beside arrows and icon."""
        deep = 2 if index.parent().isValid() else 1
        return self._tree.viewport().width() - self._tree.indentation() * deep - round(metrics.height() * 2.2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _INDEX) -> None:
        style = option.widget.style() if option.widget is not None else self._tree.style()
        chosen = QStyleOptionViewItem(option)
        self.initStyleOption(chosen, index)
        head, _, rest = str(index.data() or "").partition("\n")
        chosen.text, icon = "", QIcon(chosen.icon)  # a copy: what the option holds is emptied
        chosen.icon = QIcon()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, chosen, painter, option.widget or QWidget())
        painter.save()
        self._write(painter, option, icon, head, rest)
        painter.restore()

    def _write(self, painter: QPainter, option: QStyleOptionViewItem, icon: QIcon, head: str, rest: str) -> None:
        metrics, room = option.fontMetrics, option.rect
        line = metrics.height()
        edge = round(line * 1.1)
        pad = round(line * 0.35)
        mirrored = option.direction is Qt.LayoutDirection.RightToLeft
        at = room.right() - edge - pad if mirrored else room.left() + pad
        icon.paint(painter, QRect(at, room.top() + pad, edge, edge))
        left = room.left() + pad if mirrored else room.left() + edge + 2 * pad
        words = QRect(left, room.top() + pad, room.width() - edge - 3 * pad, room.height() - 2 * pad)
        side = int(Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft)
        colors = theme.current()
        painter.setPen(QColor(colors.text))
        top = self._head_height(metrics, head, words.width())
        painter.drawText(words.adjusted(0, 0, 0, top - words.height()), side | _WRAP, head)
        painter.setPen(QColor(colors.muted))
        below = QRect(words.left(), words.top() + top, words.width(), line)
        painter.drawText(below, side, metrics.elidedText(rest, Qt.TextElideMode.ElideRight, words.width()))
