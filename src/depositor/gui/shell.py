"""The main window: step list, head, one page, bottom bar, status strip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from depositor.draft.problem import Problem
from depositor.draft.steps import StepId, steps
from depositor.gui import dialogs, kept_pages
from depositor.gui.dropping import TakesDrops
from depositor.gui.frame import BottomBar, Head
from depositor.gui.in_view import InView
from depositor.gui.leaving import Leaving
from depositor.gui.notices import Notices
from depositor.gui.pages.base import Page
from depositor.gui.pages.home import HomePage
from depositor.gui.steplist import StepList, step_title
from depositor.gui.strip import StatusStrip
from depositor.gui.texts import percent, tr

if TYPE_CHECKING:
    from depositor.gui.importing.actions import Tables
    from depositor.gui.transfers_page.page import TransfersPage
    from depositor.gui.workspace import Workspace

DOCUMENT = ".depositor.json"
_WARM_MS = 400


class Shell(TakesDrops, QMainWindow):
    """The window. It shows pages and moves between them; what it works on is the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace, self.transfers = workspace, workspace.transfers
        self.current: StepId | None = None
        self._pages: dict[StepId, Page] = {}
        self._stale: set[StepId] = set()
        self.all_transfers: TransfersPage | None = None  # all transfers; made when it is first asked for
        self._before: StepId | None = None  # where one was when one went there
        self._share = -1  # per cent that the title tells
        self._build()
        self._connect()
        self.setAcceptDrops(True)
        self.show_step(None)

    def _build(self) -> None:
        self.head = Head(lambda: self.show_step(None))
        self.steps = StepList()
        self._tables: Tables | None = None
        self.home = HomePage(self.workspace)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.home)
        self.bottom = BottomBar(self.go_back, self.go_next)
        self.strip = StatusStrip(self.workspace.activities)
        side = self._side()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(side)
        self.splitter.addWidget(self.stack)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.head, self.splitter, self.bottom, self.strip):
            column.addWidget(widget, 1 if widget is self.splitter else 0)
        self.setCentralWidget(whole)
        line = self.fontMetrics().height()
        self.resize(line * 62, line * 44)

    def _side(self) -> QWidget:
        side = QFrame()
        side.setProperty("kind", "side")
        layout = QHBoxLayout(side)
        room = round(self.fontMetrics().height() * 0.4)
        layout.setContentsMargins(room, room, room, room)
        layout.addWidget(self.steps)
        self._side_frame = side
        return side

    def _connect(self) -> None:
        space = self.workspace
        space.draft_opened.connect(self._on_opened)
        space.changed.connect(self._on_changed)
        space.heard.connect(self._on_heard)
        space.trouble.connect(self._on_trouble)
        space.go.connect(self._on_go)
        self.transfers.ended.connect(self._on_transfer_ended)
        self.transfers.moved.connect(lambda _: self._show_share())
        self.transfers.wanted.connect(self.show_transfers)
        self.notices = Notices(self, self.transfers, space.desk.settings)
        self.leaving = Leaving(self, self.notices)
        self.steps.chosen.connect(self.show_step)
        self._in_view = InView(self, lambda: self._pages[self.current].area if self.current in self._pages else None)
        self._watch_saved = QTimer(self, interval=250)
        self._watch_saved.timeout.connect(self._show_saved)
        self._ahead = kept_pages.Ahead(self, space.bridge, self.make_ahead)

    # --- moving --------------------------------------------------------------------------------------------------

    def page(self, step: StepId) -> Page:
        """The page of a step; made when it is first asked for, or a little before."""
        if step not in self._pages:
            made = kept_pages.kind(step)(self.workspace)
            made.action_changed.connect(self._show_action)
            self._pages[step] = made
            self.stack.addWidget(made)
            if self.workspace.work is not None:
                made.opened()
                self._stale.add(step)
        return self._pages[step]

    def make_ahead(self, step: StepId | None) -> bool:
        """Make the page of a step, or (None) fill a page that is large, before anybody asks: each is a moment in which
        nothing else happens. False where there was nothing to do."""
        if step is not None:
            made = step not in self._pages
            self.page(step)
            return made
        if StepId.DESCRIBE in self._stale and self.current is not StepId.DESCRIBE:
            self._fill(StepId.DESCRIBE)
        return True

    def _fill(self, step: StepId) -> None:
        if step in self._stale:
            self._stale.discard(step)
            self._pages[step].renew()

    def show_step(self, step: StepId | None, location: str = "") -> None:
        """Show the page of ``step`` (None: home) and, there, the place that ``location`` names."""
        if step is not None and self.workspace.work is None:
            step = None
        shown: QWidget = self.home if step is None else self.page(step)
        if self.current is not None and self.current is not step:
            self._pages[self.current].left()
        self.current = step
        walking = self.steps.hasFocus()
        self.stack.setCurrentWidget(shown)
        now = self.focusWidget()
        if now is not None and not walking and shown.isAncestorOf(now):
            now.clearFocus()  # Qt handed the keyboard to some control of the new page; it begins at the first
        for widget in (self._side_frame, self.bottom, self.head):
            widget.setVisible(step is not None)
        if step is None:
            self.home.entered()
        else:
            self.steps.show_current(step)
            self._fill(step)
            self._pages[step].entered()
            if location:
                self._pages[step].jump(location)
        self._show_action()
        self._title()
        if step is not None:
            self._hand_keyboard_to(self._pages[step])

    def show_transfers(self, submission_id: str = "") -> None:
        """Show all transfers, or one of them in full; its way back leads to where one was."""
        if self.all_transfers is None:
            from depositor.gui.transfers_page.page import TransfersPage

            self.all_transfers = TransfersPage(self.workspace, lambda: self.show_step(self._before))
            self.stack.addWidget(self.all_transfers)
        if self.stack.currentWidget() is not self.all_transfers:
            self._before = self.current
        if self.current is not None:
            self._pages[self.current].left()
        self.current = None
        self.stack.setCurrentWidget(self.all_transfers)
        for widget in (self._side_frame, self.bottom, self.head):
            widget.setVisible(False)
        self.all_transfers.entered()
        self.all_transfers.show_transfer(submission_id)
        self._title()
        self._hand_keyboard_to(self.all_transfers)

    def _hand_keyboard_to(self, page: Page) -> None:
        """Put the keyboard on the page, unless it is there, or a person walks through the list of steps."""
        now = self.focusWidget()
        there = now is not None and now.isVisible() and (page.isAncestorOf(now) or now is self.steps)
        if there:
            return
        first = page.first_control()
        waiting = (w for w in (self.bottom.main, self.bottom.next, self.steps) if w.isVisible() and w.isEnabled())
        target = first or next(waiting, None)
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_back(self) -> None:
        """To the step before; from the first one home."""
        before = list(StepId)[: list(StepId).index(self.current)] if self.current else []
        self.show_step(next((s for s in reversed(before) if self._reachable(s)), None))

    def go_next(self) -> None:
        """To the next step that can be entered."""
        if self.current is not None:
            after = list(StepId)[list(StepId).index(self.current) + 1 :]
            following = next((s for s in after if self._reachable(s)), None)
            if following:
                self.show_step(following)

    def _reachable(self, step: StepId) -> bool:
        found = self.workspace.situation
        return found is not None and next(s.reachable for s in steps(found) if s.id is step)

    def _show_action(self) -> None:
        if self.current is None:
            return
        acting = self.bottom.main.hasFocus()
        self.bottom.show_action(self._pages[self.current].main_action())
        after = list(StepId)[list(StepId).index(self.current) + 1 :]
        leads_on = self.current is StepId.REVIEW and self._pages[self.current].main_action() is not None
        self.bottom.next.setVisible(self.current not in (StepId.SEND, StepId.RECEIPT) and not leads_on)
        self.bottom.next.setEnabled(any(self._reachable(s) for s in after))
        if acting and not self.bottom.main.hasFocus():  # it went away or cannot act now: Qt would go on to "Home"
            self._hand_keyboard_to(self._pages[self.current])

    # --- what happens --------------------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        for page in self._pages.values():
            page.opened()
        if self.workspace.work is None:
            self._watch_saved.stop()
            self._ahead.stop()
            self.show_step(None)
            return
        self._watch_saved.start()
        self._ahead.start()
        self.show_step(kept_pages.first_step(self.workspace))
        self._show_head()

    def _on_changed(self) -> None:
        found = self.workspace.situation
        self._show_head()
        if found is None:
            return
        self.steps.show_steps(steps(found))
        if self.current is not None:
            self._pages[self.current].renew()
        self._stale = {step for step in self._pages if step is not self.current}  # they are renewed when they are shown
        self._show_action()

    def _on_heard(self, what: str) -> None:
        if what in ("draft", "saved", "problem"):
            self._show_head()

    def _on_trouble(self, problem: Problem) -> None:
        dialogs.show_problem(self, problem)

    def _on_go(self, step: StepId | None, location: str) -> None:
        self.show_step(step, location)

    def _show_share(self) -> None:
        """How far the transfers are, in the title: the task bar shows it while one works elsewhere."""
        share = self.transfers.share if self.transfers.running else None
        now = -1 if share is None else int(share * 100)
        if now != self._share:
            self._share = now
            self._title()

    def _on_transfer_ended(self, submission_id: str) -> None:
        self.workspace.refresh()
        self._show_share()
        if self.stack.currentWidget() is self.home:
            self.home.renew()

    def _show_head(self) -> None:
        work = self.workspace.work
        if work is None:
            return
        found = self.workspace.situation
        name = found.capabilities.name if found is not None and found.capabilities is not None else ""
        self.head.show_study(work.draft.title, name)
        self._show_saved()
        self._title()

    def _show_saved(self) -> None:
        work = self.workspace.work
        if work is not None:
            state = "problem" if work.save_problem else ("saved" if work.saved else "saving")
            self.head.show_saved(state)

    def _title(self) -> None:
        work = self.workspace.work
        if self.current is None or work is None:
            title = "Depositor"
        else:
            study = work.draft.title or tr("Untitled study")
            title = tr("{study} – {step} – Depositor", study=study, step=step_title(self.current))
        self.setWindowTitle(title if self._share < 0 else f"{percent(self._share / 100)} – {title}")

    # --- what is dropped and opened -----------------------------------------------------------------------------------

    @property
    def tables(self) -> Tables:
        """Export and import of descriptions; made when it is first asked for."""
        if self._tables is None:
            from depositor.gui.importing.actions import Tables

            self._tables = Tables(self, self.workspace)
        return self._tables

    def take(self, paths: list[Path]) -> None:
        """Open a submission document, take a description out of a file, or add files and folders to the draft."""
        if len(paths) == 1 and paths[0].name.endswith(DOCUMENT):
            self.workspace.load(paths[0])
        elif paths and not self.tables.takes(paths):
            self.workspace.add_paths(paths)
            if self.workspace.work is not None:
                self.show_step(StepId.FILES)

    # --- ends ----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(_WARM_MS, self, self._ahead.warm)  # the first picture comes first

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._on_changed()
            self._title()
        elif event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.notices.seen()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Everything is on disk when the window is gone; transfers go on in the background or at the next start."""
        if not self.leaving.may_close():
            event.ignore()
            return
        self.notices.close()
        if self.current is not None:
            self._pages[self.current].left()
        self.workspace.close_draft()
        super().closeEvent(event)
