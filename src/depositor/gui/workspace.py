"""What the window works on: the open draft, what is known of it, and the long work under way.

The pages show it and ask it to do things; it owns no widget. A draft tells of its changes in whichever thread made
them; here they come together in the window's thread, and the situation is computed beside it, at most every 0.15 s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import Summary
from depositor.draft.problem import Problem
from depositor.draft.steps import Situation, StepId
from depositor.gui.activity import Activities, Activity, share
from depositor.gui.bridge import Bridge, Work
from depositor.gui.privacy import progress
from depositor.gui.scanning import Scanning
from depositor.gui.transfers import Transfers
from depositor.session import dicom_rules

if TYPE_CHECKING:
    from depositor.draft.capabilities import Capabilities
    from depositor.gui.theme import Theme
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft
    from depositor.session.reuse.templates import Template

SETTLE_MS = 150


class Workspace(QObject):
    """See the module. Everything here is called in the window's thread."""

    draft_opened = Signal()  # another draft, or none
    changed = Signal()  # a new situation
    heard = Signal(str)  # what changed in the draft: draft, inventory, facts, privacy, saved, problem
    trouble = Signal(object)  # a Problem to show
    go = Signal(object, str)  # StepId or None (home), and the place on that page

    _told = Signal(str)

    def __init__(self, desk: Desk, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self.desk, self.bridge, self.theme = desk, bridge, theme
        self.activities = Activities(self)
        self.transfers = Transfers(desk, bridge, self.activities)
        self.work: OpenDraft | None = None
        self.situation: Situation | None = None
        self.live: Summary | None = None  # totals of a scan that runs
        self._archives: tuple[tuple[Capabilities, ...], tuple[Capabilities, ...]] | None = None
        self._question: Work | None = None
        self._again = False
        self._then: StepId | None = None
        self._scan: Scanning | None = None
        self._check: Work | None = None
        self._once_more = False
        self.check_news = progress.News()  # how far the check is, while one runs
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._compute)

    # --- which draft ---------------------------------------------------------------------------------------------

    def new_draft(self, archive: str | None = None) -> None:
        self._show(lambda _: self.desk.new_draft(archive))

    def open_draft(self, draft_id: str) -> None:
        if self.work is None or self.work.id != draft_id:
            self._show(lambda _: self.desk.open(draft_id))
        else:
            self.draft_opened.emit()
            self._land()

    def open_at(self, draft_id: str, step: StepId | None) -> None:
        """Open a draft and go to ``step`` (None: where it goes on)."""
        self._then = step
        self.open_draft(draft_id)

    def load(self, document: Path) -> None:
        self._show(lambda _: self.desk.load(document))

    def begin_from(self, template: Template) -> None:
        """Begin a deposit from a template."""
        from depositor.session.reuse import templates

        self._show(lambda _: templates.begin(self.desk, template))

    def close_draft(self) -> None:
        """Put the draft away; its changes are on disk when this returns."""
        if self.work is None:
            return
        self.stop_scan()
        self.stop_check()
        self.work.listeners.clear()
        self.work.close()
        self.work, self.situation, self.live = None, None, None
        self.draft_opened.emit()

    def _show(self, make: Callable[[Cancel], OpenDraft]) -> None:
        self.bridge.ask(make, self._opened, self.trouble.emit)

    def _opened(self, work: OpenDraft) -> None:
        if self.work is not None and self.work is not work:
            self.close_draft()
        self.work, self.situation, self.live = work, None, None
        work.listeners.append(self._told.emit)
        self.draft_opened.emit()
        self._land()
        self._compute()

    def _land(self) -> None:
        step, self._then = self._then, None
        if step is not None:
            self.go.emit(step, "")

    # --- what is known -------------------------------------------------------------------------------------------

    @Slot(str)
    def _hear(self, what: str) -> None:
        if self.work is None:
            return
        if what != "saved":
            self._settle.start()
        self.heard.emit(what)

    @Slot()
    def _compute(self) -> None:
        if self._question is not None and not self._question.finished:
            self._again = True
            return
        work = self.work
        if work is not None:
            self._question = self.bridge.ask(lambda _: (work, work.situation()), self._computed, self.trouble.emit)

    def _computed(self, found: tuple[OpenDraft, Situation]) -> None:
        work, situation = found
        if work is self.work:
            first = self.situation is None
            self.situation = situation
            self.changed.emit()
            if first and work.draft.files and not situation.inventory.complete:
                self.start_scan()
        if self._again:
            self._again = False
            self._compute()

    @property
    def settling(self) -> bool:
        """True while a change waits to be computed."""
        return self._settle.isActive()

    def refresh(self) -> None:
        """Compute the situation soon."""
        self._settle.start()

    def archives(self) -> tuple[tuple[Capabilities, ...], tuple[Capabilities, ...]]:
        """The archives that can be used, and those that are described but not built; read once."""
        if self._archives is None:
            self._archives = self.desk.archives(), self.desk.planned_archives()
        return self._archives

    # --- long work -----------------------------------------------------------------------------------------------

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Add folders or files to the draft (a new one if none is open) and look through them."""
        if self.work is None:
            self.bridge.ask(
                lambda _: self.desk.new_draft(), lambda work: self._begin_with(work, paths), self.trouble.emit
            )
            return
        work = self.work
        self.bridge.ask(lambda _: work.add_paths(paths), lambda _: self.start_scan(), self.trouble.emit)

    def _begin_with(self, work: OpenDraft, paths: Sequence[Path]) -> None:
        self._opened(work)
        self.add_paths(paths)
        self.go.emit(StepId.FILES, "")

    @property
    def scanning(self) -> bool:
        return self._scan is not None and self._scan.running

    def start_scan(self) -> None:
        """Look through the chosen folders, then read headers and offer what they say to the form."""
        self.stop_scan()
        work = self.work
        if work is None or not work.draft.files:
            self.refresh()
            return
        self._scan = Scanning(self, work)
        self._scan.start()

    def stop_scan(self) -> None:
        if self._scan is not None:
            self._scan.stop()
            self._scan = None

    def scanning_other(self, than: Scanning) -> bool:
        """True when a later scan took the place of ``than``."""
        return self._scan is not None and self._scan is not than

    @property
    def checking(self) -> bool:
        return self._check is not None and not self._check.finished

    def start_check(self) -> None:
        """Check the files for personal data."""
        work = self.work
        if work is None or self.checking:
            return
        self.check_news = progress.News()
        activity = Activity(lambda: progress.short(self.check_news), self.stop_check)
        self.activities.begin(activity)

        def further(news: progress.News) -> None:
            self.check_news = news
            self.activities.further(activity, share(news.done, news.of))

        def end(*_: object) -> None:
            self.activities.end(activity)
            self.refresh()
            if self._once_more:
                self._once_more = False
                self.start_check()

        def fail(problem: Problem) -> None:
            end()
            self.trouble.emit(problem)

        home = self.desk.home
        self.bridge.ask(lambda _: dicom_rules.problem(home), lambda p: self.trouble.emit(p) if p else None)
        self._check = self.bridge.run(
            lambda cancel, post: progress.check(work, cancel, post),
            end,
            fail,
            further,
            end,
        )
        self.changed.emit()

    def stop_check(self) -> None:
        self._once_more = False
        if self._check is not None:
            self._check.cancel.set()

    def check_again(self) -> None:
        """Check with other settings: at once, or as soon as the check that runs has stopped."""
        if self.checking:
            self.stop_check()
            self._once_more = True
        else:
            self.start_check()
