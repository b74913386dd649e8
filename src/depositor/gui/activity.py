"""What runs right now, for the status strip: looking through files, reading headers, checking, sending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(eq=False)
class Activity:
    """One thing that runs. ``text`` is called whenever it is shown, so that it follows the language; ``share`` is 0 to
    1, None while nobody can tell."""

    text: Callable[[], str]
    stop: Callable[[], object] | None = None
    share: float | None = None
    open: Callable[[], object] | None = None  # shows more of it


class Activities(QObject):
    """All that runs; ``changed`` fires when one begins, ends or gets further (at most ten times a second each)."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Activity] = []

    @property
    def running(self) -> tuple[Activity, ...]:
        return tuple(self._all)

    def begin(self, activity: Activity) -> Activity:
        self._all.append(activity)
        self.changed.emit()
        return activity

    def further(self, activity: Activity, share: float | None) -> None:
        activity.share = share
        self.changed.emit()

    def end(self, activity: Activity) -> None:
        if activity in self._all:
            self._all.remove(activity)
            self.changed.emit()


def share(done: int, of: int) -> float | None:
    """How far ``done`` of ``of`` is, None while ``of`` is not known."""
    return min(1.0, done / of) if of else None
