"""When sending is welcome: a timetable in the hours of the place, as a pure function of the time.

Wall-clock times are turned into moments by the zone, so that a night is as long as it is when clocks change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

_DAY = dt.timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Timetable:
    """Send from ``start`` to ``end`` (whole hours of the day, 0 to 23; over midnight where ``end`` is the earlier, all
    day where they are equal), and with ``weekends`` all of Saturday and Sunday."""

    start: int
    end: int
    weekends: bool = False

    def covers(self, when: dt.datetime) -> bool:
        """True where sending is welcome at ``when``, a time of the place."""
        if self.weekends and when.weekday() >= _SATURDAY:
            return True
        if self.start < self.end:
            return self.start <= when.hour < self.end
        return self.start == self.end or when.hour >= self.start or when.hour < self.end

    def next_start(self, when: dt.datetime, zone: dt.tzinfo | None = None) -> dt.datetime | None:
        """The moment from which sending is welcome again; None where it is now. ``when`` knows its zone; ``zone`` is
        that of the place, None for the one of this computer."""
        if self.covers(when.astimezone(zone)):
            return None
        return min(at for at in self._starts(when.astimezone(zone).date(), zone) if at > when)

    def _starts(self, today: dt.date, zone: dt.tzinfo | None) -> Iterator[dt.datetime]:
        for number in range(9):
            day = today + number * _DAY
            yield moment(day, self.start, zone)
            if self.weekends and day.weekday() == _SATURDAY:
                yield moment(day, 0, zone)


def moment(day: dt.date, hour: int, zone: dt.tzinfo | None) -> dt.datetime:
    """The moment at which the clocks of the place show this hour; where they skip it, the one right after."""
    shown = dt.datetime.combine(day, dt.time(hour))
    if zone is None:
        return shown.astimezone()
    at = shown.replace(tzinfo=zone)
    return at.astimezone(dt.UTC).astimezone(zone)
