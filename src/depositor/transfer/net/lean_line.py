"""HTTP/1.1 on one kept connection with as little ado as it takes: for a file of a few kilobytes ``requests`` needs more
processor time than reading, summing and signing it together.

The session still opens the connection (certificates, proxies, addresses, time-outs are its business); where a proxy
lies between, the session also speaks.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from depositor.draft.problem import Retryable
from depositor.transfer import problems
from depositor.transfer.ports import Body
from depositor.transfer.s3.place import Address

if TYPE_CHECKING:
    import requests

BLOCK = 256 << 10
_MOST_HEAD = 64 << 10
_MOST_CONTENT = 64 << 20  # a list of 1,000 parts has half a megabyte


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; the names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Sendable(Protocol):
    """What passes as a body that is not in memory: its length, and its bytes in blocks."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


class Line(Protocol):
    """One request after the other. Raises what sockets and TLS raise, and Retryable for what is no HTTP."""

    heard: bool  # whether any byte of the last answer came

    def exchange(
        self, method: str, address: Address, headers: Mapping[str, str], data: bytes | Sendable, patience: float
    ) -> Reply:
        """``patience``: so many seconds of silence are borne before the answer, where that is more than usual."""
        ...

    def stale(self) -> bool:
        """The other side has hung up meanwhile."""
        ...

    def close(self) -> None: ...


def opened(session: requests.Session, address: Address, connect_s: float) -> Line:
    """A line to the host of ``address``, connected within so many seconds where no proxy lies between."""
    import requests.utils

    url = address.url
    chosen = session.merge_environment_settings(url, {}, None, None, None)
    if requests.utils.select_proxy(url, chosen["proxies"]):
        return SessionLine(session)
    request = session.prepare_request(requests.Request("GET", address.origin))
    adapter: Any = session.get_adapter(url)
    pool = adapter.get_connection_with_tls_context(request, chosen["verify"], proxies={}, cert=chosen["cert"])
    adapter.cert_verify(pool, url, chosen["verify"], chosen["cert"])
    connection = pool._new_conn()  # noqa: SLF001 - the one way to a connection with all that the session knows
    connection.timeout = connect_s
    connection.connect()
    return DirectLine(connection, str(session.headers.get("User-Agent", "")))


class SessionLine:
    """Through a proxy, as ``requests`` does it."""

    heard = True

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def exchange(
        self, method: str, address: Address, headers: Mapping[str, str], data: bytes | Sendable, patience: float
    ) -> Reply:
        got = self._session.request(
            method, address.url, headers=dict(headers), data=data if len(data) else b"", allow_redirects=False
        )
        return Reply(got.status_code, {k.lower(): v for k, v in got.headers.items()}, got.content)

    def stale(self) -> bool:
        return False

    def close(self) -> None:
        """The session is closed by who made it."""


