"""How fast a transfer was since it began, in at most a few hundred points however long it takes."""

from __future__ import annotations

_MOST = 240
_FIRST_S = 1.0
_LONGEST_S = 5.0  # a gap that is longer than this was a pause or a sleep; it is not drawn


class Past:
    """Speeds since the start; twice as coarse whenever there are too many points."""

    def __init__(self) -> None:
        self._every = _FIRST_S
        self._speeds: list[float] = []
        self._since: tuple[float, int] | None = None  # (seconds, bytes) at the last point
        self._seen = 0.0

    def add(self, at: float, sent: int) -> None:
        """``sent`` bytes were there at ``at`` (seconds of any clock that does not go back)."""
        if self._since is None or at - self._seen > max(_LONGEST_S, 2 * self._every) or sent < self._since[1]:
            self._since, self._seen = (at, sent), at
            return
        self._seen = at
        passed = at - self._since[0]
        if passed < self._every:
            return
        self._speeds.append((sent - self._since[1]) / passed)
        self._since = at, sent
        if len(self._speeds) > _MOST:
            pairs = zip(self._speeds[::2], self._speeds[1::2], strict=False)
            self._speeds = [(a + b) / 2 for a, b in pairs]
            self._every *= 2

    def speeds(self) -> tuple[float, ...]:
        """Bytes per second, the latest last."""
        return tuple(self._speeds)
