"""The line above the form that leads to what was described before, and asks once whether to remember the person."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from depositor.gui.reuse import opening
from depositor.gui.reuse.remembered import RememberMe
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button
from depositor.gui.widgets.flow import flow
from depositor.gui.workspace import Workspace


class ReuseBar(QWidget):
    """``record`` tells the path of the record that the form shows."""

    def __init__(self, workspace: Workspace, record: Callable[[], str]) -> None:
        super().__init__()
        self.library = Button("microscope", "quiet", lambda: opening.library(self.window(), record()))
        self.other = Button("copy", "quiet", lambda: opening.take_over(self.window()))
        self.remember = RememberMe(workspace)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(flow(self.library, self.other))
        layout.addWidget(self.remember)
        self._name()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and hasattr(self, "remember"):
            self._name()

    def _name(self) -> None:
        self.library.setText(tr("From the library …"))
        self.other.setText(tr("From another deposit …"))
