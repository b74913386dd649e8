"""What the window of columns works on: the names of all files, and what the columns give for them.

Both are computed beside the window's thread; a newer question cancels the older one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.message import Message
from depositor.draft.problem import Problem
from depositor.gui.bridge import Work
from depositor.session.columns import file_columns, name_offers
from depositor.session.columns.file_columns import Names, Preview

if TYPE_CHECKING:
    from depositor.form.names.name_meanings import Suggestion
    from depositor.gui.workspace import Workspace
    from depositor.session.annotations.pairing import Report
    from depositor.session.open_draft import OpenDraft

_SETTLE_MS = 120


class ColumnsState(QObject):
    """See the module. All signals come in the window's thread."""

    named = Signal()  # the names are there
    shown = Signal()  # a new preview
    suggested = Signal()
    paired = Signal()  # a new report of the annotations
    busy = Signal(bool)
    failed = Signal(object)  # a Problem

    def __init__(self, workspace: Workspace, work: OpenDraft) -> None:
        super().__init__()
        self.workspace, self.work = workspace, work
        self.names: Names | None = None
        self.preview: Preview | None = None
        self.examples: list[str] = []
        self.folders: list[str] = []
        self.suggestions: list[Suggestion] = []
        self.report: Report | None = None
        self.read = (0, 0)  # how many names of how many
        self._computing: Work | None = None
        self._pairing: Work | None = None
        self._suggesting: Work | None = None
        self._seen: object = None
        self._stopped = False
        self._soon = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._soon.timeout.connect(self._compute)
        workspace.heard.connect(self._heard)

    @property
    def draft(self) -> Draft:
        """The draft as it is now."""
        return self.work.draft

    def start(self) -> None:
        """Read the names, then compute the rest."""
        work = self.work
        self.busy.emit(True)
        self._computing = self.workspace.bridge.run(
            lambda cancel, post: _looked(work, cancel, lambda done, of: post((done, of))),
            self._named,
            self._fail,
            self._progress,
            lambda: self.busy.emit(False),
        )

    def stop(self) -> None:
        """Nobody looks any more; may be called twice."""
        if self._stopped:
            return
        self._stopped = True
        self._soon.stop()
        for work in (self._computing, self._pairing, self._suggesting):
            if work is not None:
                work.cancel.set()
        self.workspace.heard.disconnect(self._heard)

    def cancel(self) -> None:
        """Stop what runs; what is shown stays."""
        for work in (self._computing, self._pairing):
            if work is not None:
                work.cancel.set()

    def change(self, what: Message, make: Callable[[Draft], Draft]) -> None:
        """Change the draft as one step that can be undone."""
        self.work.update(what, make)

    # --- computing -----------------------------------------------------------------------------------------------

    def _progress(self, news: tuple[int, int]) -> None:
        self.read = news
        self.busy.emit(True)

    def _named(self, found: tuple[Names, list[str], list[str]]) -> None:
        self.names, self.examples, self.folders = found
        self.named.emit()
        self._compute()
        self._suggest()

    def _heard(self, what: str) -> None:
        if what == "inventory":
            self.names = None
            self.start()
        elif what == "draft" and self._seen != self._asked():
            self._soon.start()

    def _asked(self) -> object:
        draft = self.draft
        return draft.columns, draft.files, repr(draft.get("study_component")), repr(draft.get("annotations"))

    def _compute(self) -> None:
        names, work = self.names, self.work
        if names is None:
            return
        if self._computing is not None:
            self._computing.cancel.set()
        draft, places, before = work.draft, work.places, self.preview
        self._seen = self._asked()
        self.busy.emit(True)
        self._computing = self.workspace.bridge.run(
            lambda cancel: file_columns.preview(draft, places, names, cancel, before=before),
            self._previewed,
            self._fail,
        )

    def _previewed(self, found: Preview) -> None:
        self.preview = found
        self.busy.emit(False)
        self.shown.emit()

    def _suggest(self) -> None:
        names, draft = self.names, self.draft
        if names is not None:
            self._suggesting = self.workspace.bridge.run(
                lambda cancel: name_offers.suggested(names, draft, cancel), self._offered, self._fail
            )

    def _offered(self, found: list[Suggestion]) -> None:
        self.suggestions = found
        self.suggested.emit()

    def pair(self) -> None:
        """Pair annotations with their images, and look into them."""
        from depositor.session.annotations import pairing

        work, worker = self.work, self.workspace.desk.worker()
        if self._pairing is not None:
            self._pairing.cancel.set()
        self.busy.emit(True)
        self._pairing = self.workspace.bridge.run(
            lambda cancel, post: pairing.examine(work, worker, cancel, lambda done, of: post((done, of))),
            self._paired,
            self._fail,
            self._progress,
            lambda: self.busy.emit(False),
        )

    @property
    def pairing(self) -> bool:
        """True while annotations are looked at."""
        return self._pairing is not None and not self._pairing.finished

    def _paired(self, report: Report) -> None:
        self.report = report
        self.busy.emit(False)
        self.workspace.refresh()
        self.paired.emit()

    def _fail(self, problem: Problem) -> None:
        self.busy.emit(False)
        self.failed.emit(problem)


def _looked(
    work: OpenDraft, cancel: Cancel, on_progress: Callable[[int, int], None]
) -> tuple[Names, list[str], list[str]]:
    names = file_columns.names_of(work, cancel, on_progress)
    return names, name_offers.examples(names, 3), name_offers.folders(names)
