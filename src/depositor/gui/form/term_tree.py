"""The terms of a vocabulary as a tree for Qt; branches are read when they are opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from depositor.gui.texts import count, say
from depositor.session import terms

if TYPE_CHECKING:
    from depositor.session.terms import Node, Term

Index = QModelIndex | QPersistentModelIndex
NODE = Qt.ItemDataRole.UserRole
_NOWHERE = QModelIndex()


@dataclass(eq=False)
class _Place:
    node: Node | None
    above: _Place | None
    row: int
    below: list[_Place] | None = None


class TermTree(QAbstractItemModel):
    """One column: the name, with how many terms stand right below. A term with several parents stands below each."""

    def __init__(self, vocabulary: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.vocabulary = vocabulary
        self._top = _Place(None, None, 0)
        self._top.below = [_Place(node, self._top, row) for row, node in enumerate(terms.roots(vocabulary))]

    def index_of(self, term: Term) -> QModelIndex:
        """Where a term stands, by its first parents; invalid where it does not."""
        place = self._top
        for node in terms.lineage(self.vocabulary, term):
            found = next((p for p in self._below(place) if p.node and p.node.number == node.number), None)
            if found is None:
                return QModelIndex()
            place = found
        return QModelIndex() if place is self._top else self.createIndex(place.row, 0, place)

    # --- as Qt asks ----------------------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        below = self._below(self._place(parent))
        return self.createIndex(row, column, below[row]) if 0 <= row < len(below) and column == 0 else QModelIndex()

    def parent(self, child: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        above = self._place(child).above
        return QModelIndex() if above is None or above is self._top else self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        place = self._place(parent)
        if place.below is not None:
            return len(place.below)
        return place.node.children if place.node else 0

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        place = self._place(parent)
        return place.node is None or place.node.children > 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self._place(index).node
        if node is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{title(node)}  ({count(node.children)})" if node.children else title(node)
        return node if role == NODE else None

    def _place(self, index: Index) -> _Place:
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, _Place) else self._top

    def _below(self, place: _Place) -> list[_Place]:
        if place.below is None:
            nodes = terms.children(self.vocabulary, place.node.number) if place.node else ()
            place.below = [_Place(node, place, row) for row, node in enumerate(nodes)]
        return place.below


def title(node: Node) -> str:
    """A node in words."""
    if node.term is not None:
        return node.term.label
    return say(node.heading) if node.heading else ""
