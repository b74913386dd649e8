"""How terms look: their identifier, and the lines of a list of suggestions."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from depositor.gui import theme
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Label

TERM = Qt.ItemDataRole.UserRole
_EDGE = 4  # from the edge of a line to its name, as the style has it
_SHORT = 16  # letters; longer explanations stand in a line of their own
_Index = QModelIndex | QPersistentModelIndex
_END = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute  # a painter turns the others with the language
_START = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute


def id_pill(text: str) -> Label:
    """An identifier, which reads from the left in every language."""
    pill = Label(text, "pill", wrap=False)
    pill.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    pill.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return pill


class Suggestion(QStyledItemDelegate):
    """The name and, at the end, the synonym that was found and the identifier; below it a plain explanation."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        below = _below(index)
        half = option.fontMetrics.height() + 4
        upper = QStyleOptionViewItem(option)
        if below:
            style = option.widget.style() if option.widget else QApplication.style()
            style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
            upper.rect = QRect(option.rect.left(), option.rect.top() + 2, option.rect.width(), half)
        super().paint(painter, upper, index)
        painter.save()
        painter.setPen(QColor(theme.current().muted))
        room = option.fontMetrics.height() // 2
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        middle = Qt.AlignmentFlag.AlignVCenter
        place = upper.rect.adjusted(room, 0, -room, 0)
        painter.drawText(place, (_START if mirrored else _END) | middle, _aside(index))
        if below:
            rest = QRect(upper.rect.left() + _EDGE, upper.rect.bottom() - 2, upper.rect.width() - 2 * _EDGE, half)
            words = option.fontMetrics.elidedText(below, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, (_END if mirrored else _START) | middle, words)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        size = super().sizeHint(option, index)
        metrics = option.fontMetrics
        width = size.width() + metrics.horizontalAdvance(_aside(index)) + metrics.height() * 2
        lines = metrics.height() + 2 if _below(index) else 0
        return QSize(width, size.height() + 4 + lines)


def _aside(index: _Index) -> str:
    term: Any = index.data(TERM)
    if term is None:
        return ""
    synonym = tr("also {synonym}", synonym=term.matched) if term.matched else ""
    kind = term.description if len(term.description) <= _SHORT else ""
    return "   ".join(part for part in (synonym, kind, term.id) if part)


def _below(index: _Index) -> str:
    term: Any = index.data(TERM)
    return term.description if term is not None and len(term.description) > _SHORT else ""
