"""The room for the questions: as wide as one likes to read, scrolling by itself where there is room for that."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget


def held(view: QWidget) -> QFrame:
    """A frame with ``view`` at its leading side."""
    holder = QFrame()
    holder.setProperty("kind", "body")
    across = QHBoxLayout(holder)
    across.setContentsMargins(0, 0, 0, 0)
    across.addWidget(view, 1000)
    across.addStretch(1)
    return holder


def scrolled(holder: QWidget) -> QScrollArea:
    """What scrolls a frame; the keyboard stays with what is in it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(holder)
    area.viewport().setAutoFillBackground(False)
    return area
