"""Speed out of a few tries, and how long a whole set takes at that speed. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from depositor.draft.message import Message, msg, msgn
from depositor.session.diagnosing.values import Estimate, SetSize, Speed

_SHORT_S = 0.25  # a try this short says little more than "fast"
_FASTER, _SLOWER = 1.15, 0.65  # lines are shared: by night they are faster, by day slower than in these seconds
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Try:
    """One file that was sent: bytes and seconds."""

    size: int
    seconds: float


def speed_of(tries: Sequence[Try]) -> Speed | None:
    """The speed of a large file, and what each file costs besides. None without tries.

    The smallest files show the cost per file, the largest one the speed once that cost is taken off.
    """
    if not tries:
        return None
    small = min(t.size for t in tries)
    costs = sorted(t.seconds for t in tries if t.size == small)
    per_file = costs[len(costs) // 2]
    largest = max(tries, key=lambda t: t.size)
    moving = max(largest.seconds - per_file, largest.seconds * 0.1, 1e-6)
    rate = (largest.size - small if largest.size > small else largest.size) / moving
    per_file = max(per_file - small / rate, 0.0)
    total = sum(t.size for t in tries)
    return Speed(rate, per_file, total, sum(t.seconds for t in tries), least=largest.seconds < _SHORT_S)


def estimate_of(speed: Speed, size: SetSize, lanes: int) -> Estimate:
    """How long ``size`` takes with ``lanes`` files at a time: the line is shared by them, the cost per file is not."""
    per_file = size.files * speed.per_file_s / max(lanes, 1)
    bytes_s = size.bytes / max(speed.bytes_per_s, 1.0)
    return Estimate((bytes_s + per_file) / _FASTER, (bytes_s + per_file) / _SLOWER, size.files, size.bytes)


def in_words(found: Estimate) -> Message:
    """The span in the unit that suits it; an honest span, never a single minute."""
    if found.high < 2 * _MINUTE:
        return msg("estimate.moment", "The whole set takes a minute or two at the speed measured just now.")
    unit = _MINUTE if found.high < 2 * _HOUR else _HOUR if found.high < 2 * _DAY else _DAY
    low, high = max(1, round(found.low / unit)), max(1, round(found.high / unit))
    if low == high:
        return _about(unit, high)
    return _between(unit, low, high)


def _about(unit: int, n: int) -> Message:
    if unit == _MINUTE:
        return msgn(
            "estimate.minutes",
            "The whole set takes about {n} minute at the speed measured just now.",
            "The whole set takes about {n} minutes at the speed measured just now.",
            n,
        )
    if unit == _HOUR:
        return msgn(
            "estimate.hours",
            "The whole set takes about {n} hour at the speed measured just now.",
            "The whole set takes about {n} hours at the speed measured just now.",
            n,
        )
    return msgn(
        "estimate.days",
        "The whole set takes about {n} day at the speed measured just now.",
        "The whole set takes about {n} days at the speed measured just now.",
        n,
    )


def _between(unit: int, low: int, high: int) -> Message:
    if unit == _MINUTE:
        return msgn(
            "estimate.minutes.span",
            "The whole set takes about {low} to {n} minute at the speed measured just now.",
            "The whole set takes about {low} to {n} minutes at the speed measured just now.",
            high,
            low=low,
        )
    if unit == _HOUR:
        return msgn(
            "estimate.hours.span",
            "The whole set takes about {low} to {n} hour at the speed measured just now.",
            "The whole set takes about {low} to {n} hours at the speed measured just now.",
            high,
            low=low,
        )
    return msgn(
        "estimate.days.span",
        "The whole set takes about {low} to {n} day at the speed measured just now.",
        "The whole set takes about {low} to {n} days at the speed measured just now.",
        high,
        low=low,
    )
