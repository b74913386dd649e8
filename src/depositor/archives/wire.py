"""How adapters speak HTTP: one session, time-outs, and errors that name the side they are on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from depositor.draft.problem import Retryable
from depositor.transfer import problems
from depositor.transfer.net import web

if TYPE_CHECKING:
    import requests

_IDLE_S = 20.0
Maker = Callable[[web.Timeouts, web.Lines], "requests.Session"]


def timeouts(settings: Mapping[str, Any]) -> web.Timeouts:
    """``connect_s`` and ``idle_s`` of the settings, in seconds; patient where they are not set."""
    patient = web.PATIENT
    connect, idle = settings.get("connect_s"), settings.get("idle_s")
    return web.Timeouts(float(connect or patient.connect), float(idle or patient.idle))


def maker(settings: Mapping[str, Any], *, local: bool = False) -> Maker:
    """How a session is made: with the proxy and certificates that the user set; ``local``: straight to this computer,
    whatever proxy the system has."""
    proxy, certificates = settings.get("proxy"), settings.get("ca_bundle")

    def make(patience: web.Timeouts, lines: web.Lines) -> requests.Session:
        if local:
            made = web.session(patience, lines)
            made.trust_env = False
            return made
        proxies = {"http": str(proxy), "https": str(proxy)} if proxy else None
        sign_in = settings.get("proxy_sign_in")
        return web.session(patience, lines, proxies, str(certificates) if certificates else True, sign_in)

    return make


class Wire:
    """Requests to one archive. ``base`` is asked for at each request, ``headers`` (sign-in) too."""

    def __init__(
        self,
        base: Callable[[], str],
        make: Maker,
        patience: web.Timeouts,
        headers: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        self._base, self._make, self._patience, self._headers = base, make, patience, headers
        self._session: requests.Session | None = None
        self._lines = web.Lines()
        self._used = 0.0

    def ask(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        data: str | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """One request with a JSON body, or with ``data`` as it is; whatever status the answer has.

        Retryable where the network failed; a question (GET) whose line broke is asked twice.
        """
        signed = {**(self._headers() if self._headers else {}), **(headers or {})}
        body = data.encode() if data is not None else None
        if content is not None:
            body = json.dumps(content, ensure_ascii=False).encode()
            signed.setdefault("Content-Type", "application/json")
        try:
            return self._once(method, path, signed, body, stream)
        except Retryable as error:
            if method != "GET" or error.problem.code != "network.dropped":
                raise
        return self._once(method, path, signed, body, stream)

    def _once(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, stream: bool
    ) -> requests.Response:
        """A line that lay idle is not used again: whoever stands between may have forgotten it without a word."""
        if time.monotonic() - self._used > _IDLE_S:
            self.close()
        if self._session is None:
            self._session = self._make(self._patience, self._lines)
        self._used = time.monotonic()
        url = self._base().rstrip("/") + path
        with web.told(url):
            return self._session.request(method, url, headers=headers, data=body, stream=stream, allow_redirects=False)

    @property
    def host(self) -> str:
        """The archive's host, for people."""
        return web.host_of(self._base())

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def json_of(answer: requests.Response, host: str) -> Any:
    """The JSON of an answer; Retryable where it is none, as when a proxy answers in the archive's place."""
    try:
        return answer.json()
    except (ValueError, UnicodeDecodeError) as error:
        html = "html" in answer.headers.get("Content-Type", "").lower()
        raise Retryable((problems.portal if html else problems.odd_answer)(host)) from error
