"""The Tab key goes through a form as one reads it, also through parts that were added later.

Qt puts what is made later at the end: the fields of a new author would come after the last question of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def stops(root: QWidget | None) -> list[QWidget]:
    """What the Tab key stops at below ``root``, in the order of the layouts."""
    layout = root.layout() if root is not None else None
    return list(_below(layout)) if layout is not None else []


def _below(layout: QLayout) -> Iterator[QWidget]:
    for at in range(layout.count()):
        item = layout.itemAt(at)
        inner, widget = (item.layout(), item.widget()) if item is not None else (None, None)
        if widget is None:
            if inner is not None:
                yield from _below(inner)
        elif widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget
        elif isinstance(widget, QScrollArea):
            yield from stops(widget.widget())
        elif (own := widget.layout()) is not None:
            yield from _below(own)


def chain(widgets: Sequence[QWidget]) -> None:
    """Let the Tab key go through ``widgets`` one after the other."""
    for one, other in pairwise(widgets):
        QWidget.setTabOrder(one, other)
