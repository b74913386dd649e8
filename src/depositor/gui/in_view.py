"""What gets the keyboard is scrolled into view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget


class InView(QObject):
    """``area``: the part of the window that scrolls now, if any."""

    def __init__(self, parent: QObject, area: Callable[[], QScrollArea | None]) -> None:
        super().__init__(parent)
        self._area = area
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)

    def _moved(self, _: QWidget | None, now: QWidget | None) -> None:
        """Scroll to what got the keyboard, unless it is larger than the page."""
        area = self._area()
        if area is not None and now is not None and area.isAncestorOf(now):
            QTimer.singleShot(0, now, lambda: _scroll_to(area, now))  # what was just built is not laid out yet


def _scroll_to(area: QScrollArea, widget: QWidget) -> None:
    if area.isAncestorOf(widget) and widget.height() < area.viewport().height():
        area.ensureWidgetVisible(widget)
