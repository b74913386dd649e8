"""Which of the records of a module is shown, and adding, copying and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from depositor.gui.form.choices import CalmCombo
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, column
from depositor.gui.widgets.flow import flow
from depositor.session.forms import Kind, Module


class RecordBar(QWidget):
    """A choice of the records, and buttons."""

    chosen = Signal(int)
    added = Signal()
    copied = Signal(int)
    removed = Signal(int)

    def __init__(self, module: Module, records: Sequence[Any], at: int) -> None:
        super().__init__()
        self._module, self._at = module, at
        self.which = CalmCombo()
        self.which.setAccessibleName(tr("Which one is shown: {module}", module=say(module.label)))
        self.which.activated.connect(self.chosen)
        self.add = Button("plus", "", self.added.emit)
        self.copy = Button("copy", "quiet", lambda: self.copied.emit(self._at))
        self.remove = Button("trash", "quiet", lambda: self.removed.emit(self._at))
        self.add.setText(tr("Add one more") if records else tr("Add the first one"))
        self.copy.setText(tr("Copy"))
        self.remove.setText(tr("Remove"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(column(self.which, flow(self.add, self.copy, self.remove)))
        for button in (self.copy, self.remove):  # only now: a widget without a parent would show as a window
            button.setVisible(bool(records))
        self.which.setVisible(len(records) > 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.show_records(records)

    def show_records(self, records: Sequence[Any]) -> None:
        """Show the names that the records have now."""
        names = [record_name(self._module, record, at) for at, record in enumerate(records)]
        shown = [self.which.itemText(at) for at in range(self.which.count())]
        if names != shown:
            self.which.blockSignals(True)
            self.which.clear()
            self.which.addItems(names)
            self.which.setCurrentIndex(self._at)
            self.which.blockSignals(False)


def record_name(module: Module, record: Any, number: int) -> str:
    """How a record is called in lists: its number and title."""
    keys = [module.name_key or "title", *(f.key for f in module.fields if f.kind is Kind.TEXT and not f.many)]
    said = (record.get(key) for key in keys) if isinstance(record, dict) else ()
    name = next((text for text in said if isinstance(text, str) and text.strip()), None)
    return f"{number + 1} · {name}" if name else f"{say(module.label)} {number + 1}"
