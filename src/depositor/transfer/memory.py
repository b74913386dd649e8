"""How many bytes of parts one engine holds in memory at once."""

from __future__ import annotations

import threading

MOST_HELD = 512 << 20


class Memory:
    """A bounded number of bytes, for all workers of one engine. A part that is larger than all of it is let through
    when nothing else is held."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self.most = most
        self.held = 0
        self._changed = threading.Condition()

    def take(self, count: int, seconds: float) -> bool:
        """Reserve ``count`` bytes; False where there was no room for ``seconds``."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._fits(count), seconds):
                return False
            self.held += count
            return True

    def give(self, count: int) -> None:
        """They are free again."""
        with self._changed:
            self.held -= count
            self._changed.notify_all()

    def _fits(self, count: int) -> bool:
        return not self.held or self.held + count <= self.most
