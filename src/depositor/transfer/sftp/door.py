"""One signed-in connection for all workers of a run: a code from a telephone is asked for once, not once per worker."""

from __future__ import annotations

import threading

from depositor.transfer.net import web
from depositor.transfer.sftp.line import Line, SftpPlace


class SftpDoor:
    """Signs in when somebody first needs the line, and again after it broke; safe to use from all workers.

    The line is closed when the last one who used it has left.
    """

    def __init__(self, place: SftpPlace, timeouts: web.Timeouts = web.PATIENT) -> None:
        self.place, self.timeouts = place, timeouts
        self._lines = web.Lines()
        self._guard = threading.Lock()
        self._line: Line | None = None
        self._guests: set[int] = set()

    def enter(self, guest: object) -> Line:
        """The line that stands, or a new one; raises what :class:`~depositor.transfer.sftp.line.Line` raises."""
        with self._guard:
            if self._line is not None and not self._line.stands:
                self._line.close()
                self._line = None
            if self._line is None:
                self._line = Line(self.place, self.timeouts, self._lines)
            self._guests.add(id(guest))
            return self._line

    def broken(self, line: Line) -> None:
        """This line is of no use any more, whoever else still waits in it."""
        line.close()
        with self._guard:
            if self._line is line:
                self._line = None

    def leave(self, guest: object) -> None:
        """May be called twice."""
        with self._guard:
            self._guests.discard(id(guest))
            line = None if self._guests else self._line
            if line is not None:
                self._line = None
        if line is not None:
            line.close()

    def abort(self) -> None:
        """Break what is under way for all: the calls in other threads fail at once."""
        self._lines.abort()
