"""How many bytes of parts one engine holds in memory at once."""

from __future__ import annotations

import threading

MOST_HELD = 512 << 20


class Memory:
    """A bounded number of bytes, for all workers of one engine. A part that is larger than all of it is let through
    when nothing else is held.

    Buffers that are given back are used again: memory that is new from the system costs as much as reading a file.
    """

    def __init__(self, most: int = MOST_HELD) -> None:
        self.most = most
        self.held = 0
        self._free: list[bytearray] = []
        self._changed = threading.Condition()

    def take(self, count: int) -> bool:
        """Reserve ``count`` bytes; False where there is no room now."""
        with self._changed:
            if self.held and self.held + count > self.most:
                return False
            self.held += count
            return True

    def wait(self, seconds: float) -> None:
        """Until something is given back, or so long."""
        with self._changed:
            if self.held:
                self._changed.wait(seconds)

    def buffer(self, count: int) -> bytearray:
        """Room for a part of ``count`` bytes that were taken; what is in it does not matter."""
        with self._changed:
            for place, buffer in enumerate(self._free):
                if len(buffer) == count:
                    return self._free.pop(place)
            while self._free and self.held + sum(map(len, self._free)) > self.most:
                self._free.pop()
        return bytearray(count)

    def give(self, count: int, buffer: bytearray | None = None) -> None:
        """They are free again; nobody looks into ``buffer`` any more."""
        with self._changed:
            self.held -= count
            if buffer is not None and self.held + sum(map(len, self._free)) + len(buffer) <= self.most:
                self._free.append(buffer)
            self._changed.notify_all()

    def trim(self) -> None:
        """Where nothing is held, nothing is kept for later either."""
        with self._changed:
            if not self.held:
                self._free.clear()
