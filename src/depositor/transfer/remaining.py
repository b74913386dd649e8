"""How long it will still take, told from bytes and from the number of files: a small file costs time of its own.

The model is: time = bytes x (seconds per byte) + files x (seconds per file). Both are learnt from what just happened,
by least squares over samples whose weight fades, with neither allowed below zero.
"""

from __future__ import annotations

_FADE = 0.985  # weight of a sample after one more: half after about 45
_SMOOTH = 0.2
_ENOUGH_S = 3.0
_ENOUGH_FILES = 3
_ENOUGH_BYTES = 8 << 20
_PRIOR = 1e-3


class Remaining:
    """Feed it samples of busy time (waiting does not count), ask it for seconds."""

    def __init__(self) -> None:
        self._bb = self._bf = self._ff = self._bt = self._ft = 0.0
        self._busy = 0.0
        self._bytes = self._files = 0
        self._shown: float | None = None

    def add(self, seconds: float, nbytes: int, files: int) -> None:
        """In ``seconds`` of work ``nbytes`` were sent and ``files`` were finished."""
        megabytes = nbytes / 1e6  # keeps the sums near one
        self._bb = self._bb * _FADE + megabytes * megabytes
        self._bf = self._bf * _FADE + megabytes * files
        self._ff = self._ff * _FADE + files * files
        self._bt = self._bt * _FADE + megabytes * seconds
        self._ft = self._ft * _FADE + files * seconds
        self._busy += seconds
        self._bytes += nbytes
        self._files += files

    def estimate(self, nbytes: int, files: int) -> float | None:
        """Seconds for what is left, smoothed; None until there is something to tell it from."""
        if nbytes <= 0 and files <= 0:
            return 0.0
        if self._busy < _ENOUGH_S or (self._files < _ENOUGH_FILES and self._bytes < _ENOUGH_BYTES):
            return None
        per_megabyte, per_file = self._solve()
        raw = nbytes / 1e6 * per_megabyte + files * per_file
        self._shown = raw if self._shown is None else self._shown + _SMOOTH * (raw - self._shown)
        return self._shown

    def _solve(self) -> tuple[float, float]:
        """(seconds per megabyte, seconds per file). The average speed is the prior of the first: with equal files
        alone nobody can tell the two apart."""
        prior = self._busy / (self._bytes / 1e6) if self._bytes else 0.0
        weight = _PRIOR * self._bb
        bb, bt = self._bb + weight, self._bt + weight * prior
        determinant = bb * self._ff - self._bf * self._bf
        if determinant > 1e-9 * bb * self._ff:
            x = (bt * self._ff - self._ft * self._bf) / determinant
            y = (bb * self._ft - self._bf * bt) / determinant
            if x >= 0 and y >= 0:
                return x, y
            if x < 0:
                return 0.0, self._ft / self._ff
        return (bt / bb if bb else 0.0), (0.0 if bb else self._ft / self._ff if self._ff else 0.0)
