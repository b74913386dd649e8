"""One way to make an HTTP session: the system's certificates, time-outs, our name, no surprises from ``.netrc``.

Archives use it too. ``requests`` is imported when the first session is made. Certificates are always checked: there is
no way to switch that off. Body and head of a small request leave in one piece each; buffers of the sockets are left to
the system, which fits them to the line (a size set by hand would end that).
"""

from __future__ import annotations

import base64
import contextlib
import platform
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import depositor
from depositor.draft.problem import DepositError, NeedsUser, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.net import portal
from depositor.transfer.net import proxy as net_proxy
from depositor.transfer.ports import Body

if TYPE_CHECKING:
    import requests

SignIn = Callable[[str], tuple[str, str] | None]  # host of a proxy -> user and password
_BLOCK = 256 << 10
_MOST_ANSWER = 64 << 20  # bytes that are read of an answer; those that stream files are not concerned
_MOST_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``connect`` until the line stands; ``idle`` without any byte moving. There is no limit for the whole."""

    connect: float = 15.0
    idle: float = 60.0


PATIENT = Timeouts()


class Lines:
    """The sockets of one session that are open, so that another thread can break off what hangs in them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._open: list[socket.socket] = []
        self.broken = 0  # how often :meth:`abort` was called

    def add(self, line: socket.socket) -> None:
        with self._guard:
            self._open = [s for s in self._open if s.fileno() >= 0]
            self._open.append(line)

    def abort(self) -> None:
        """Shut all of them down: whoever reads or writes there fails at once."""
        with self._guard:
            self.broken += 1
            for line in self._open:
                with contextlib.suppress(OSError, ValueError, TypeError):  # TLS inside TLS is no socket
                    socket.socket.shutdown(line, socket.SHUT_RDWR)
            self._open.clear()


def session(
    timeouts: Timeouts = PATIENT,
    lines: Lines | None = None,
    proxies: Mapping[str, str] | None = None,
    verify: str | Literal[True] = True,
    sign_in: SignIn | None = None,
) -> requests.Session:
    """A session with time-outs of its own. Proxies come from the system's environment, or from ``proxies``.

    Certificates are checked by the system's own store; ``verify`` may name a file with more of them that are trusted
    too. ``sign_in`` gives user and password for a proxy (asked with its host), which no setting holds.
    """
    from depositor.transfer.net.adapter import adapter

    if not verify:
        raise ValueError("certificates are always checked")
    _trust_the_system()
    made = _session_class()()
    made.auth = _no_netrc
    made.headers["User-Agent"] = f"Depositor/{depositor.__version__} ({platform.system()})"
    made.proxies.update(proxies or {})
    made.verify = verify
    made.max_redirects = _MOST_REDIRECTS
    made.hooks["response"] += [portal.look, _bounded]
    carries = adapter(timeouts, lines or Lines(), sign_in)
    made.mount("https://", carries)
    made.mount("http://", carries)
    return made


def host_of(url: str) -> str:
    """The host of an address, for people."""
    return urlsplit(url).hostname or url


def origin_of(url: str) -> tuple[str, str, int]:
    """(scheme, host, port): what must agree before a sign-in is sent. ValueError for a port that is none."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or usual


@contextlib.contextmanager
def told(url: str) -> Iterator[None]:
    """Turn what the network raises inside into a DepositError that names the host of ``url``."""
    import requests

    try:
        yield
    except DepositError:
        raise
    except (requests.RequestException, OSError) as error:
        if _asks_proxy_sign_in(error):
            raise NeedsUser(http_problems.proxy_sign_in(host_of(url))) from error
        raise errors.of_network(error, host_of(url)) from error


def _asks_proxy_sign_in(error: BaseException) -> bool:
    """A proxy that refuses to connect us to a secure server is told by urllib3 in words alone."""
    link: BaseException | None = error
    while link is not None:
        if any("407 " in str(argument) and "unnel" in str(argument) for argument in link.args):
            return True
        link = link.__cause__ or link.__context__
    return False


def stream(body: Body) -> Any:
    """``body`` in a form that requests sends with its length and in large blocks (a file would go in small ones)."""
    return _Blocks(body)


def repr_digest(headers: Mapping[str, str]) -> dict[str, str]:
    """``{"sha256": hex}`` out of ``Repr-Digest: sha-256=:base64:`` (RFC 9530, 3); empty where there is none."""
    for item in headers.get("Repr-Digest", "").split(","):
        name, _, rest = item.strip().partition("=:")
        if name.lower() == "sha-256" and rest.endswith(":"):
            with contextlib.suppress(ValueError):
                return {"sha256": base64.b64decode(rest[:-1], validate=True).hex()}
    return {}


class _Blocks:
    def __init__(self, body: Body) -> None:
        self._body = body

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._body.read(_BLOCK), b"")


def _bounded(answer: requests.Response, *_: object, stream: bool = False, **__: object) -> None:
    """Read an answer that is wanted whole, up to a size that no honest one has: Retryable beyond that."""
    if stream:
        return
    blocks, size = [], 0
    for block in answer.iter_content(64 << 10):
        blocks.append(block)
        size += len(block)
        if size > _MOST_ANSWER:
            answer.close()
            raise Retryable(problems.odd_answer(host_of(str(answer.url))))
    answer._content = b"".join(blocks)  # noqa: SLF001 - where requests keeps what it has read


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Requests looks into ``.netrc`` for hosts without credentials; passwords come from the user's key store alone."""
    return request


_trust = threading.Lock()
_trusted = False


def _trust_the_system() -> None:
    """Check certificates as the system does, so that those of an institute's IT are known (user needs F4, F5)."""
    global _trusted
    with _trust:
        if not _trusted:
            import truststore

            truststore.inject_into_ssl()
            _trusted = True


def _session_class() -> type[requests.Session]:
    """A session that looks up the system's proxies once per host: requests reads the whole environment for each
    request, which costs a tenth of the time that a small file takes. After an outage it looks again, and lets go of
    lines that may be dead: the computer may have moved to another network."""
    import requests

    class Remembering(requests.Session):
        def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
            try:
                return super().send(request, **more)
            except (requests.ConnectionError, requests.Timeout):
                self.__dict__.pop("_depositor_known", None)
                for adapter in set(self.adapters.values()):
                    adapter.close()  # lines only; the next request opens new ones
                raise

        def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
            if proxies or verify is not None or cert is not None:
                return super().merge_environment_settings(url, proxies, stream, verify, cert)
            known: dict[Any, Any] = self.__dict__.setdefault("_depositor_known", {})
            place = urlsplit(url)[:2]
            if place not in known:
                # What the user set here counts more than what the environment says.
                own = self.verify if isinstance(self.verify, str) else None
                found = super().merge_environment_settings(url, {}, None, own, None)
                known[place] = {**found, "proxies": _proxies(url, self.proxies)} if self.trust_env else found
            return {**known[place], "proxies": dict(known[place]["proxies"]), "stream": bool(stream)}

    return Remembering


def _proxies(url: str, own: Mapping[str, str]) -> dict[str, str]:
    """The proxy for ``url`` as the test of the way tells it too. Requests would let the environment's count more than
    the one that was set here, and would not heed ``NO_PROXY`` for that."""
    scheme = urlsplit(url).scheme
    found = net_proxy.choose(url, own.get(scheme, ""))
    return {scheme: found.address} if found.address else {}
