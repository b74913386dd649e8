"""Editors of terms: type a few letters, choose from the list; free words where the field allows them.

Down opens the list and walks it, Enter takes the chosen line, Escape closes it. What is typed is in the draft at once.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from depositor.gui.form.editors import Editor, LetUndoThrough
from depositor.gui.form.suggestions import TermLine
from depositor.gui.form.term_tools import TermTools
from depositor.gui.form.terms_shown import id_pill
from depositor.gui.form.wording import Wording
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label, clear
from depositor.gui.widgets.flow import flow

_LONG = 40  # letters; longer terms may wrap


class TermEditor(Editor):
    """One term; its identifier stands beside it."""

    def __init__(self, wording: Wording, hint: str) -> None:
        super().__init__()
        self._wording = wording
        self._value: Any = None
        self.in_cell = False  # of a table: there is no room for the identifier beside the words
        self.line = TermLine(wording.vocabulary, hint)
        self._id = id_pill("")
        self.tools = TermTools(self, self.line, wording.vocabulary, self._take)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self._id)
        layout.addWidget(self.tools)
        self.setFocusProxy(self.line)
        self.line.installEventFilter(LetUndoThrough(self.line))
        self.line.textEdited.connect(self._typed)
        self.line.chosen.connect(self._take)

    def value(self) -> Any:
        return self._value

    def name(self, label: str, description: str) -> None:
        super().name(label, description)
        self.tools.name(label)

    def show_value(self, value: Any) -> None:
        text = self._wording.label(value)
        if self.line.text().strip() != text.strip():
            self.line.setText(text)
            self.line.setCursorPosition(0)
        if self._value != value:
            self._value = value
        self._show_id()

    def _typed(self, text: str) -> None:
        self._value = self._wording.typed(text)
        self._show_id()
        self.changed.emit()

    def _take(self, term: Any) -> None:
        self._value = self._wording.chosen(term)
        self.line.setText(self._wording.label(self._value))
        self._show_id()
        self.changed.emit()

    def _show_id(self) -> None:
        """The identifier; or that the words are the person's own, where a term could stand."""
        identifier = self._wording.identifier(self._value)
        own = bool(self._value) and self._wording.termed and not identifier
        self._id.setText(identifier or (tr("own words") if own else ""))
        self._id.setToolTip(tr("These words have no identifier yet. You can choose a term later.") if own else "")
        self._id.setVisible(bool(self._id.text()) and not self.in_cell)


class TermsEditor(Editor):
    """Several terms: each in a row with a button that takes it away, and a line for the next one."""

    def __init__(self, wording: Wording, hint: str) -> None:
        super().__init__()
        self._wording = wording
        self._terms: list[Any] = []
        self._next: Any = None  # what the line holds: part of the answer already, so that no word gets lost
        self.line = TermLine(wording.vocabulary, hint)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.add = Button("plus", "quiet", self._settle)
        self.add.setText(tr("Add"))
        self.tools = TermTools(self, self.line, wording.vocabulary, self._take)
        below = QHBoxLayout()
        below.addWidget(self.line, 1)
        below.addWidget(self.add)
        below.addWidget(self.tools)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._rows)
        layout.addLayout(below)
        self.setFocusProxy(self.line)
        self.line.installEventFilter(LetUndoThrough(self.line))
        self.line.textEdited.connect(self._typed)
        self.line.chosen.connect(self._take)
        self.line.entered.connect(self._settle)

    def value(self) -> Any:
        more = [self._next] if self._next is not None and self._next not in self._terms else []
        return [*self._terms, *more] or None

    def show_value(self, value: Any) -> None:
        terms = value if isinstance(value, list) else [] if value is None else [value]
        if terms == (self.value() or []):
            return
        self._terms, self._next = list(terms), None
        self.line.clear()
        self._draw()

    def name(self, label: str, description: str) -> None:
        super().name(label, description)
        self.add.setAccessibleName(tr("Add to {question}", question=label))
        self.tools.name(label)

    def _typed(self, text: str) -> None:
        self._next = self._wording.typed(text)
        self.changed.emit()

    def _take(self, term: Any) -> None:
        self._next = self._wording.chosen(term)
        self._settle()

    def _settle(self) -> None:
        """Put what is in the line into a row of its own."""
        if self._next is None:
            return
        self._terms = self.value() or []
        self._next = None
        self.line.clear()
        self._draw()
        self.changed.emit()

    def _remove(self, term: Any) -> None:
        self._terms = [t for t in self._terms if t is not term]
        self._draw()
        self.line.setFocus()
        self.changed.emit()

    def _draw(self) -> None:
        clear(self._rows)
        for term in self._terms:
            self._rows.addWidget(_TermRow(term, self._wording, self._remove))


class _TermRow(QWidget):
    def __init__(self, term: Any, wording: Wording, remove: Any) -> None:
        super().__init__()
        self._term, self._remove = term, remove
        label, identifier = wording.label(term), wording.identifier(term)
        away = Button("close", "quiet", self._go)
        away.setAccessibleName(tr("Remove {term}", term=label))
        away.setToolTip(tr("Remove {term}", term=label))
        text = Label(label, wrap=len(label) > _LONG, select=True)
        text.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        parts = [text, *([id_pill(identifier or tr("own words"))] if identifier or wording.termed else ()), away]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(round(self.fontMetrics().height() * 0.3), 0, 0, 0)
        if len(label) > _LONG:
            for part in parts:
                layout.addWidget(part, 1 if part is text else 0)
        else:
            layout.addWidget(flow(*parts), 1)  # one below the other in a narrow window

    def _go(self) -> None:
        self._remove(self._term)
