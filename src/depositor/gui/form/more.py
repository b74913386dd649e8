"""A menu of what is needed now and then, so that the questions have the room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMenu

from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button


class MoreButton(Button):
    """Offers what ``buttons`` do; they themselves stay out of sight. Each line of the menu is read from its button when
    the menu opens: words, icon, and whether it can be pressed."""

    def __init__(self, buttons: Sequence[Button]) -> None:
        super().__init__("more", "quiet")
        self.buttons = tuple(buttons)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        for button in self.buttons:
            button.setParent(self)
            button.hide()

    def rename(self) -> None:
        """Show the words of the language that is shown now."""
        self.setText(tr("More"))
        self.setAccessibleName(tr("More that one can do with the description"))

    def _fill(self) -> None:
        self._menu.clear()
        for button in self.buttons:
            action = self._menu.addAction(button.icon(), button.text())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
