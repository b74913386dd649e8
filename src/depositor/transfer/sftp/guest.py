"""What a carrier has of a door: a session on the line that stands, made anew where it failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from depositor.draft.problem import Damaged, NeedsUser, Problem, Refused, Retryable
from depositor.transfer import problems
from depositor.transfer.net import web
from depositor.transfer.sftp import apart as sftp_apart
from depositor.transfer.sftp import wire as sftp_wire
from depositor.transfer.sftp.door import SftpDoor
from depositor.transfer.sftp.line import Line, SftpPlace
from depositor.transfer.sftp.wire import Denial, SftpWire


class SftpGuest:
    """One session of SFTP, on a line that others may share."""

    def __init__(self, place: SftpPlace, timeouts: web.Timeouts, door: SftpDoor | None) -> None:
        self._place, self._timeouts = place, timeouts
        self._door = door or SftpDoor(place, timeouts)
        self._line: Line | None = None
        self._wire: SftpWire | None = None
        self._open: tuple[str, bytes] | None = None  # token and handle of the small file that was just written

    def abort(self) -> None:
        self._door.abort()

    def close(self) -> None:
        self._close_wire()
        self._line = None
        self._door.leave(self)

    def _path(self, token: str) -> str:
        """Of a name or a token."""
        name = sftp_apart.target_of(token)
        root = self._place.root
        return f"{root.rstrip('/')}/{name}" if root else name

    @contextlib.contextmanager
    def _wired(self) -> Iterator[SftpWire]:
        """A session that stands. One that failed is closed, so that the next call makes a new one."""
        try:
            if self._line is None or self._wire is None:
                self._line = self._door.enter(self)
                with self._line.told():
                    self._wire = SftpWire(self._line.channel(), self._place.host)
            with self._line.told(), self._meant():
                yield self._wire
        except (Refused, Damaged, NeedsUser):
            self._close_wire()  # answers to what was under way may still come; the line itself stands
            raise
        except BaseException:
            self._break()
            raise

    def _close_wire(self) -> None:
        wire, self._wire, self._open = self._wire, None, None
        if wire is not None:
            wire.close()

    def _break(self) -> None:
        line, self._line, self._wire, self._open = self._line, None, None, None
        if line is not None:
            self._door.broken(line)

    @contextlib.contextmanager
    def _meant(self) -> Iterator[None]:
        """A refusal that nobody foresaw, as of a STAT."""
        host = self._place.host
        try:
            yield
        except UnicodeEncodeError as error:
            raise Refused(problems.name_refused(host)) from error
        except Denial as denial:
            kind: Problem = problems.forbidden(host)
            if denial.code == sftp_wire.DENIED:
                raise Refused(kind) from denial
            raise Retryable(problems.broken(host)) from denial
