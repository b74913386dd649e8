"""One speed limit for all workers of all submissions: a token bucket that can be changed at any moment, shared by
weight, and that never makes anybody deaf."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_BLOCK = 256 << 10  # large enough for full speed, small enough to look at pause and cancel many times a second
_PER_SECOND = 16  # so many blocks a second under a limit, for an even flow
_BURST_S = 0.25
_SLICE_S = 0.1
_IDLE_S = 2.0  # who wanted nothing for so long begins anew


def _nothing() -> None:
    pass


class Share:
    """One submission's part in a :class:`Limiter`. ``check`` is called at least every 0.1 s while waiting and may
    raise. ``weight``: with two that want more than there is, one of twice the weight gets twice the bytes."""

    def __init__(self, limiter: Limiter, check: Callable[[], None], weight: float = 1.0) -> None:
        self._limiter = limiter
        self.check = check
        self.weight = weight
        self.served = 0.0  # bytes by weight; who has had least is next
        self.waiting = 0
        self.at = float("-inf")  # when it last wanted something

    def block(self) -> int:
        """How many bytes to ask for at once."""
        return self._limiter.block()

    def take(self, count: int) -> None:
        """Return when ``count`` bytes may be sent."""
        self._limiter.take_for(self, count)


class Limiter:
    """``rate`` in bytes per second, None for no limit. Used alone it is its own share."""

    def __init__(
        self, rate: int | None, check: Callable[[], None] = _nothing, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._changed = threading.Condition()
        self._clock = clock
        self._rate = max(rate, 1) if rate is not None else None
        self._tokens = 0.0
        self._at = clock()
        self._recent: list[Share] = []
        self._own = Share(self, check)

    @property
    def rate(self) -> int | None:
        return self._rate

    @property
    def check(self) -> Callable[[], None]:
        return self._own.check

    def share(self, check: Callable[[], None], weight: float = 1.0) -> Share:
        """A part in this limit for one submission."""
        return Share(self, check, weight)

    def set(self, rate: int | None) -> None:
        """Change the limit; who waits now waits by the new one."""
        with self._changed:
            self._refill()
            self._rate = max(rate, 1) if rate is not None else None
            self._tokens = max(min(self._tokens, self._burst()), -float(self._rate or 0))  # no old debt for long
            self._changed.notify_all()

    def block(self) -> int:
        """How many bytes to ask for at once."""
        rate = self._rate
        return _BLOCK if rate is None else max(1, min(_BLOCK, rate // _PER_SECOND))

    def take(self, count: int) -> None:
        """Return when ``count`` bytes may be sent. The bucket may go into debt, so that no request can starve."""
        self.take_for(self._own, count)

    def take_for(self, share: Share, count: int) -> None:
        """Like :meth:`take`, in the turn of ``share``."""
        share.check()
        if self._rate is None:
            return
        with self._changed:
            self._join(share)
            try:
                while not self._turn(share):
                    self._changed.wait(self._pause())
                    share.check()
                self._tokens -= count
                share.served += count / share.weight
            finally:
                share.waiting -= 1
                self._changed.notify_all()

    def _turn(self, share: Share) -> bool:
        if self._rate is None:
            return True
        self._refill()
        waiting = [s for s in self._recent if s.waiting]
        return self._tokens > 0 and share is min(waiting, key=lambda s: s.served)

    def _pause(self) -> float:
        """Until there is something to take; no longer than somebody may be deaf to a cancel."""
        rate = self._rate or 1
        return min(_SLICE_S, max(-self._tokens / rate, 0.001))

    def _join(self, share: Share) -> None:
        """Who comes back after a rest has no claim to what was sent without it."""
        now = self._clock()
        if now - share.at > _IDLE_S:
            self._recent = [s for s in self._recent if s.waiting or now - s.at <= _IDLE_S]
            share.served = max(share.served, min((s.served for s in self._recent), default=0.0))
        if share not in self._recent:
            self._recent.append(share)
        share.at = now
        share.waiting += 1

    def _burst(self) -> float:
        return max((self._rate or 0) * _BURST_S, 1.0)

    def _refill(self) -> None:
        now = self._clock()
        if self._rate is not None:
            self._tokens = min(self._burst(), self._tokens + max(now - self._at, 0.0) * self._rate)
        self._at = now
