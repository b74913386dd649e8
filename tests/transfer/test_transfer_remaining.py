"""The remaining time on runs as they happen: believed, or not claimed (user need B7)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator

import pytest

from depositor.transfer.manners.remaining import Remaining

MB = 1_000_000
LINE = 30 * MB
Speed = Callable[[float], float]


class Line:
    """A simulated line: each file costs a start of its own and its bytes; second by second, with noise."""

    def __init__(self, files: Iterable[int], speed: Speed, noise: float = 0.3, seed: int = 1) -> None:
        self._chance, self._speed, self._noise = random.Random(seed), speed, noise
        self._files = list(files)
        self._left, self._start = self._files.pop(0), 0.05
        self.now, self.bytes, self.files = 0.0, self._left + sum(self._files), 1 + len(self._files)

    def second(self) -> tuple[float, int, int]:
        """(seconds, bytes, files) of the next second."""
        left, moved, done = 1.0, 0, 0
        speed = self._speed(self.now) * self._chance.uniform(1 - self._noise, 1 + self._noise)
        while left > 1e-9 and self.files:
            pause = min(self._start, left)
            self._start, left = self._start - pause, left - pause
            sent = min(self._left, round(left * speed))
            self._left, left, moved = self._left - sent, left - sent / speed, moved + sent
            if self._left or self._start > 1e-9:
                break
            done, self.files = done + 1, self.files - 1
            self._left = self._files.pop(0) if self._files else 0
            self._start = 0.05 * self._chance.uniform(0.7, 1.3)
        self.bytes -= moved
        passed = 1.0 - max(left, 0.0) if not self.files else 1.0
        self.now += passed
        return passed, moved, done


def told(line: Line) -> tuple[list[tuple[float, float | None]], float]:
    """What was told at each second (seconds passed, seconds left), and how long it took in the end."""
    remaining, seen = Remaining(), []
    while line.files:
        remaining.add(*line.second())
        seen.append((line.now, remaining.estimate(line.bytes, line.files)))
    return seen[:-1], line.now


def claims(line: Line, since: float = 0.1) -> tuple[list[float], float]:
    """(the relative errors of what was claimed between ``since`` and nine tenths, which share of that had a claim)."""
    seen, total = told(line)
    middle = [(at, left) for at, left in seen if since * total < at < 0.9 * total]
    errors = [abs(left - (total - at)) / (total - at) for at, left in middle if left is not None]
    return errors, len(errors) / len(middle)


def steady(_: float) -> float:
    return LINE


def mixed() -> Iterator[int]:
    chance = random.Random(3)
    return (chance.choice((20_000, 50_000, 400_000, 60 * MB)) for _ in range(1000))


@pytest.mark.parametrize(
    ("files", "at_least"),
    [
        ([200 * MB] * 40, 1.0),
        ([8000 * MB], 1.0),
        ([20_000] * 5000, 1.0),
        (mixed(), 1.0),
        ([20_000] * 2000 + [2000 * MB] * 3, 0.6),  # nothing is known of the line while small files go
        ([2000 * MB] * 3 + [20_000] * 3000, 0.35),  # nor of small ones while large ones go
    ],
    ids=["alike", "one", "small", "mixed", "big-last", "small-last"],
)
def test_after_a_tenth_what_is_claimed_is_within_a_quarter(files: Iterable[int], at_least: float) -> None:
    errors, share = claims(Line(files, steady))
    assert max(errors) <= 0.25
    assert share >= at_least


@pytest.mark.parametrize("noise", [0.6, 0.9])
def test_a_restless_line_is_told_as_well(noise: float) -> None:
    errors, share = claims(Line([200 * MB] * 40, steady, noise))
    assert max(errors) <= 0.25
    assert share == 1.0


def test_a_line_that_halves_is_believed_again_soon() -> None:
    line = Line([100 * MB] * 100, lambda at: LINE if at < 110 else LINE / 2)
    seen, total = told(line)
    for at, left in seen:
        if 110 + 75 < at < 0.9 * total:
            assert left == pytest.approx(total - at, rel=0.25)


def test_what_is_told_does_not_jump() -> None:
    for files in ([200 * MB] * 40, mixed(), [20_000] * 2000 + [2000 * MB] * 3):
        seen, _ = told(Line(files, steady, noise=0.6))
        for (_, one), (_, other) in itertools.pairwise(seen):
            if one is not None and other is not None:
                assert abs(other - (one - 1.0)) <= 0.15 * max(one, 20)


def test_seconds_without_anything_count() -> None:
    """Every other second the line stands still, and no problem is known."""
    remaining = Remaining()
    for second in range(60):
        remaining.add(1.0, 0 if second % 2 else 10 * MB, 0)
    assert remaining.estimate(100 * MB, 1) == pytest.approx(20, rel=0.1)


def test_nothing_left_takes_no_time_and_nothing_seen_tells_none() -> None:
    remaining = Remaining()
    assert remaining.estimate(0, 0) == 0.0
    assert remaining.estimate(10**9, 3) is None
    remaining.add(1.0, 10**8, 0)
    assert remaining.estimate(10**9, 3) is None  # one second is not enough