class DirectLine:
    """A connected connection of urllib3, on which requests are written and answers read."""

    def __init__(self, connection: Any, agent: str) -> None:
        self._connection, self._agent = connection, agent
        self._socket: socket.socket = connection.sock
        self._watched = not isinstance(self._socket, ssl.SSLSocket)  # a TLS ticket is no answer
        self._rest = b""
        self.heard = False
        self._closed = False

    def exchange(
        self, method: str, address: Address, headers: Mapping[str, str], data: bytes | Sendable, patience: float
    ) -> Reply:
        self.heard, self._rest = False, b""
        head = self._head(method, address, headers, len(data))
        whole = self._sent(head, data)
        reply = self._received(method, address, patience)
        if not whole:
            self.close()
        return reply

    def stale(self) -> bool:
        return self._closed or (_readable(self._socket) and not self._just_tls())

    def _just_tls(self) -> bool:
        """There are bytes, but none for us: a ticket for the next handshake, which reading takes in."""
        if self._watched:
            return False
        usual = self._socket.gettimeout()
        try:
            self._socket.settimeout(0.0)
            self._socket.recv(1)  # the end, or an answer that nobody asked for
            return False
        except ssl.SSLWantReadError:
            return True
        except OSError:
            return False
        finally:
            self._socket.settimeout(usual)

    def close(self) -> None:
        self._closed = True
        self._connection.close()

    # --- there -----------------------------------------------------------------------------------------------------

    def _head(self, method: str, address: Address, headers: Mapping[str, str], length: int) -> bytes:
        lines = [f"{method} {address.target} HTTP/1.1", f"Host: {address.host}", f"User-Agent: {self._agent}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if length or method in ("PUT", "POST"):
            lines.append(f"Content-Length: {length}")
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
            raise ValueError("a header of several lines")
        return f"{text}\r\n\r\n".encode("latin-1")

    def _sent(self, head: bytes, data: bytes | Sendable) -> bool:
        """Whether all went out. A server that answers before it has everything is listened to."""
        if isinstance(data, bytes):
            self._socket.sendall(head + data if len(data) <= BLOCK else head)
            if len(data) > BLOCK:
                self._socket.sendall(data)
            return True
        try:
            self._socket.sendall(head)
            for block in data:
                if self._watched and _readable(self._socket):
                    return False
                self._socket.sendall(block)
        except (BrokenPipeError, ConnectionResetError):
            self._more()  # raises where there is nothing to hear
            return False
        return True

    # --- and back --------------------------------------------------------------------------------------------------

    def _received(self, method: str, address: Address, patience: float) -> Reply:
        usual = self._socket.gettimeout()
        if usual is not None and patience > usual:
            self._socket.settimeout(patience)
        try:
            status, version, headers = self._answer_head(address.host)
            none = method == "HEAD" or status in (204, 304)
            content = b"" if none else self._content(headers)
        finally:
            if patience > (usual or patience) and not self._closed:
                self._socket.settimeout(usual)
        if version == "HTTP/1.0" or headers.get("connection", "").lower() == "close" or self._rest:
            self.close()  # what came behind the answer belongs to nothing that was asked
        return Reply(status, headers, content)

    def _answer_head(self, host: str) -> tuple[int, str, dict[str, str]]:
        while True:
            while (end := self._rest.find(b"\r\n\r\n")) < 0:
                if len(self._rest) > _MOST_HEAD or not b"HTTP/1.".startswith(self._rest[:7]):
                    raise Retryable(problems.odd_answer(host))
                self._more()
            text = self._rest[:end].decode("latin-1")
            self._rest = self._rest[end + 4 :]
            first, *lines = text.split("\r\n")
            version, _, rest = first.partition(" ")
            if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
                raise Retryable(problems.odd_answer(host))
            if (status := int(rest[:3])) >= 200:
                pairs = (line.partition(":") for line in lines)
                return status, version, {name.lower(): value.strip() for name, _, value in pairs}

    def _content(self, headers: Mapping[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks())
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit():
            return self._take(int(length))
        found = [self._rest]
        while sum(map(len, found)) <= _MOST_CONTENT and (block := self._socket.recv(BLOCK)):
            found.append(block)
        self.close()
        return b"".join(found)

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            text = self._text_line().partition(b";")[0].strip()
            if not text or text.strip(b"0123456789abcdefABCDEF"):
                raise ConnectionError("no length of a piece")
            size = int(text, 16)
            total += size
            if total > _MOST_CONTENT:
                raise ConnectionError("an endless answer")
            if size == 0:
                break
            yield self._take(size)
            self._text_line()
        while self._text_line():
            pass

    def _text_line(self) -> bytes:
        while (end := self._rest.find(b"\r\n")) < 0:
            if len(self._rest) > _MOST_HEAD:
                raise ConnectionError("an endless line")
            self._more()
        line, self._rest = self._rest[:end], self._rest[end + 2 :]
        return line

    def _take(self, count: int) -> bytes:
        if count > _MOST_CONTENT:
            raise ConnectionError("an endless answer")
        found, have = [self._rest], len(self._rest)
        while have < count:
            self._rest = b""
            self._more()
            found.append(self._rest)
            have += len(self._rest)
        whole = b"".join(found)
        self._rest = whole[count:]
        return whole[:count]

    def _more(self) -> None:
        block = self._socket.recv(65_536)
        if not block:
            raise ConnectionResetError("closed before the answer was whole")
        self.heard = True
        self._rest += block


class Streamed:
    """A body as it is, in blocks."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._body.read(BLOCK), b"")


def whole(body: Body) -> bytes | Streamed:
    """A body of one block as bytes, which go out together with the head; a longer one in blocks."""
    if len(body) > BLOCK:
        return Streamed(body)
    return b"".join(Streamed(body))


def _readable(line: socket.socket) -> bool:
    from urllib3.util import wait_for_read

    return bool(wait_for_read(line, timeout=0.0))
