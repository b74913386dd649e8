"""What a carrier has of a door: a session on the line that stands, made anew where it failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from depositor.draft.problem import Damaged, DepositError, NeedsUser, Problem, Refused, Retryable
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
        self._folders: set[str] = set()
        self._door = door or SftpDoor(place, timeouts)
        self._line: Line | None = None
        self._wire: SftpWire | None = None
        self._open: tuple[str, bytes] | None = None  # token and handle of the small file that was just written
        self._opening: tuple[str, int] | None = None  # token of the small file that comes next, and the asked-for OPEN

    def abort(self) -> None:
        self._door.abort()

    def close(self) -> None:
        with contextlib.suppress(DepositError):
            self._open_not()
        self._close_wire()
        self._line = None
        self._door.leave(self)

    def _path(self, token: str) -> str:
        """Of a name or a token."""
        name = sftp_apart.target_of(token)
        root = self._place.root
        return f"{root.rstrip('/')}/{name}" if root else name

    def _make_folders(self, wire: SftpWire, name: str) -> None:
        """A refusal mostly means that a folder is there; opening the file will tell."""
        parts = self._path(name).split("/")[:-1]
        missing = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        missing = [folder for folder in missing if folder and folder not in self._folders]
        wire.settle(*[wire.post_mkdir(folder) for folder in missing])
        self._folders.update(missing)

    def _has_folders(self, name: str) -> bool:
        return (folder := self._path(name).rpartition("/")[0]) == "" or folder in self._folders

    def _opened_ahead(self, wire: SftpWire, token: str) -> bytes | None:
        """The handle that was asked for together with the rename of the file before."""
        if self._opening is not None and self._opening[0] != token:
            self._open_not()
        opening, self._opening = self._opening, None
        with contextlib.suppress(Denial):
            return wire.handle(opening[1]) if opening is not None else None
        return None

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

    def _open_not(self) -> None:
        """The file that was opened ahead does not come: nothing of it stays there."""
        opening, self._opening = self._opening, None
        if opening is None or self._wire is None:
            return
        with self._wired() as wire, contextlib.suppress(Denial):
            wire.settle(wire.post_close(wire.handle(opening[1])), wire.post_remove(self._path(opening[0])))

    def _close_wire(self) -> None:
        wire, self._wire, self._open, self._opening = self._wire, None, None, None
        if wire is not None:
            wire.close()

    def _break(self) -> None:
        line, self._line = self._line, None
        self._wire = self._open = self._opening = None
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
