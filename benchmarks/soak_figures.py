"""What a series of the soak counts, and the figures that come of it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """What happened in one series."""

    deposits: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    files: int = 0
    bytes: int = 0
    came: int = 0
    cut_s: float = 0.0
    torsos: int = 0  # begun in vain, on servers that cannot be asked for them and let them expire
    problems: Counter[str] = field(default_factory=Counter)
    again: list[dict[str, Any]] = field(default_factory=list)  # of each cycle: bytes sent again, and those allowed
    faults: list[str] = field(default_factory=list)
    rss: list[tuple[float, float]] = field(default_factory=list)
    handles: list[tuple[float, float]] = field(default_factory=list)
    threads: list[tuple[float, float]] = field(default_factory=list)
    objects: list[tuple[float, float]] = field(default_factory=list)
    highest_rss: float = 0.0


def slope(rows: Sequence[tuple[float, float]]) -> dict[str, float] | None:
    """Theil and Sen's slope per hour over what follows the warming up (a quarter), and where it began and ended."""
    rows = rows[len(rows) // 4 :]
    if len(rows) < 4:
        return None
    steps = [(b[1] - a[1]) / (b[0] - a[0]) * 3600 for i, a in enumerate(rows) for b in rows[i + 1 :]]
    third = max(len(rows) // 3, 1)
    middle = [statistics.median(value for _, value in part) for part in (rows[:third], rows[-third:])]
    return {"per_hour": round(statistics.median(steps), 2), "first": round(middle[0], 1), "last": round(middle[1], 1)}


def told(tally: Tally) -> dict[str, Any]:
    worst = max(tally.again, key=lambda row: row["extra"] / max(row["allowed"], 1), default=None)
    return {
        "deposits": dict(tally.deposits),
        "files": tally.files,
        "bytes": tally.bytes,
        "came_bytes": tally.came,
        "events": dict(tally.events),
        "cut_s": round(tally.cut_s),
        "problems_met": dict(tally.problems),
        "most_sent_again": worst,
        "torsos": tally.torsos,
        "rss_mib": slope(tally.rss),
        "rss_mib_highest": round(tally.highest_rss, 1) or None,
        "handles": slope(tally.handles),
        "threads": slope(tally.threads),
        "objects": slope(tally.objects),
        "faults": tally.faults,
    }
