"""The window "Columns and groups": what file names say, which files belong where, annotations and their images."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QProgressBar, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from depositor.draft.problem import Problem
from depositor.draft.steps import StepId
from depositor.gui import dialogs
from depositor.gui.columns.columns_tab import ColumnsTab
from depositor.gui.columns.from_table import FromTable
from depositor.gui.columns.groups_tab import GroupsTab
from depositor.gui.columns.pairs_tab import PairsTab
from depositor.gui.columns.state import ColumnsState
from depositor.gui.texts import Texts, count, tr
from depositor.gui.widgets.basics import Button, Label, row

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace

COLUMNS, GROUPS, PAIRS = range(3)


class ColumnsDialog(QDialog):
    """Works on the open draft; every change is one step that undo takes back, here and in the main window."""

    def __init__(self, parent: QWidget, workspace: Workspace, tab: int = COLUMNS) -> None:
        super().__init__(parent)
        assert workspace.work is not None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.state = ColumnsState(workspace, workspace.work)
        self.columns = ColumnsTab(self.state)
        self._texts = Texts()
        self._build()
        self._connect()
        self._name()
        self.tabs.setCurrentIndex(tab)
        self._fill(tab)
        QTimer.singleShot(0, self, self._fill_next)
        line = self.fontMetrics().height()
        screen = self.screen().availableGeometry()
        self.resize(min(line * 66, screen.width() * 9 // 10), min(line * 46, screen.height() * 9 // 10))
        self.state.start()

    @cached_property
    def groups(self) -> GroupsTab:
        """Which files belong where; made when it is first asked for, or in a turn of the event loop after the start."""
        made = GroupsTab(self.state)
        made.homeless.connect(self._show_homeless)
        made.describe.connect(self._describe)
        return made

    @cached_property
    def pairs(self) -> PairsTab:
        """Annotations and their images; made like the groups."""
        made = PairsTab(self.state)
        made.describe.connect(self._describe)
        return made

    def _build(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for _ in (COLUMNS, GROUPS, PAIRS):
            self.tabs.addTab(_scrolling(), "")
        self._busy = QProgressBar()
        self._busy.setTextVisible(False)
        self._doing = Label(kind="muted", wrap=False)
        self._stop = Button("stop", "quiet", self.state.cancel)
        self.undo = Button("undo", "quiet", self._undo)
        self.redo = Button("redo", "quiet", self._redo)
        self.table = Button("open", "quiet", self._from_table)
        self.close_button = Button(kind="main", clicked=self.accept)
        inside = QVBoxLayout(self)
        room = round(self.fontMetrics().height() * 0.8)
        inside.setContentsMargins(room, room, room, room)
        inside.addWidget(self.tabs, 1)
        inside.addLayout(row(self._doing, (self._busy, 1), self._stop))
        inside.addLayout(row(self.undo, self.redo, self.table, 1, self.close_button))

    def _fill(self, at: int) -> None:
        """Put a tab into its place; the one that is seen at once, the others in later turns of the event loop."""
        area = self.tabs.widget(at)
        if isinstance(area, QScrollArea) and area.widget() is None:
            widget = self.columns if at == COLUMNS else self.groups if at == GROUPS else self.pairs
            widget.setProperty("kind", "body")
            area.setWidget(widget)

    def _fill_next(self) -> None:
        areas = (self.tabs.widget(at) for at in range(self.tabs.count()))
        empty = [at for at, area in enumerate(areas) if isinstance(area, QScrollArea) and area.widget() is None]
        if empty:
            self._fill(empty[0])
            QTimer.singleShot(0, self, self._fill_next)

    def _connect(self) -> None:
        self.state.busy.connect(self._show_busy)
        self.state.failed.connect(self._failed)
        self.state.workspace.heard.connect(self._heard)
        self.state.workspace.draft_opened.connect(self.reject)
        self.tabs.currentChanged.connect(self._entered)
        self.state.named.connect(self._entered)
        for keys, act in ((QKeySequence.StandardKey.Undo, self._undo), (QKeySequence.StandardKey.Redo, self._redo)):
            QShortcut(QKeySequence(keys), self, act)

    def _name(self) -> None:
        self.setWindowTitle(tr("Columns and groups"))
        titles = (tr("Columns"), tr("Groups"), tr("Annotations and their images"))
        for at, title in enumerate(titles):
            self.tabs.setTabText(at, title)
        self.tabs.tabBar().setAccessibleName(tr("Parts of this window"))
        self._busy.setAccessibleName(tr("Looking at the names"))
        self._stop.setText(tr("&Stop"))
        self.undo.setText(tr("&Undo"))
        self.redo.setText(tr("&Redo"))
        self.table.setText(tr("&From a table …"))
        self.close_button.setText(tr("&Close"))
        self._show_undo()
        self._show_busy(busy=False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._name()
            for tab in (self.columns, self.groups, self.pairs):
                tab.name()

    # --- what happens --------------------------------------------------------------------------------------------

    def _entered(self) -> None:
        self._fill(self.tabs.currentIndex())
        if self.tabs.currentIndex() == PAIRS:
            self.pairs.entered()

    def _show_busy(self, busy: bool) -> None:
        done, of = self.state.read
        self._busy.setVisible(busy)
        self._stop.setVisible(busy)
        self._doing.setVisible(busy)
        if busy:
            self._busy.setRange(0, of if of > 0 else 0)
            self._busy.setValue(done)
            self._doing.setText(tr("{done} of {all}", done=count(done), all=count(of)) if of else tr("Computing …"))

    def _heard(self, what: str) -> None:
        if what == "draft":
            self._show_undo()
            self.columns.refresh()

    def _show_undo(self) -> None:
        self.undo.setEnabled(self.state.work.can_undo is not None)
        self.redo.setEnabled(self.state.work.can_redo is not None)

    def _undo(self) -> None:
        self.state.work.undo()

    def _redo(self) -> None:
        self.state.work.redo()

    def _from_table(self) -> None:
        FromTable(self, self.state).open()

    def _show_homeless(self) -> None:
        self.tabs.setCurrentIndex(COLUMNS)
        self.columns.table.show_homeless()

    def _describe(self, module: str) -> None:
        self.accept()
        self.state.workspace.go.emit(StepId.DESCRIBE, module)

    def _failed(self, problem: Problem) -> None:
        dialogs.show_problem(self, problem)

    def done(self, result: int) -> None:
        """The window closes; what was computed for it is let go."""
        self.state.stop()
        super().done(result)


def _scrolling() -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    return area


def show(workspace: Workspace, parent: QWidget, tab: int = COLUMNS) -> ColumnsDialog | None:
    """Open the window over ``parent``; None where no draft is open."""
    if workspace.work is None:
        return None
    dialog = ColumnsDialog(parent.window(), workspace, tab)
    dialog.open()
    return dialog
