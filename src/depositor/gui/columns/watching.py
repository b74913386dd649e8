"""Keeps what is told about annotations true: when files, pairs or groups changed, they are looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from depositor.gui.activity import Activity, share
from depositor.gui.bridge import Work
from depositor.gui.texts import tr

if TYPE_CHECKING:
    from depositor.draft.problem import Problem
    from depositor.gui.workspace import Workspace


class Watching(QObject):
    """Runs as an activity beside the window, one at a time, never while folders are scanned."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._space = workspace
        self._work: Work | None = None
        self._stopped: object = None  # for which draft a person stopped it
        self._activity = Activity(lambda: tr("Looking at annotations and their images"), self.stop)
        workspace.changed.connect(self._look)
        workspace.draft_opened.connect(self.stop)

    @Slot()
    def stop(self) -> None:
        """Stop looking; what was not seen is not told."""
        if self._work is not None and not self._work.finished:
            self._stopped = self._space.work.draft if self._space.work is not None else None
            self._work.cancel.set()

    @Slot()
    def _look(self) -> None:
        from depositor.session.annotations import pairing

        opened, busy = self._space.work, self._work is not None and not self._work.finished
        if opened is None or busy or self._space.scanning or opened.draft is self._stopped:
            return
        if not pairing.wanted(opened):
            return
        worker = self._space.desk.worker()
        self._space.activities.begin(self._activity)
        self._work = self._space.bridge.run(
            lambda cancel, post: pairing.examine(opened, worker, cancel, lambda done, of: post((done, of))),
            self._done,
            self._failed,
            lambda news: self._space.activities.further(self._activity, share(*news)),
            self._end,
        )

    def _end(self) -> None:
        self._space.activities.end(self._activity)

    def _done(self, _: object) -> None:
        self._end()
        self._space.refresh()

    def _failed(self, problem: Problem) -> None:
        self._end()
        opened = self._space.work
        self._stopped = opened.draft if opened is not None else None  # not again and again over the same
        self._space.trouble.emit(problem)
