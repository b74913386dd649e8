"""The second, independent look at a cleaned copy: is a value that was found in the original still in there?

It goes another way than the check that found the values: raw bytes in several encodings, packed parts unpacked, and
values as another library decodes them (``decoded``). What it finds is a defect of the cleaning, and the copy is not
used.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import BinaryIO

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding, Level
from depositor.draft.problem import Stopped
from depositor.draft.region import parse
from depositor.privacy import decoded, judge, troubles
from depositor.privacy.kinds import NAMES, Kind
from depositor.privacy.texts import needles
from depositor.privacy.texts.needles import Needles, Window
from depositor.privacy.words import persons

SHORTEST = 6  # characters: shorter values stand in pixels by chance
WORD = 5  # letters of a name's word that is looked for by itself, between other characters than letters
LONGEST = 400
WINDOW = 8 * 1024 * 1024
MOST = 2000  # values looked for in one file
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "shift_jis", "gb18030")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_WORD = re.compile(rf"[^\W\d_]{{{WORD},}}")
# What a value of these kinds says stands in other words as well, or may stay where a policy keeps dates and devices.
_NOT_VALUES = frozenset(
    {
        *(Kind.LABEL_PICTURE, Kind.PREVIEW_PICTURE, Kind.FACE, Kind.COMBINATION, Kind.DOCUMENT, Kind.PRIVATE),
        *(Kind.DATE, Kind.LINKED_DATE, Kind.UID, Kind.SERIAL, Kind.PSEUDONYM, Kind.GPS, Kind.AGE, Kind.PICTURE_TEXT),
    }
)


@dataclass(frozen=True, slots=True)
class Values:
    """What to look for: whole values as they were written (``raw``) and words that must not stand alone (``words``),
    each with the finding that it comes from."""

    raw: dict[str, Finding]
    words: dict[str, Finding]

    def __bool__(self) -> bool:
        return bool(self.raw or self.words)

    def without(self, text: str) -> Values:
        """Those that do not stand in ``text``."""
        plain = folded(text)
        squeezed, words = squeeze(plain), set(_WORD.findall(plain))
        raw = {v: f for v, f in self.raw.items() if squeeze(folded(v)) not in squeezed}
        return Values(raw, {w: f for w, f in self.words.items() if folded(w) not in words})


def values_of(findings: Iterable[Finding]) -> Values:
    """The values of findings that a copy must not hold any more; what was read from pixels is looked for in them."""
    raw: dict[str, Finding] = {}
    words: dict[str, Finding] = {}
    for finding in findings:
        kind = judge.kind_in_key(finding.key)
        if finding.level is Level.INFO or not finding.evidence or kind in _NOT_VALUES:
            continue
        if parse(finding.location) is None and not _is_of_the_field(finding.evidence, kind):
            for text in _written(finding.evidence):
                raw.setdefault(text, finding)
        if kind in NAMES and persons.looks_like_name(finding.evidence):
            words.update((w, finding) for w in _WORD.findall(finding.evidence) if not persons.is_ordinary(w))
        if len(raw) + len(words) >= MOST:
            break
    return Values(raw, words)


def _is_of_the_field(evidence: str, kind: Kind | None) -> bool:
    """A maker's name in the field of the hospital stands in other fields by right."""
    words = re.findall(r"[^\W\d_]+", evidence)
    return kind in (Kind.INSTITUTION, Kind.HOST, Kind.LINKED) and bool(words) and all(map(persons.is_ordinary, words))


def _written(evidence: str) -> Iterator[str]:
    for line in evidence.splitlines():
        text = line.strip()
        if SHORTEST <= len(text) <= LONGEST and text.isprintable() and "•" not in text:
            yield text


