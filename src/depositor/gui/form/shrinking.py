"""A button whose words give way where there is no room: its icon stays, and its name for screen readers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from depositor.gui.widgets.basics import Button


class ShrinkingButton(Button):
    """``words`` stand beside the icon where there is room for them, else in the tool tip."""

    def __init__(self, icon: str, words: str, clicked: Callable[[], object]) -> None:
        super().__init__(icon, "quiet", clicked)
        self._words = words
        self.setText(words)
        self.setToolTip(words)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """With its words, whether they are shown or not: else it would never come back to them."""
        size = super().sizeHint()
        if not self.text():
            size.setWidth(size.width() + self._room())
        return size

    def minimumSizeHint(self) -> QSize:
        size = super().sizeHint()
        if self.text():
            size.setWidth(size.width() - self._room())
        return size

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        words = self._words if self.width() >= self.sizeHint().width() else ""
        if words != self.text():
            self.setText(words)

    def _room(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._words) + self.fontMetrics().height() // 4
