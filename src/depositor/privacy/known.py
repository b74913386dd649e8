"""Values learnt from some places (headers, names of folders, the form) and searched in all others."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from depositor.privacy.kinds import Kind
from depositor.privacy.words import days, patterns, persons
from depositor.privacy.words.hit import Hit
from depositor.privacy.words.terms import terms_of

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_GAP = re.compile(r"[\s_.,^'’\-+/]{0,3}")
_DIGITS = re.compile(r"\d(?:[ .\-/_]?\d){5,}")
_DAYS = frozenset({Kind.LINKED_DATE, Kind.BIRTH_DATE})
MOST_SPELLED = 600  # ways of writing terms beyond ASCII that bytes are searched for: each is a walk over all of them
_AROUND = 160  # bytes around a place in binary data that are read as text


@dataclass(frozen=True)
class Known:
    """``terms`` maps a value (words in lower case, one space between them; days as YYYYMMDD) to its kind.

    The search takes the time of one walk over the words of a text, however many terms there are. Accents, capitals,
    what stands between the words, and how a number is grouped make no difference.
    """

    terms: dict[str, Kind] = field(default_factory=dict)

    def __or__(self, other: Known) -> Known:
        if other.terms.keys() <= self.terms.keys():
            return self  # with all that was made ready to search for it
        return self._joined_by(Known({t: k for t, k in other.terms.items() if t not in self.terms}))

    def _joined_by(self, fresh: Known) -> Known:
        """Made ready out of what is ready: each file's own few values come to thousands that all files share."""
        joined = Known({**fresh.terms, **self.terms})
        index = dict(self._by_first_word)
        for first, each in fresh._by_first_word.items():
            index[first] = sorted((*each, *index.get(first, ())), key=lambda e: len(e[0]), reverse=True)
        joined.__dict__.update(
            _by_first_word=index,
            _days={**fresh._days, **self._days},
            _numbers={**fresh._numbers, **self._numbers},
            _eastern=(*fresh._eastern, *self._eastern),
            _longest=fresh._longest | self._longest,
        )
        return joined

    def without(self, *kinds: Kind) -> Known:
        """The same without values of some kinds."""
        return Known({t: k for t, k in self.terms.items() if k not in kinds})

    @functools.cached_property
    def _by_first_word(self) -> dict[str, list[tuple[tuple[str, ...], Kind]]]:
        index: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
        for term, kind in self.terms.items():
            words = tuple(persons.folded(w) for w in _TOKEN.findall(term))
            if words and kind not in _DAYS:
                index.setdefault(words[0], []).append((words, kind))
        return {first: sorted(each, key=lambda e: len(e[0]), reverse=True) for first, each in index.items()}

    @functools.cached_property
    def _days(self) -> dict[str, Kind]:
        return {t: k for t, k in self.terms.items() if k in _DAYS}

    @functools.cached_property
    def _numbers(self) -> dict[str, Kind]:
        """Numbers of six digits and more, without what groups their digits."""
        bare = ((re.sub(r"[\s-]", "", t), k) for t, k in self.terms.items() if k not in _DAYS)
        return {t: k for t, k in bare if t.isdecimal() and len(t) >= 6}

    @functools.cached_property
    def _eastern(self) -> tuple[tuple[str, Kind], ...]:
        return tuple((t, k) for t, k in self.terms.items() if persons.is_eastern(t))

    def hits(self, text: str) -> Iterator[Hit]:
        """Where the known values stand in ``text``, whatever stands between their words."""
        if not self.terms:
            return
        found = list(self._found(text[: patterns.LONGEST]))
        if len(found) > 1:
            found = patterns.without_overlaps(sorted(found, key=lambda h: h.start - h.end))
        yield from found

    def _found(self, text: str) -> Iterator[Hit]:
        if self._by_first_word and self._has_first_word(text):
            yield from self._word_hits(text)
        if self._numbers:
            yield from self._number_hits(text)
        if self._days:
            yield from self._day_hits(text)
        if self._eastern and not text.isascii():
            yield from self._eastern_hits(text)

    def _day_hits(self, text: str) -> Iterator[Hit]:
        for start, end, found in days.written(text):
            kind = next((self._days[d] for d in found if d in self._days), None)
            if kind:
                yield Hit(kind, start, end)

    def _has_first_word(self, text: str) -> bool:
        words = map(str.lower, _TOKEN.findall(text))
        folded = words if text.isascii() else map(persons.folded, words)
        return not self._by_first_word.keys().isdisjoint(folded)

    def _word_hits(self, text: str) -> Iterator[Hit]:
        found = [(persons.folded(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text)]
        for at, (word, start, _end) in enumerate(found):
            for words, kind in self._by_first_word.get(word, ()):
                run = found[at : at + len(words)]
                if len(run) == len(words) and all(_follows(text, run, n, words[n]) for n in range(1, len(words))):
                    yield Hit(kind, start, run[-1][2])
                    break

    def _number_hits(self, text: str) -> Iterator[Hit]:
        for match in _DIGITS.finditer(text):
            kind = self._numbers.get(re.sub(r"\D", "", match[0]))
            if kind:
                yield Hit(kind, match.start(), match.end())

    def _eastern_hits(self, text: str) -> Iterator[Hit]:
        for term, kind in self._eastern:
            at = text.find(term)
            while at >= 0:
                yield Hit(kind, at, at + len(term))
                at = text.find(term, at + len(term))

    def raw_hits(self, data: bytes) -> Iterator[Hit]:
        """Where known values stand in bytes (UTF-8, Latin-1, UTF-16 of either order); offsets are those of bytes."""
        every = (h for start, end, encoding in set(self._places(data)) for h in self._read(data, start, end, encoding))
        last: Hit | None = None
        for hit in sorted(every, key=lambda h: (h.start, -h.end)):
            if last and hit.start < last.end:  # the same in two encodings: UTF-16 of either order is one byte apart
                last = Hit(last.kind, last.start, max(last.end, hit.end))
                continue
            if last:
                yield last
            last = hit
        if last:
            yield last

    def _read(self, data: bytes, start: int, end: int, encoding: str) -> Iterator[Hit]:
        """The hits of a window, with the offsets of their bytes."""
        raw = data[start:end]
        encodings = (encoding,) if encoding != "utf-8" or raw.isascii() else ("utf-8", "latin-1")
        for each in encodings:
            errors = "surrogateescape" if each == "utf-8" else "replace"
            text = raw.decode(each, errors)
            for hit in self.hits(text):
                if each in ("utf-16-le", "utf-16-be"):
                    yield Hit(hit.kind, start + hit.start * 2, start + hit.end * 2)
                    continue
                before = len(text[: hit.start].encode(each, errors))
                yield Hit(
                    hit.kind, start + before, start + before + len(text[hit.start : hit.end].encode(each, errors))
                )

    def _places(self, data: bytes) -> Iterator[tuple[int, int, str]]:
        """Windows of ``data`` that hold the longest word of a term, and how to read them."""
        for pattern, encoding in _RAW:
            step = 2 if encoding.startswith("utf-16") else 1
            for match in pattern.finditer(data):
                word = (match[0].replace(b"\0", b"") if step == 2 else match[0]).decode("ascii").lower()
                if word in self._longest:
                    start = max(match.start() % step, match.start() - _AROUND)
                    yield start, match.end() + _AROUND, encoding
        for form, encoding in self._spelled:
            at = data.find(form)
            while at >= 0:
                start = max(0, at - _AROUND)
                yield start + (at - start) % 2, at + len(form) + _AROUND, encoding
                at = data.find(form, at + len(form))

    @functools.cached_property
    def _longest(self) -> frozenset[str]:
        """Of each term the longest word that plain letters or digits write: what the bytes are searched for."""
        every = (max(words, key=len) for each in self._by_first_word.values() for words, _k in each)
        return frozenset((*every, *self._numbers, *self._days))

    @functools.cached_property
    def _spelled(self) -> tuple[tuple[bytes, str], ...]:
        """Terms with letters beyond ASCII, as bytes of each encoding and way of writing."""
        out: dict[tuple[bytes, str], None] = {}
        for word in {max(t.split(), key=len) for t in self.terms if not t.isascii()}:
            east = persons.is_eastern(word)
            encodings = ("utf-8", "utf-16-le", "utf-16-be", *(("shift_jis", "gb18030") if east else ("latin-1",)))
            for written in (word,) if east else (word, word.upper(), word.title()):
                for encoding in encodings:
                    form = _written(written, encoding)
                    if len(form) >= 4 and len(out) < MOST_SPELLED:
                        out[form, encoding] = None
        return tuple(out)


def _written(word: str, encoding: str) -> bytes:
    """The bytes of a word; none where the encoding lacks one of its letters: what is left of it stands anywhere."""
    try:
        return word.encode(encoding)
    except UnicodeEncodeError:
        return b""


NOTHING_KNOWN = Known()
_RAW = (
    (re.compile(rb"[A-Za-z]{2,}|\d{4,}"), "utf-8"),
    (re.compile(rb"(?:[A-Za-z]\0){2,}|(?:\d\0){4,}"), "utf-16-le"),
    (re.compile(rb"(?:\0[A-Za-z]){2,}|(?:\0\d){4,}"), "utf-16-be"),
)


def _follows(text: str, run: list[tuple[str, int, int]], at: int, word: str) -> bool:
    gap = text[run[at - 1][2] : run[at][1]]
    return run[at][0] == word and _GAP.fullmatch(gap) is not None


def known_from(pairs: Iterable[tuple[Kind, str]]) -> Known:
    """What to search elsewhere, from (kind, text): parts of names, sign-in names, numbers, days."""
    terms: dict[str, Kind] = {}
    for kind, text in pairs:
        for term, of in terms_of(kind, text):
            terms.setdefault(term, of)
    return Known(terms)
