"""One polite question to a service: within a time limit, of limited size, broken off when nobody waits any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import DepositError, Problem, Refused, Retryable, Side, Stopped
from depositor.session.lookups import troubles

LIMIT_S = 3.0  # for all requests of one look-up together
MOST_BYTES = 2 << 20
_SLICE_S = 0.05
_REDIRECTS = 2
_BLOCK = 64 << 10
_PAUSE_S = 0.3  # before the one repetition where the service does not say how long to wait


class Budget:
    """The time that one look-up may take in all."""

    def __init__(self, seconds: float = LIMIT_S) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(self._end - time.monotonic(), 0.0)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``etag`` names this version of it; ``after`` are the seconds to wait that it asks for."""

    status: int
    body: bytes
    kind: str = ""
    etag: str = ""
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """How this computer reaches the world, and who asks (``contact`` is an e-mail address, or nothing)."""

    proxy: str = ""
    certificates: str = ""
    contact: str = ""


@dataclass
class _Call:
    reply: Reply | None = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Wire:
    """Asks services. At most two requests run at a time, and a host that asked for a pause gets it."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._lanes = threading.BoundedSemaphore(2)
        self._rests: dict[str, float] = {}

    def get(self, name: str, url: str, headers: Mapping[str, str], budget: Budget, cancel: Cancel) -> Reply:
        """The answer to a GET, of whatever status below 500 but 429; raises DepositErrors that name the service.

        A busy or failing service is asked once more if the time allows it.
        """
        host = urlsplit(url).netloc
        for last in (False, True):
            reply = self._once(name, host, url, headers, budget, cancel)
            if reply.status != 429 and reply.status < 500:
                return reply
            wait = reply.after if reply.after is not None else _PAUSE_S
            if reply.after is not None:
                self._rests[host] = time.monotonic() + reply.after
            if last or wait >= budget.left:
                break
            if cancel.wait(wait):
                raise Stopped(_stopped())
        kind = troubles.busy if reply.status in (429, 503) else troubles.broken
        raise Retryable(kind(name), reply.after)

    def _once(
        self, name: str, host: str, url: str, headers: Mapping[str, str], budget: Budget, cancel: Cancel
    ) -> Reply:
        rest = self._rests.get(host, 0.0) - time.monotonic()
        if budget.left <= 0:
            raise Retryable(troubles.slow(name))
        if rest > budget.left:
            raise Retryable(troubles.busy(name), rest)
        if not self._lanes.acquire(timeout=budget.left):
            raise Retryable(troubles.slow(name))
        try:
            return self._watched(name, url, headers, budget, cancel)
        finally:
            self._lanes.release()

    def _watched(self, name: str, url: str, headers: Mapping[str, str], budget: Budget, cancel: Cancel) -> Reply:
        """Run the request in a thread that is left alone when time is up: finding an address cannot be stopped."""
        from depositor.transfer.net.web import Lines

        lines, call = Lines(), _Call()
        work = threading.Thread(target=self._perform, args=(name, url, headers, lines, call), daemon=True)
        work.start()
        while not call.done.wait(min(_SLICE_S, budget.left)):
            if cancel or budget.left <= 0:
                lines.abort()
                raise Stopped(_stopped()) if cancel else Retryable(troubles.slow(name))
        if call.reply is None:
            raise _meaning(call.error, name) from call.error
        return call.reply

    def _perform(self, name: str, url: str, headers: Mapping[str, str], lines: Any, call: _Call) -> None:
        from depositor.transfer.net import web

        try:
            proxies = {"http": self._route.proxy, "https": self._route.proxy} if self._route.proxy else None
            timeouts = web.Timeouts(LIMIT_S, LIMIT_S)
            with web.session(timeouts, lines, proxies, self._route.certificates or True) as session:
                session.headers.update({"User-Agent": user_agent(self._route.contact), **headers})
                call.reply = _fetch(session, name, url)
        except Retryable as error:
            portal = error.problem.code == "network.portal"  # told by the session, which knows such pages
            call.error = Retryable(troubles.portal(name)) if portal else error
        except Exception as error:
            call.error = error
        finally:
            call.done.set()


def user_agent(contact: str = "") -> str:
    """Who asks: program and version, and where the user agreed, whom to write to."""
    import platform

    from depositor import __version__

    mail = f"; mailto:{contact}" if contact else ""
    return f"Depositor/{__version__} ({platform.system()}{mail})"


def _fetch(session: Any, name: str, url: str) -> Reply:
    """Follow redirects within the same host only: no host is asked that is not in the list of hosts."""
    from depositor.transfer.errors import retry_after

    for _ in range(_REDIRECTS + 1):
        with session.get(url, stream=True, allow_redirects=False) as answer:
            if 300 <= answer.status_code < 400 and answer.status_code != 304:
                target = urljoin(url, answer.headers.get("Location", ""))
                if urlsplit(target)[:2] != urlsplit(url)[:2]:
                    raise Retryable(troubles.portal(name))
                url = target
                continue
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            after, etag = retry_after(answer.headers), answer.headers.get("ETag", "")
            return Reply(answer.status_code, _body(answer, name), kind, etag[:200], after)
    raise Refused(troubles.odd(name))


def _body(answer: Any, name: str) -> bytes:
    body = bytearray()
    for block in answer.iter_content(_BLOCK):
        body += block
        if len(body) > MOST_BYTES:
            raise Refused(troubles.odd(name))
    return bytes(body)


def _meaning(error: BaseException | None, name: str) -> DepositError:
    """A line that broke, a name that is not found, a certificate that does not fit."""
    from depositor.transfer import errors

    if isinstance(error, DepositError):
        return error
    found = errors.of_network(error or OSError(), name).problem
    if found.code == "network.silent":
        return Retryable(troubles.slow(name))
    untrusted = found.code in ("network.certificate", "network.tls")
    return Retryable(troubles.untrusted(name) if untrusted else troubles.no_way(name))


def _stopped() -> Problem:
    words = msg("lookup.stopped", "The look-up was stopped.")
    return Problem("lookup.stopped", Side.COMPUTER, words, words)
