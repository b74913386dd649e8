"""Known values in text that an engine read: letters are confused (0 and O, 1 and l), spaces and signs are lost."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Mapping

from depositor.privacy.kinds import Kind, rank
from depositor.privacy.words.persons import folded

_ALIKE = str.maketrans({"o": "0", "q": "0", "l": "1", "i": "1", "|": "1", "!": "1", "s": "5", "b": "8", "z": "2"})
_LEAST = 4  # letters or digits of a value that is looked for
_WHOLE = 6  # of a value from another file
_LEAST_NEAR = 6  # of a value that is found nearly so
_LEAST_DIGITS = 9  # of one that became digits alone: times and dates are near to many numbers
_LIKE = 0.84
_LOOSE = frozenset({Kind.LINKED, Kind.LINKED_DATE})
_DAY = re.compile(r"((?:18|19|20)\d\d)(\d\d)(\d\d)")
_NAMES = frozenset({Kind.PATIENT_NAME, Kind.PERSON_NAME, Kind.STAFF_NAME})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bare(text: str) -> str:
    """Letters and digits alone, those that look alike made the same.

    >>> bare("0KONKW0") == bare("OKONKWO"), bare("MRN-447l920") == bare("MRN 4471920")
    (True, True)
    """
    return re.sub(r"[\W_]+", "", folded(text)).translate(_ALIKE)


class Seeds:
    """Values that stand in the header of the file, to be found nearly so, and ``terms`` of other files of the deposit
    (``known.Known.terms``), to be found letter by letter."""

    def __init__(self, pairs: Iterable[tuple[Kind, str]], terms: Mapping[str, Kind] | None = None) -> None:
        self._values: dict[str, Kind] = {}
        found = ((bare(term), kind) for term, kind in (terms or {}).items() if kind not in _LOOSE)
        self._terms = {term: kind for term, kind in found if len(term) >= _WHOLE}
        for kind, text in pairs:
            for part in _parts(kind, text):
                known = self._values.get(part)
                if len(part) >= _LEAST and (known is None or rank(kind) > rank(known)):
                    self._values[part] = kind

    def kind_in(self, text: str) -> Kind | None:
        """The weightiest kind of a value that stands in ``text``, letter by letter or nearly so."""
        line = bare(text)
        found = [kind for value, kind in self._values.items() if _stands_in(value, line)]
        found += [kind for term, kind in self._terms.items() if term in line]
        return max(found, key=rank, default=None)


def _parts(kind: Kind, text: str) -> Iterable[str]:
    """A name as a whole and by its words, a day in the ways that people write it, all else as it is."""
    if kind in _NAMES:
        words = [bare(w) for w in re.findall(r"[^\W\d_]+", text)]
        return [*(w for w in words if len(w) >= _LEAST), "".join(words), "".join(reversed(words))]
    day = _DAY.fullmatch(text.strip()[:8]) if text[:8].isdigit() else None
    if day:
        year, month, date = day.groups()
        word = _MONTHS[(int(month) - 1) % 12]
        orders = (year + month + date, date + month + year, month + date + year, date + word + year)
        return [bare(o) for o in (*orders, date + month + year[2:], month + date + year[2:])]
    return [bare(text)]


@functools.lru_cache(maxsize=4096)
def _stands_in(value: str, line: str) -> bool:
    if value in line:
        return True
    if len(value) < (_LEAST_DIGITS if value.isdigit() else _LEAST_NEAR) or len(line) < len(value) - 1:
        return False
    matcher = difflib.SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(value)
    for start in range(max(len(line) - len(value), 0) + 1):
        matcher.set_seq1(line[start : start + len(value)])
        if matcher.quick_ratio() >= _LIKE and matcher.ratio() >= _LIKE:
            return True
    return False
