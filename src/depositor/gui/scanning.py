"""From chosen folders to a form that is filled as far as the headers go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import Summary
from depositor.draft.problem import Problem
from depositor.gui.activity import Activity, share
from depositor.gui.bridge import Work
from depositor.gui.texts import count, tr

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.open_draft import OpenDraft


class Scanning:
    """Scan, headers, prefill: one after another, in one thread, as one activity."""

    def __init__(self, workspace: Workspace, work: OpenDraft) -> None:
        self._space, self._work = workspace, work
        self._task: Work | None = None
        self._headers: tuple[int, int] | None = None
        self._activity = Activity(self._text, workspace.stop_scan)

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.finished

    def stop(self) -> None:
        """Ask it to stop; what was found so far stays."""
        if self._task is not None:
            self._task.cancel.set()

    def start(self) -> None:
        self._space.live = Summary()
        self._space.activities.begin(self._activity)
        self._space.changed.emit()
        self._task = self._space.bridge.run(self._run, self._end, self._fail, self._news, self._end)

    def _run(self, cancel: Cancel, post: Callable[[object], None]) -> None:
        self._work.scan(cancel, post)
        if cancel:
            return
        self._work.read_headers(cancel, lambda done, of: post((done, of)))
        if not cancel:
            self._work.prefill()

    def _news(self, news: Summary | tuple[int, int]) -> None:
        if isinstance(news, Summary):
            if self._current:
                self._space.live = news
                self._space.changed.emit()
        elif self._headers is None or news != self._headers:
            if self._headers is None and self._current:
                self._space.live = None
                self._space.refresh()
            self._headers = news
        self._space.activities.further(self._activity, share(*self._headers) if self._headers else None)

    @property
    def _current(self) -> bool:
        """False once another draft or another scan took over."""
        return self._work is self._space.work and not self._space.scanning_other(self)

    def _text(self) -> str:
        if self._headers is None:
            found = self._space.live.files if self._space.live else 0
            return tr("Looking through the files: {files} found", files=count(found))
        return tr("Reading image headers: {done} of {all}", done=count(self._headers[0]), all=count(self._headers[1]))

    def _end(self, *_: object) -> None:
        self._space.activities.end(self._activity)
        if self._current:
            self._space.live = None
            self._space.refresh()

    def _fail(self, problem: Problem) -> None:
        self._end()
        self._space.trouble.emit(problem)
