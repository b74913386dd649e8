"""One speed limit for all workers: a token bucket that can be changed at any moment and never makes anybody deaf."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_BLOCK = 256 << 10  # large enough for full speed, small enough to look at pause and cancel many times a second
_PER_SECOND = 16  # so many blocks a second under a limit, for an even flow
_BURST_S = 0.25
_SLICE_S = 0.1


class Limiter:
    """``rate`` in bytes per second, None for no limit. ``check`` is called at least every 0.1 s while waiting and may
    raise."""

    def __init__(self, rate: int | None, check: Callable[[], None]) -> None:
        self._changed = threading.Condition()
        self.check = check
        self._rate = rate
        self._tokens = 0.0
        self._at = time.monotonic()

    def set(self, rate: int | None) -> None:
        """Change the limit; who waits now waits by the new one."""
        with self._changed:
            self._refill()
            self._rate = max(rate, 1) if rate is not None else None
            self._tokens = min(self._tokens, self._burst())
            self._changed.notify_all()

    def block(self) -> int:
        """How many bytes to ask for at once."""
        rate = self._rate
        return _BLOCK if rate is None else max(1, min(_BLOCK, rate // _PER_SECOND))

    def take(self, count: int) -> None:
        """Return when ``count`` bytes may be sent. The bucket may go into debt, so that no request can starve."""
        with self._changed:
            while True:
                self.check()
                if self._rate is None:
                    return
                self._refill()
                if self._tokens > 0:
                    self._tokens -= count
                    return
                self._changed.wait(min(_SLICE_S, max(-self._tokens / self._rate, 0.001)))

    def _burst(self) -> float:
        return max((self._rate or 0) * _BURST_S, 1.0)

    def _refill(self) -> None:
        now = time.monotonic()
        if self._rate is not None:
            self._tokens = min(self._burst(), self._tokens + (now - self._at) * self._rate)
        self._at = now
