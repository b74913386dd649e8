"""Counting what files say, in bounded memory and whatever order they come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST_VALUES = 60  # more distinct values of one fact than that are only counted
_WHOLE = 1e15  # beyond it a binary number holds no whole one


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value stands: the file, the reader that read it, and the native key."""

    file: str
    reader: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value, how many files say it, and the first of them (by its path, so that order does not matter)."""

    value: Any
    files: int
    source: Source


class Tally:
    """How many files say which value. ``low`` and ``high`` bound all numbers, also those that are only counted."""

    def __init__(self) -> None:
        self._seen: dict[Any, _Entry] = {}
        self.low: float | None = None
        self.high: float | None = None
        self.complete = True

    def add(self, value: Any, source: Source) -> None:
        """Count a value once for each file, as long as files come one after the other; None counts nothing."""
        if value is None or value == ():
            return
        if isinstance(value, (int, float)):
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)
        entry = self._seen.get(value)
        if entry is not None:
            entry.count(source)
        elif len(self._seen) < _MOST_VALUES:
            self._seen[value] = _Entry(1, source, source.file)
        else:
            self.complete = False

    def ranked(self) -> tuple[Sighting, ...]:
        """The most frequent value first, then the one of the first file."""
        found = (Sighting(value, e.files, e.source) for value, e in self._seen.items())
        return tuple(sorted(found, key=_rank))

    def top(self) -> Any:
        """The most frequent value, None where no file says any."""
        ranked = self.ranked()
        return ranked[0].value if ranked else None

    def values(self) -> tuple[Any, ...]:
        return tuple(s.value for s in self.ranked())

    def agreed(self) -> Any:
        """The value that all files share which say any; None where they differ."""
        return next(iter(self._seen)) if len(self._seen) == 1 and self.complete else None

    def sources(self) -> Iterator[Source]:
        """Where each value was seen first."""
        yield from (e.source for e in self._seen.values())

    def __bool__(self) -> bool:
        return bool(self._seen)


@dataclass(slots=True)
class _Entry:
    files: int
    source: Source
    last: str

    def count(self, source: Source) -> None:
        if source.file != self.last:
            self.files += 1
            self.last = source.file
        if _place(source) < _place(self.source):
            self.source = source


def _rank(sighting: Sighting) -> tuple[int, tuple[str, str, str], str]:
    return -sighting.files, _place(sighting.source), repr(sighting.value)


def _place(source: Source) -> tuple[str, str, str]:
    return source.file, source.reader or "", source.key or ""


def rounded(value: float | None) -> float | None:
    """Four significant digits: headers repeat noise of binary numbers (0.09999999999999999)."""
    if value is None:
        return None
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() and abs(short) < _WHOLE else short
