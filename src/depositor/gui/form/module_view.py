"""One module of the form: its records side by side in a list where it repeats, and the questions of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from depositor.draft import paths
from depositor.draft.answer import Proposal
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding
from depositor.gui.form.editors import CalmCombo, Editor
from depositor.gui.form.make import Maker
from depositor.gui.form.row import FieldRow
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Card, Label, clear, row
from depositor.session.forms import Asked, Field, Module

_WITH_FILES = {"study_component": "study_component", "annotations": "annotations"}


class ModuleView(QWidget):
    """Shows one record of one module. Signals carry what the person did; the page changes the draft."""

    edited = Signal(str, object)
    confirmed = Signal(str)
    added = Signal()
    removed = Signal(int)
    copied = Signal(int)
    files_changed = Signal(str, object)  # module, (paths that belong to the shown record)

    def __init__(self) -> None:
        super().__init__()
        self._module: Module | None = None
        self._at = 0
        self._rows: dict[str, FieldRow] = {}
        self._boxes: list[tuple[str, QCheckBox]] = []
        self._maker = Maker(lambda _: ())
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._which: CalmCombo | None = None

    @property
    def module(self) -> Module | None:
        return self._module

    @property
    def at(self) -> int:
        """The number of the shown record."""
        return self._at

    def build(self, module: Module, at: int, draft: Draft, names: Callable[[str], Sequence[str]]) -> None:
        """Make the questions of record ``at``."""
        clear(self._outer)
        self._module, self._at = module, at
        self._rows, self._boxes = {}, []
        self._maker = Maker(names)
        self._outer.addWidget(Label(say(module.label), "heading"))
        self._outer.addWidget(Label(say(module.help), "muted"))
        records = draft.get(module.key) if module.repeats else None
        if module.repeats:
            self._outer.addLayout(self._records_bar(module, records or [], at))
            if not records:
                return
        card = Card()
        card.body.setSpacing(self.fontMetrics().height())
        if module.key in _WITH_FILES:
            card.body.addWidget(self._files_box(module, draft))
        for field in module.fields:
            if field.asked is Asked.FORM and not field.const:
                card.body.addWidget(self._row(module, field, at))
        self._outer.addWidget(card)
        self._outer.addStretch(1)

    def show_draft(self, draft: Draft, findings: Sequence[Finding], offers: Mapping[str, Proposal]) -> None:
        """Show what the draft holds now."""
        self._maker.refresh()
        for path, shown in self._rows.items():
            shown.show_answer(draft.get(path), draft.origin(path), offers.get(path))
            shown.show_findings([f for f in findings if f.location and _within(f.location, path)])
        self._show_boxes(draft)
        self._name_records(draft)

    def focus(self, path: str) -> bool:
        """Put the keyboard into the question that ``path`` speaks of; False if it is not shown here."""
        best = max((p for p in self._rows if _within(path, p)), key=len, default=None)
        if best is None:
            return False
        self._rows[best].editor.setFocus()
        return True

    def widget_of(self, path: str) -> QWidget | None:
        """The row of the question that ``path`` speaks of."""
        best = max((p for p in self._rows if _within(path, p)), key=len, default=None)
        return self._rows[best] if best else None

    # --- records -------------------------------------------------------------------------------------------------

    def _records_bar(self, module: Module, records: Sequence[Any], at: int) -> Any:
        self._which = CalmCombo()
        self._which.setAccessibleName(tr("Which one"))
        for number, record in enumerate(records):
            self._which.addItem(record_name(module, record, number))
        self._which.setCurrentIndex(at)
        self._which.activated.connect(self._choose)
        self._which.setVisible(len(records) > 1)
        add = Button("plus", "", self.added.emit)
        add.setText(tr("Add one more") if records else tr("Add the first one"))
        parts: list[Any] = [(self._which, 1), add]
        if records:
            copy = Button("copy", "quiet", partial(self.copied.emit, at))
            copy.setText(tr("Copy"))
            away = Button("trash", "quiet", partial(self.removed.emit, at))
            away.setText(tr("Remove"))
            parts += [copy, away]
        return row(*parts, *([] if len(records) > 1 else [1]))

    def _choose(self, at: int) -> None:
        self.edited.emit("", at)  # an empty path: another record

    def _name_records(self, draft: Draft) -> None:
        module, which = self._module, self._which
        if module is None or which is None or not module.repeats:
            return
        for number, record in enumerate(draft.get(module.key) or []):
            if number < which.count():
                which.setItemText(number, record_name(module, record, number))

    def _row(self, module: Module, field: Field, at: int) -> FieldRow:
        path = f"{module.key}[{at}].{field.key}" if module.repeats else f"{module.key}.{field.key}"
        editor: Editor = self._maker.make(field)
        made = FieldRow(field, path, editor, self.edited.emit)
        made.confirmed = self.confirmed.emit
        self._rows[path] = made
        return made

    # --- which files belong to it --------------------------------------------------------------------------------

    def _files_box(self, module: Module, draft: Draft) -> QWidget:
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(Label(tr("Files"), "strong"))
        inside.addWidget(Label(tr("Which of the chosen folders and files belong to it?"), "muted"))
        for group in draft.files:
            box = QCheckBox(group.path.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or group.path)
            box.setToolTip(group.path)
            box.clicked.connect(partial(self._files_ticked, module.key))
            inside.addWidget(box)
            self._boxes.append((group.path, box))
        if not draft.files:
            inside.addWidget(Label(tr("No folder is chosen yet."), "muted"))
        return holder

    def _files_ticked(self, module: str) -> None:
        self.files_changed.emit(module, [p for p, box in self._boxes if box.isChecked()])

    def _show_boxes(self, draft: Draft) -> None:
        module = self._module
        if module is None or module.key not in _WITH_FILES:
            return
        name = draft.get(f"{module.key}[{self._at}].{module.name_key}")
        for path, box in self._boxes:
            group = next((g for g in draft.files if g.path == path), None)
            belongs = getattr(group, _WITH_FILES[module.key]) if group else None
            box.setChecked(bool(name) and belongs == name)


def record_name(module: Module, record: Any, number: int) -> str:
    """How a record is called in lists: its title, else its number."""
    title = record.get(module.name_key or "title") if isinstance(record, dict) else None
    return str(title) if title else f"{say(module.label)} {number + 1}"


def _within(path: str, outer: str) -> bool:
    try:
        return paths.parse(path)[: len(paths.parse(outer))] == paths.parse(outer)
    except ValueError:
        return False
