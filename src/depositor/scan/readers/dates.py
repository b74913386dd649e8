"""Dates as programs write them, in ISO 8601. Months have English names in files, whatever the computer's language."""

from __future__ import annotations

import re

from depositor.scan.readers import sane

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_BY_DAY = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ](\d{4}|\d{2})(?:\s+(\d{1,2}:\d\d(?::\d\d)?))?")
_BY_WEEKDAY = re.compile(r"[A-Za-z]{3,9},? ([A-Za-z]{3})[a-z]* +(\d{1,2}) (\d\d:\d\d:\d\d)(?: [A-Z]{3,4})? (\d{4})")


def named(text: str | None) -> str | None:
    """``30-Nov-15  15:21:38``, ``30 Nov 2015`` or ``Mon Feb 22 18:50:01 2016``, or None."""
    told = (text or "").strip()
    found = _BY_DAY.match(told)
    if found:
        year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
        return _iso(year, found[2], found[1], found[4])
    found = _BY_WEEKDAY.match(told)
    return _iso(found[4], found[1], found[2], found[3]) if found else None


def _iso(year: str, month: str, day: str, time: str | None) -> str | None:
    number = _MONTHS.find(month.lower())
    if number < 0 or number % 4:
        return None
    hour = f"T{time:0>5}" if time else ""
    return sane.when(f"{year}-{number // 4 + 1:02}-{int(day):02}{hour}")


def numbered(date: str | None, time: str | None = None) -> str | None:
    """``27.08.2016`` (day first) or ``5/14/2021``, only where day and month cannot be taken for each other; None else.
    The time may have ``AM`` or ``PM``."""
    found = re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", (date or "").strip())
    if not found:
        return None
    one, other = int(found[1]), int(found[3])
    if found[2] == "." or one > 12:
        day, month = one, other
    elif other > 12 or one == other:
        day, month = other, one
    else:
        return None
    return sane.when(f"{found[4]}-{month:02}-{day:02}{clock(time)}")


def american(date: str | None, time: str | None) -> str | None:
    """``12/29/09`` or ``06/13/2016`` with a time, where the format is known to put the month first."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", (date or "").strip())
    if not found:
        return None
    year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
    return sane.when(f"{year}-{int(found[1]):02}-{int(found[2]):02}{clock(time)}")


def clock(text: str | None) -> str:
    """``7:35:17 PM`` as ``T19:35:17``; empty where there is no time."""
    found = re.match(r"(\d{1,2}):(\d\d)(?::(\d\d))?(?:[.,]\d+)?(?:\s*([AP])M)?\b", (text or "").strip(), re.IGNORECASE)
    if not found:
        return ""
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4].upper() == "P" else 0)
    return f"T{hour:02}:{found[2]}:{found[3] or '00'}"
