"""Cyclic garbage is collected in the window's thread alone.

The interpreter collects in whichever thread happens to allocate; a Qt object that dies in a worker can take the
program along ("Timers cannot be stopped from another thread").
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_LOOK_MS = 200


class Garbage(QObject):
    """From now on a timer of this thread does what the interpreter's own collector did, until :meth:`stop`."""

    def __init__(self) -> None:
        super().__init__()
        self._limits = gc.get_threshold()
        gc.disable()
        gc.freeze()  # what is there at the start stays; nobody needs to look through it again
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        """Let the interpreter collect again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    @Slot()
    def _look(self) -> None:
        counts = gc.get_count()
        due = [n for n, (count, limit) in enumerate(zip(counts, self._limits, strict=True)) if count > limit]
        if due:
            gc.collect(max(due))
