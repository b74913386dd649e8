"""Whether sending rests at a moment, and what for: a pure function of the settings, the time and the line."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from depositor.transfer.manners import rest_problems
from depositor.transfer.manners.gate import Wait
from depositor.transfer.manners.hours import Timetable


class _Values(Protocol):
    def get(self, key: str) -> Any: ...


def rest(settings: _Values, when: dt.datetime, metered: bool | None, zone: dt.tzinfo | None = None) -> Wait | None:
    """What is rested for at ``when`` (a time that knows its zone); None where nothing speaks against sending.

    ``metered`` None: nobody knows, and it counts as a free line. ``zone`` None: the one of this computer.
    """
    if settings.get("paused_all"):
        return Wait(rest_problems.paused_all(), None)
    start = _table(settings).next_start(when, zone) if settings.get("hours") == "timetable" else None
    if start is not None:
        shown = start.astimezone(zone).strftime("%H:%M")
        return Wait(rest_problems.hours(shown), (start - when).total_seconds())
    if metered and settings.get("metered") == "wait":
        return Wait(rest_problems.metered(), None)
    return None


def _table(settings: _Values) -> Timetable:
    start, end = int(settings.get("hours_from")), int(settings.get("hours_to"))
    return Timetable(start, end, bool(settings.get("hours_weekends")))
