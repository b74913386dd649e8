"""Editors of single answers. Each has the same three names: ``value()``, ``show_value(value)`` and ``changed``.

``show_value`` never emits ``changed`` and leaves the cursor alone where the value is already shown, so that a refresh
does not disturb who is typing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from depositor.gui.texts import say, tr
from depositor.session.forms import Option

_LINES_SHOWN = (2, 8)


class Editor(QWidget):
    """One answer."""

    changed = Signal()

    def value(self) -> Any:
        """The answer as the document holds it; None where there is none."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Show an answer."""
        raise NotImplementedError

    def name(self, label: str, description: str) -> None:
        """Name the editor for screen readers."""
        target = self.focusProxy() or self
        target.setAccessibleName(label)
        target.setAccessibleDescription(description)


class LineEditor(Editor):
    """One line of text."""

    def __init__(self, hint: str = "", *, left_to_right: bool = False) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        if left_to_right:  # identifiers and addresses read from the left in every language
            self.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        _only(self, self.line)
        self.line.textEdited.connect(self._edited)

    def value(self) -> Any:
        return self.line.text().strip() or None

    def show_value(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if self.line.text().strip() != text.strip():
            self.line.setText(text)

    def _edited(self) -> None:
        self.changed.emit()


class NumberEditor(LineEditor):
    """A number in a unit. What cannot be read as a number stays as typed, and the validation says so."""

    def __init__(self, hint: str, unit: str | None, *, whole: bool = False) -> None:
        super().__init__(hint, left_to_right=True)
        self._whole = whole
        if unit:
            layout = self.layout()
            assert layout is not None
            layout.addWidget(QLabel(unit))

    def value(self) -> Any:
        text = self.line.text().strip().replace("\u202f", "").replace(",", ".")
        if not text:
            return None
        try:
            return int(text) if self._whole else float(text)
        except ValueError:
            return text

    def show_value(self, value: Any) -> None:
        if self.value() != value:
            shown = f"{value:g}" if isinstance(value, float) else value
            super().show_value(shown)


class TextEditor(Editor):
    """Several lines of text; grows with what is in it. Tab leaves it."""

    def __init__(self, hint: str = "", *, lines: bool = False) -> None:
        super().__init__()
        self._lines = lines
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText(hint)
        self.text.setTabChangesFocus(True)
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        _only(self, self.text)
        self.text.textChanged.connect(self._edited)
        self._fit()

    def value(self) -> Any:
        text = self.text.toPlainText()
        if self._lines:
            return [line.strip() for line in text.splitlines() if line.strip()] or None
        return text.strip() or None

    def show_value(self, value: Any) -> None:
        if self.value() == (value or None):
            return
        texts = value if isinstance(value, list) else [] if value is None else [value]
        with QSignalBlocker(self.text):
            self.text.setPlainText("\n".join(_words(v) for v in texts))
        self._fit()

    def _edited(self) -> None:
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        least, most = _LINES_SHOWN
        rows = max(least, min(most, self.text.document().blockCount() + 1))
        room = self.text.fontMetrics().lineSpacing()
        self.text.setMinimumHeight(round(room * rows + room * 0.9))
        self.text.setMaximumHeight(round(room * (rows + 3)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()


class CalmCombo(QComboBox):
    """A choice that does not change when one scrolls over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ChoiceEditor(Editor):
    """One of some options; other words too where ``is_open``."""

    def __init__(self, options: Sequence[Option], *, is_open: bool = False, hint: str = "") -> None:
        super().__init__()
        self.combo = CalmCombo()
        self.combo.setEditable(is_open)
        self.combo.addItem(hint, None)
        for option in options:
            self.combo.addItem(say(option.label), option.value)
        _only(self, self.combo)
        self.combo.activated.connect(self._edited)
        line = self.combo.lineEdit()
        if line is not None:
            line.setPlaceholderText(hint)
            line.textEdited.connect(self._edited)

    def value(self) -> Any:
        if self.combo.isEditable():
            text = self.combo.currentText().strip()
            at = self.combo.findText(text)
            return (self.combo.itemData(at) if at > 0 else text) or None
        return self.combo.currentData()

    def show_value(self, value: Any) -> None:
        if self.value() == value:
            return
        at = self.combo.findData(value)
        if at >= 0:
            self.combo.setCurrentIndex(at)
        elif self.combo.isEditable():
            self.combo.setEditText(_words(value))
        elif value is not None:
            self.combo.addItem(_words(value), value)  # a word of an older profile: shown, never dropped
            self.combo.setCurrentIndex(self.combo.count() - 1)

    def _edited(self) -> None:
        self.changed.emit()


class ReferenceEditor(ChoiceEditor):
    """The name of another record, by choice."""

    def __init__(self) -> None:
        super().__init__(())

    def offer(self, names: Sequence[str], nothing: str) -> None:
        """The records there are now; the chosen one stays chosen."""
        chosen = self.value()
        if [self.combo.itemData(n) for n in range(1, self.combo.count())] == list(names):
            return
        with QSignalBlocker(self.combo):
            self.combo.clear()
            self.combo.addItem(nothing, None)
            for name in names:
                self.combo.addItem(name, name)
        self.show_value(chosen)


class YesNoEditor(ChoiceEditor):
    """Yes, no, or not said."""

    def __init__(self) -> None:
        super().__init__(())
        self.combo.addItem(tr("Yes"), True)
        self.combo.addItem(tr("No"), False)


class ManyChoicesEditor(Editor):
    """Any of some options."""

    def __init__(self, options: Sequence[Option]) -> None:
        super().__init__()
        self._boxes: list[tuple[Any, QCheckBox]] = []
        self._others: list[Any] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for option in options:
            box = QCheckBox(say(option.label))
            box.clicked.connect(self._edited)
            layout.addWidget(box)
            self._boxes.append((option.value, box))
        if self._boxes:
            self.setFocusProxy(self._boxes[0][1])

    def value(self) -> Any:
        return [*(v for v, box in self._boxes if box.isChecked()), *self._others] or None

    def show_value(self, value: Any) -> None:
        chosen = value if isinstance(value, list) else [] if value is None else [value]
        for known, box in self._boxes:
            box.setChecked(known in chosen)
        self._others = [v for v in chosen if v not in [k for k, _ in self._boxes]]

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)

    def _edited(self) -> None:
        self.changed.emit()


def _only(editor: QWidget, inner: QWidget) -> None:
    layout = QHBoxLayout(editor)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(inner, 1)
    editor.setFocusProxy(inner)


def _words(value: Any) -> str:
    """A value for people: a term by its label."""
    if isinstance(value, dict):
        return str(value.get("label") or value.get("name") or value.get("id") or "")
    return "" if value is None else str(value)
