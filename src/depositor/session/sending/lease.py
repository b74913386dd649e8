"""One sending program per store: who holds the lease sends, everybody else hands over to it and follows.

The lock is the system's own and ends with the process that holds it, also after a kill. Beside it lies who holds it,
renewed every few seconds: for people, and for folders on a network where locks of other computers are not seen.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock

BEAT_S = 2.0
STALE_S = 30.0  # a holder that has not told of itself for so long is not believed to be there


@dataclass(frozen=True, slots=True)
class Holder:
    """The program that sends: its process on which computer, when it last told of itself (s since 1970 by its own
    clock), and how long ago that is."""

    pid: int
    host: str
    at: float
    age_s: float

    @property
    def fresh(self) -> bool:
        return self.age_s < STALE_S


class Lease:
    """The lease of the store whose locks lie in ``folder``. Not for several threads at once."""

    def __init__(self, folder: Path, wall: Callable[[], float] = time.time, host: str = platform.node()) -> None:
        self._folder, self._wall, self._host = folder, wall, host
        self._told = folder / "sending.json"
        self._lock: FileLock | None = None

    @property
    def held(self) -> bool:
        """True while it is ours."""
        return self._lock is not None

    def take(self) -> bool:
        """Try to get it, without waiting. True where it is ours now."""
        if self.held:
            return True
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / "sending.lock", blocking=False, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return False
        holder = self.holder()
        if holder is not None and holder.fresh and holder.host != self._host:
            lock.release()  # another computer, whose lock is not seen here, is at work in this folder
            return False
        self._lock = lock
        self.beat()
        return True

    def beat(self) -> None:
        """Tell that we are still there; call it every :data:`BEAT_S`."""
        if not self.held:
            return
        beside = self._told.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk does not end the lease: the lock is what counts
            beside.write_text(json.dumps({"pid": os.getpid(), "host": self._host, "at": self._wall()}), "utf-8")
            beside.replace(self._told)

    def release(self) -> None:
        """Let others have it; may be called twice."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._told.unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def holder(self) -> Holder | None:
        """Who told last that it sends; it may be gone since."""
        try:
            data = json.loads(self._told.read_text("utf-8"))
            at = float(data["at"])
            age = abs(self._wall() - at)  # whichever way the clock was set meanwhile
            return Holder(int(data["pid"]), str(data["host"]), at, age)
        except (OSError, ValueError, KeyError, TypeError):
            return None
