"""A place on an FTP server, with encryption for ``ftps://`` addresses (explicit; implicit at port 990)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace

from depositor.archives.generic import problems
from depositor.archives.generic.address import Address
from depositor.archives.generic.ports import Around
from depositor.archives.ports import Credentials
from depositor.draft.problem import NeedsUser, Refused
from depositor.draft.submission import HeldFile
from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions, FtpPlace
from depositor.transfer.ftp.holdings import FtpHoldings
from depositor.transfer.ftp.wire import Wire
from depositor.transfer.ports import Carrier

_PORT, _IMPLICIT = 21, 990
_BLOCK = 8 << 20


class OnFtp:
    """See :class:`~depositor.archives.generic.ports.Place`."""

    lists = True

    def __init__(self, address: Address, credentials: Credentials, around: Around) -> None:
        self._address, self._around = address, around
        self._user = credentials.user or address.user or "anonymous"
        port = address.port or _PORT
        tls = ("implicit" if port == _IMPLICIT else "explicit") if address.scheme == "ftps" else "no"
        context = ssl.create_default_context(cafile=around.certificates) if around.certificates else None
        context = around.options.get("ftp_context") or context
        self._home = FtpPlace(address.host, port, self._user, credentials.password or "", "", tls, context)
        self._place = replace(self._home, root=address.folder)
        self._made = not address.folder
        self._known = _Holdings(self._place, around.patience)

    def account(self) -> str:
        wire = Wire(self._home, self._around.patience)
        try:
            wire.answer("NOOP")
        finally:
            wire.close()
        return self._user

    def folders(self) -> Iterator[str]:
        return self._held.folders()

    def begin(self, folder: str) -> None:
        self._held.make(folder)

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
        options = self._around.options.get("ftp") or FtpOptions()
        return FtpCarrier(replace(self._place, root=root), options, self._around.patience)

    def url(self, path: str) -> str:
        return self._address.url(path)

    def close(self) -> None:
        self._known.close()

    @property
    def _held(self) -> _Holdings:
        """Connections begin in the folder of the address, so that it must be there first."""
        if not self._made:
            self._make()
            self._made = True
        return self._known

    def _make(self) -> None:
        wire, parts = Wire(self._home, self._around.patience), self._address.folder.split("/")
        try:
            if wire.answer(f"CWD {self._address.folder}")[0] == 250:
                return
            for end in range(1, len(parts) + 1):
                if above := "/".join(parts[:end]):
                    wire.answer(f"MKD {above}")
            if wire.answer(f"CWD {self._address.folder}")[0] != 250:
                raise NeedsUser(problems.no_such_place(self._address.host))
        finally:
            wire.close()


class _Holdings(FtpHoldings):
    def folders(self) -> Iterator[str]:
        yield from [entry.name for entry in self._entries("") or () if entry.size is None]

    def make(self, folder: str) -> None:
        parts = folder.split("/")
        for end in range(1, len(parts) + 1):
            self._answer(f"MKD {'/'.join(parts[:end])}")  # a refusal mostly means that it is there

    def blocks(self, path: str, size: int) -> Iterator[bytes]:
        for offset in range(0, size, _BLOCK):
            with self._wired() as wire:
                data = wire.fetch_span(path, offset, min(_BLOCK, size - offset))
            yield data
