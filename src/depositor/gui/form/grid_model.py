"""The rows of a table of answers as Qt's views want them: channels and antibodies, controls, classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QIcon

from depositor.draft.finding import Finding, Level
from depositor.draft.paths import is_empty
from depositor.gui import icons, theme
from depositor.gui.form.grid_cells import Block, answer, heads, shown
from depositor.gui.form.light_colors import swatch
from depositor.gui.form.told import sentence
from depositor.gui.texts import say, tr
from depositor.session.forms import Field, Requirement

Index = QModelIndex | QPersistentModelIndex
Record = dict[str, Any]
_NO_INDEX = QModelIndex()
_GRAVE = (Level.BLOCKER, Level.WARNING)


class GridModel(QAbstractTableModel):
    """One line for each record and an empty one for the next. ``touched`` tells that a person changed something.

    What a record says beyond the shown columns stays in it.
    """

    touched = Signal()
    acted = False  # the last change was made by an action on cells or lines, not by typing in a cell

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__()
        self.fields = tuple(fields)
        self._records: list[Record] = []
        self._found: dict[tuple[int, str], list[Finding]] = {}
        self._light: Mapping[str, Record] = {}

    # --- the answer ----------------------------------------------------------------------------------------------

    @property
    def records(self) -> tuple[Record, ...]:
        """All lines, also those that say nothing yet."""
        return tuple(self._records)

    def said(self) -> list[Record]:
        """What the document holds: no line that says nothing, no cell that is empty."""
        return [kept for r in self._records if not is_empty(kept := plain(r))]

    def show_records(self, records: Sequence[Record]) -> None:
        """Show other records; a cell that is being edited stays open where its line stays."""
        number = len(records)
        if number != len(self._records):
            self.beginResetModel()
            self._records = [dict(r) for r in records]
            self.endResetModel()
            return
        for at, record in enumerate(records):
            if self._records[at] != record:
                self._records[at] = dict(record)
                self.dataChanged.emit(self.index(at, 0), self.index(at, len(self.fields) - 1))

    def show_light(self, light: Mapping[str, Record]) -> None:
        """Show the colours of channels by what is told of their light elsewhere, by the name of the channel."""
        if light != self._light:
            self._light = light
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._records), 0))

    def show_findings(self, found: Mapping[tuple[int, str], list[Finding]]) -> None:
        """Tell what is wrong, by the place in the document and the key of the column."""
        lines = [at for at, record in enumerate(self._records) if not is_empty(record)]
        placed = {(lines[at], key): f for (at, key), f in found.items() if at < len(lines)}
        if placed != self._found:
            self._found = placed
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._records), len(self.fields) - 1))

    def findings(self, index: Index) -> list[Finding]:
        """What is wrong in a cell."""
        return self._found.get((index.row(), self.fields[index.column()].key), [])

    # --- for Qt --------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._records) + 1

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.fields)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def answer(self, index: Index) -> Any:
        """What a cell holds."""
        return self._record(index.row()).get(self.fields[index.column()].key)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        roles = Qt.ItemDataRole
        if role == roles.DisplayRole:
            return self.words(index)
        if role in (roles.EditRole, roles.AccessibleTextRole):
            return self.answer(index) if role == roles.EditRole else self.spoken(index)
        return self._look(index, role)

    def words(self, index: Index) -> str:
        """What a cell shows."""
        return shown(self.fields[index.column()], self.answer(index))

    def _look(self, index: Index, role: int) -> Any:
        roles = Qt.ItemDataRole
        if role in (roles.ToolTipRole, roles.AccessibleDescriptionRole):
            return " ".join(sentence(f) for f in self.findings(index)) or say(self.fields[index.column()].help)
        if role == roles.DecorationRole:
            return self._picture(index)
        if role == roles.BackgroundRole and any(f.level in _GRAVE for f in self.findings(index)):
            return QColor(theme.current().warn_soft)
        return None

    def spoken(self, index: Index) -> str:
        """A cell in words: which column and row, what stands there, what is wrong."""
        field = self.fields[index.column()]
        what = shown(field, self.answer(index)) or tr("empty")
        wrong = (sentence(f) for f in self.findings(index))
        return ". ".join((f"{cell_name(field, index.row())}: {what}", *wrong))

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        roles = Qt.ItemDataRole
        if way is Qt.Orientation.Vertical:
            new = section == len(self._records)
            return ("+" if new else str(section + 1)) if role == roles.DisplayRole else None
        field = self.fields[section]
        if role == roles.DisplayRole:
            words = say(field.label) + (" *" if field.requirement is Requirement.REQUIRED else "")
            return f"{words} ({field.unit})" if field.unit else words
        if role == roles.ToolTipRole:
            return say(field.help)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """``value`` is an answer; None empties the cell."""
        if role != Qt.ItemDataRole.EditRole or self.answer(index) == value:
            return False
        self._need(index.row() + 1)
        self._put(index.row(), self.fields[index.column()].key, value)
        self.dataChanged.emit(index, index)
        self.acted = False
        self.touched.emit()
        return True

    # --- blocks and lines ----------------------------------------------------------------------------------------

    def put_block(self, top: int, left: int, block: Block, *, own: bool) -> tuple[int, int]:
        """Fill in a block from a cell on, with lines as needed; its first line may name the columns. How many lines
        and columns it took."""
        named = None if own or not block else heads(self.fields, block[0])
        columns = named or self.fields[left:]
        lines = block[1:] if named else block
        self._need(top + len(lines))
        for down, line in enumerate(lines):
            for field, cell in zip(columns, line, strict=False):
                if field is not None:
                    before = self._records[top + down].get(field.key)
                    self._put(top + down, field.key, cell if own else answer(field, str(cell), before))
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._records), len(self.fields) - 1))
        self.acted = True
        self.touched.emit()
        return len(lines), max((min(len(line), len(columns)) for line in lines), default=0)

    def empty(self, cells: Sequence[Index]) -> None:
        """Empty these cells."""
        for index in cells:
            if index.row() < len(self._records):
                self._put(index.row(), self.fields[index.column()].key, None)
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._records), len(self.fields) - 1))
        self.acted = True
        self.touched.emit()

    def remove(self, lines: Sequence[int]) -> None:
        """Take lines away."""
        for at in sorted(set(lines), reverse=True):
            if at < len(self._records):
                self.beginRemoveRows(QModelIndex(), at, at)
                del self._records[at]
                self.endRemoveRows()
        self.acted = True
        self.touched.emit()

    def move(self, at: int, by: int) -> bool:
        """Move a line up (-1) or down (1); False where it cannot go there."""
        to = at + by
        if not (0 <= at < len(self._records) and 0 <= to < len(self._records)):
            return False
        self.beginMoveRows(QModelIndex(), at, at, QModelIndex(), to if by < 0 else to + 1)
        self._records.insert(to, self._records.pop(at))
        self.endMoveRows()
        self.acted = True
        self.touched.emit()
        return True

    def _need(self, number: int) -> None:
        new = number - len(self._records)
        if new > 0:
            last = len(self._records)
            self.beginInsertRows(QModelIndex(), last + 1, last + new)
            self._records += [{} for _ in range(new)]
            self.endInsertRows()

    def _record(self, line: int) -> Record:
        return self._records[line] if line < len(self._records) else {}

    def _put(self, line: int, key: str, value: Any) -> None:
        record = {k: v for k, v in self._records[line].items() if k != key}
        self._records[line] = record if is_empty(value) else {**self._records[line], key: value}

    def _picture(self, index: Index) -> QColor | QIcon | None:
        if any(f.level in _GRAVE for f in self.findings(index)):
            return icons.icon("attention", "warn")
        if index.column() != 0:
            return None
        record = self._record(index.row())
        return swatch({**self._light.get(str(record.get("channel_label")), {}), **record})


def cell_name(field: Field, row: int) -> str:
    """``Dye, row 3``: what a screen reader calls a cell."""
    return tr("{column}, row {number}", column=say(field.label), number=row + 1)


def plain(record: Mapping[str, Any]) -> Record:
    """A record without its empty cells."""
    return {k: v for k, v in record.items() if v is not None and v != ""}
