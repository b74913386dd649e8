"""Requests of tus 1.0.0 and what their answers mean (https://tus.io/protocols/resumable-upload, ``protocol.md``)."""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from depositor.draft.problem import NeedsUser, Refused, Retryable
from depositor.draft.submission import SubmissionFile
from depositor.transfer import errors, problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.http.wire import Headers, HttpWire, MakeSession
from depositor.transfer.net import web
from depositor.transfer.ports import Body, Upload

if TYPE_CHECKING:
    import requests

VERSION = "1.0.0"
MOST_PART = 64 << 20
BYTES = "application/offset+octet-stream"
GONE = (403, 404, 410)
_MOVED = (301, 302, 307, 308)
LOCK_WAIT_S = 1.0
_ONE_REQUEST = 1 << 20
_APART = 32 << 20
_ALGORITHMS = ("sha1", "sha256", "md5", "sha512")  # the fastest that servers offer first; hashlib knows them all


@dataclass(frozen=True, slots=True)
class TusOptions:
    """How to speak to one tus server.

    ``metadata`` gives further ``Upload-Metadata`` for a file. ``recognises_files``: the server knows a file by its
    metadata, so that creating it twice leaves one; only then are files up to ``one_request`` bytes created and sent in
    one request (needs the extension creation-with-upload too), because the URL would be lost in a crash. ``override``:
    send PATCH as POST with ``X-HTTP-Method-Override``, for proxies that know no PATCH. ``apart``: files of at
    least twice so many bytes are sent in parts side by side where the server can join them (concatenation); 0: none.
    """

    part_size: int = MOST_PART
    metadata: Callable[[SubmissionFile], Mapping[str, str]] | None = None
    recognises_files: bool = False
    one_request: int = _ONE_REQUEST
    override: bool = False
    checksums: bool = True
    apart: int = _APART


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server said to OPTIONS."""

    extensions: frozenset[str] = frozenset()
    max_size: int | None = None
    checksums: frozenset[str] = frozenset()


class TusWire:
    """Requests of one carrier to the server at ``endpoint``. Errors are DepositErrors."""

    def __init__(
        self, endpoint: str, headers: Headers | None, options: TusOptions, timeouts: web.Timeouts, session: MakeSession
    ) -> None:
        self.endpoint, self.options = endpoint, options
        self.http = HttpWire(endpoint, headers, timeouts, session)
        self.host = self.http.host
        self._offer: Offer | None = None

    def offer(self) -> Offer:
        """What the server can do; asked once. A server that does not answer OPTIONS offers the core alone."""
        if self._offer is None:
            answer = self._greeted()
            if answer.status_code >= 500 or answer.status_code in (401, 407, 408, 429):
                self.must(answer, 200, 204)
            self._offer = _offer(answer.headers)
        return self._offer

    def _greeted(self) -> requests.Response:
        """The answer to OPTIONS. An endpoint that lacks its last slash, or its ``https``, is told so by a redirect: it
        is the endpoint from then on. Others are not followed."""
        answer = self.ask("OPTIONS", self.endpoint, {})
        if answer.status_code in _MOVED and (place := answer.headers.get("Location")):
            moved = urljoin(self.endpoint, place)
            same = web.host_of(moved) == self.host and moved.startswith(("https:", self.endpoint.partition("//")[0]))
            if same:
                self.endpoint = moved
                self.http.moved(moved)
                answer = self.ask("OPTIONS", self.endpoint, {})
        return answer

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: Body | None = None) -> requests.Response:
        """One request and its answer."""
        sent = dict(headers)
        if method != "OPTIONS":
            sent["Tus-Resumable"] = VERSION
        if method == "PATCH" and self.options.override:
            method, sent = "POST", {**sent, "X-HTTP-Method-Override": "PATCH"}
        return self.http.ask(method, url, sent, body if body is not None and len(body) else None)

    def must(self, answer: requests.Response, *fine: int) -> None:
        """Raise what any other status means."""
        status = answer.status_code
        if status in fine:
            return
        after = errors.retry_after(answer.headers)
        if status == 423:
            raise Retryable(problems.locked(self.host), after or LOCK_WAIT_S)
        if status == 460:
            raise Retryable(problems.checksum(self.host))
        if status == 412 and VERSION not in [v.strip() for v in answer.headers.get("Tus-Version", "").split(",")]:
            raise NeedsUser(problems.version(self.host))
        raise errors.of_status(status, self.host, after)

    def place(self, answer: requests.Response) -> str:
        """The address of what was just created."""
        self.must(answer, 201, 200)
        given = answer.headers.get("Location")
        if not given:
            raise Retryable(problems.odd_answer(self.host))
        return self.absolute(given)

    def absolute(self, place: str) -> str:
        """An upload's address. A server behind a TLS proxy may call itself ``http``: we do not go back to that."""
        url = urljoin(self.endpoint, place)
        if not url.startswith(("http:", "https:")):
            raise Retryable(problems.odd_answer(self.host))
        if self.endpoint.startswith("https:") and url.startswith("http:"):
            if web.host_of(url) != self.host:
                raise Refused(http_problems.insecure(self.host))
            return "https:" + url.removeprefix("http:")
        return url

    def checksum(self, body: Body) -> dict[str, str]:
        """``Upload-Checksum`` of a part, where the server checks them."""
        algorithm = self.algorithm()
        if algorithm is None or not len(body):
            return {}
        return {"Upload-Checksum": f"{algorithm} " + base64.b64encode(bytes.fromhex(body.digest(algorithm))).decode()}

    def algorithm(self) -> str | None:
        """By what parts are summed; None where the server does not check them."""
        offer = self.offer() if self.options.checksums else Offer()
        return next((name for name in _ALGORITHMS if name in offer.checksums), None)

    def metadata(self, file: SubmissionFile, *, part: int = 0) -> str:
        """``Upload-Metadata``: some servers insist on both filename and filetype. A ``part`` has a name of its own, so
        that no server takes it for the file."""
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        name = file.name.rsplit("/", 1)[-1]
        pairs = {"filename": f"{name}.part{part}" if part else name, "filetype": kind}
        if not part:
            pairs["relativePath"] = file.name
            more = self.options.metadata
            pairs |= dict(more(file)) if more else {}
        return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def told(token: str, offset: int, file: SubmissionFile, answer: requests.Response) -> Upload:
    """What an answer says of an upload."""
    expires = _moment(answer.headers.get("Upload-Expires"))
    return Upload(token, offset, offset == file.size, expires, web.repr_digest(answer.headers))


def number(answer: requests.Response, name: str) -> int | None:
    """A whole number of a header; None where there is none or it is nonsense."""
    value = answer.headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None


def _moment(value: str | None) -> str | None:
    """``Upload-Expires`` (an HTTP date) as ISO 8601 UTC, which can be sorted; None for nonsense."""
    try:
        when = email.utils.parsedate_to_datetime(value or "")
    except (TypeError, ValueError):
        return None
    when = when.replace(tzinfo=dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _offer(headers: Mapping[str, str]) -> Offer:
    def words(name: str) -> frozenset[str]:
        return frozenset(w.strip().lower() for w in headers.get(name, "").split(",") if w.strip())

    size = headers.get("Tus-Max-Size", "")
    most = int(size) if size.isascii() and size.isdigit() and int(size) > 0 else None
    return Offer(words("Tus-Extension"), most, words("Tus-Checksum-Algorithm"))
