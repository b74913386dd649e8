"""A place on a WebDAV server, Nextcloud and ownCloud among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from depositor.archives.generic import problems
from depositor.archives.generic.address import Address
from depositor.archives.generic.ports import Around
from depositor.archives.ports import Credentials
from depositor.draft.problem import NeedsUser, Refused
from depositor.draft.submission import HeldFile
from depositor.transfer.ports import Carrier
from depositor.transfer.webdav.carrier import WebdavOptions
from depositor.transfer.webdav.chunks import webdav_carrier
from depositor.transfer.webdav.holdings import WebdavHoldings
from depositor.transfer.webdav.sign import Account
from depositor.transfer.webdav.wire import Unreadable, WebdavPlace

_BLOCK = 8 << 20


class OnWebdav:
    """See :class:`~depositor.archives.generic.ports.Place`. A token alone signs in as bearer."""

    lists = True

    def __init__(self, address: Address, credentials: Credentials, around: Around) -> None:
        self._address, self._around = address, around
        token, self._user = credentials.token, credentials.user or address.user
        self._account = Account(self._user, credentials.password or "", (lambda: token) if token else None)
        self._held = _Holdings(WebdavPlace(address.url() + "/", self._account), around.patience, around.make)

    def account(self) -> str:
        if not self._held.look():
            raise NeedsUser(problems.no_such_place(self._address.host))
        return self._user or self._address.host

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
        except Unreadable:
            raise Refused(problems.not_given_back(self._address.host)) from None

    def remove(self, folder: str) -> None:
        self._held.remove(folder)

    def drop(self, path: str) -> None:
        self._held.remove(path)

    def tidy(self, folder: str) -> None:
        """A Nextcloud forgets unfinished chunks by itself after a day; others hold nothing unfinished."""

    def carrier(self, folder: str) -> Carrier:
        place = WebdavPlace(self.url(folder) + "/", self._account)
        options = self._around.options.get("webdav") or WebdavOptions()
        return webdav_carrier(place, options, self._around.patience, self._around.make)

    def url(self, path: str) -> str:
        return self._address.url(path)

    def close(self) -> None:
        self._held.close()


class _Holdings(WebdavHoldings):
    def look(self) -> bool:
        """Whether the place is there, or something above it in which it can be made."""
        url = self._wire.base
        while self._wire.held(url) is None:
            url, below = urljoin(url, ".."), url
            if url == below or urlsplit(url).path in ("", "/"):
                return False
        return True

    def folders(self) -> Iterator[str]:
        found = self._wire.listing(self._wire.base) or {}
        yield from (name for name, held in found.items() if held.folder)

    def make(self, folder: str) -> None:
        self._wire.forget_folders()
        self._wire.make_folders(f"{folder}/.")

    def blocks(self, path: str, size: int) -> Iterator[bytes]:
        for offset in range(0, size, _BLOCK):
            yield from self._wire.read(self._wire.url(path), ((offset, min(_BLOCK, size - offset)),), size)
