"""How names of terms are compared: without case, accents and punctuation, and with a slip of the finger forgiven."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

_NO_WORD = re.compile(r"[\W_]+")
TYPO_FROM = 4  # letters: shorter words have too many neighbours
_TWO_SLIPS_FROM = 8
_LONGEST = 40  # letters; no word of a name that people type is longer
_MOST_SQUEEZED = 16  # letters: longer names are not written without their spaces


def fold(text: str) -> str:
    """Lower case without accents, punctuation as spaces: ``Förster (FRET)`` as ``forster fret``."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(_NO_WORD.sub(" ", plain).split())


def squeezed(folded: str) -> str:
    """A short name without its spaces (``hek 293`` as ``hek293``); empty for others."""
    return folded.replace(" ", "") if " " in folded and len(folded) <= _MOST_SQUEEZED else ""


def slips(typed: str, word: str, most: int, *, unfinished: bool = False) -> int:
    """How many letters are wrong, missing, too many or swapped with their neighbour, at most ``most`` + 1.

    Optimal string alignment distance; ``unfinished``: to the nearest beginning of the word. Gives up as soon as
    ``most`` is passed.
    """
    if unfinished:
        word = word[: len(typed) + most]
    if abs(len(typed) - len(word)) > most:
        return most + 1
    older: list[int] = []
    last = list(range(len(word) + 1))
    for i, letter in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(word, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        older, last = last, row
    return min(last) if unfinished else last[-1]


class Words:
    """All words of the names, in heaps by their first letter, by their second letter, and by their length."""

    def __init__(self, words: Iterable[str]) -> None:
        self.all = frozenset(w for w in words if len(w) > 1)
        self._first: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._second: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in self.all:
            size = len(word)
            if size >= TYPO_FROM - 1:
                self._first[word[0], size].append(word)
                self._second[word[1], size].append(word)

    def near(self, typed: str, *, unfinished: bool) -> list[str]:
        """The words that ``typed`` may be meant for, the nearest first; ``unfinished``: or for the beginning of one.

        Most slips leave the first letter where it is; else the one after it stays, or the two are swapped.
        """
        size = len(typed)
        if size < TYPO_FROM:
            return []
        most = 2 if size >= _TWO_SLIPS_FROM else 1
        letters = set(typed)
        alike = range(size - most, size + most + 1)
        heaps = [self._first.get((typed[0], n), ()) for n in (range(size - most, _LONGEST) if unfinished else alike)]
        whole = [heap.get((typed[1], n), ()) for heap in (self._second, self._first) for n in alike]
        found = set()
        for heap, to_end in (*((h, not unfinished) for h in heaps), *((h, True) for h in whole)):
            for word in heap:
                if len(letters.difference(word)) <= most:
                    distance = slips(typed, word, most, unfinished=not to_end)
                    if distance <= most:
                        found.add((distance, abs(len(word) - size), word))
        return list(dict.fromkeys(word for _, _, word in sorted(found)))
