"""What a file itself says of persons, to be found again in its other texts."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator
from typing import Any

from depositor.privacy.checks.dicom_spots import doubtful_names
from depositor.privacy.dicom import kinds as dicom_kinds
from depositor.privacy.dicom import profile as dicom_profile
from depositor.privacy.kinds import NAMES, Kind
from depositor.privacy.known import Known, known_from
from depositor.privacy.remedies.dicom import elements, wording
from depositor.privacy.words import persons

_KINDS = NAMES | {Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.CASE_NUMBER, Kind.MAIL}
_NUMBERS = frozenset({Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.CASE_NUMBER})
_OF_CODES = frozenset({0x00080100, 0x00080102, 0x00080103, 0x00080119, 0x00080120})
_MEANING = 0x00080104
_SHORTEST_NAME = 3
_SHORTEST = 5  # bytes of a value that is searched in binary elements


def of(dataset: Any) -> Known:
    """Names and numbers that the file's own fields hold."""
    pairs = list(_pairs(dataset))
    whole = {t: kind for kind, text in pairs if kind in _NUMBERS for t in _as_terms(text)}
    whole |= {_words(text): kind for kind, text in pairs if kind is Kind.MAYBE_NAME}
    whole |= {t: kind for kind, text in pairs if kind in NAMES and len(t := _words(text)) >= _SHORTEST_NAME}
    return Known(whole) | known_from(pairs)


def _as_terms(text: str) -> Iterator[str]:
    """A number in full, as :class:`Known` writes it, where it is long enough to mean one thing."""
    words = _words(text)
    if len(words) >= _SHORTEST and any(c.isdigit() for c in words) and not persons.is_pseudonym(text):
        yield words


def _words(text: str) -> str:
    return " ".join(w.casefold() for w in re.findall(r"[^\W_]+", text))


def _pairs(dataset: Any) -> Iterator[tuple[Kind, str]]:
    for holder, element in elements.every(dataset):
        if element.tag != _MEANING or elements.scheme(holder) not in wording.SCHEMES:
            yield from _doubtful(element)
        kind = dicom_kinds.kind(int(element.tag), str(element.VR))
        if kind in _KINDS:
            for text in elements.texts(element.value):
                if text.strip() and not persons.is_placeholder(text):
                    yield from ((kind, part) for part in text.split("=") if part.strip("^ "))


def _doubtful(element: Any) -> Iterator[tuple[Kind, str]]:
    """Words that the check takes for possible names in fields that no table knows: they go everywhere."""
    tag, vr = int(element.tag), str(element.VR)
    if dicom_kinds.is_text(vr) and dicom_profile.row(tag) is None and tag not in dicom_kinds.TECHNICAL | _OF_CODES:
        for text in elements.texts(element.value):
            yield from ((Kind.MAYBE_NAME, word) for word in doubtful_names(text))


def inside(raw: bytes, known: Known) -> bool:
    """True where bytes that are no text hold a known value in one of the encodings that programs use."""
    folded = raw.lower()
    return any(needle in folded for term in known.terms if len(term) >= _SHORTEST for needle in _needles(term))


@functools.lru_cache(maxsize=65536)
def _needles(term: str) -> tuple[bytes, ...]:
    """A value as bytes. What an encoding cannot write is not looked for in it: the rest of its letters, or nothing at
    all, would be found in any table of numbers."""
    found: dict[bytes, None] = {}
    for encoding in ("utf-8", "utf-16-le", "latin-1"):
        with contextlib.suppress(UnicodeEncodeError):
            found[term.encode(encoding)] = None
    return tuple(needle for needle in found if len(needle) >= _SHORTEST)
