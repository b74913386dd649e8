"""What an SFTP server holds, over the connection that a door shares with the carriers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from depositor.draft.problem import DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile
from depositor.transfer import problems
from depositor.transfer.holdings import MOST_SMALL, checked_prefix, no_listing
from depositor.transfer.net import web
from depositor.transfer.sftp import wire as sftp_wire
from depositor.transfer.sftp.door import SftpDoor
from depositor.transfer.sftp.line import SftpPlace
from depositor.transfer.sftp.packets import Seen
from depositor.transfer.sftp.wire import Denial, SftpWire

_DEEPEST = 64


class SftpHoldings:
    """A :class:`~depositor.transfer.holdings.Holdings`. Links are not followed, nor told."""

    def __init__(self, place: SftpPlace, timeouts: web.Timeouts = web.PATIENT, door: SftpDoor | None = None) -> None:
        self._place = place
        self._door = door or SftpDoor(place, timeouts)
        self._wire: SftpWire | None = None

    def listing(self, prefix: str = "") -> Iterator[HeldFile]:
        yield from self._below(prefix.strip("/"), 0)

    def _below(self, folder: str, depth: int) -> Iterator[HeldFile]:
        for name, seen in sorted(self._entries(folder) or (), key=lambda entry: entry[0]):
            path = f"{folder}/{name}" if folder else name
            if seen.folder and depth < _DEEPEST:
                yield from self._below(path, depth + 1)
            elif not seen.folder and not seen.link:
                yield HeldFile(path, seen.size or 0)

    def _entries(self, folder: str) -> list[tuple[str, Seen]] | None:
        """None where there is no such folder."""
        with self._wired() as wire:
            try:
                return list(wire.listed(self._path(folder) or "."))
            except Denial as denial:
                if denial.code == sftp_wire.NO_FILE or not self._is_folder(wire, folder):
                    return None
                raise Refused(no_listing(self._place.host)) from denial

    def _is_folder(self, wire: SftpWire, folder: str) -> bool:
        seen = wire.stat(self._path(folder) or ".")
        return seen is not None and seen.folder

    def remove(self, prefix: str) -> None:
        clean = checked_prefix(prefix)
        entries = self._entries(clean)
        for name, seen in entries or ():
            if seen.folder:
                self.remove(f"{clean}/{name}")
            else:
                self._gone(f"{clean}/{name}", folder=False)
        self._gone(clean, folder=entries is not None)

    def _gone(self, name: str, *, folder: bool) -> None:
        with self._wired() as wire:
            try:
                (wire.remove_folder if folder else wire.remove)(self._path(name))
            except Denial as denial:
                if denial.code != sftp_wire.NO_FILE:
                    raise Refused(problems.forbidden(self._place.host)) from denial

    def put_small(self, name: str, data: bytes) -> None:
        parts = self._path(checked_prefix(name)).split("/")
        path = "/".join(parts)
        with self._wired() as wire:
            wire.settle(*[wire.post_mkdir("/".join(parts[:n])) for n in range(1, len(parts)) if parts[:n] != [""]])
            try:
                self._write(wire, f"{path}.part", data)
                self._rename(wire, f"{path}.part", path)
            except Denial as denial:
                raise Refused(problems.forbidden(self._place.host)) from denial

    def _write(self, wire: SftpWire, path: str, data: bytes) -> None:
        handle = wire.open(path, sftp_wire.WRITE | sftp_wire.CREATE | sftp_wire.TRUNCATE)
        blocks = (data[at : at + wire.block] for at in range(0, len(data), wire.block))
        for _ in wire.write_all(handle, 0, blocks):
            pass
        wire.settle(wire.post_sync(handle))
        wire.take(wire.post_close(handle))

    def _rename(self, wire: SftpWire, path: str, final: str) -> None:
        try:
            wire.rename(path, final)
        except Denial:  # without the extension, nothing may stand there
            wire.remove(final)
            wire.rename(path, final)

    def get_small(self, name: str) -> bytes | None:
        path = self._path(name)
        with self._wired() as wire:
            seen = wire.stat(path)
            if seen is None or seen.folder:
                return None
            try:
                handle = wire.open(path, sftp_wire.READ)
            except Denial as denial:
                raise Refused(problems.forbidden(self._place.host)) from denial
            data = wire.read_all(handle, [(0, min(MOST_SMALL, seen.size or MOST_SMALL))])[0]
            wire.ignore(wire.post_close(handle))
        return data

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
        self._door.leave(self)

    # --- the line --------------------------------------------------------------------------------------------------

    def _path(self, name: str) -> str:
        root = self._place.root
        return f"{root.rstrip('/')}/{name}".rstrip("/") if root else name

    @contextlib.contextmanager
    def _wired(self) -> Iterator[SftpWire]:
        line = self._door.enter(self)
        try:
            with line.told():
                if self._wire is None or not line.stands:
                    self._wire = SftpWire(line.channel(), self._place.host)
                yield self._wire
        except Denial as denial:
            raise Retryable(problems.broken(self._place.host)) from denial
        except Refused:
            raise
        except DepositError:
            self._wire = None
            self._door.broken(line)
            raise
