"""One explicit way to stop long work."""

from __future__ import annotations

import threading


class Cancel:
    """A flag that long work looks at often (at least every 0.1 s) and that can be waited on."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask the work to stop; may be called from any thread, more than once."""
        self._event.set()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep at most ``seconds``; True as soon as the work shall stop."""
        return self._event.wait(seconds)
