"""Dates moved by a whole number of days, so that the time between them stays. Source: PS3.15 E.3.6, PS3.5 6.2."""

from __future__ import annotations

import datetime as dt
import re

_DAY = re.compile(r"(\d{4})([.:/-]?)(\d\d)(?:\2(\d\d))?(.*)", re.DOTALL)
_YEAR = re.compile(r"(\d{4})")
_AGE = re.compile(r"(\d{3})([DWMY])")
OLDEST = 90  # years: HIPAA puts ages of 90 and more in one group


def moved(text: str, days: int) -> str | None:
    """A DA or DT ``days`` earlier, as exact as it was; None for what is no date.

    >>> moved("20040301", 1), moved("20040301123000.5+0100", 366), moved("2004", 400), moved("soon", 1)
    ('20040229', '20030301123000.5+0100', '2003', None)
    """
    text = text.strip(" \0")
    if year := _YEAR.fullmatch(text):
        return _shifted(int(year[1]), 7, 1, days, "%Y")
    match = _DAY.fullmatch(text)
    if match is None or (match[5] and not re.fullmatch(r"[\d.+-]*", match[5])):
        return None
    if match[4] is None:
        return None if match[5] else _shifted(int(match[1]), int(match[3]), 15, days, "%Y%m")
    day = _shifted(int(match[1]), int(match[3]), int(match[4]), days, "%Y%m%d")
    return None if day is None else day + match[5]


def _shifted(year: int, month: int, day: int, days: int, form: str) -> str | None:
    try:
        found = dt.date(year, month, day) - dt.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return found.strftime(form).rjust({"%Y": 4, "%Y%m": 6, "%Y%m%d": 8}[form], "0")


def capped(age: str) -> str:
    """An age of 90 years or more as 090Y: few people share it.

    >>> capped("095Y"), capped("034Y"), capped("006M")
    ('090Y', '034Y', '006M')
    """
    match = _AGE.fullmatch(age.strip(" \0"))
    if match is None:
        return ""
    years = int(match[1]) / {"D": 365.25, "W": 52.18, "M": 12, "Y": 1}[match[2]]
    return f"{OLDEST:03}Y" if years >= OLDEST else match[0]
