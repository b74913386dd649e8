"""WebDAV requests and what their answers mean: RFC 4918, and the checksums of ownCloud and Nextcloud."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from depositor.draft.problem import Damaged, NeedsUser, Retryable
from depositor.transfer import errors, problems, web
from depositor.transfer.ports import Body
from depositor.transfer.webdav_sign import Account, Signature

if TYPE_CHECKING:
    import requests

MakeSession = Callable[[web.Timeouts, web.Lines], "requests.Session"]

_LARGEST_ANSWER = 32 << 20
_LOCK_WAIT_S = 5.0
_LARGE_BODY = 1 << 20
_UNREADABLE = (403, 405, 416, 501)
_PROPERTIES = (
    b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:getcontentlength/>'
    b"<d:getlastmodified/><d:resourcetype/><oc:checksums/></d:prop></d:propfind>"
)
_DAV, _OC = "{DAV:}", "{http://owncloud.org/ns}"


@dataclass(frozen=True, slots=True)
class WebdavPlace:
    """The folder for all files at ``url``, and who we are there."""

    url: str
    account: Account = Account()


@dataclass(frozen=True, slots=True)
class Held:
    """What PROPFIND told of one thing: bytes (None for a folder, or where it does not tell), time of the last change,
    digests by name."""

    size: int | None
    modified: dt.datetime | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    folder: bool = False


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
        self._make: Callable[[], requests.Session] = lambda: session(timeouts, lines)
        self._signature = Signature(place.account)
        self._asked = False
        self._session: requests.Session | None = None
        self._folders: set[str] = set()

    def url(self, name: str) -> str:
        """The address of a file or folder below the place."""
        return urljoin(self.base, "./" + quote(name))

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Body | bytes | None = None,
        *,
        stream: bool = False,
    ) -> requests.Response:
        """One request and its answer. What a body holds can be sent only once, so that the server's wish for a
        signature is found out before."""
        large = body is not None and not isinstance(body, bytes)
        if large and (not self._asked or (self._signature.stale and len(body or b"") > _LARGE_BODY)):
            self._signature.forget()
            self.ask("PROPFIND", self.base, {"Depth": "0"}).close()
        answer = self._once(method, url, headers, body, stream=stream)
        if answer.status_code != 401:
            self._asked = True
            return answer
        learned = self._signature.learn(answer.headers)
        answer.close()
        if not learned:
            raise NeedsUser(problems.sign_in(self.host))
        if large:
            raise Retryable(problems.dropped(self.host))
        return self.ask(method, url, headers, body, stream=stream)

    def _once(self, method: str, url: str, headers: Any, body: Any, *, stream: bool) -> requests.Response:
        if self._session is None:
            self._session = self._make()
        data = web.stream(body) if body is not None and not isinstance(body, bytes) and len(body) else body or None
        if data is None and method == "PUT":
            data = b""
        sent = {**(headers or {}), **self._signature.headers(method, url)}
        with web.told(url):
            return self._session.request(method, url, headers=sent, data=data, allow_redirects=False, stream=stream)

    def must(self, answer: requests.Response, *fine: int) -> None:
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
        answer = self.ask("PROPFIND", url, headers, _PROPERTIES)
        if answer.status_code in (404, 410):
            return None
        if answer.status_code == 200:
            raise Retryable(problems.portal(self.host))  # no WebDAV server says that
        self.must(answer, 207)
        return dict(_responses(answer.content, self.host))

    def read(self, url: str, spans: Sequence[tuple[int, int]], size: int) -> Iterator[bytes]:
        """The bytes at each (offset, length) of a file of ``size``. Raises Unreadable."""
        for offset, length in spans:
            whole = length == size
            headers = {"Accept-Encoding": "identity"}
            headers |= {} if whole else {"Range": f"bytes={offset}-{offset + length - 1}"}
            with contextlib.closing(self.ask("GET", url, headers, stream=True)) as answer:
                status = answer.status_code
                if status in (404, 410):
                    raise Damaged(problems.differs(self.host))
                if status in _UNREADABLE or (status == 200 and not whole):
                    raise Unreadable
                self.must(answer, 200 if whole else 206)
                yield self._up_to(answer, length + 1)

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
        if self._session is not None:
            self._session.close()
            self._session = None


def _responses(content: bytes, host: str) -> Iterator[tuple[str, Held]]:
    """(path, what it is) of a 207 answer."""
    import xml.etree.ElementTree as ET

    if len(content) > _LARGEST_ANSWER or b"<!DOCTYPE" in content[:4096]:
        raise Retryable(problems.odd_answer(host))
    try:
        root = ET.fromstring(content)  # noqa: S314 - no document type, so that nothing can be expanded
    except ET.ParseError as error:
        raise Retryable(problems.odd_answer(host)) from error
    for response in root.iter(f"{_DAV}response"):
        path = unquote(urlsplit(response.findtext(f"{_DAV}href", "").strip()).path)
        folder = response.find(f".//{_DAV}collection") is not None
        length = (response.findtext(f".//{_DAV}getcontentlength") or "").strip()
        size = int(length) if length.isascii() and length.isdigit() and not folder else None
        checksums = " ".join(e.text or "" for e in response.iter(f"{_OC}checksum"))
        modified = _time(response.findtext(f".//{_DAV}getlastmodified"))
        yield path, Held(size, modified, digests_of(checksums), folder)


def digests_of(text: str) -> dict[str, str]:
    """``SHA256:hex SHA1:hex`` (OC-Checksum, ownCloud) as {"sha256": hex}."""
    pairs = (word.partition(":") for word in text.split())
    return {name.lower().replace("-", ""): value.lower() for name, _, value in pairs if value}


def _time(text: str | None) -> dt.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text or "")
    except (TypeError, ValueError):
        return None
