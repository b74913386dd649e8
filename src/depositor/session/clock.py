"""The time, asked in one place, so that everything else can be told what time it is."""

from __future__ import annotations

import datetime as dt


def now() -> str:
    """This moment in ISO 8601, UTC, to the second: ``2026-11-21T12:00:00Z``."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> dt.date:
    """Today where the user is: release dates are thought of in local days."""
    return dt.datetime.now().astimezone().date()


def stamp() -> str:
    """This moment as a part of a file name, sortable: ``20261121T120000Z``."""
    return dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
