"""Two values side by side in one text: what went is struck out, what came is underlined."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from depositor.gui import theme
from depositor.gui.texts import tr
from depositor.session.reuse.readable import Difference, change_words, new_words, old_words, place, words_between

_LONGEST = 20_000  # of a text that is compared word by word


class Comparison(QTextEdit):
    """Shows one difference. Colour is never the only sign: lines and words tell it too."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr("The change in full"))
        self.setMinimumHeight(self.fontMetrics().height() * 5)
        self._shown: Difference | None = None

    def show_difference(self, difference: Difference | None) -> None:
        """Show it, or nothing."""
        self._shown = difference
        self.clear()
        if difference is None:
            return
        old, new = old_words(difference), new_words(difference)
        self._write(f"{place(difference)} ({change_words(difference.change)})\n", "strong")
        if old and new and len(old) + len(new) < _LONGEST:
            for what, text in words_between(old, new):
                self._write(text, what)
        else:
            self._write(old, "removed")
            self._write("\n" if old and new else "", "same")
            self._write(new, "added")
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange) and hasattr(self, "_shown"):
            self.show_difference(self._shown)

    def _write(self, text: str, what: str) -> None:
        colors = theme.current()
        style = QTextCharFormat()
        if what == "removed":
            style.setFontStrikeOut(True)
            style.setForeground(QColor(colors.bad))
        elif what == "added":
            style.setFontUnderline(True)
            style.setForeground(QColor(colors.ok))
        elif what == "strong":
            style.setFontWeight(600)
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, style)
        self.setTextCursor(cursor)
