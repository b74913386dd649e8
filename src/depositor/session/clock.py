"""The only place that asks for the time."""

from __future__ import annotations

import datetime as dt


def now() -> str:
    """The time now, ISO 8601 in UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> dt.date:
    """The date now in UTC: archives count release dates in UTC."""
    return dt.datetime.now(dt.UTC).date()
