"""The clock of this computer against that of a server."""

from __future__ import annotations

import datetime as dt
import email.utils

MOST_S = 300.0  # S3 refuses a signature whose time is further off (15 min, many gateways 5); certificates too


def skew(date: str, began: float, ended: float) -> float | None:
    """Seconds by which this computer is ahead of the server (behind: negative), out of its ``Date`` header and the
    moments (seconds since 1970) before the question and after the answer; None for a header that is none."""
    try:
        told = email.utils.parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    if told.tzinfo is None:
        told = told.replace(tzinfo=dt.UTC)
    server = told.timestamp()
    if began > server + 1:
        return began - server - 1  # the header knows whole seconds only
    return ended - server if ended < server else 0.0
