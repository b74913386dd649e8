"""One file name of which a part can be chosen, with the parts that are columns already."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from depositor.draft.name_patterns import SEPARATORS
from depositor.gui import theme
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Label

Part = tuple[str, int, int, int]  # heading, start, end, number of its colour


class SampleName(QWidget):
    """``chosen(path, start, end)`` when a part is chosen: by mouse, by Shift and arrows, or part by part with Space."""

    chosen = Signal(str, int, int)

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self._parts: Sequence[Part] = ()
        self.text = _Line(path)
        self.text.selectionChanged.connect(self._tell)
        self.told = Label(kind="muted")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2)
        inside.addWidget(self.text)
        inside.addWidget(self.told)
        self.name()

    def name(self) -> None:
        """Set the texts in the language of the window."""
        self.text.setAccessibleName(tr("File name, choose a part: {name}", name=self.path))
        self.show_parts(self._parts)

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Mark the parts that are columns, and say them in words too."""
        self._parts = parts
        marks = []
        for _, start, end, number in parts:
            mark = QTextEdit.ExtraSelection()
            style = QTextCharFormat()
            color = QColor(theme.series()[number % len(theme.series())])
            style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            style.setUnderlineColor(color)
            color.setAlpha(60)
            style.setBackground(color)
            mark.format = style
            cursor = self.text.textCursor()
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            mark.cursor = cursor
            marks.append(mark)
        self.text.setExtraSelections(marks)
        words = " · ".join(f"{number + 1} {heading}: {self.path[s:e]}" for heading, s, e, number in parts)
        self.told.setText(words)
        self.told.setVisible(bool(words))

    def clear(self) -> None:
        """Choose nothing."""
        cursor = self.text.textCursor()
        cursor.clearSelection()
        self.text.setTextCursor(cursor)

    def _tell(self) -> None:
        cursor = self.text.textCursor()
        if cursor.hasSelection():
            self.chosen.emit(self.path, cursor.selectionStart(), cursor.selectionEnd())


class _Line(QPlainTextEdit):
    """One line of text to choose from."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setReadOnly(True)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self.setTabChangesFocus(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # paths read from left to right everywhere
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.document().setDefaultTextOption(option)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self.cursorForPosition(event.position().toPoint()).position()
        self._select(_part_at(self.toPlainText(), at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space takes one part after another, with Shift back."""
        if event.key() == Qt.Key.Key_Space:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._select(_next_part(self.toPlainText(), self.textCursor(), back=back))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.setCursorWidth(max(1, self.fontMetrics().height() // 10))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()

    def _fit(self) -> None:
        line = self.fontMetrics().lineSpacing()
        width = max(1, self.viewport().width() - 2 * round(self.document().documentMargin()))
        rows = max(1, -(-self.fontMetrics().horizontalAdvance(self.toPlainText() + "  ") // width))
        edges = self.contentsMargins().top() + self.contentsMargins().bottom()
        room = edges + 2 * round(self.document().documentMargin()) + round(line * 0.2)
        self.setFixedHeight(min(rows, 4) * line + room)

    def _select(self, span: tuple[int, int] | None) -> None:
        if span is not None:
            cursor = self.textCursor()
            cursor.setPosition(span[0])
            cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)


def _parts(text: str) -> list[tuple[int, int]]:
    """What stands between separators; where letters and digits meet, both and each."""
    out, start = [], 0
    for at, c in enumerate((*text, "/")):
        if c in SEPARATORS or c == "/":
            if at > start:
                out.append((start, at))
                out += _runs(text, start, at)
            start = at + 1
    return out


def _runs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [start, *(n for n in range(start + 1, end) if text[n].isdigit() != text[n - 1].isdigit()), end]
    return list(itertools.pairwise(cuts)) if len(cuts) > 2 else []


def _part_at(text: str, at: int) -> tuple[int, int] | None:
    return next(((s, e) for s, e in _parts(text) if s <= at <= e), None)


def _next_part(text: str, cursor: QTextCursor, *, back: bool) -> tuple[int, int] | None:
    parts = _parts(text)
    if not parts:
        return None
    now = (cursor.selectionStart(), cursor.selectionEnd())
    if now in parts:
        return parts[(parts.index(now) + (-1 if back else 1)) % len(parts)]
    name = text.rfind("/") + 1
    return next(((s, e) for s, e in parts if s >= max(cursor.position(), name)), parts[0])
