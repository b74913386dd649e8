"""Editors of terms: type a few letters, choose from the list; free words where the field allows them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from depositor.gui.form.editors import Editor
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label
from depositor.session.forms import suggest

_PAUSE_MS = 80


class TermLine(QLineEdit):
    """A line that suggests terms; ``chosen`` carries the term as the document holds it."""

    chosen = Signal(object)

    def __init__(self, vocabulary: str | None, hint: str) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._found: dict[str, dict[str, str]] = {}
        self.setPlaceholderText(hint)
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(10)
        completer.activated[QModelIndex].connect(self._take)  # type: ignore[index]
        self.setCompleter(completer)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.textEdited.connect(self._typed)

    def term(self) -> Any:
        """What is in the line: the term of that name if one was suggested, else the words."""
        text = self.text().strip()
        return self._found.get(text, text) or None

    def remember(self, term: Any) -> None:
        """Know a term that is shown, so that it is still a term when it is read back."""
        if isinstance(term, dict) and term.get("label"):
            self._found[str(term["label"])] = term

    @property
    def choosing(self) -> bool:
        """True while the list of suggestions is open."""
        completer = self.completer()
        popup = completer.popup() if completer else None
        return popup is not None and popup.isVisible()

    def browse(self) -> None:
        """Open the list without typing."""
        self._look()

    def _typed(self) -> None:
        if self._vocabulary:
            self._pause.start()

    def _look(self) -> None:
        if not self._vocabulary:
            return
        terms = suggest(self._vocabulary, self.text().strip())
        for term in terms:
            self._found[term.label] = {"id": term.id, "label": term.label} if term.id else {"label": term.label}
        self._model.setStringList([t.label for t in terms])
        completer = self.completer()
        if terms and self.hasFocus() and completer:
            completer.complete()

    def _take(self, index: QModelIndex) -> None:
        label = str(index.data())
        self.setText(label)
        self.chosen.emit(self._found.get(label, label))


class TermEditor(Editor):
    """One term."""

    def __init__(self, vocabulary: str | None, hint: str, *, is_open: bool) -> None:
        super().__init__()
        self._open = is_open
        self.line = TermLine(vocabulary, hint)
        self._id = Label(kind="muted", wrap=False)
        self._id.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self._id)
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._edited)
        self.line.chosen.connect(self._edited)

    def value(self) -> Any:
        term = self.line.term()
        if isinstance(term, str) and not self._open:
            return {"label": term}
        return term

    def show_value(self, value: Any) -> None:
        self.line.remember(value)
        text = _label(value)
        if self.line.text().strip() != text:
            self.line.setText(text)
        self._show_id()

    def _edited(self) -> None:
        self._show_id()
        self.changed.emit()

    def _show_id(self) -> None:
        term = self.line.term()
        self._id.setText(str(term.get("id") or "") if isinstance(term, dict) else "")


class TermsEditor(Editor):
    """Several terms: each in a row with a button that takes it away, and a line for the next one."""

    def __init__(self, vocabulary: str | None, hint: str, *, is_open: bool) -> None:
        super().__init__()
        self._open = is_open
        self._terms: list[Any] = []
        self._label = ""
        self.line = TermLine(vocabulary, hint)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        add = Button("plus", "quiet", self._add)
        add.setText(tr("Add"))
        below = QHBoxLayout()
        below.addWidget(self.line, 1)
        below.addWidget(add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._rows)
        layout.addLayout(below)
        self.setFocusProxy(self.line)
        self.line.returnPressed.connect(self._add)
        self.line.chosen.connect(self._chosen, Qt.ConnectionType.QueuedConnection)
        self.line.editingFinished.connect(self._add)

    def value(self) -> Any:
        return list(self._terms) or None

    def show_value(self, value: Any) -> None:
        terms = value if isinstance(value, list) else [] if value is None else [value]
        if terms != self._terms:
            self._terms = list(terms)
            self._draw()

    def _chosen(self, _: object) -> None:
        self._add()

    def _add(self) -> None:
        term = self.line.term()
        if not term or self.line.choosing:
            return
        self.line.clear()
        if isinstance(term, str) and not self._open:
            term = {"label": term}
        if term not in self._terms:
            self._terms.append(term)
            self._draw()
            self.changed.emit()

    def _remove(self, term: Any) -> None:
        self._terms = [t for t in self._terms if t != term]
        self._draw()
        self.line.setFocus()
        self.changed.emit()

    def _draw(self) -> None:
        from depositor.gui.widgets.basics import clear

        clear(self._rows)
        for term in self._terms:
            self._rows.addWidget(_TermRow(term, self._remove))


class _TermRow(QWidget):
    def __init__(self, term: Any, remove: Any) -> None:
        super().__init__()
        self._term, self._remove = term, remove
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        identifier = str(term.get("id") or "") if isinstance(term, dict) else ""
        text = Label(_label(term))
        away = Button("close", "quiet", self._go)
        away.setAccessibleName(tr("Remove {term}").format(term=_label(term)))
        layout.addWidget(text)
        if identifier:
            pill = Label(identifier, "pill", wrap=False)
            pill.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            layout.addWidget(pill)
        layout.addStretch(1)
        layout.addWidget(away)

    def _go(self) -> None:
        self._remove(self._term)


def _label(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("label") or value.get("id") or "")
    return "" if value is None else str(value)
