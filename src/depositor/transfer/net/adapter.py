"""What carries the requests of a session: sockets that can be broken off, dead addresses that cost nothing,
certificates that are always checked, proxies with a sign-in."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from depositor.transfer.net import dial

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

    from depositor.transfer.net.web import Lines, SignIn, Timeouts

_POOL = 16  # idle lines kept to one host: as many as one carrier's session can use at once, and some


def adapter(timeouts: Timeouts, lines: Lines, sign_in: SignIn | None) -> HTTPAdapter:
    """An adapter whose sockets are known to ``lines``, and whose time-out while sending is that of an idle line.

    urllib3 would keep the time-out for connecting, which is too short for a slow line and a large block.
    """
    from requests.adapters import HTTPAdapter

    pools = _pools(timeouts, lines)

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
            super().init_poolmanager(*arguments, **more)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
            manager = super().proxy_manager_for(_with_sign_in(proxy, sign_in), **more)
            manager.pool_classes_by_scheme = pools
            return manager

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            super().cert_verify(conn, url, verify or True, cert)  # type: ignore[no-untyped-call, unused-ignore]

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            return super().build_connection_pool_key_attributes(request, verify or True, cert)

        def proxy_headers(self, proxy: str) -> dict[str, str]:
            return super().proxy_headers(_with_sign_in(proxy, sign_in))

        def send(self, *arguments: Any, **more: Any) -> Any:
            if more.get("timeout") is None:
                more["timeout"] = (timeouts.connect, timeouts.idle)
            return super().send(*arguments, **more)

    return Adapter(pool_maxsize=_POOL)


def _pools(timeouts: Timeouts, lines: Lines) -> dict[str, Any]:
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _dialled(self, lines)

        def connect(self) -> None:
            super().connect()
            opened(self.sock)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _dialled(self, lines)

        def connect(self) -> None:
            super().connect()
            opened(self.sock)

    def opened(line: Any) -> None:
        line.settimeout(timeouts.idle)
        lines.add(line)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _dialled(connection: Any, lines: Lines) -> socket.socket:
    """A line to the host of an urllib3 connection, in the errors of urllib3."""
    from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

    before = lines.broken
    timeout = connection.timeout if isinstance(connection.timeout, int | float) else None
    options = [*(connection.socket_options or []), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    try:
        line = dial.connect(
            connection._dns_host,  # noqa: SLF001 - the name as urllib3 resolves it itself
            connection.port,
            timeout,
            connection.source_address,
            options,
            lambda: lines.broken != before,
        )
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "nobody answered") from error
    except OSError as error:
        raise NewConnectionError(connection, "cannot connect") from error
    lines.add(line)  # so that a handshake that hangs can be broken off, too
    return line


def _with_sign_in(proxy: str, sign_in: SignIn | None) -> str:
    """The proxy's address with user and password, where there are any and the address has none."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if sign_in is None or parts.username is not None:
        return proxy
    known = sign_in(parts.hostname or "")
    if known is None:
        return proxy
    user, password = (quote(text, safe="") for text in known)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc}"))
