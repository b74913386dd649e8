"""Searching for many byte strings at once, at about the speed of reading.

Wherever a string begins, it covers the first byte, or more, of one of the four-byte words that a file is cut into. So
one look into a table for each word tells the few words where one of the strings can stand; only there are bytes
compared. (Alternatives of ``re`` try every string at every byte: a thousand times slower.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST = 4  # bytes; from seven on the whole of a word is covered, which makes the search fastest
_WORD = 4  # bytes of the words that a window is cut into
_CHUNK = 1 << 16  # words that are looked up together: what they need stays in the processor's cache
_SPREAD = 2654435761  # Knuth's multiplier: neighbours fall far from each other in a table


class Needles:
    """Byte strings to search for, each of :data:`SHORTEST` bytes or more (shorter ones are left out)."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        every = sorted({n for n in needles if len(n) >= SHORTEST}, key=lambda n: (-len(n), n))
        self.longest = max(map(len, every), default=0)
        self._key = min(_WORD, len(every[-1]) - _WORD + 1) if every else _WORD  # bytes that tell a word
        self._by_start: dict[bytes, list[bytes]] = {}
        for needle in every:
            self._by_start.setdefault(needle[:_WORD], []).append(needle)
        within = {n[a : a + self._key] for n in every for a in range(_WORD)}
        self._mask = (1 << 8 * self._key) - 1
        self._first = _Table(within)
        self._second = _Table(self._by_start)

    def __bool__(self) -> bool:
        return bool(self._by_start)

    def starts(self, window: bytearray, end: int) -> Iterator[tuple[int, bytes]]:
        """(place, needle) of all that stand in ``window[:end]``, by place, the longest first. What lies within four
        bytes behind ``end`` must be there, and is overwritten with zeros."""
        window[end : end + _WORD] = bytes(_WORD)
        for place in self._places(window, end):
            for needle in self._by_start.get(bytes(window[place : place + _WORD]), ()):
                if place + len(needle) <= end and window.startswith(needle, place):
                    yield place, needle

    def _places(self, window: bytearray, end: int) -> Iterator[int]:
        """Where the first four bytes of a needle stand, and by chance others."""
        import numpy as np

        words = np.frombuffer(window, "<u4", (end + _WORD - 1) // _WORD)
        some: list[NDArray[Any]] = []
        for begin in range(0, len(words), _CHUNK):
            some.append(np.flatnonzero(self._first.holds(words[begin : begin + _CHUNK], self._mask)) + begin)
            if sum(map(len, some)) >= _CHUNK or begin + _CHUNK >= len(words):
                yield from self._beginnings(words, np.concatenate(some))
                some.clear()

    def _beginnings(self, words: NDArray[Any], at: NDArray[Any]) -> list[int]:
        """Of words that hold a key: at them, or up to three bytes before, a needle begins."""
        import numpy as np

        found: list[int] = []
        for part in (at[n : n + _CHUNK] for n in range(0, len(at), _CHUNK)):
            both = words[part - 1].astype(np.uint64) | words[part].astype(np.uint64) << np.uint64(32)
            for before in range(_WORD):
                begin = (both >> np.uint64(8 * (_WORD - before))).astype(np.uint32)
                places = part[self._second.holds(begin)] * _WORD - before
                found += places[places >= 0].tolist()
        return sorted(found)


class _Table:
    """Keys of up to four bytes, in a table that has at least 32 places for each."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        import numpy as np

        numbers = np.array([int.from_bytes(k, "little") for k in keys], np.uint32)
        bits = min(22, max(16, (len(numbers) * 32).bit_length()))
        self._shift: np.uint32 = np.uint32(32 - bits)
        self._table = np.zeros(1 << bits, bool)
        self._table[(numbers * np.uint32(_SPREAD)) >> self._shift] = True
        # Where it is worked, once: fresh memory for each chunk takes longer than all the rest.
        self._spread = np.empty(_CHUNK, np.uint32)
        self._at = np.empty(_CHUNK, np.intp)
        self._found = np.empty(_CHUNK, bool)

    def holds(self, words: NDArray[Any], mask: int = 0xFFFFFFFF) -> NDArray[Any]:
        """For each of up to :data:`_CHUNK` words whether what the mask leaves of it may be a key: never False for one
        that is. The answer is good until the next call."""
        import numpy as np

        count = len(words)
        spread, at, found = self._spread[:count], self._at[:count], self._found[:count]
        if mask != 0xFFFFFFFF:
            words = np.bitwise_and(words, np.uint32(mask), out=spread)
        np.multiply(words, np.uint32(_SPREAD), out=spread)
        np.right_shift(spread, self._shift, out=at, casting="unsafe")
        return self._table.take(at, out=found, mode="clip")


@dataclass(frozen=True, slots=True)
class Window:
    """``raw[:length]`` is what a file holds from ``begin`` on; ``last`` where the file ends with it."""

    raw: bytearray
    length: int
    begin: int
    last: bool


def windows(file: BinaryIO, size: int, overlap: int, stop: Callable[[], None] = lambda: None) -> Iterator[Window]:
    """``file`` from its start, ``size`` bytes at a time, each behind the last ``overlap`` bytes of those before. The
    next are read while one window is looked at (leave the file alone until then); ``stop`` is called before each.

    The last window may hold nothing but what the one before ended with. Two windows are in memory.
    """
    file.seek(0)
    buffers = [bytearray(overlap + size + _WORD) for _ in range(2)]
    with ThreadPoolExecutor(1) as reader:
        coming: Future[int] = reader.submit(_fill, file, memoryview(buffers[0])[:size])
        kept = number = begin = 0
        last = False
        while not last:
            stop()
            raw, other = buffers[number % 2], buffers[(number + 1) % 2]
            count = coming.result()
            length, last = kept + count, count < size
            kept = min(overlap, length)
            other[:kept] = raw[length - kept : length]
            if not last:
                coming = reader.submit(_fill, file, memoryview(other)[kept : kept + size])
            yield Window(raw, length, begin, last)
            begin, number = begin + length - kept, number + 1


def _fill(file: BinaryIO, view: memoryview) -> int:
    """Read until ``view`` is full or the file ends."""
    done = 0
    while done < len(view):
        count = file.readinto(view[done:]) or 0  # type: ignore[attr-defined]
        if not count:
            break
        done += count
    return done
