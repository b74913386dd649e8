"""A place on an SFTP server. Its host key must have been accepted by a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from depositor.archives.generic import problems
from depositor.archives.generic.address import Address
from depositor.archives.generic.ports import Around
from depositor.archives.ports import Credentials
from depositor.draft.problem import NeedsUser, Refused
from depositor.draft.submission import HeldFile
from depositor.transfer.ports import Carrier
from depositor.transfer.sftp import wire as sftp_wire
from depositor.transfer.sftp.carrier import SftpCarrier, SftpDoor, SftpOptions, SftpPlace
from depositor.transfer.sftp.holdings import SftpHoldings
from depositor.transfer.sftp.line import Line
from depositor.transfer.sftp.problems import HOST_KEY_CHANGED
from depositor.transfer.sftp.wire import Denial

_PORT = 22
_BLOCK = 8 << 20


class OnSftp:
    """See :class:`~depositor.archives.generic.ports.Place`. With a key file, the password is its passphrase."""

    lists = True

    def __init__(self, address: Address, credentials: Credentials, around: Around) -> None:
        self._address, self._around = address, around
        key, secret = credentials.key_file, credentials.password or ""
        self._place = SftpPlace(
            address.host,
            address.port or _PORT,
            credentials.user or address.user,
            address.folder,
            password="" if key else secret,
            key_file=Path(key).expanduser() if key else None,
            passphrase=secret if key else "",
            known=around.known_hosts,
            agent=bool(around.options.get("agent", True)),
        )
        self._door = _Door(self._place, around.patience)
        self._held = _Holdings(self._place, around.patience, self._door)

    def account(self) -> str:
        if not self._place.user:
            raise NeedsUser(problems.no_account(self._address.host))
        self._held.look()
        return self._place.user

    def folders(self) -> Iterator[str]:
        return self._held.folders()

    def begin(self, folder: str) -> None:
        if not self._held.make(folder):
            raise NeedsUser(problems.no_such_place(self._address.host))

    def put(self, path: str, data: bytes) -> None:
        self._held.put_small(path, data)

    def get(self, path: str) -> bytes | None:
        return self._held.get_small(path)

    def files(self, folder: str) -> Iterator[HeldFile]:
        return self._held.listing(folder)

    def digests(self, path: str) -> Mapping[str, str]:
        return {}

    def read(self, path: str, size: int) -> Iterator[bytes]:
        try:
            yield from self._held.blocks(path, size)
        except Refused:
            raise Refused(problems.not_given_back(self._address.host)) from None

    def remove(self, folder: str) -> None:
        self._held.remove(folder)

    def drop(self, path: str) -> None:
        self._held.remove(path)

    def tidy(self, folder: str) -> None:
        """Torsos carry the name of their file, which went over them."""

    def carrier(self, folder: str) -> Carrier:
        root = f"{self._place.root.rstrip('/')}/{folder}" if self._place.root else folder
        options = self._around.options.get("sftp") or SftpOptions()
        return SftpCarrier(replace(self._place, root=root), options, self._around.patience, self._door)

    def url(self, path: str) -> str:
        return self._address.url(path)

    def close(self) -> None:
        self._held.close()


class _Door(SftpDoor):
    """A host key that changed ends the whole run, not one file after the other."""

    def enter(self, guest: object) -> Line:
        try:
            return super().enter(guest)
        except Refused as error:
            if error.problem.code == HOST_KEY_CHANGED:
                raise NeedsUser(error.problem) from error
            raise


class _Holdings(SftpHoldings):
    def look(self) -> None:
        """Ask for the place itself, which may not be there yet."""
        with self._wired() as wire:
            wire.stat(self._path("") or ".")

    def folders(self) -> Iterator[str]:
        yield from [name for name, seen in self._entries("") or () if seen.folder]

    def make(self, folder: str) -> bool:
        """The folder with those above it; whether it is there now."""
        parts = self._path(folder).split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        with self._wired() as wire:
            wire.settle(*[wire.post_mkdir(path) for path in above if path])
            return self._is_folder(wire, folder)

    def blocks(self, path: str, size: int) -> Iterator[bytes]:
        for offset in range(0, size, _BLOCK):
            with self._wired() as wire:
                try:
                    handle = wire.open(self._path(path), sftp_wire.READ)
                except Denial as denial:
                    raise Refused(problems.not_given_back(self._place.host)) from denial
                (data,) = wire.read_all(handle, [(offset, min(_BLOCK, size - offset))])
                wire.ignore(wire.post_close(handle))
            yield data
