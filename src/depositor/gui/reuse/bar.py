"""The buttons above the form that lead to what was described before, and the one question whether to remember."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from depositor.gui.reuse import opening
from depositor.gui.reuse.remembered import RememberMe
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button
from depositor.gui.workspace import Workspace


class ReuseBar(QWidget):
    """``buttons`` go where the page has its line of buttons; the bar itself holds the question. ``record`` tells the
    path of the record that the form shows."""

    def __init__(self, workspace: Workspace, record: Callable[[], str]) -> None:
        super().__init__()
        self.library = Button("microscope", "quiet", lambda: opening.library(self.library.window(), record()))
        self.other = Button("copy", "quiet", lambda: opening.take_over(self.other.window()))
        self.buttons = (self.library, self.other)
        self.remember = RememberMe(workspace)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.remember)
        self._name()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and hasattr(self, "remember"):
            self._name()

    def _name(self) -> None:
        self.library.setText(tr("From the library …"))
        self.other.setText(tr("From another deposit …"))
