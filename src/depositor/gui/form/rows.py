"""Rows of short answers: channels of a specimen, what was imaged and how. A table where there is room, else blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from depositor.draft.paths import Key
from depositor.gui.form.editors import Editor
from depositor.gui.form.told import Place, Told, below
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label
from depositor.session.forms import Field, Requirement

Make = Callable[[Field], Editor]
_COLUMN, _BLOCK_COLUMN, _MOST = 8.5, 12, 3  # least widths of a column of the table and of a block, in heights of a line


class RowsEditor(Editor):
    """The rows; each cell has a label of its own that shows where the rows are blocks."""

    def __init__(self, field: Field, make: Make) -> None:
        super().__init__()
        self._make = make
        self._fields = [f for f in field.subfields if not f.computed]
        self._rows: list[_Row] = []
        self._heads = [self._head(f) for f in self._fields]
        self._shown_as: int | None = None
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.add = Button("plus", "", self._append)
        self.add.setText(tr("Add a row"))
        self._told = Told()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._grid)
        layout.addWidget(self._told)
        across = QHBoxLayout()
        across.addWidget(self.add)
        across.addStretch(1)
        layout.addLayout(across)
        self.setFocusProxy(self.add)

    def value(self) -> Any:
        return [v for v in (row.value() for row in self._rows) if v] or None

    def show_value(self, value: Any) -> None:
        records = [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []
        if [_said(r) for r in records] == (self.value() or []):
            return
        self._have(len(records))
        for row, record in zip(self._rows, records, strict=True):
            row.show_value(record)

    def cell(self, at: int, key: str) -> Editor | None:
        """The editor of one cell."""
        return self._rows[at].editors.get(key) if at < len(self._rows) else None

    def place_of(self, child: QWidget) -> tuple[Key, ...]:
        cells = ((at, key, e) for at, row in enumerate(self._rows) for key, e in row.editors.items())
        return next(((at, key) for at, key, e in cells if e is child or e.isAncestorOf(child)), ())

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)
        self.add.setAccessibleName(tr("Add a row: {what}", what=label))
        self.add.setAccessibleDescription(description)

    def put_keyboard(self, keys: tuple[Key, ...] = ()) -> QWidget:
        at = keys[0] if keys and isinstance(keys[0], int) else None
        if at is None or at >= len(self._rows):
            return super().put_keyboard()
        editors = self._rows[at].editors
        found = editors.get(str(keys[1])) if len(keys) > 1 else next(iter(editors.values()), None)
        return found.put_keyboard(keys[2:]) if found else super().put_keyboard()

    def show_findings(self, found: Sequence[Place]) -> list[Place]:
        for at, row in enumerate(self._rows):
            row.describe(at, [(keys, f) for keys, f in below(found, at)])
        self._told.show_findings([f for keys, f in found if keys])
        return [(keys, f) for keys, f in found if not keys]

    # --- which rows ----------------------------------------------------------------------------------------------

    def _have(self, number: int) -> None:
        while len(self._rows) > number:
            self._rows.pop().let_go(self._edited)
        while len(self._rows) < number:
            row = _Row(self._fields, self._make, self._take_away)
            for editor in row.editors.values():
                editor.changed.connect(self._edited)
            self._rows.append(row)
            row.describe(len(self._rows) - 1, ())
        self._arrange()

    def _append(self) -> None:
        self._have(len(self._rows) + 1)
        self.put_keyboard((len(self._rows) - 1,))

    def _take_away(self, row: _Row) -> None:
        at = self._rows.index(row)
        values = [r.value() for r in self._rows if r is not row]
        self._have(len(values))
        for kept, value in zip(self._rows, values, strict=True):
            kept.show_value(value or {})
        (self._rows[min(at, len(values) - 1)].away if values else self.add).setFocus()
        self.changed.emit()

    # --- table or blocks -----------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._shown_as != self._shape():
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self._shown_as != self._shape():
            self._arrange()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the widest cell: a table that does not fit becomes blocks."""
        widest = max((e.minimumSizeHint().width() for r in self._rows for e in r.editors.values()), default=0)
        return QSize(max(widest, self.add.minimumSizeHint().width()), super().minimumSizeHint().height())

    def _shape(self) -> int:
        """0 for a table, else the columns of the blocks."""
        line = self.fontMetrics().height()
        if self.width() >= line * _COLUMN * len(self._fields):
            return 0
        return max(1, min(_MOST, int(self.width() // (line * _BLOCK_COLUMN))))

    def _arrange(self) -> None:
        self._shown_as = shape = self._shape()
        while self._grid.count():
            self._grid.takeAt(0)
        columns = shape or len(self._fields)
        for at in range(len(self._fields) + _MOST):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        for at, head in enumerate(self._heads):
            head.setVisible(not shape and bool(self._rows))
            if not shape:
                self._grid.addWidget(head, 0, at, Qt.AlignmentFlag.AlignBottom)
        line = 1
        for row in self._rows:
            line = row.arrange(self._grid, line, shape)

    def _head(self, field: Field) -> Label:
        head = Label(_title(field), "muted")
        head.setToolTip(say(field.help))
        head.setParent(self)
        head.hide()
        return head


class _Row:
    """The widgets of one row."""

    def __init__(self, fields: Sequence[Field], make: Make, take_away: Callable[[_Row], None]) -> None:
        self._fields = fields
        self._rest: dict[str, Any] = {}
        self.editors: dict[str, Editor] = {}
        self._labels: dict[str, Label] = {}
        for field in fields:
            self.editors[field.key] = make(field)
            self._labels[field.key] = Label(_title(field), "muted")
        self._number = Label(kind="strong")
        self.away = Button("close", "quiet", partial(take_away, self))

    def value(self) -> Any:
        said = {k: v for k, v in ((k, e.value()) for k, e in self.editors.items()) if v is not None}
        return {**self._rest, **said} if said else None

    def show_value(self, record: dict[str, Any]) -> None:
        self._rest = {k: v for k, v in record.items() if k not in self.editors and v is not None}
        for key, editor in self.editors.items():
            editor.show_value(record.get(key))

    def describe(self, at: int, found: Sequence[Place]) -> None:
        """Name the cells for screen readers, with what is wrong in them."""
        self._number.setText(tr("Row {number}", number=at + 1))
        self.away.setAccessibleName(tr("Remove row {number}", number=at + 1))
        self.away.setToolTip(tr("Remove row {number}", number=at + 1))
        for field in self._fields:
            wrong = [say(f.message) for keys, f in found if keys and keys[0] == field.key]
            words = tr("{column}, row {number}", column=say(field.label), number=at + 1)
            self.editors[field.key].name(words, " ".join((say(field.help), *wrong)))

    def arrange(self, grid: QGridLayout, line: int, blocks: int) -> int:
        """Put the widgets into the grid from ``line`` on, in ``blocks`` columns or (0) as a line of the table; the next
        free line."""
        if not blocks:
            for at, field in enumerate(self._fields):
                grid.addWidget(self.editors[field.key], line, at)
            grid.addWidget(self.away, line, len(self._fields))
        else:
            grid.addWidget(self._number, line, 0)
            grid.addWidget(self.away, line, blocks - 1, Qt.AlignmentFlag.AlignTrailing)
            for at, field in enumerate(self._fields):
                place = line + 1 + at // blocks * 2
                grid.addWidget(self._labels[field.key], place, at % blocks, Qt.AlignmentFlag.AlignBottom)
                grid.addWidget(self.editors[field.key], place + 1, at % blocks)
        for label in (self._number, *self._labels.values()):
            label.setVisible(bool(blocks))
        for shown in (*self.editors.values(), self.away):
            shown.show()
        return line + 1 if not blocks else line + 1 + -(-len(self._fields) // blocks) * 2

    def let_go(self, edited: Callable[[], None]) -> None:
        """Take everything away."""
        for editor in self.editors.values():
            editor.changed.disconnect(edited)
        for widget in (*self.editors.values(), *self._labels.values(), self._number, self.away):
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()


def _title(field: Field) -> str:
    return say(field.label) + (" *" if field.requirement is Requirement.REQUIRED else "")


def _said(record: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if v is not None and v != ""}
