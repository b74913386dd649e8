"""One way to make an HTTP session: the system's certificates, time-outs, our name, no surprises from ``.netrc``.

Archives use it too. ``requests`` is imported when the first session is made.
"""

from __future__ import annotations

import base64
import contextlib
import platform
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import depositor
from depositor.draft.problem import DepositError
from depositor.transfer import errors
from depositor.transfer.ports import Body

if TYPE_CHECKING:
    import requests

_BLOCK = 256 << 10


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

    def add(self, line: socket.socket) -> None:
        with self._guard:
            self._open = [s for s in self._open if s.fileno() >= 0]
            self._open.append(line)

    def abort(self) -> None:
        """Shut all of them down: whoever reads or writes there fails at once."""
        with self._guard:
            for line in self._open:
                with contextlib.suppress(OSError, ValueError, TypeError):  # TLS inside TLS is no socket
                    socket.socket.shutdown(line, socket.SHUT_RDWR)
            self._open.clear()


def session(
    timeouts: Timeouts = PATIENT,
    lines: Lines | None = None,
    proxies: Mapping[str, str] | None = None,
    verify: str | bool = True,
) -> requests.Session:
    """A session with time-outs of its own. Proxies come from the system's environment, or from ``proxies``.

    ``verify`` may name a file with certificates; certificates are checked by the system's own store otherwise.
    """
    _trust_the_system()
    made = _session_class()()
    made.auth = _no_netrc
    made.headers["User-Agent"] = f"Depositor/{depositor.__version__} ({platform.system()})"
    made.proxies.update(proxies or {})
    made.verify = verify
    adapter = _adapter(timeouts, lines or Lines())
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


def host_of(url: str) -> str:
    """The host of an address, for people."""
    return urlsplit(url).hostname or url


@contextlib.contextmanager
def told(url: str) -> Iterator[None]:
    """Turn what the network raises inside into a DepositError that names the host of ``url``."""
    import requests

    try:
        yield
    except DepositError:
        raise
    except (requests.RequestException, OSError) as error:
        raise errors.of_network(error, host_of(url)) from error


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
    request, which costs a tenth of the time that a small file takes."""
    import requests

    class Remembering(requests.Session):
        def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
            if proxies or verify is not None or cert is not None:
                return super().merge_environment_settings(url, proxies, stream, verify, cert)
            known: dict[Any, Any] = self.__dict__.setdefault("_depositor_known", {})
            place = urlsplit(url)[:2]
            if place not in known:
                known[place] = super().merge_environment_settings(url, {}, None, None, None)
            return {**known[place], "proxies": dict(known[place]["proxies"]), "stream": bool(stream)}

    return Remembering


def _adapter(timeouts: Timeouts, lines: Lines) -> Any:
    """An adapter whose sockets are known to ``lines``, and whose time-out while sending is that of an idle line.

    urllib3 would keep the time-out for connecting, which is too short for a slow line and a large block.
    """
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            _opened(self.sock)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            _opened(self.sock)

    def _opened(line: Any) -> None:
        line.settimeout(timeouts.idle)
        lines.add(line)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
            super().init_poolmanager(*arguments, **more)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

        def proxy_manager_for(self, *arguments: Any, **more: Any) -> Any:
            manager = super().proxy_manager_for(*arguments, **more)
            manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
            return manager

        def send(self, *arguments: Any, **more: Any) -> Any:
            if more.get("timeout") is None:
                more["timeout"] = (timeouts.connect, timeouts.idle)
            return super().send(*arguments, **more)

    return Adapter()
