"""Editors of records: a person, an organisation, rows of channels, rows of associations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from depositor.gui.form.editors import Editor
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label
from depositor.session.forms import Field, Requirement

Make = Callable[[Field], Editor]


class RecordEditor(Editor):
    """One record: its fields under each other, in two columns where they are short."""

    def __init__(self, fields: Sequence[Field], make: Make) -> None:
        super().__init__()
        self._rest: dict[str, Any] = {}
        self._editors: dict[str, Editor] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        for at, field in enumerate(f for f in fields if not f.computed):
            editor = make(field)
            label = QLabel(say(field.label) + (" *" if field.requirement is Requirement.REQUIRED else ""))
            label.setBuddy(editor.focusProxy() or editor)
            label.setToolTip(say(field.help))
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
            label.setContentsMargins(0, label.fontMetrics().height() // 3, 0, 0)
            editor.name(say(field.label), say(field.help))
            editor.setToolTip(say(field.help))
            editor.changed.connect(self._edited)
            grid.addWidget(label, at, 0)
            grid.addWidget(editor, at, 1)
            self._editors[field.key] = editor
        if self._editors:
            self.setFocusProxy(next(iter(self._editors.values())))

    def value(self) -> Any:
        said = {k: e.value() for k, e in self._editors.items()}
        return {**self._rest, **{k: v for k, v in said.items() if v is not None}} or None

    def show_value(self, value: Any) -> None:
        record = value if isinstance(value, dict) else {"name": value} if value else {}
        self._rest = {k: v for k, v in record.items() if k not in self._editors}
        for key, editor in self._editors.items():
            editor.show_value(record.get(key))

    def editor(self, key: str) -> Editor | None:
        """The editor of one field of the record."""
        return self._editors.get(key)

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)

    def _edited(self) -> None:
        self.changed.emit()


class RecordsEditor(Editor):
    """Several records, each in a frame, with add, remove and up."""

    def __init__(self, field: Field, make: Make) -> None:
        super().__init__()
        self._field, self._make = field, make
        self._rows: list[RecordEditor] = []
        self._frames: list[QFrame] = []
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._add = Button("plus", "", self._append)
        self._add.setText(tr("Add: {what}").format(what=say(field.label)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._column)
        across = QHBoxLayout()
        across.addWidget(self._add)
        across.addStretch(1)
        layout.addLayout(across)
        self.setFocusProxy(self._add)

    def value(self) -> Any:
        return [v for v in (row.value() for row in self._rows) if v] or None

    def show_value(self, value: Any) -> None:
        records = value if isinstance(value, list) else [value] if value else []
        if [r for r in records if r] == (self.value() or []) and len(records) <= len(self._rows):
            return
        while len(self._rows) > len(records):
            self._drop(len(self._rows) - 1)
        for at, record in enumerate(records):
            if at == len(self._rows):
                self._grow()
            self._rows[at].show_value(record)

    def row(self, at: int) -> RecordEditor | None:
        """The editor of record ``at``."""
        return self._rows[at] if at < len(self._rows) else None

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)

    def _append(self) -> None:
        self._grow()
        self._rows[-1].setFocus()

    def _grow(self) -> None:
        editor = RecordEditor(self._field.subfields, self._make)
        editor.changed.connect(self._edited)
        frame = QFrame()
        frame.setProperty("kind", "card")
        inside = QVBoxLayout(frame)
        head = QHBoxLayout()
        number = Label(f"{say(self._field.label)} {len(self._rows) + 1}", "strong", wrap=False)
        head.addWidget(number)
        head.addStretch(1)
        up = Button(None, "quiet", partial(self._raise, editor))
        up.setText(tr("Up"))
        up.setEnabled(bool(self._rows))
        away = Button("close", "quiet", partial(self._take_away, editor))
        away.setText(tr("Remove"))
        head.addWidget(up)
        head.addWidget(away)
        inside.addLayout(head)
        inside.addWidget(editor)
        self._rows.append(editor)
        self._frames.append(frame)
        self._column.addWidget(frame)

    def _take_away(self, editor: RecordEditor) -> None:
        values = [r.value() for r in self._rows if r is not editor]
        self._renew(values)

    def _raise(self, editor: RecordEditor) -> None:
        at = self._rows.index(editor)
        values = [r.value() for r in self._rows]
        if at:
            values[at - 1 : at + 1] = [values[at], values[at - 1]]
            self._renew(values)

    def _renew(self, values: list[Any]) -> None:
        while self._rows:
            self._drop(len(self._rows) - 1)
        self.show_value([v or {} for v in values])
        self._add.setFocus()
        self.changed.emit()

    def _drop(self, at: int) -> None:
        self._rows.pop(at).changed.disconnect(self._edited)
        frame = self._frames.pop(at)
        frame.hide()
        frame.setParent(None)
        frame.deleteLater()

    def _edited(self) -> None:
        self.changed.emit()


class RowsEditor(Editor):
    """Rows of short fields as a table: channels of a specimen, associations of a study component."""

    def __init__(self, field: Field, make: Make) -> None:
        super().__init__()
        self._field, self._make = field, make
        self._fields = [f for f in field.subfields if not f.computed]
        self._rows: list[tuple[dict[str, Any], dict[str, Editor], list[QWidget]]] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        for at, column in enumerate(self._fields):
            head = Label(say(column.label) + (" *" if column.requirement is Requirement.REQUIRED else ""), "muted")
            head.setToolTip(say(column.help))
            self._grid.addWidget(head, 0, at)
            self._grid.setColumnStretch(at, 1)
        add = Button("plus", "", self._append)
        add.setText(tr("Add a row"))
        self._add = add
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._grid)
        across = QHBoxLayout()
        across.addWidget(add)
        across.addStretch(1)
        layout.addLayout(across)
        self.setFocusProxy(add)

    def value(self) -> Any:
        out = []
        for rest, editors, _ in self._rows:
            said = {k: v for k, v in ((k, e.value()) for k, e in editors.items()) if v is not None}
            if said:
                out.append({**rest, **said})
        return out or None

    def show_value(self, value: Any) -> None:
        records = [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []
        if [_said(r) for r in records] == (self.value() or []):
            return
        while len(self._rows) > len(records):
            self._drop(len(self._rows) - 1)
        for at, record in enumerate(records):
            if at == len(self._rows):
                self._grow()
            rest, editors, _ = self._rows[at]
            rest.clear()
            rest.update({k: v for k, v in record.items() if k not in editors and v is not None})
            for key, editor in editors.items():
                editor.show_value(record.get(key))

    def cell(self, at: int, key: str) -> Editor | None:
        """The editor of one cell."""
        return self._rows[at][1].get(key) if at < len(self._rows) else None

    def cells(self) -> Sequence[tuple[Field, Editor]]:
        """Every cell with its field."""
        return [(f, editors[f.key]) for _, editors, _ in self._rows for f in self._fields]

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)

    def _append(self) -> None:
        self._grow()
        first = next(iter(self._rows[-1][1].values()), None)
        if first:
            first.setFocus()

    def _grow(self) -> None:
        line = self._grid.rowCount()
        number = len(self._rows) + 1
        editors: dict[str, Editor] = {}
        widgets: list[QWidget] = []
        for at, field in enumerate(self._fields):
            editor = self._make(field)
            words = tr("{column}, row {number}").format(column=say(field.label), number=number)
            editor.name(words, say(field.help))
            editor.changed.connect(self._edited)
            self._grid.addWidget(editor, line, at)
            editors[field.key] = editor
            widgets.append(editor)
        away = Button("close", "quiet", partial(self._take_away, editors))
        away.setAccessibleName(tr("Remove row {number}").format(number=number))
        self._grid.addWidget(away, line, len(self._fields))
        self._rows.append(({}, editors, [*widgets, away]))

    def _take_away(self, editors: dict[str, Editor]) -> None:
        at = next(n for n, (_, e, _) in enumerate(self._rows) if e is editors)
        self._drop(at)
        self._add.setFocus()
        self.changed.emit()

    def _drop(self, at: int) -> None:
        for widget in self._rows.pop(at)[2]:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()

    def _edited(self) -> None:
        self.changed.emit()


def _said(record: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if v is not None and v != ""}
