"""Days as people write them, in many languages, as YYYYMMDD."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from depositor.privacy.words.persons import folded

# The first letters of each month's name, without accents, in the languages of cues.toml.
_MONTHS = (
    "jan ene gen ocak sty tam led янв 1",
    "feb fev fév lut sub hel feb фев",
    "mar mrt maa mär bre мар",
    "apr abr avr kwi nis huh dub апр",
    "mai may maj mei mag tou kve май мая",
    "jun jui6 giu cze haz kes црв июн",
    "jul jui7 lug lip tem hei cvc июл",
    "aug ago aou sie agu elo srp авг",
    "sep set wrz eyl syy zar сен",
    "oct okt ott out paz eki lok rij окт",
    "nov lis kas mar11 ноя",
    "dec dez dic grud gru ara jou pro дек",
)
_DATE = re.compile(
    r"(?<!\d)(?:(\d{4})(?:[-:./_ ]?(\d\d)[-:./_ ]?(\d\d)|[-./年] ?(\d\d?)[-./月] ?(\d\d?)日?)(?:T[\d:.+Z-]*)?"
    r"|(\d\d?)[-._/ ](\d\d?)[-._/ ](\d{4}|\d\d)"
    r"|(\d\d?)(?:st|nd|rd|th|\.|er)?[-_. ]{1,2}(?:de |of )?([^\W\d_]{3,12})\.?[-_., ]{1,2}(?:de )?(\d{4})"
    r"|([^\W\d_]{3,12})[-_. ](\d\d?)(?:st|nd|rd|th)?,?[-_ ](\d{4}))(?!\d)"
)


@functools.lru_cache(maxsize=4096)
def month(word: str) -> int:
    """The month whose name begins as ``word`` does, 0 where none does."""
    bare = folded(word)
    if bare.startswith(("juin", "junio", "juni")):
        return 6
    if bare.startswith(("juil", "juli")):
        return 7
    return next((n for n, each in enumerate(_MONTHS, 1) if bare[:3] in each.split()), 0)


def written(text: str) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Where days stand, and which they can be: 06/07/23 is one in June or in July."""
    for match in _DATE.finditer(text):
        if found := _meant(match):
            yield match.start(), match.end(), found


def _meant(match: re.Match[str]) -> frozenset[str]:
    if match[1]:
        number_of_month, number_of_day = match[2] or match[4], match[3] or match[5]
        return frozenset({f"{match[1]}{int(number_of_month):02}{int(number_of_day):02}"})
    if match[6]:
        years = (match[8],) if len(match[8]) == 4 else ("19" + match[8], "20" + match[8])
        a, b = f"{int(match[6]):02}", f"{int(match[7]):02}"
        return frozenset(y + order for y in years for order in (a + b, b + a))
    number, name, year = (match[9], match[10], match[11]) if match[9] else (match[13], match[12], match[14])
    found = month(name)
    return frozenset({f"{year}{found:02}{int(number):02}"}) if found else frozenset()


def as_day(text: str) -> str:
    """A day of birth or of examination as YYYYMMDD, "" where the text is none or could be two."""
    found = next(written(text), None)
    return next(iter(found[2])) if found and len(found[2]) == 1 else ""
