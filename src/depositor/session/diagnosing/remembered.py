"""What the last test of each archive said, so that the window need not ask the network to show it."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.session.diagnosing.values import Diagnosis, Verdict

if TYPE_CHECKING:
    from depositor.session.desk import Desk

_FRESH = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LastTest:
    """The last complete test of an archive: when it began (ISO 8601 UTC) and what came of it."""

    archive: str
    started: str
    verdict: Verdict
    bytes_per_s: int | None = None

    def age_s(self, now: dt.datetime | None = None) -> float:
        """Seconds since it began."""
        return ((now or dt.datetime.now(dt.UTC)) - dt.datetime.fromisoformat(self.started)).total_seconds()


def keep(desk: Desk, found: Diagnosis) -> None:
    """Remember a test that came to its end. A folder that cannot be written is no reason to complain."""
    if not found.complete:
        return
    speed = round(found.speed.bytes_per_s) if found.speed else None
    row = {"started": found.started, "verdict": str(found.verdict), "speed": speed, "at": _mark(found.place.url)}
    rows = {**_read(_file(desk)), found.archive: row}
    with contextlib.suppress(OSError):
        file = _file(desk)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(rows), "utf-8")
        beside.replace(file)


def last(desk: Desk, archive: str) -> LastTest | None:
    """The last test of this archive at the address that is set now; None where there was none, or long ago."""
    from depositor.session.diagnosing.place import place_of

    capabilities, row = desk.capabilities(archive), _read(_file(desk)).get(archive)
    if capabilities is None or not isinstance(row, dict) or row.get("at") != _mark(place_of(desk, capabilities).url):
        return None
    with contextlib.suppress(KeyError, ValueError, TypeError):
        found = LastTest(archive, str(row["started"]), Verdict(row["verdict"]), row.get("speed"))
        return found if 0 <= found.age_s() <= _FRESH.total_seconds() else None
    return None


def _mark(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:12]


def _file(desk: Desk) -> Path:
    return desk.home.cache / "routes.json"


def _read(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(file.read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}
