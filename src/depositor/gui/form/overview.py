"""A module in the list of parts: its name, how many there are, and how complete it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from depositor.draft.steps import Completeness
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Label
from depositor.gui.widgets.charts import Ring
from depositor.session.forms import Module


class ModuleRow(QWidget):
    """One line of the list; the list item carries its words for screen readers."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._module = module
        self._ring = Ring()
        self._name = Label(say(module.label))
        self._state = Label(kind="muted")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._state)
        layout = QHBoxLayout(self)
        room = self.fontMetrics().height() // 2
        layout.setContentsMargins(room, room // 2, room, room // 2)
        layout.addWidget(self._ring, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._state.setText(" ")

    def show_state(self, found: Completeness | None, records: int) -> None:
        """Show how complete it is."""
        found = found or Completeness()
        self._ring.show_completeness(found.required, found.recommended)
        missing = found.required[1] - found.required[0]
        if missing > 0:
            text = trn("{n} answer needed", "{n} answers needed", missing).format(n=missing)
        elif self._module.repeats and not records:
            text = tr("none yet")
        else:
            text = tr("complete") if found.required[1] or records else tr("if you like")
        if self._module.repeats and records > 1:
            text = f"{records} · {text}"
        self._state.setText(text)

    def words(self) -> str:
        """The line in words."""
        return f"{self._name.text()}: {self._state.text()}"
