"""What the dialogs of this package share: a head, a place for problems, work beside the window, and a way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QDialog, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget
from shiboken6 import isValid

from depositor.draft.problem import Problem
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, Notice
from depositor.gui.widgets.flow import flow
from depositor.gui.workspace import Workspace

DATA = Qt.ItemDataRole.UserRole
_LANE = "reuse"


class ReuseDialog(QDialog):
    """A dialog over the window. Work goes to a thread; what comes back after it was closed is dropped."""

    def __init__(self, parent: QWidget, workspace: Workspace, title: str, lead: str = "") -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        room = self.fontMetrics().height()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(room, room, room, room)
        self.body.setSpacing(round(room * 0.7))
        self.body.addWidget(Label(title, "heading"))
        if lead:
            self.body.addWidget(Label(lead, "muted"))
        self.notice = Notice("warn")
        self.notice.hide()
        self.body.addWidget(self.notice)

    def ask(self, task: Callable[[], Any], done: Callable[[Any], object] | None = None) -> None:
        """Do ``task`` in a thread, then ``done`` with its result here; a Problem is told at the top."""

        def here(result: Any) -> None:
            if isValid(self) and done is not None:
                done(result)

        def failed(problem: Problem) -> None:
            if isValid(self):
                self.tell(problem)

        self.workspace.bridge.ask(lambda _: task(), here, failed, lane=_LANE)

    def tell(self, problem: Problem | None) -> None:
        """Show a problem, or none."""
        if problem is None:
            self.notice.hide()
        else:
            self.notice.tone("warn")
            self.notice.show_text(say(problem.message), say(problem.advice))

    def note(self, text: str) -> None:
        """Tell something that went well."""
        self.notice.tone("ok")
        self.notice.show_text(text)

    def end_with(self, *buttons: Button, close: str | None = None) -> None:
        """The last line: other buttons, then the way out."""
        away = Button(clicked=self.reject)
        away.setText(close or tr("&Close"))
        self.body.addWidget(flow(*buttons, away))

    def fit(self, across: int, down: int) -> None:
        """Begin with a size in heights of a line, never larger than the screen."""
        line = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(line * across, room.width() - line), min(line * down, room.height() - line * 3))


class Tree(QTreeWidget):
    """A tree with columns that is walked with the arrow keys and left with Tab."""

    def __init__(self, name: str, *columns: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setHeaderLabels(list(columns) or [""])
        self.setHeaderHidden(not columns)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setMinimumHeight(self.fontMetrics().height() * 6)
        self.header().setStretchLastSection(True)

    def add(self, texts: Iterable[str], data: Any = None, under: QTreeWidgetItem | None = None) -> QTreeWidgetItem:
        """One more line."""
        item = QTreeWidgetItem(list(texts))
        item.setData(0, DATA, data)
        item.setSizeHint(0, QSize(1, round(self.fontMetrics().height() * 1.5)))
        for at in range(item.columnCount()):
            item.setToolTip(at, item.text(at))
        if under is None:
            self.addTopLevelItem(item)
        else:
            under.addChild(item)
        return item

    def go_first(self) -> None:
        """Put the cursor on the first line."""
        first = self.topLevelItem(0)
        if first is not None:
            self.setCurrentItem(first)

    def chosen(self) -> Any:
        """What the current line stands for."""
        item = self.currentItem()
        return item.data(0, DATA) if item is not None else None

    def lines(self) -> Iterator[QTreeWidgetItem]:
        """Every line, with those below it."""
        for item in below(self.invisibleRootItem()):
            yield item
            yield from _deeper(item)


def below(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    """The lines right below one."""
    found = (item.child(n) for n in range(item.childCount()))
    return [one for one in found if one is not None]


def _deeper(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    for one in below(item):
        yield one
        yield from _deeper(one)


def can_tick(item: QTreeWidgetItem) -> bool:
    return bool(item.flags() & Qt.ItemFlag.ItemIsUserCheckable) and not item.isDisabled()


def tick(item: QTreeWidgetItem, *, on: bool) -> None:
    """Make a line one that can be ticked."""
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)


def ticked(item: QTreeWidgetItem) -> bool:
    return item.checkState(0) is Qt.CheckState.Checked
