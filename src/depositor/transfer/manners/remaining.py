"""How long it will still take, told from bytes and from the number of files: a small file costs time of its own.

The model is: time = bytes x (seconds per byte) + files x (seconds per file). Both are learnt from what just happened,
by least squares over samples whose weight fades, with neither allowed below zero. Where what was seen cannot tell the
two apart, both extremes are tried: while they disagree about what is left, nothing is claimed.
"""

from __future__ import annotations

_FADE = 0.98  # weight of a sample after one more: half after about 35
_SMOOTH = 0.15
_ENOUGH_S = 3.0
_ENOUGH_FILES = 3
_ENOUGH_BYTES = 8 << 20
_PRIOR = 1e-3
_FEW_FILES = 5.0  # so many files, one a second, outweigh what is assumed of one
_UNSEEN_S = 0.1  # what a file may cost beside its bytes, while none was finished
_AGREE = 1.4  # the two extremes may differ by this much


class Remaining:
    """Feed it samples of busy time (waiting does not count), ask it for seconds."""

    def __init__(self) -> None:
        self._bb = self._bf = self._ff = self._bt = self._ft = 0.0
        self._time = self._megabytes = self._count = 0.0  # fading sums, for the extremes
        self._busy = self._stalled = 0.0
        self._bytes = self._files = 0
        self._shown: float | None = None
        self._told_at = 0.0  # the busy time at which it was

    def add(self, seconds: float, nbytes: int, files: int) -> None:
        """In ``seconds`` of work ``nbytes`` were sent and ``files`` were finished. Seconds in which nothing came about
        count for what comes after them."""
        self._busy += seconds
        self._stalled += seconds
        if not nbytes and not files:
            return
        seconds, self._stalled = self._stalled, 0.0
        megabytes = nbytes / 1e6  # keeps the sums near one
        self._time = self._time * _FADE + seconds
        self._megabytes = self._megabytes * _FADE + megabytes
        self._count = self._count * _FADE + files
        self._bb = self._bb * _FADE + megabytes * megabytes
        self._bf = self._bf * _FADE + megabytes * files
        self._ff = self._ff * _FADE + files * files
        self._bt = self._bt * _FADE + megabytes * seconds
        self._ft = self._ft * _FADE + files * seconds
        self._bytes += nbytes
        self._files += files

    def estimate(self, nbytes: int, files: int) -> float | None:
        """Seconds for what is left, smoothed; None until there is something to tell it from."""
        if nbytes <= 0 and files <= 0:
            return 0.0
        if self._busy < _ENOUGH_S or (self._files < _ENOUGH_FILES and self._bytes < _ENOUGH_BYTES):
            return None
        raw = self._raw(max(nbytes, 0) / 1e6, max(files, 0))
        if raw is None or self._shown is None:
            self._shown = raw
        else:
            expected = max(self._shown - (self._busy - self._told_at), 0.0)  # what was told, less what has passed
            self._shown = expected + _SMOOTH * (raw - expected)
        self._told_at = self._busy
        return self._shown

    def _raw(self, megabytes: float, files: int) -> float | None:
        """The mean of two estimates, of which each trusts one of the extremes as far as the samples leave that open."""
        by_bytes = self._time / self._megabytes if self._megabytes else 0.0
        by_files = self._time / self._count if self._count else _UNSEEN_S
        told = [x * megabytes + y * files for x, y in (self._solve(by_bytes, 0.0), self._solve(0.0, by_files))]
        low, high = min(told), max(told)
        return (low + high) / 2 if high <= _AGREE * low + 1.0 else None

    def _solve(self, per_megabyte: float, per_file: float) -> tuple[float, float]:
        """(seconds per megabyte, seconds per file), drawn a little towards the given ones. Together they explain the
        time that passed: squares alone would believe fast moments more than slow ones."""
        x, y = self._fitted(per_megabyte, per_file)
        explained = x * self._megabytes + y * self._count
        scale = self._time / explained if explained else 1.0
        return x * scale, y * scale

    def _fitted(self, per_megabyte: float, per_file: float) -> tuple[float, float]:
        weigh_b, weigh_f = _PRIOR * self._bb + 1e-12, _FEW_FILES
        bb, ff = self._bb + weigh_b, self._ff + weigh_f
        bt, ft = self._bt + weigh_b * per_megabyte, self._ft + weigh_f * per_file
        determinant = bb * ff - self._bf * self._bf
        x = (bt * ff - ft * self._bf) / determinant
        y = (bb * ft - self._bf * bt) / determinant
        if x < 0:
            return 0.0, ft / ff
        return (bt / bb, 0.0) if y < 0 else (x, y)
