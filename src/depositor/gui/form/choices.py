"""Editors for answers that are chosen: one of some, any of some, another record, yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QSizePolicy, QVBoxLayout

from depositor.gui.form.cells import Cells
from depositor.gui.form.editors import Editor, only, words_of
from depositor.gui.texts import say, tr
from depositor.session.forms import Option

_FEW = 3  # options that always stand below each other
_BOX_COLUMN, _MOST_COLUMNS = 14, 3


class CalmCombo(QComboBox):
    """A choice that does not change when one scrolls over it, and that may be narrower than its longest option."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def minimumSizeHint(self) -> QSize:
        full = super().minimumSizeHint()
        return QSize(min(full.width(), self.fontMetrics().height() * 7), full.height())


class ChoiceEditor(Editor):
    """One of some options; other words too where ``is_open``."""

    def __init__(self, options: Sequence[Option], *, is_open: bool = False, hint: str = "") -> None:
        super().__init__()
        self.combo = CalmCombo()
        self.combo.setEditable(is_open)
        self.combo.addItem("" if is_open else hint, None)
        for option in options:
            self.combo.addItem(say(option.label), option.value)
        only(self, self.combo)
        self.combo.activated.connect(self._edited)
        line = self.combo.lineEdit()
        if line is not None:
            self.combo.setCompleter(None)  # type: ignore[arg-type]  # it would put words in the mouth of who types
            line.setPlaceholderText(hint)
            line.textEdited.connect(self._edited)

    def name(self, label: str, description: str) -> None:
        super().name(label, description)
        line = self.combo.lineEdit()
        if line is not None:
            line.setAccessibleName(label)
            line.setAccessibleDescription(description)

    def value(self) -> Any:
        if self.combo.isEditable():
            text = self.combo.currentText().strip()
            at = self.combo.findText(text) if text else -1
            return self.combo.itemData(at) if at > 0 else text or None
        return self.combo.currentData()

    def show_value(self, value: Any) -> None:
        if self.value() == value:
            return
        at = self.combo.findData(value) if value is not None else 0
        if at < 0 and isinstance(value, int):
            at = self.combo.findData(str(value))  # archives write their codes as numbers
        if at >= 0:
            self.combo.setCurrentIndex(at)
            if self.combo.isEditable():
                self.combo.setEditText(self.combo.itemText(at))
        elif self.combo.isEditable():
            self.combo.setEditText(words_of(value))
        else:
            self.combo.addItem(words_of(value), value)  # a word of an older profile: shown, never dropped
            self.combo.setCurrentIndex(self.combo.count() - 1)


class ReferenceEditor(ChoiceEditor):
    """The name of another record, by choice."""

    def __init__(self) -> None:
        super().__init__((), hint=tr("Not said"))
        self._offered: tuple[str, ...] | None = None

    def offer(self, names: Sequence[str], nothing: str) -> None:
        """The records there are now; the chosen one stays chosen."""
        if self._offered == tuple(names):
            return
        self._offered = tuple(names)
        chosen = self.value()
        with QSignalBlocker(self.combo):
            self.combo.clear()
            self.combo.addItem(nothing, None)
            for name in dict.fromkeys(names):
                self.combo.addItem(name, name)
        self.show_value(chosen)


class YesNoEditor(ChoiceEditor):
    """Yes, no, or not said."""

    def __init__(self) -> None:
        super().__init__((), hint=tr("Not said"))
        self.combo.addItem(tr("Yes"), True)
        self.combo.addItem(tr("No"), False)


class ManyChoicesEditor(Editor):
    """Any of some options, in columns where there is room; ``others`` takes other words where the field is open."""

    def __init__(self, options: Sequence[Option], others: Editor | None = None) -> None:
        super().__init__()
        self._boxes: list[tuple[Any, QCheckBox]] = []
        self._others = others
        self._kept: list[Any] = []  # words of an older profile: never dropped
        self._cells = Cells(_BOX_COLUMN, 1 if len(options) <= _FEW else _MOST_COLUMNS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._cells)
        for option in options:
            box = QCheckBox(say(option.label))
            box.clicked.connect(self._edited)
            self._boxes.append((option.value, box))
        self._cells.show_cells([(box, False) for _, box in self._boxes])
        if others is not None:
            others.changed.connect(self._edited)
            layout.addWidget(others)
        if self._boxes:
            self.setFocusProxy(self._boxes[0][1])

    def value(self) -> Any:
        more = (self._others.value() or []) if self._others else self._kept
        return [*(v for v, box in self._boxes if box.isChecked()), *more] or None

    def show_value(self, value: Any) -> None:
        chosen = value if isinstance(value, list) else [] if value is None else [value]
        if chosen == (self.value() or []):
            return
        known = [v for v, _ in self._boxes]
        for option, box in self._boxes:
            box.setChecked(option in chosen)
        self._kept = [v for v in chosen if v not in known]
        if self._others:
            self._others.show_value(self._kept or None)

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)
        for _, box in self._boxes:
            box.setAccessibleDescription(label)
        if self._others:
            self._others.name(tr("{question}: other words", question=label), description)

    def box(self, value: Any) -> QCheckBox | None:
        """The box of an option."""
        return next((box for known, box in self._boxes if known == value), None)