def folded(text: str) -> str:
    """Lower case without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def left_in(
    opened: Callable[[], BinaryIO],
    findings: Iterable[Finding],
    told: Iterable[Finding] = (),
    on_purpose: Iterable[str] = (),
    cancel: Cancel | None = None,
) -> tuple[Finding, ...]:
    """The findings whose value still stands in the file that ``opened`` opens, with the place where it was seen.

    Those that the check itself still reports (``told``) are not repeated, and what stands in texts that stay by a
    person's choice (``on_purpose``) is none. Reads the file in windows: bounded memory.
    """
    mentioned = {f.evidence for f in told}
    values = values_of(f for f in findings if f.evidence not in mentioned).without("\n".join(on_purpose))
    if not values:
        return ()
    seen: dict[str, Finding] = {}
    with closing(opened()) as file:
        search = _search_for(values)
        search.file(file, seen, "bytes", cancel)
        for place, part in decoded.unpacked(file):
            search.file(part, seen, place, cancel)
        for place, text in decoded.texts(file):
            _search_text(text, values, seen, place)
    return tuple(seen[key] for key in sorted(seen))


# --- bytes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Search:
    """Values as bytes, made ready once for a file and all of its packed parts."""

    values: Values
    by_needle: dict[bytes, str]
    needles: Needles

    def file(self, file: BinaryIO, seen: dict[str, Finding], place: str, cancel: Cancel | None) -> None:
        """Note what stands in the bytes of ``file``."""

        def stop() -> None:
            if cancel:
                raise Stopped(troubles.stopped())

        if self.needles:
            overlap = self.needles.longest + 1
            for window in needles.windows(file, WINDOW, overlap, stop):
                for needle in self._standing(window):
                    value = self.by_needle[needle]
                    _note(seen, value, self.values.raw.get(value) or self.values.words[value], place)

    def _standing(self, window: Window) -> Iterator[bytes]:
        """The needles in a window, without those inside of another one; of words those where no letter goes on. What
        touches the end of a window is left to the next one."""
        free = 0
        for start, needle in self.needles.starts(window.raw, window.length):
            after = start + len(needle)
            cut = (start == 0 and window.begin) or (after == window.length and not window.last)
            if start < free or cut:
                continue
            whole = self.by_needle[needle] in self.values.raw
            if whole or not (_is_letter(window, start - 1) or _is_letter(window, after)):
                free = after
                yield needle


def _search_for(values: Values) -> _Search:
    found = _needles(values)
    return _Search(values, found, Needles(found))


def _is_letter(window: Window, at: int) -> bool:
    return 0 <= at < window.length and window.raw[at] in _LETTERS


def _needles(values: Values) -> dict[bytes, str]:
    """Each value as bytes in every encoding that can write it, as it was and in one case."""
    found: dict[bytes, str] = {}
    for value in (*values.raw, *values.words):
        for form in {value, value.upper(), value.lower(), value.title()}:
            for encoding in _ENCODINGS:
                try:
                    found.setdefault(form.encode(encoding), value)
                except UnicodeEncodeError:
                    continue
    return {needle: value for needle, value in found.items() if len(needle) >= WORD}


# --- texts -----------------------------------------------------------------------------------------------------------


def _search_text(text: str, values: Values, seen: dict[str, Finding], place: str) -> None:
    plain = folded(text)
    squeezed = squeeze(plain)
    for value, finding in values.raw.items():
        needle = squeeze(folded(value))
        if len(needle) >= SHORTEST and needle in squeezed:
            _note(seen, value, finding, place)
    standing = set(_WORD.findall(plain)) if values.words else set()
    for word, finding in values.words.items():
        if folded(word) in standing:
            _note(seen, word, finding, place)


def squeeze(text: str) -> str:
    """Letters and digits alone: "Last, First" and "Last^First" are one."""
    return re.sub(r"[\W_]+", "", text)


def _note(seen: dict[str, Finding], value: str, finding: Finding, place: str) -> None:
    if value not in seen:
        seen[value] = replace(finding, location=f"{place} ({finding.location})")
