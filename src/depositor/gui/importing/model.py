"""The changes that a file would make, as a tree: a branch for each part of the form, a box to tick at each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from depositor.gui.texts import count, say, tr
from depositor.session.sources import Change, ChangeKind

Index = QModelIndex | QPersistentModelIndex
WHAT, WAS, NOW, PLACE = range(4)
_WIDE = 120  # characters of a value in its line; all of it stands below the tree
_NO_INDEX = QModelIndex()
_Role = Qt.ItemDataRole


def kind_words(kind: ChangeKind) -> str:
    """What happens to an answer."""
    return {
        ChangeKind.ADDED: tr("new"),
        ChangeKind.CHANGED: tr("changed"),
        ChangeKind.REMOVED: tr("removed"),
    }[kind]


class ChangesModel(QAbstractItemModel):
    """Two levels: parts of the form, and their changes. ``ticked`` fires when the choice changed."""

    ticked = Signal()

    def __init__(self, changes: tuple[Change, ...], name: Callable[[str], str], parent: QObject | None = None) -> None:
        """``name`` gives the words for the key of a part."""
        super().__init__(parent)
        groups: dict[str, list[Change]] = {}
        for change in changes:
            groups.setdefault(change.module, []).append(change)
        self._groups = list(groups.items())
        self._name = name
        self._chosen = {c.id for c in changes if c.taken}
        self.total = len(changes)

    @property
    def chosen(self) -> frozenset[str]:
        """The ids of the ticked changes."""
        return frozenset(self._chosen)

    def change(self, index: Index) -> Change | None:
        """The change at an index; None for a part of the form."""
        if not index.isValid() or index.internalId() == 0:
            return None
        return self._groups[index.internalId() - 1][1][index.row()]

    # --- structure -----------------------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = _NO_INDEX) -> QModelIndex:  # type: ignore[override]
        if not index.isValid() or index.internalId() == 0:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        if not parent.isValid():
            return len(self._groups)
        return len(self._groups[parent.row()][1]) if parent.internalId() == 0 and parent.column() == 0 else 0

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 4

    # --- content -------------------------------------------------------------------------------------------------

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return (tr("What"), tr("Now"), tr("Afterwards"), tr("Where it stands"))[section]
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        change = self.change(index)
        if change is None:
            return self._of_group(index, role) if index.isValid() else None
        if role == _Role.CheckStateRole and index.column() == WHAT:
            return Qt.CheckState.Checked if change.id in self._chosen else Qt.CheckState.Unchecked
        if role == _Role.DisplayRole:
            return self._words(change, index.column())
        if role == _Role.AccessibleTextRole and index.column() == WHAT:
            return ", ".join(self._words(change, at) for at in range(4))
        if role == _Role.ToolTipRole:
            return (None, change.was or None, change.now or None, None)[index.column()]
        return None

    def _words(self, change: Change, column: int) -> str:
        if column == WHAT:
            name = f"{change.record} · {say(change.label)}" if change.record and not change.record_wide else ""
            whole = f"{say(change.label)}: {change.record}" if change.record else say(change.label)
            return f"{name or whole} ({kind_words(change.kind)})"
        if column == PLACE:
            return change.place
        return _line(change.was if column == WAS else change.now)

    def _of_group(self, index: Index, role: int) -> Any:
        key, changes = self._groups[index.row()]
        ticked = sum(c.id in self._chosen for c in changes)
        if role == _Role.DisplayRole and index.column() == WHAT:
            return tr("{part} ({n} of {all})", part=self._name(key), n=count(ticked), all=count(len(changes)))
        if role == _Role.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        if role == _Role.CheckStateRole and index.column() == WHAT:
            return Qt.CheckState.Checked if ticked == len(changes) else Qt.CheckState.Unchecked
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return found | Qt.ItemFlag.ItemIsUserCheckable if index.column() == WHAT else found

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        if role != _Role.CheckStateRole or not index.isValid():
            return False
        change = self.change(index)
        at = index.row() if change is None else index.internalId() - 1
        touched = {c.id for c in self._groups[at][1]} if change is None else {change.id}
        if Qt.CheckState(value) is Qt.CheckState.Unchecked:
            self._chosen -= touched
        else:
            self._chosen |= touched
        group = self.createIndex(at, 0, 0)
        self.dataChanged.emit(group, group, [_Role.CheckStateRole, _Role.DisplayRole])
        last = len(self._groups[at][1]) - 1
        self.dataChanged.emit(self.index(0, 0, group), self.index(last, 0, group), [_Role.CheckStateRole])
        self.ticked.emit()
        return True


def _line(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _WIDE else f"{plain[: _WIDE - 1]}…"
