"""Tables of short answers: channels and antibodies, controls, classes. Works at a hundred rows as at one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from depositor.draft.finding import Finding
from depositor.draft.paths import Key
from depositor.gui.form.channel_menu import CHANNELS, ChannelMenu
from depositor.gui.form.editors import Editor
from depositor.gui.form.grid_model import GridModel, plain
from depositor.gui.form.grid_view import GridView
from depositor.gui.form.surroundings import workspace_of
from depositor.gui.form.told import Place, Told
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label
from depositor.gui.widgets.flow import flow
from depositor.session.channel_files import light_of
from depositor.session.forms import Field


class GridEditor(Editor):
    """A table whose cells open as the editors of the form."""

    def __init__(self, field: Field, make: Callable[[Field], Editor]) -> None:
        super().__init__()
        self.model = GridModel([f for f in field.subfields if not f.computed and not f.const])
        self._consts = {f.key: f.const for f in field.subfields if f.const}
        self.table = GridView(self.model, make)
        self.model.setParent(self.table)  # it goes with the table, never before
        self._told = Told()
        keys = tr(
            "Type in a cell, or paste rows from a spreadsheet. F2 changes a cell, Alt with the arrows moves a row."
        )
        self._keys = Label(keys, "muted")
        self.add = Button("plus", "", self._append)
        self.up = Button(None, "quiet", lambda: self.table.shift(-1))
        self.down = Button(None, "quiet", lambda: self.table.shift(1))
        self.away = Button("close", "quiet", self._take_away)
        for button, words in (
            (self.add, tr("Add a row")),
            (self.up, tr("Up")),
            (self.down, tr("Down")),
            (self.away, tr("Remove")),
        ):
            button.setText(words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addWidget(self._keys)
        self.tables = ChannelMenu(self) if field.path == CHANNELS else None
        layout.addWidget(flow(self.add, self.up, self.down, self.away, *([self.tables] if self.tables else [])))
        layout.addWidget(self._told)
        self.setFocusProxy(self.table)
        self.model.touched.connect(self._touched)
        self.table.moved.connect(self._show_place)
        self._show_place()

    # --- the answer ----------------------------------------------------------------------------------------------

    def value(self) -> Any:
        return [{**self._consts, **record} for record in self.model.said()] or None

    def show_value(self, value: Any) -> None:
        records = [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []
        space = workspace_of(self) if self.tables else None
        if space is not None and space.work is not None:
            self.model.show_light(light_of(space.work.draft))
        if [plain(r) for r in records] == (self.value() or []):
            return
        first = not self.model.records
        self.model.show_records(records)
        if first:
            self.table.fit_columns()
        self._show_place()

    def place_of(self, child: QWidget) -> tuple[Key, ...]:
        current = self.table.currentIndex()
        if child is self.table or not current.isValid():
            return ()
        before = self.model.records[: current.row()]
        return (sum(bool(plain(r)) for r in before), self.model.fields[current.column()].key)

    def shows(self, keys: tuple[Key, ...]) -> bool:
        return len(keys) < 2 or any(f.key == keys[1] for f in self.model.fields)

    def name(self, label: str, description: str) -> None:
        keys = tr("Arrow keys move, typing fills in a cell, F2 changes it, rows can be pasted from a spreadsheet.")
        self.table.setAccessibleName(label)
        self.table.setAccessibleDescription(f"{description} {keys}")
        self.add.setAccessibleName(tr("Add a row: {what}", what=label))
        self.add.setAccessibleDescription(description)

    def put_keyboard(self, keys: tuple[Key, ...] = ()) -> QWidget:
        row = keys[0] if keys and isinstance(keys[0], int) else None
        if row is None or row >= len(self.model.records):
            self.table.setFocus()
            return self.table
        known = [f.key for f in self.model.fields]
        column = known.index(str(keys[1])) if len(keys) > 1 and keys[1] in known else 0
        self.table.go(row, column, edit=True)
        opened = self.table.cells.editor
        return opened.put_keyboard(keys[2:]) if opened is not None else super().put_keyboard()

    def show_findings(self, found: Sequence[Place]) -> list[Place]:
        cells: dict[tuple[int, str], list[Finding]] = {}
        for keys, finding in found:
            if keys and isinstance(keys[0], int):
                key = str(keys[1]) if len(keys) > 1 else self.model.fields[0].key
                cells.setdefault((keys[0], key), []).append(finding)
        self.model.show_findings(cells)
        self._told.show_findings([f for keys, f in found if keys])
        return [(keys, f) for keys, f in found if not keys]

    # --- what a person does --------------------------------------------------------------------------------------

    def cell(self, row: int, key: str) -> Editor | None:
        """Open a cell; its editor."""
        self.put_keyboard((row, key))
        return self.table.cells.editor

    def _append(self) -> None:
        self.table.setFocus()
        self.table.go(len(self.model.records), 0, edit=True)

    def _take_away(self) -> None:
        lines = self.table.lines()
        self.model.remove(lines)
        self.table.setFocus()
        if lines:
            self.table.go(min(lines[0], len(self.model.records)), 0)

    def _touched(self) -> None:
        self.apart = self.model.acted
        self._show_place()
        self._edited()

    def _show_place(self) -> None:
        """Which line the buttons speak of."""
        row, number = self.table.currentIndex().row(), len(self.model.records)
        there = 0 <= row < number
        self.up.setEnabled(there and row > 0)
        self.down.setEnabled(there and row < number - 1)
        self.away.setEnabled(there)
        name = tr("row {number}", number=row + 1)
        for button in (self.up, self.down, self.away):
            button.setAccessibleName(f"{button.text()}: {name}" if there else button.text())

    # --- room ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.table.fit_columns()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 12, super().minimumSizeHint().height())
