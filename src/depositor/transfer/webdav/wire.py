"""WebDAV requests and what their answers mean: RFC 4918, and the checksums of ownCloud and Nextcloud."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from depositor.draft.problem import Damaged, NeedsUser, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.net import web
from depositor.transfer.net.lean_line import BLOCK, whole
from depositor.transfer.ports import Body
from depositor.transfer.webdav.line import Answer, WebdavLine
from depositor.transfer.webdav.sign import Account, Signature
from depositor.transfer.webdav.xml import PROPERTIES, Held, responses

if TYPE_CHECKING:
    import requests

__all__ = ["Held", "MakeSession", "Unreadable", "WebdavPlace", "WebdavWire"]

MakeSession = Callable[[web.Timeouts, web.Lines], "requests.Session"]

_LOCK_WAIT_S = 5.0
_UNREADABLE = (403, 405, 416, 501)
_MOVED = (301, 302, 307, 308)
_MOST_MOVES = 3


@dataclass(frozen=True, slots=True)
class WebdavPlace:
    """The folder for all files at ``url``, and who we are there."""

    url: str
    account: Account = Account()


class Unreadable(Exception):
    """The server does not give back what it took, or not in pieces."""


class WebdavWire:
    """Signed requests of one carrier. Errors are DepositErrors; a status of 4xx is an answer, too."""

    def __init__(
        self,
        place: WebdavPlace,
        timeouts: web.Timeouts,
        lines: web.Lines,
        session: MakeSession = web.session,
    ) -> None:
        self.base = place.url if place.url.endswith("/") else place.url + "/"
        self.host = web.host_of(place.url)
        self._line = WebdavLine(self.host, lambda: session(timeouts, lines), lines, timeouts.connect)
        self._signature = Signature(place.account)
        self._asked = False
        self._folders: set[str] = set()

    def url(self, name: str) -> str:
        """The address of a file or folder below the place."""
        return urljoin(self.base, "./" + quote(name))

    def ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: Body | bytes | None = None
    ) -> Answer:
        """One request and its answer. What a large body holds can be sent only once, so that the server's wish for a
        signature is found out before."""
        data = b"" if body is None else body if isinstance(body, bytes) else whole(body)
        large = not isinstance(data, bytes)
        if (len(data) and method == "PUT" and not self._asked) or (large and self._signature.stale):
            self._signature.forget()
            self.ask("PROPFIND", self.base, {"Depth": "0"})
        answer = self._line.say(method, url, {**(headers or {}), **self._signature.headers(method, url)}, data)
        if answer.status_code != 401:
            self._asked = True
            return answer
        if not self._signature.learn(answer.headers):
            raise NeedsUser(problems.sign_in(self.host))
        if large:
            raise Retryable(problems.dropped(self.host))
        return self.ask(method, url, headers, data if isinstance(data, bytes) else None)

    def must(self, answer: Answer | requests.Response, *fine: int) -> None:
        """Raise what any other status means."""
        status = answer.status_code
        if status in fine:
            return
        after = errors.retry_after(answer.headers)
        if status == 423:
            raise Retryable(problems.locked(self.host), after or _LOCK_WAIT_S)
        raise errors.of_status(status, self.host, after)

    # --- what is there ---------------------------------------------------------------------------------------------

    def held(self, url: str) -> Held | None:
        """What stands at ``url``; None where nothing does."""
        found = self._properties(url, "0")
        return None if found is None else next(iter(found.values()), None)

    def listing(self, url: str) -> dict[str, Held] | None:
        """{last part of the name: what it is} of what lies directly in a folder; None where there is none."""
        found = self._properties(url, "1")
        own = urlsplit(url).path.rstrip("/")
        return found and {
            path.rstrip("/").rpartition("/")[2]: held
            for path, held in found.items()
            if path.rstrip("/") != unquote(own)
        }

    def _properties(self, url: str, depth: str) -> dict[str, Held] | None:
        headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}
        answer = self.ask("PROPFIND", url, headers, PROPERTIES)
        if url == self.base and answer.status_code in _MOVED:
            answer = self._followed(answer, headers)
        if answer.status_code in (404, 410):
            return None
        if answer.status_code == 200:
            raise Retryable(problems.portal(self.host))  # no WebDAV server says that
        self.must(answer, 207)
        return dict(responses(answer.content, self.host))

    def _followed(self, answer: Answer, headers: Mapping[str, str]) -> Answer:
        """The place has another address on the same host: that counts from now on, if it is one of WebDAV."""
        before = self.base
        for _ in range(_MOST_MOVES):
            base = urljoin(self.base, answer.headers.get("Location", ""))
            (old, host), (new, there) = urlsplit(self.base)[:2], urlsplit(base)[:2]
            if there.partition(":")[0] != host.partition(":")[0] or (old, new) == ("https", "http"):
                break
            self.base = base if base.endswith("/") else base + "/"
            answer = self.ask("PROPFIND", self.base, headers, PROPERTIES)
            if answer.status_code not in _MOVED:
                break
        if answer.status_code not in (207, 404, 410):
            self.base = before
        return answer

    def read(self, url: str, spans: Sequence[tuple[int, int]], size: int) -> Iterator[bytes]:
        """The bytes at each (offset, length) of a file of ``size``. Raises Unreadable."""
        for offset, length in spans:
            if length == size and size <= BLOCK:
                yield self._whole(url)
                continue
            headers = {"Accept-Encoding": "identity"}
            headers |= {} if length == size else {"Range": f"bytes={offset}-{offset + length - 1}"}
            headers |= self._signature.headers("GET", url)
            with contextlib.closing(self._line.streamed(url, headers)) as answer:
                status = answer.status_code
                self._given(status, unless=200 if length != size else 0)
                self.must(answer, 206 if "Range" in headers else 200)
                yield self._up_to(answer, length + 1)

    def _whole(self, url: str) -> bytes:
        """A small file; where there is more of it than a small file has, that much shows it."""
        answer = self.ask("GET", url, {"Accept-Encoding": "identity"})
        self._given(answer.status_code)
        self.must(answer, 200)
        return answer.content

    def _given(self, status: int, unless: int = 0) -> None:
        if status in (404, 410):
            raise Damaged(problems.differs(self.host))
        if status in _UNREADABLE or status == unless:
            raise Unreadable

    def _up_to(self, answer: requests.Response, most: int) -> bytes:
        from urllib3.exceptions import HTTPError

        data = bytearray()
        try:
            while len(data) < most and (block := answer.raw.read(most - len(data))):
                data += block
        except (HTTPError, OSError) as error:
            raise errors.of_network(error, self.host) from error
        return bytes(data)

    # --- folders ---------------------------------------------------------------------------------------------------

    def make_folders(self, name: str) -> None:
        """All folders above a file, the place itself too where it is missing; those that are there are no trouble."""
        if "" not in self._folders:
            if self.held(self.base) is None:
                self._make_folder(self.base)
            self._folders.add("")
        parts = name.split("/")[:-1]
        for folder in ("/".join(parts[:end]) for end in range(1, len(parts) + 1)):
            if folder not in self._folders:
                self._make_folder(self.url(folder + "/"))
                self._folders.add(folder)

    def _make_folder(self, url: str) -> None:
        """With the folders above it where they are missing (409)."""
        answer = self.ask("MKCOL", url)
        above = urljoin(url, "..")
        if answer.status_code == 409 and urlsplit(above).path not in ("", "/"):
            self._make_folder(above)
            answer = self.ask("MKCOL", url)
        # 405: it is there. Some servers that let nobody make folders answer 403 even then; PUT will tell.
        self.must(answer, 201, 200, 204, 405, 403, 301)

    def forget_folders(self) -> None:
        """Somebody removed them."""
        self._folders.clear()

    def close(self) -> None:
        self._line.close()
