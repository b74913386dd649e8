"""Days of birth and ages in many languages. A day alone is no day of birth: a word, or a field, must say so."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from depositor.privacy.kinds import Kind
from depositor.privacy.words import cues
from depositor.privacy.words.hit import Hit

_YEAR = r"(?:(?:19|20)\d\d|['’]?\d\d)"
_MONTH = r"[^\W\d_]{3,12}\.?"
DATE = (
    r"(?:(?:明治|大正|昭和|平成|令和)(?:\d{1,2}|元)年\d{1,2}月\d{1,2}日"
    r"|(?:19|20)\d\d ?[-./:年년] ?(?:0?[1-9]|1[0-2]) ?[-./:月월] ?(?:0?[1-9]|[12]\d|3[01])[日일]?"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|(?:0?[1-9]|[12]\d|3[01])[-./ ]{{1,2}}(?:0?[1-9]|1[0-2])[-./ ]{{1,2}}{_YEAR}"
    rf"|(?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])[-./]{_YEAR}"
    rf"|(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|º|\.)?[-./ ]{{1,2}}(?:de |of |d')?{_MONTH}[-./, ]{{1,2}}(?:de "
    rf"|del |of )?{_YEAR}"
    rf"|{_MONTH} (?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,? {_YEAR})(?!\d)"
)


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    place = r"(?:(?:a|à|ad|in|en|w|we|te|em|i|på|zu|u)\s+[^\W\d_]+(?:[ '’-][^\W\d_]+){0,3}?,?\s+)?"
    on = rf"{place}(?:(?:{cues.any_of('birth-on')})\s+)?"
    return (
        re.compile(
            rf"(?<![^\W_])(?i:{cues.any_of('birth')})[^\w\r\n]{{0,5}}(?:(?i:date)\W{{1,3}})?(?i:{on})({DATE})",
            re.IGNORECASE,
        ),
        re.compile(rf"(?<!\d)({DATE})\s?(?:{cues.any_of('birth-after')})", re.IGNORECASE),
        re.compile(r"(?<![\w*])\*\s?((?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d)(?!\d)"),
    )


@functools.cache
def gate() -> frozenset[str]:
    """Words one of which stands where a day of birth is told."""
    return cues.tokens("birth", "birth-after")


def births(text: str) -> Iterator[Hit]:
    """ "born 3 May 1961", "geb. 03.05.1961", "née le 3 mai 1961", "1961年5月3日生"."""
    for pattern in _patterns():
        for match in pattern.finditer(text):
            yield Hit(Kind.BIRTH_DATE, match.start(1), match.end(1))


@functools.cache
def _ages() -> tuple[re.Pattern[str], ...]:
    old = r"(9\d|1[01]\d|12[0-5])"
    units = cues.any_of("age-unit")
    person = rf"(?:{cues.any_of('age-word')})"
    return (
        re.compile(
            rf"(?<![^\W_])(?i:{person})(?:\s?[:=]\s?|\s)(?:(?i:de|di|of)\s)?{old}(?![\d%]|[.,]\d|\s?(?i:min|sec|s"
            rf"|h|d|days?|weeks?|wk|%)\b)"
        ),
        re.compile(rf"(?<![\d.,])0?{old}[-\s]?(?i:{units})(?![^\W\d_])(?!\s+(?i:of|de|di|von)\b)"),
        re.compile(rf"(?<![\d.,])0?{old}\s?[YyJj](?:/?[oO])?(?![^\W_])"),
    )


_AGE_SIGN = re.compile(
    r"(?i:old|alt|jährig|y/?o|y\.o|age|alter|ans|años|anni|oud|jarige|gammal|årig|idade|yaş|vuotias|patient|woman"
    r"|man\b|male|donor|frau|mann|mujer|femme)"
    r"|歳|才|岁|歲|세|살|лет|года|سنة|عام|عمر|\blat\b|letn|\bår\b|\bJ\."
)


def ages(text: str) -> Iterator[Hit]:
    """Ages above 89, which few people share, where the words say that it is an age."""
    for pattern in _ages():
        for match in pattern.finditer(text):
            near = text[max(0, match.start() - 25) : match.end() + 25]
            if _AGE_SIGN.search(near) and not _IN_TIME.search(text[match.end(1) : match.end() + 14]):
                yield Hit(Kind.AGE, match.start(1), match.end(1))


_IN_TIME = re.compile(r"(?i:(?:years?|jahre|ans|años|anni|lat) (?:of|de|at|institut|later|ago|data))|^ ?(?:min|sec|%)")
