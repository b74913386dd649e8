"""Files by SFTP: resumable at any byte, renamed when they are whole, and proved by what the server gives back."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from depositor.draft.problem import Damaged, DepositError, NeedsUser, Problem, Refused, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems, samples, sftp_wire, web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.sftp_door import SftpDoor
from depositor.transfer.sftp_line import Line, SftpPlace, pin_of
from depositor.transfer.sftp_wire import WINDOW, Denial, SftpWire

__all__ = ["SftpCarrier", "SftpDoor", "SftpOptions", "SftpPlace", "pin_of"]

# A server of another kind than POSIX would read quotes in its own way; such names are proved by samples.
_HARMLESS = re.compile(r"[\w ./+=@,:-]+")
_SUM = re.compile(rb"^\\?([0-9a-f]{64})[ *]")
_SUM_FROM = 4 << 20
_FULL_WORDS = ("space", "quota", "full")


@dataclass(frozen=True, slots=True)
class SftpOptions:
    """``rename``: write to ``name.part`` and rename at the end; where the server forbids it, the name itself is
    written. ``sync``: have each file brought to the server's disk, where it offers that. ``proof``: read back what
    arrived, small files whole, large ones in places. ``sum_command``: have the server run ``sha256sum`` on large files
    instead, where it lets us.
    """

    rename: bool = True
    sync: bool = True
    proof: bool = True
    sum_command: bool = True


class SftpCarrier:
    """Files below ``place.root``; folders are made as needed.

    Carriers that share a ``door`` share one connection and one sign-in; each has its own without.
    """

    id = "sftp"
    resumable = True
    derives_token = True
    part_size: int | None = None

    def __init__(
        self,
        place: SftpPlace,
        options: SftpOptions = SftpOptions(),
        timeouts: web.Timeouts = web.PATIENT,
        door: SftpDoor | None = None,
    ) -> None:
        self._place, self._options, self._timeouts = place, options, timeouts
        self._door = door or SftpDoor(place, timeouts)
        self._line: Line | None = None
        self._wire: SftpWire | None = None
        self._folders: set[str] = set()
        self._renames = options.rename
        self._readable = options.proof
        self._sums = options.sum_command and options.proof
        self._just_sent: str | None = None
        self._confirmed: dict[str, int] = {}  # of broken sends: up to here the server said yes to every byte

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        """Make the folders; the file itself is made by its first byte."""
        target = self._checked(file) + (".part" if self._renames else "")
        self._confirmed.pop(target, None)
        with self._wired() as wire:
            self._make_folders(wire, file.name)
        return Upload(target)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        """Where the server stands. Writes may reach its disk in another order than they were sent, so that all that a
        broken line left unconfirmed counts as not there."""
        with self._wired() as wire:
            part = wire.post_stat(self._path(token))
            final = wire.seen(wire.post_stat(self._path(file.name))) if token != file.name else None
            held = wire.seen(part)
            if held is None and final is not None and final.size == file.size:
                return Upload(token, file.size, complete=True)  # renamed, but nobody heard of it
            if held is None or held.size is None:
                return None
            if held.size > file.size:
                self._remove(wire, token)
                return None
        sure = max(held.size - WINDOW, self._confirmed.get(token, 0), 0)
        return Upload(token, min(sure, held.size))

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        with self._wired() as wire:
            handle = self._opened(wire, file, upload)
            try:
                for confirmed in wire.write_all(handle, upload.offset, _blocks(body, wire.block)):
                    self._confirmed[upload.token] = confirmed
            except Denial as denial:
                wire.settle(wire.post_close(handle))
                raise self._of_write(wire, denial, file, upload) from denial
            self._ended(wire, handle, file, upload)
        self._just_sent = upload.token
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """Size, then a sum by the server or what it gives back; then the rename."""
        self._confirmed.pop(upload.token, None)
        just_sent, self._just_sent = self._just_sent == upload.token, None
        with self._wired() as wire:
            path, final = self._path(upload.token), self._path(file.name)
            if not (just_sent and self._readable and 0 < file.size <= samples.WHOLE):  # which all comes back anyway
                path = self._standing(wire, file, path, final)
            proof = self._proved(wire, file, path, sha256)
            if path != final:
                self._rename(wire, path, final)
        return samples.held(file, proof, sha256)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        self._confirmed.pop(token, None)
        if token != file.name:
            with contextlib.suppress(DepositError), self._wired() as wire:
                self._remove(wire, token)

    def abort(self) -> None:
        self._door.abort()

    def close(self) -> None:
        self._close_wire()
        self._line = None
        self._door.leave(self)

    # --- writing ---------------------------------------------------------------------------------------------------

    def _opened(self, wire: SftpWire, file: SubmissionFile, upload: Upload) -> bytes:
        """The handle to write to. Folders that somebody removed meanwhile are made once more."""
        flags = sftp_wire.WRITE | (0 if upload.offset else sftp_wire.CREATE | sftp_wire.TRUNCATE)
        path = self._path(upload.token)
        try:
            return wire.open(path, flags)
        except Denial as denial:
            if denial.code != sftp_wire.NO_FILE:
                raise self._of_write(wire, denial, file, upload, name=True) from denial
        if upload.offset:
            raise Retryable(problems.upload_lost(self._place.host))
        self._folders.clear()
        self._make_folders(wire, file.name)
        try:
            return wire.open(path, flags)
        except Denial as denial:
            raise self._of_write(wire, denial, file, upload, name=True) from denial

    def _make_folders(self, wire: SftpWire, name: str) -> None:
        """A refusal mostly means that a folder is there; opening the file will tell."""
        parts = self._path(name).split("/")[:-1]
        missing = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        missing = [folder for folder in missing if folder and folder not in self._folders]
        wire.settle(*[wire.post_mkdir(folder) for folder in missing])
        self._folders.update(missing)

    def _ended(self, wire: SftpWire, handle: bytes, file: SubmissionFile, upload: Upload) -> None:
        """To the disk, the time, and closed. Some disks find out only now that they are full; a server that cannot
        do one of these is no trouble."""
        sync = wire.post_sync(handle) if self._options.sync else None
        times, close = wire.post_times(handle, file.mtime_ns // 10**9), wire.post_close(handle)
        try:
            if sync is not None:
                wire.take(sync)
            wire.take(close)
        except Denial as denial:
            error = self._of_write(wire, denial, file, upload)
            if isinstance(error, NeedsUser):
                raise error from denial
        wire.settle(times)

    def _rename(self, wire: SftpWire, path: str, final: str) -> None:
        with contextlib.suppress(Denial):
            wire.rename(path, final)
            return
        with contextlib.suppress(Denial):  # without the extension, nothing may stand there
            wire.remove(final)
            wire.rename(path, final)
            return
        self._renames = False
        with contextlib.suppress(Denial):
            wire.remove(path)
        raise Damaged(problems.no_rename(self._place.host))

    def _remove(self, wire: SftpWire, token: str) -> None:
        with contextlib.suppress(Denial):
            wire.remove(self._path(token))

    def _of_write(
        self, wire: SftpWire, denial: Denial, file: SubmissionFile, upload: Upload, *, name: bool = False
    ) -> DepositError:
        """What a refused open (``name``) or write means. OpenSSH says "failure" for a full disk too."""
        host, code = self._place.host, denial.code
        if code in sftp_wire.LINE_LOST:
            return Retryable(problems.dropped(host))
        if code in (sftp_wire.NO_SPACE, sftp_wire.QUOTA) or self._is_full(wire, denial, file):
            return NeedsUser(problems.quota(host))
        if code == sftp_wire.DENIED:
            return Refused(problems.name_refused(host) if name else problems.forbidden(host))
        if name:
            return Refused(problems.name_refused(host))
        return Retryable(problems.broken(host))

    def _is_full(self, wire: SftpWire, denial: Denial, file: SubmissionFile) -> bool:
        if denial.code != sftp_wire.FAILURE:
            return False
        if any(word in denial.words.lower() for word in _FULL_WORDS):
            return True
        free = wire.free(self._path(file.name).rpartition("/")[0] or ".")
        return free is not None and free < min(file.size, WINDOW)

    def _standing(self, wire: SftpWire, file: SubmissionFile, path: str, final: str) -> str:
        """Where the file stands, with the right size."""
        held = wire.stat(path)
        if held is None and path != final:
            path, held = final, wire.stat(final)  # renamed, but nobody heard of it
        if held is None or held.size not in (file.size, None):
            raise Damaged(problems.differs(self._place.host))
        return path

    # --- proof -----------------------------------------------------------------------------------------------------

    def _proved(self, wire: SftpWire, file: SubmissionFile, path: str, sha256: str) -> Proof:
        if file.size >= _SUM_FROM and self._summed(wire, file, path, sha256):
            return Proof.DIGEST
        if not self._readable:
            return Proof.SIZE
        try:
            return samples.prove(file, sha256, lambda spans: self._read(wire, path, spans), self._place.host)
        except Denial:
            self._readable = False  # a drop box: what is in it cannot be read
            self._standing(wire, file, path, path)
            return Proof.SIZE

    def _summed(self, wire: SftpWire, file: SubmissionFile, path: str, sha256: str) -> bool:
        """Where the server tells a sum, it must be ours."""
        theirs = wire.check_file(path, file.size) if self._options.proof else None
        if theirs is None and self._sums and _HARMLESS.fullmatch(path):
            theirs = self._commanded(path, file.size)
        if theirs is not None and theirs != sha256:
            raise Damaged(problems.differs(self._place.host))
        return theirs is not None

    def _read(self, wire: SftpWire, path: str, spans: Sequence[samples.Span]) -> Iterable[bytes]:
        """Asked for behind the end as well, where nothing should be."""
        handle = wire.open(path, sftp_wire.READ)
        try:
            *found, behind = wire.read_all(handle, [*spans, (sum(spans[-1]), 1)])
        finally:
            wire.ignore(wire.post_close(handle))
        if behind:
            raise Damaged(problems.differs(self._place.host))
        return found

    def _commanded(self, path: str, size: int) -> str | None:
        """The sum as ``sha256sum`` on the server says it; None where commands are not allowed or unknown there."""
        assert self._line is not None
        output = b""
        channel = self._line.channel()
        try:
            channel.settimeout(self._timeouts.idle + size / sftp_wire.SUM_PACE)
            channel.exec_command(f"sha256sum -- {shlex.quote(path)}")
            channel.shutdown_write()
            while len(output) < 4096 and (data := channel.recv(4096)):
                output += data
        finally:
            channel.close()
        found = _SUM.match(output)
        if found is None:
            self._sums = False
            return None
        return found.group(1).decode()

    # --- the line --------------------------------------------------------------------------------------------------

    def _checked(self, file: SubmissionFile) -> str:
        name = file.name
        if name.startswith("/") or ".." in name.split("/") or any(c in name for c in "\0\r\n"):
            raise Refused(problems.name_refused(self._place.host))
        return name

    def _path(self, name: str) -> str:
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
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _break(self) -> None:
        line, self._line, self._wire = self._line, None, None
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


def _blocks(body: Body, size: int) -> Iterator[bytes]:
    """The body in blocks of up to ``size`` bytes: a slow, limited body gives smaller ones, which go at once."""
    return iter(lambda: body.read(size), b"")
