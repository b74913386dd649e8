"""How large parts should be and how many lines serve best, told from what was measured. Rules without a clock or a
thread: they are fed measurements and keep still unless there is a reason to move."""

from __future__ import annotations

_MIB = 1 << 20
_FIRST_PART = 8 * _MIB
_SMALLEST_PART = 1 * _MIB
_PART_S = 10.0  # what a part should take: long enough for full speed, short enough to lose
_LONGEST_PART_S = 20.0
_FIRST_LINES = 4
_BETTER = 1.08  # one line more must bring so much, or it is given back
_LONGEST_REST = 64  # measurements between two trials that brought nothing
_FADE = 0.3
_AFTER_TROUBLE = 8
_FIRST_HANDFUL = 4
_HANDFUL_S = 0.5


class PartLength:
    """The length of the next parts, bytes: a power-of-two fraction of ``most`` that takes about 10 s on one line.

    It moves by a factor of two at a time and only where what is wanted differs by as much, so that it cannot swing.
    """

    def __init__(self, most: int) -> None:
        self._most = max(most, 1)
        self.now = self._within(_FIRST_PART)

    def measured(self, per_line: float) -> int:
        """One line carried ``per_line`` bytes per second; the length from now on."""
        wanted = per_line * _PART_S
        if wanted >= 2 * self.now:
            self.now = self._within(self.now * 2)
        elif wanted <= self.now / 2:
            self.now = self._within(self.now // 2)
        return self.now

    def _within(self, length: int) -> int:
        return max(min(length, self._most), min(_SMALLEST_PART, self._most))


class LineCount:
    """How many lines to use, from 1 to ``most``: one more is tried, and kept only where it brought something.

    A trial that brought nothing is not repeated for a while, each time for longer; after an archive said that it is
    busy, half the lines go on. So it comes to rest instead of swinging.
    """

    def __init__(self, most: int) -> None:
        self.most = max(most, 1)
        self.now = min(self.most, _FIRST_LINES)
        self._rate: float | None = None
        self._trying = False
        self._rest = 0
        self._patience = 2
        self._fresh = False  # something was measured since the last trouble

    def measured(self, rate: float) -> int:
        """All lines together achieved ``rate`` over some seconds (any unit, always the same); the lines from now on."""
        self._fresh = True
        if self._trying:
            self._judge(rate)
        elif self._rest:
            self._rest -= 1
            self._rate = rate if self._rate is None else self._rate + _FADE * (rate - self._rate)
        else:
            self._rate = rate
            self._try_one_more()
        return self.now

    def busy(self) -> int:
        """The archive asked for patience. Several lines that bring the same news count once."""
        if self._fresh:
            self._fresh, self._trying = False, False
            self.now = max(1, self.now // 2)
            self._rate = None
            self._wait(max(_AFTER_TROUBLE, self._patience))
        return self.now

    def _judge(self, rate: float) -> None:
        self._trying = False
        if self._rate is None or rate >= self._rate * _BETTER:
            self._rate, self._patience = rate, 2
            self._try_one_more()
        else:
            self.now -= 1
            self._wait(self._patience)

    def _wait(self, measurements: int) -> None:
        self._rest = measurements
        self._patience = min(self._patience * 2, _LONGEST_REST)

    def _try_one_more(self) -> None:
        if self.now < self.most:
            self.now += 1
            self._trying = True


class Handful:
    """How many small files one worker takes at once: what it sends in about half a second, ``most`` at most. Few where
    each takes long, so that at the end no line sits before a heap while the others have nothing to do."""

    def __init__(self, most: int) -> None:
        self._most = max(most, 1)
        self.now = min(self._most, _FIRST_HANDFUL)

    def took(self, files: int, seconds: float) -> None:
        """So long took so many files."""
        wanted = int(files * _HANDFUL_S / max(seconds, 1e-6))
        self.now = max(1, min(self._most, wanted, self.now * 4))


def lines_for_parts(rate: float, part: int, most: int) -> int:
    """How many parts of ``part`` bytes may share a line of ``rate`` bytes per second, so that none takes much longer
    than 20 s; at least one."""
    return max(1, min(most, int(rate * _LONGEST_PART_S / max(part, 1))))
