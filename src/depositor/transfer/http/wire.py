"""Requests of one carrier: one session, made anew after an outage; waits that another thread can end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from depositor.draft.problem import DepositError, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.net import web
from depositor.transfer.read_ahead import Ahead

if TYPE_CHECKING:
    import requests

MakeSession = Callable[[web.Timeouts, web.Lines], "requests.Session"]
Headers = Callable[[], Mapping[str, str]]
_LARGEST_JSON = 32 << 20
_SLICE_S = 0.1


class HttpWire:
    """HTTP for one thread; :meth:`abort` may be called from any other.

    ``headers`` (sign-in) are asked for before each request to ``host``, so that a token may be renewed during a run of
    days; no other host ever sees them.
    """

    def __init__(
        self, base: str, headers: Headers | None, timeouts: web.Timeouts, session: MakeSession = web.session
    ) -> None:
        self.host = web.host_of(base)
        self._headers, self._timeouts, self._make = headers, timeouts, session
        self._lines = web.Lines()
        self._session: requests.Session | None = None
        self._origin = web.origin_of(base)

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        *,
        stream: bool = False,
    ) -> requests.Response:
        """One request and its answer, whatever its status. ``data``: a Body, bytes, or what has a length and gives
        blocks. Redirects are not followed: an upload has none, a log-in page in between has."""
        if self._session is None:
            self._session = self._make(self._timeouts, self._lines)
        sent, carried = {**self.signed(url), **(headers or {})}, _streamed(data)
        try:
            with web.told(url):
                return self._session.request(
                    method, url, headers=sent, data=carried, allow_redirects=False, stream=stream
                )
        except DepositError as error:
            if error.problem.code.startswith("network."):
                self.close()  # addresses, proxies and lines may be others when it works again
            raise
        finally:
            if isinstance(carried, Ahead):
                carried.close()

    def signed(self, url: str) -> Mapping[str, str]:
        """The sign-in, for the archive's own host alone, and never on an open line where the archive's is closed."""
        if self._headers is None or web.origin_of(url) != self._origin:
            return {}
        return self._headers()

    def moved(self, base: str) -> None:
        """The same archive, at another port, or over TLS: the sign-in goes there now, and to the old place no more."""
        self._origin = web.origin_of(base)

    def must(self, answer: requests.Response, *fine: int) -> None:
        """Raise what any other status means."""
        if answer.status_code not in fine:
            raise errors.of_status(answer.status_code, self.host, errors.retry_after(answer.headers))

    def json(self, method: str, url: str, fine: tuple[int, ...], content: Any = None) -> Any:
        """A call that answers JSON; None where the answer has no body. Raises what any status but ``fine`` means."""
        headers = {"Accept": "application/json"}
        headers |= {} if content is None else {"Content-Type": "application/json"}
        data = None if content is None else json.dumps(content, ensure_ascii=False).encode()
        answer = self.ask(method, url, headers, data)
        self.must(answer, *fine)
        return read_json(answer, self.host)

    def watch(self) -> Watch:
        """For long work and waits that are no request: it notices :meth:`abort` from now on."""
        return Watch(self._lines, self.host)

    def abort(self) -> None:
        """Break off what is under way."""
        self._lines.abort()

    def close(self) -> None:
        """Let go of all lines; the next request opens new ones."""
        if self._session is not None:
            self._session.close()
            self._session = None


class Watch:
    """Notices that somebody broke off what one carrier does."""

    def __init__(self, lines: web.Lines, host: str) -> None:
        self._lines, self._host, self._before = lines, host, lines.broken

    def check(self) -> None:
        """Retryable where it was broken off."""
        if self._lines.broken != self._before:
            raise Retryable(problems.dropped(self._host))

    def wait(self, seconds: float) -> None:
        """Wait; Retryable at once where it is broken off meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _SLICE_S))
        self.check()


def read_json(answer: requests.Response, host: str) -> Any:
    """The content of an answer; None where it is empty. A web page in place of it is told as what it is."""
    if not answer.content:
        return None
    if len(answer.content) > _LARGEST_JSON:
        raise Retryable(problems.odd_answer(host))
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        page = "html" in answer.headers.get("Content-Type", "").lower()
        raise Retryable(problems.portal(host) if page else problems.odd_answer(host)) from None


def _streamed(data: Any) -> Any:
    """A Body goes in blocks; an empty one as nothing, which requests would send in chunks."""
    if data is None or isinstance(data, bytes):
        return data
    if not len(data):
        return b""
    return data if hasattr(data, "__iter__") else Ahead(data)
