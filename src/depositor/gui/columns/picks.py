"""Choosing an entry of a list by the value behind it."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox


def select(box: QComboBox, data: object) -> None:
    """Choose the entry with ``data``, else the first. (Qt's own search does not find Python's tuples.)"""
    box.setCurrentIndex(max(0, next((n for n in range(box.count()) if box.itemData(n) == data), 0)))
