"""Files by SFTP: resumable at any byte, renamed when they are whole, and proved by what the server gives back."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from depositor.draft.problem import Damaged, DepositError, NeedsUser, Refused, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems, samples
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.sftp import apart as sftp_apart
from depositor.transfer.sftp import wire as sftp_wire
from depositor.transfer.sftp.answers import of_write, summed_by_command
from depositor.transfer.sftp.door import SftpDoor
from depositor.transfer.sftp.guest import SftpGuest
from depositor.transfer.sftp.line import SftpPlace, pin_of
from depositor.transfer.sftp.wire import WINDOW, Denial, SftpWire

__all__ = ["SftpCarrier", "SftpDoor", "SftpOptions", "SftpPlace", "pin_of"]

# A server of another kind than POSIX would read quotes in its own way; such names are proved by samples.
_HARMLESS = re.compile(r"[\w ./+=@,:-]+")
_SUM_FROM = 4 << 20


@dataclass(frozen=True, slots=True)
class SftpOptions:
    """``rename``: write to ``name.part`` and rename at the end; where the server forbids it, the name itself is
    written. ``sync``: have each file brought to the server's disk, where it offers that. ``proof``: read back what
    arrived, small files whole, large ones in places. ``sum_command``: have the server run ``sha256sum`` on large files
    instead, where it lets us. ``apart``: large files over long lines go in parts over several connections.
    """

    rename: bool = True
    sync: bool = True
    proof: bool = True
    sum_command: bool = True
    apart: bool = True


class SftpCarrier(SftpGuest):
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
        super().__init__(place, timeouts, door)
        self._options = options
        self._renames = options.rename
        self._readable = options.proof
        self._sums = options.sum_command and options.proof
        self._apart: bool | None = None if options.apart else False  # whether the server takes bytes in any order
        self._next: SubmissionFile | None = None
        self._confirmed: dict[str, int] = {}  # of broken sends: up to here the server said yes to every byte

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        """Make the folders; the file itself is made by its first byte."""
        target = self._checked(file) + (".part" if self._renames else "")
        self._confirmed.pop(target, None)
        with self._wired() as wire:
            self._make_folders(wire, file.name)
            if self._goes_apart(wire, file, self._path(target)):
                return Upload(sftp_apart.token_for(target, file.size))
        return Upload(target)

    def _goes_apart(self, wire: SftpWire, file: SubmissionFile, path: str) -> bool:
        """Where it goes in parts, the file stands there empty afterwards."""
        if self._apart is False or file.size < sftp_apart.FROM or not sftp_apart.is_far(wire, path):
            return False
        if self._apart is None:
            self._apart = sftp_apart.takes_any_order(wire, path)
        else:
            sftp_apart.create(wire, path)
        return self._apart

    def expects(self, file: SubmissionFile | None) -> None:
        """Its name is opened together with the rename of the file before."""
        self._next = file

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
            if sftp_apart.plan(file.size, token) is not None:
                return Upload(token)  # which parts are there, the receipts tell
        sure = max(held.size - WINDOW, self._confirmed.get(token, 0), 0)
        return Upload(token, min(sure, held.size))

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        if not upload.offset and 0 < file.size <= samples.WHOLE and self._readable:
            return self._sent_small(file, upload, body)
        with self._wired() as wire:
            handle = self._opened(wire, file, upload)
            try:
                for confirmed in wire.write_all(handle, upload.offset, _blocks(body, wire.block)):
                    self._confirmed[upload.token] = confirmed
            except Denial as denial:
                wire.settle(wire.post_close(handle))
                raise of_write(wire, denial, file, self._path(file.name), self._place.host) from denial
            self._ended(wire, handle, file, upload)
        return Upload(upload.token, file.size, complete=True)

    def _sent_small(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        """The handle stays open, for :meth:`finish` to read by it."""
        data = b"".join(iter(lambda: body.read(samples.WHOLE), b""))
        with self._wired() as wire:
            if self._open is not None:  # of a file that never came to its end
                wire.ignore(wire.post_close(self._open[1]))
                self._open = None
            handle = self._opened_ahead(wire, upload.token) or self._opened(wire, file, upload, also=sftp_wire.READ)
            try:
                wire.write_small(handle, data, file.mtime_ns // 10**9, sync=self._options.sync)
            except Denial as denial:
                wire.ignore(wire.post_close(handle))
                raise of_write(wire, denial, file, self._path(file.name), self._place.host) from denial
        self._open = upload.token, handle
        return Upload(upload.token, file.size, complete=True)

    def _came_back(self, wire: SftpWire, file: SubmissionFile, token: str, sha256: str) -> bool:
        """Whether the file that was just written stands there as it is here. False: not known yet."""
        (held, handle), self._open = self._open or ("", b""), None
        if not handle:
            return False
        back = wire.read_small(handle, file.size)
        if held != token or back is None:
            return False
        if hashlib.sha256(back).hexdigest() != sha256:
            raise Damaged(problems.differs(self._place.host))
        return True

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """Size, then a sum by the server or what it gives back; then the rename."""
        self._confirmed.pop(upload.token, None)
        with self._wired() as wire:
            path, final = self._path(upload.token), self._path(file.name)
            if self._came_back(wire, file, upload.token, sha256):
                proof = Proof.READ_BACK
            else:
                path = self._standing(wire, file, path, final)
                proof = self._proved(wire, file, path, upload.token, sha256)
            if path != final:
                self._rename(wire, path, final)
        return samples.held(file, proof, sha256)

    # --- parts in any order ----------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        return sftp_apart.plan(file.size, upload.token)

    def held_parts(self, file: SubmissionFile, upload: Upload) -> None:
        """A file with holes looks like one without; the journal knows what was confirmed to be on the disk there."""

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        """Written to its place, and brought to the server's disk where it offers that."""
        plan = sftp_apart.plan(file.size, upload.token)
        assert plan is not None
        offset, length = plan.span(number)
        with self._wired() as wire:
            handle = self._opened(wire, file, Upload(upload.token, max(offset, 1)))  # never made anew here
            try:
                for _ in wire.write_all(handle, offset, _blocks(body, wire.block)):
                    pass
                synced = wire.post_sync(handle) if self._options.sync else None
                wire.take(wire.post_close(handle))
                wire.settle(synced)
            except Denial as denial:
                raise of_write(wire, denial, file, self._path(file.name), self._place.host) from denial
        return f"{offset}+{length}"

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        """All stands in its place already; the time is set, and :meth:`finish` looks at the size."""
        with self._wired() as wire, contextlib.suppress(Denial):
            handle = wire.open(self._path(upload.token), sftp_wire.WRITE)
            wire.settle(wire.post_times(handle, file.mtime_ns // 10**9), wire.post_close(handle))
        return Upload(upload.token, file.size, complete=True)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        self._confirmed.pop(token, None)
        if token != file.name:
            with contextlib.suppress(DepositError), self._wired() as wire:
                self._remove(wire, token)

    # --- writing ---------------------------------------------------------------------------------------------------

    def _opened(self, wire: SftpWire, file: SubmissionFile, upload: Upload, also: int = 0) -> bytes:
        """The handle to write to, and to read from where ``also`` says so and the server lets us. Folders that
        somebody removed meanwhile are made once more."""
        flags = sftp_wire.WRITE | (0 if upload.offset else sftp_wire.CREATE | sftp_wire.TRUNCATE)
        path = self._path(upload.token)
        ways = [flags | also, flags] if also else [flags]
        for number, way in enumerate(ways, 1):
            try:
                return wire.open(path, way)
            except Denial as denial:
                if denial.code == sftp_wire.NO_FILE:
                    break
                if number == len(ways):
                    raise of_write(wire, denial, file, self._path(file.name), self._place.host, name=True) from denial
        if upload.offset:
            raise Retryable(problems.upload_lost(self._place.host))
        self._folders.clear()
        self._make_folders(wire, file.name)
        try:
            return wire.open(path, flags | also)
        except Denial as denial:
            raise of_write(wire, denial, file, self._path(file.name), self._place.host, name=True) from denial

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
            error = of_write(wire, denial, file, self._path(file.name), self._place.host)
            if isinstance(error, NeedsUser):
                raise error from denial
        wire.settle(times)

    def _rename(self, wire: SftpWire, path: str, final: str) -> None:
        renamed = wire.post_rename(path, final)
        self._open_next(wire)
        with contextlib.suppress(Denial):
            wire.take(renamed)
            return
        with contextlib.suppress(Denial):  # without the extension, nothing may stand there
            wire.remove(final)
            wire.rename(path, final)
            return
        self._renames = False
        with contextlib.suppress(Denial):
            wire.remove(path)
        raise Damaged(problems.no_rename(self._place.host))

    def _open_next(self, wire: SftpWire) -> None:
        """Ask for the file that comes next, on the same way there; the answer is taken when it is sent."""
        file, self._next = self._next, None
        known = file is not None and self._renames and self._readable and 0 < file.size <= samples.WHOLE
        if file is None or not known or self._opening is not None or not self._has_folders(file.name):
            return
        flags = sftp_wire.READ | sftp_wire.WRITE | sftp_wire.CREATE | sftp_wire.TRUNCATE
        with contextlib.suppress(Refused, UnicodeEncodeError):  # told when the file has its turn
            token = f"{self._checked(file)}.part"
            self._opening = token, wire.post_open(self._path(token), flags)

    def _remove(self, wire: SftpWire, token: str) -> None:
        with contextlib.suppress(Denial):
            wire.remove(self._path(token))

    def _standing(self, wire: SftpWire, file: SubmissionFile, path: str, final: str) -> str:
        """Where the file stands, with the right size."""
        held = wire.stat(path)
        if held is None and path != final:
            path, held = final, wire.stat(final)  # renamed, but nobody heard of it
        if held is None or held.size not in (file.size, None):
            raise Damaged(problems.differs(self._place.host))
        return path

    # --- proof -----------------------------------------------------------------------------------------------------

    def _proved(self, wire: SftpWire, file: SubmissionFile, path: str, token: str, sha256: str) -> Proof:
        if file.size >= _SUM_FROM and self._summed(wire, file, path, sha256):
            return Proof.DIGEST
        if not self._readable:
            return Proof.SIZE
        try:
            read, seams = (lambda spans: self._read(wire, path, spans)), sftp_apart.seams(file.size, token)
            return samples.prove(file, sha256, read, self._place.host, seams)
        except Denial:
            self._readable = False  # a drop box: what is in it cannot be read
            self._standing(wire, file, path, path)
            return Proof.SIZE

    def _summed(self, wire: SftpWire, file: SubmissionFile, path: str, sha256: str) -> bool:
        """Where the server tells a sum, it must be ours."""
        theirs = wire.check_file(path, file.size) if self._options.proof else None
        if theirs is None and self._sums and _HARMLESS.fullmatch(path):
            self._sums = False  # until it went well: a server may hang up at a command, and must not be asked again
            theirs = self._commanded(path, file.size)
            self._sums = theirs is not None
        if theirs is not None and theirs != sha256:
            raise Damaged(problems.differs(self._place.host))
        return theirs is not None

    def _commanded(self, path: str, size: int) -> str | None:
        assert self._line is not None
        return summed_by_command(self._line, path, size, self._timeouts.idle)

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

    # --- the line --------------------------------------------------------------------------------------------------

    def _checked(self, file: SubmissionFile) -> str:
        name = file.name
        if name.startswith("/") or ".." in name.split("/") or any(c in name for c in "\0\r\n"):
            raise Refused(problems.name_refused(self._place.host))
        return name


def _blocks(body: Body, size: int) -> Iterator[bytes]:
    """The body in blocks of up to ``size`` bytes: a slow, limited body gives smaller ones, which go at once."""
    return iter(lambda: body.read(size), b"")
