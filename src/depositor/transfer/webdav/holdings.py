"""What a WebDAV server holds, folder by folder: some refuse to tell of all folders at once (Depth: infinity)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from depositor.draft.problem import Refused
from depositor.draft.submission import HeldFile
from depositor.transfer import problems
from depositor.transfer.holdings import MOST_SMALL, checked_prefix, no_listing
from depositor.transfer.net import web
from depositor.transfer.webdav.wire import MakeSession, Unreadable, WebdavPlace, WebdavWire

_DEEPEST = 64


class WebdavHoldings:
    """A :class:`~depositor.transfer.holdings.Holdings`. Digests are those of ownCloud and Nextcloud."""

    def __init__(
        self, place: WebdavPlace, timeouts: web.Timeouts = web.PATIENT, session: MakeSession = web.session
    ) -> None:
        self._wire = WebdavWire(place, timeouts, web.Lines(), session)

    def listing(self, prefix: str = "") -> Iterator[HeldFile]:
        yield from self._below(prefix.strip("/"), 0)

    def _below(self, folder: str, depth: int) -> Iterator[HeldFile]:
        try:
            found = self._wire.listing(self._wire.url(f"{folder}/") if folder else self._wire.base)
        except Refused as error:
            raise Refused(no_listing(self._wire.host)) from error
        for name, held in sorted((found or {}).items()):
            path = f"{folder}/{name}" if folder else name
            if not held.folder:
                yield HeldFile(path, held.size or 0, held.digests, self._wire.url(path))
            elif depth < _DEEPEST:
                yield from self._below(path, depth + 1)

    def remove(self, prefix: str) -> None:
        answer = self._wire.ask("DELETE", self._wire.url(checked_prefix(prefix)))
        if answer.status_code == 301:  # a folder, whose address ends in a slash
            answer = self._wire.ask("DELETE", self._wire.url(checked_prefix(prefix) + "/"))
        if answer.status_code == 207:  # something in it stays
            raise Refused(problems.forbidden(self._wire.host))
        self._wire.must(answer, 200, 204, 404, 410)

    def put_small(self, name: str, data: bytes) -> None:
        self._wire.make_folders(checked_prefix(name))
        url, part = self._wire.url(name), self._wire.url(f"{name}.part")
        answer = self._wire.ask("PUT", part, {"Content-Type": "application/octet-stream"}, data)
        if answer.status_code < 300:
            answer = self._wire.ask("MOVE", part, {"Destination": url, "Overwrite": "T"})
            if answer.status_code < 300:
                return
            self._wire.ask("DELETE", part)
        # Nextcloud refuses names that end in .part, and replaces a file only when all of it has come.
        self._wire.must(self._wire.ask("PUT", url, {"Content-Type": "application/octet-stream"}, data), 200, 201, 204)
        if self.get_small(name) != data:
            raise Refused(problems.forbidden(self._wire.host))

    def get_small(self, name: str) -> bytes | None:
        held = self._wire.held(self._wire.url(name))
        if held is None or held.folder:
            return None
        size = min(MOST_SMALL if held.size is None else held.size, MOST_SMALL)
        if not size:
            return b""
        with contextlib.suppress(Unreadable):
            return b"".join(self._wire.read(self._wire.url(name), ((0, size),), size))[:size]
        raise Refused(problems.forbidden(self._wire.host))

    def close(self) -> None:
        self._wire.close()
