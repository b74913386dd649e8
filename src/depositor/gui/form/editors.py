"""Editors of single answers. Each has the same three names: ``value()``, ``show_value(value)`` and ``changed``.

``show_value`` never emits ``changed`` and leaves text and cursor alone where the value is already shown, so that a
refresh does not disturb who is typing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QWidget

from depositor.draft.paths import Key
from depositor.gui.form.told import Place

_LINES_SHOWN = (2, 12)


class Editor(QWidget):
    """One answer."""

    changed = Signal()
    apart = False  # the last change was an action of its own (rows pasted, moved), not part of somebody's typing

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

    def put_keyboard(self, keys: tuple[Key, ...] = ()) -> QWidget:
        """Put the keyboard into the part of the answer at ``keys``; the widget to scroll to."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        return self

    def show_findings(self, found: Sequence[Place]) -> list[Place]:
        """Tell the findings that belong to a part of the answer; those that are left for the row to tell."""
        return list(found)

    def place_of(self, child: QWidget) -> tuple[Key, ...]:
        """Where below this answer the answer of an editor inside it stands."""
        return ()

    def shows(self, keys: tuple[Key, ...]) -> bool:
        """Whether the part of the answer at ``keys`` can be seen now."""
        return True

    def _edited(self) -> None:
        self.changed.emit()


class LineEditor(Editor):
    """One line of text."""

    def __init__(self, hint: str = "", *, left_to_right: bool = False) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self._left_to_right = left_to_right
        only(self, self.line)
        self._turn()
        self.line.textEdited.connect(self._edited)

    def value(self) -> Any:
        return self.line.text().strip() or None

    def show_value(self, value: Any) -> None:
        text = words_of(value)
        if self.line.text().strip() != text.strip():
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._turn()

    def _turn(self) -> None:
        """Identifiers and addresses read from the left in every language."""
        if self._left_to_right:
            self.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


class NumberEditor(LineEditor):
    """A number in a unit. What cannot be read as a number stays as typed, and the validation says so."""

    def __init__(self, hint: str, unit: str | None, *, whole: bool = False) -> None:
        super().__init__(hint, left_to_right=True)
        self._whole = whole
        layout = self.layout()
        if unit and layout is not None:
            layout.addWidget(QLabel(unit))

    def value(self) -> Any:
        return number_in(self.line.text(), whole=self._whole)

    def show_value(self, value: Any) -> None:
        if self.value() != value:
            super().show_value(f"{value:.15g}" if isinstance(value, float) else value)


class TextEditor(Editor):
    """Several lines of text; as high as what is in it. Tab leaves it. ``lines``: each line is an answer of its own."""

    def __init__(self, hint: str = "", *, lines: bool = False) -> None:
        super().__init__()
        self._lines = lines
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText(hint)
        self.text.setTabChangesFocus(True)
        only(self, self.text)
        self.text.textChanged.connect(self._edited)
        self.text.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def value(self) -> Any:
        text = self.text.toPlainText()
        if self._lines:
            return [line.strip() for line in text.splitlines() if line.strip()] or None
        return text.strip() or None

    def show_value(self, value: Any) -> None:
        texts = value if isinstance(value, list) else [] if value is None else [value]
        wanted = [t for t in (words_of(v) for v in texts) if t.strip()]
        if (self.value() or []) == wanted if self._lines else (self.value() or "") == "\n".join(wanted).strip():
            return
        with QSignalBlocker(self.text):
            self.text.setPlainText("\n".join(wanted))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self, *_: object) -> None:
        """As many lines as the text takes; beyond the most, it scrolls."""
        least, most = _LINES_SHOWN
        document = self.text.document()
        lines = round(document.size().height())  # a plain document counts lines
        rows = max(least, min(most, lines))
        bars = Qt.ScrollBarPolicy
        self.text.setVerticalScrollBarPolicy(bars.ScrollBarAsNeeded if lines > most else bars.ScrollBarAlwaysOff)
        frame = self.text.height() - self.text.viewport().height()
        line = self.text.fontMetrics().lineSpacing()
        whole = round(line * rows + document.documentMargin() * 2 + max(frame, line // 2)) + 2
        if whole != self.text.minimumHeight():
            self.text.setMinimumHeight(whole)
            self.text.setMaximumHeight(whole)


def only(editor: QWidget, inner: QWidget) -> None:
    """Make ``inner`` all of an editor."""
    layout = QHBoxLayout(editor)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(inner, 1)
    editor.setFocusProxy(inner)
    if isinstance(inner, (QLineEdit, QPlainTextEdit)):
        inner.installEventFilter(LetUndoThrough(inner))


class LetUndoThrough(QObject):
    """A text field with nothing of its own to undo leaves the key to the window, which undoes in the draft."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            if (event.matches(keys.Undo) and not _can(watched, "isUndoAvailable")) or (
                event.matches(keys.Redo) and not _can(watched, "isRedoAvailable")
            ):
                event.ignore()
                return True
        return super().eventFilter(watched, event)


def _can(field: QObject, what: str) -> bool:
    return bool(getattr(field.document() if isinstance(field, QPlainTextEdit) else field, what)())


def number_in(text: str, *, whole: bool = False) -> Any:
    """The number that is typed; what cannot be read as one stays text, and nothing is None."""
    words = text.strip()
    plain = words.replace("\u202f", "").replace(",", ".")
    for kind in (int,) if whole else (int, float):
        try:
            number = kind(plain)
        except ValueError:
            continue
        return number if math.isfinite(number) else words
    return words or None


def words_of(value: Any) -> str:
    """A value for people: a term or record by its name."""
    if isinstance(value, dict):
        return str(value.get("label") or value.get("name") or value.get("title") or value.get("id") or "")
    if isinstance(value, bool) or value is None:
        return ""
    return str(value)
