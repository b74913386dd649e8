"""What a file would change: shown before anything happens, to be taken whole or in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTabWidget, QTreeView, QVBoxLayout, QWidget

from depositor.gui.form.told import sentence
from depositor.gui.importing.model import NOW, PLACE, WAS, WHAT, ChangesModel
from depositor.gui.texts import count, say, tr, trn
from depositor.gui.widgets.basics import Label, Notice
from depositor.session.sources import Preview

_MOST = 2_000  # lines of findings; nobody reads more


class PreviewView(QWidget):
    """Three lists: changes with boxes, findings with the addresses of their cells, what has no place in the form."""

    def __init__(self, found: Preview, name: Callable[[str], str]) -> None:
        super().__init__()
        self.found = found
        self.model = ChangesModel(found.changes, name, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._notice = Notice("info")
        self._notice.show_text(*_summary(found))
        layout.addWidget(self._notice)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName(tr("What the file says"))
        layout.addWidget(self.tabs, 1)
        self.tree = self._changes()
        self._all = Label(kind="muted", select=True)
        changes = QWidget()
        inside = QVBoxLayout(changes)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.tree, 1)
        inside.addWidget(self._all)
        self.tabs.addTab(changes, tr("Changes ({n})", n=count(len(found.changes))))
        self._add(_findings(found), tr("Please look ({n})", n=count(len(found.findings))))
        self._add(_left_out(found), tr("Not taken over ({n})", n=count(len(found.not_taken))))
        self._show_current()

    def _changes(self) -> QTreeView:
        tree = QTreeView()
        tree.setModel(self.model)
        tree.setAccessibleName(tr("Changes"))
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(True)
        tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = tree.header()
        letter = self.fontMetrics().averageCharWidth()
        header.setStretchLastSection(False)
        for section, wide in ((WHAT, 44), (PLACE, 22)):
            tree.setColumnWidth(section, letter * wide)
        for section in (WAS, NOW):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
        if self.model.total <= 200:
            tree.expandAll()
        tree.setCurrentIndex(self.model.index(0, 0))
        tree.selectionModel().currentChanged.connect(self._show_current)
        return tree

    def _show_current(self, current: QModelIndex | None = None, _: QModelIndex | None = None) -> None:
        """All of the values of the line that has the keyboard: they may be long."""
        change = self.model.change(current or self.tree.currentIndex())
        if change is None:
            self._all.setText(tr("Space ticks a line. A whole part can be ticked at its heading."))
            return
        arrow = "←" if self.isRightToLeft() else "→"
        said = f" {arrow} ".join(t for t in (change.was, change.now) if t)
        kept = f"\n{tr('You typed the present value yourself.')}" if change.persons and change.was else ""
        self._all.setText(f"{said[:600]}{kept}")

    def _add(self, table: QTreeView, title: str) -> None:
        table.setAccessibleName(title)
        whole = Label(kind="muted", select=True)
        page = QWidget()
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(table, 1)
        inside.addWidget(whole)
        table.selectionModel().currentChanged.connect(
            lambda at, _: whole.setText("\n".join(str(at.siblingAtColumn(n).data() or "") for n in range(3)).strip())
        )
        table.setCurrentIndex(table.model().index(0, 0))
        self.tabs.setTabVisible(self.tabs.addTab(page, title), table.model().rowCount() > 0)


def _summary(found: Preview) -> tuple[str, str]:
    """What kind of file it is, and what it comes to."""
    details = " · ".join(say(d) for d in found.details)
    kind = say(found.name) + (f" · {details}" if details else "")
    if not found.changes and found.same:
        return tr("Nothing differs"), f"{kind}. " + tr("All that the file says stands in the description already.")
    if not found.changes:
        return tr("Nothing to take over"), f"{kind}. " + tr("The file says nothing that the form asks for.")
    same = trn("{n} value is there already.", "{n} values are there already.", found.same) if found.same else ""
    gone = any(not c.taken for c in found.changes)
    ask = tr("What would remove or replace something of yours is not ticked: tick it if you want it.") if gone else ""
    return kind, " ".join(t for t in (same, ask) if t) or tr("Nothing happens before you agree.")


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], stretch: int) -> QTreeView:
    model = QStandardItemModel(0, len(headings))
    model.setHorizontalHeaderLabels(list(headings))
    for row in rows[:_MOST]:
        items = [QStandardItem(" ".join(text.split())) for text in row]
        for item, text in zip(items, row, strict=True):
            item.setEditable(False)
            item.setToolTip(text)
        model.appendRow(items)
    table = QTreeView()
    table.setRootIsDecorated(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(True)
    table.setModel(model)
    model.setParent(table)
    header = table.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    for section in range(len(headings)):
        if section != stretch:
            table.setColumnWidth(section, table.fontMetrics().averageCharWidth() * 26)
    return table


def _findings(found: Preview) -> QTreeView:
    rows = [(f.location or "", sentence(f)) for f in found.findings]
    return _table((tr("Where it stands"), tr("What, and what to do")), rows, 1)


def _left_out(found: Preview) -> QTreeView:
    rows = [(n.place, n.text, say(n.why)) for n in found.not_taken]
    return _table((tr("Where it stands"), tr("What it says"), tr("Why")), rows, 2)
