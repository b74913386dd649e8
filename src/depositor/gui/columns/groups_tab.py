"""The tab in which files are given to data sets, annotations and samples: by a column, a folder or a pattern."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QStackedWidget, QVBoxLayout, QWidget

from depositor.draft.message import msg
from depositor.gui.columns.picks import select
from depositor.gui.columns.state import ColumnsState
from depositor.gui.texts import count, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, row
from depositor.session.columns import column_edits
from depositor.session.columns.file_columns import record_names

MODULES = ("study_component", "annotations", "biosample", "specimen", "image_acquisition")


class GroupsTab(QWidget):
    """``describe(module)`` when a record must be described first; ``homeless`` asks for the files without a home."""

    describe = Signal(str)
    homeless = Signal()

    def __init__(self, state: ColumnsState) -> None:
        super().__init__()
        self._state = state
        self._folders: list[str] = []
        self.module, self.record, self.by = QComboBox(), QComboBox(), QComboBox()
        self.value, self.folder, self.pattern = QComboBox(), QComboBox(), QComboBox()
        for box in (self.folder, self.pattern, self.record):
            box.setEditable(True)
        self.record.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.record.editTextChanged.connect(lambda _: self._allow())
        self.module.activated.connect(self._choose_module)
        self.by.activated.connect(self._choose_by)
        self._chosen_by: object = None  # what a person chose; else the first there is
        self.assign = Button("check", "main", self._assign)
        self._labels = [Label() for _ in range(4)]
        self._empty = Notice("info")
        self._go = Button("jump", clicked=lambda: self.describe.emit(self._module()))
        self._empty.offer(self._go)
        self._rules = QVBoxLayout()
        self._counts = Label()
        self._left = Notice("warn")
        self._show_left = Button("search", clicked=self.homeless.emit)
        self._left.offer(self._show_left)
        self._build()
        state.named.connect(self._find_folders)
        state.shown.connect(self.refresh)
        self.name()

    def _build(self) -> None:
        self._which = QStackedWidget()
        for widget in (self.value, self.folder, self.pattern):
            self._which.addWidget(widget)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        pairs = zip(self._labels, (self.by, self._which, self.module, self.record), strict=True)
        for label, field in pairs:
            form.addRow(label, field)
        card = Card()
        card.body.addLayout(form)
        card.body.addWidget(self._empty)
        card.body.addLayout(row(1, self.assign))
        self._title = Label(kind="strong")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(card)
        inside.addWidget(self._title)
        inside.addLayout(self._rules)
        inside.addWidget(self._counts)
        inside.addWidget(self._left)
        inside.addStretch(1)

    def name(self) -> None:
        """Set the texts in the language of the window."""
        told = (tr("Files with"), tr("which is"), tr("belong to"), tr("with the name"))
        fields = (self.by, self._which, self.module, self.record)
        for label, field, text in zip(self._labels, fields, told, strict=True):
            label.setText(text)
            field.setAccessibleName(text)
        for box in (self.value, self.folder, self.pattern):
            box.setAccessibleName(told[1])
        at = max(0, self.module.currentIndex())
        self.module.clear()
        for key in MODULES:
            self.module.addItem(module_name(key), key)
        self.module.setCurrentIndex(at)
        edit = self.record.lineEdit()
        if edit is not None:
            edit.setPlaceholderText(tr("Choose one, or type a new name"))
        self.assign.setText(tr("&Assign"))
        self._go.setText(tr("Describe one"))
        self._show_left.setText(tr("Show them"))
        self._title.setText(tr("What was assigned"))
        self.refresh()

    def _module(self) -> str:
        return str(self.module.currentData() or MODULES[0])

    # --- choices -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the draft and the preview as they are now."""
        preview = self._state.preview
        names = [v.name for v in preview.views] if preview else []
        self.by.clear()
        for name in names:
            self.by.addItem(tr("the column “{name}”", name=name), ("column", name))
        self.by.addItem(tr("the folder"), ("folder", ""))
        self.by.addItem(tr("a name like"), ("pattern", ""))
        select(self.by, self._chosen_by)
        self._show_values()
        self._show_records()
        self._show_counts()

    def _choose_by(self) -> None:
        self._chosen_by = self.by.currentData()
        self._show_values()

    def _find_folders(self) -> None:
        self._folders = self._state.folders
        self._show_values()

    def _show_values(self) -> None:
        kind, name = self.by.currentData() or ("folder", "")
        preview = self._state.preview
        if kind == "column":
            kept = self.value.currentText()
            view = preview.view(name) if preview else None
            self.value.clear()
            for one in view.values[:500] if view else ():
                self.value.addItem(f"{one.value} ({count(one.files)})", one.value)
            self.value.setCurrentIndex(max(0, self.value.findText(kept)))
        elif kind == "folder" and self.folder.count() != len(self._folders):
            self.folder.clear()
            self.folder.addItems(self._folders)
        self._which.setCurrentIndex({"column": 0, "folder": 1, "pattern": 2}[kind])

    def _allow(self) -> None:
        self.assign.setEnabled(bool(self.record.currentText().strip()))

    def _choose_module(self) -> None:
        self.record.setEditText("")  # a name typed for a sample is none for annotations
        self._show_records()

    def _show_records(self) -> None:
        kept, names = self.record.currentText(), record_names(self._state.draft, self._module())
        typed = self.record.findText(kept) < 0
        self.record.clear()
        self.record.addItems(names)
        if kept and typed and kept not in names:
            self.record.setEditText(kept)
        else:
            self.record.setCurrentIndex(max(0, self.record.findText(kept)))
        what = tr("Nothing of this kind is described yet: {kind}.", kind=module_name(self._module()))
        more = tr("Type a name above and describe it later, or describe one now.")
        self._empty.show_text(*(("", "") if names else (what, more)))
        self._allow()
        self._show_rules()

    # --- what was assigned ---------------------------------------------------------------------------------------

    def _show_rules(self) -> None:
        clear(self._rules)
        number = 0
        for module in MODULES:
            for at, rule in enumerate(column_edits.rules(self._state.draft, module)):
                self._rules.addLayout(self._rule_row(module, at, rule))
                number += 1
        if not number:
            none = tr("Nothing yet. The chosen folders belong to what you said on the page of the description.")
            self._rules.addWidget(Label(none, "muted"))

    def _rule_row(self, module: str, at: int, rule: Mapping[str, Any]) -> Any:
        told = tr("{condition} → {kind}: {name}", condition=_condition(rule), kind=module_name(module),
                  name=str(rule.get("value")))  # fmt: skip
        gone = Button("close", "quiet", partial(self._remove, module, at))
        gone.setText(tr("Remove"))
        gone.setAccessibleName(tr("Remove {name}", name=told))
        return row((Label(told, select=True), 1), gone)

    def _show_counts(self) -> None:
        preview = self._state.preview
        if preview is None:
            return
        each = [f"{title}: {trn('{n} file', '{n} files', n)}" for (_, title), n in preview.homes.items()]
        self._counts.setText(" · ".join(each))
        left = len(preview.homeless)
        text = trn("{n} file belongs to nothing yet.", "{n} files belong to nothing yet.", left) if left else ""
        self._left.show_text(text)

    # --- what the person does ------------------------------------------------------------------------------------

    def _assign(self) -> None:
        kind, name = self.by.currentData() or ("folder", "")
        module, record = self._module(), self.record.currentText().strip()
        if kind == "column":
            when, files = {name: str(self.value.currentData() or "")}, ""
        elif kind == "folder":
            when, files = {}, _below(self.folder.currentText())
        else:
            when, files = {}, self.pattern.currentText().strip()
        if not record or not (files or any(when.values())):
            return
        self._state.change(
            msg("change.assign", "Assignment of files to “{name}”", name=record),
            lambda draft: column_edits.assigned(
                column_edits.with_record(draft, module, record), module, record, files=files, when=when
            ),
        )
        self._show_records()

    def _remove(self, module: str, at: int) -> None:
        what = msg("change.assign-gone", "Removal of an assignment")
        self._state.change(what, lambda draft: column_edits.without_rule(draft, module, at))
        self._show_rules()
        self.assign.setFocus()


def _below(folder: str) -> str:
    plain = "".join("?" if c in "{}*?" else c for c in folder.strip().strip("/"))
    return f"{plain}/**" if plain else ""


def _condition(rule: Mapping[str, Any]) -> str:
    asked = rule.get("if")
    parts = [f"{k} = {v}" for k, v in asked.items()] if isinstance(asked, Mapping) else []
    files = str(rule.get("files") or "")
    return ", ".join([*parts, *([files] if files else [])])


def module_name(module: str) -> str:
    """What the records of a module are, in words."""
    return {
        "study_component": tr("data set"),
        "annotations": tr("annotations"),
        "biosample": tr("biological sample"),
        "specimen": tr("specimen"),
        "image_acquisition": tr("image acquisition"),
    }[module]
