"""What was just decided, in a few words, with a way to undo it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label, row


class NotedBar(QWidget):
    """Keeps its room while it is empty, so that nothing jumps. ``undo`` takes the last step back."""

    def __init__(self, undo: Callable[[], object]) -> None:
        super().__init__()
        self._words = Label(kind="muted")
        self.button = Button("undo", "quiet", undo)
        policy = self.button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.button.setSizePolicy(policy)
        self.button.hide()
        self.setLayout(row(self.button, (self._words, 1)))

    def say_texts(self) -> None:
        """Words in the language of the window."""
        self.button.setText(tr("Undo"))
        self.button.setAccessibleName(tr("Undo the last decision"))
        self.button.setToolTip(tr("Undo the last decision"))
        self.show_words("")

    def show_words(self, words: str) -> None:
        """Say what was noted, also to screen readers; nothing takes it away."""
        had = self.button.hasFocus()
        self._words.setText(words)
        self.button.setVisible(bool(words))
        if had and not words:
            self.focusNextChild()
        if words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    @property
    def words(self) -> str:
        return self._words.text()
