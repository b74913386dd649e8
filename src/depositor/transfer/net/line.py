"""Knocking at a port: one line to one address, straight or through a proxy, and what came of it."""

from __future__ import annotations

import base64
import contextlib
import errno
import select
import socket
import ssl
import time
from dataclasses import dataclass, field
from enum import StrEnum

from depositor.draft.cancel import Cancel
from depositor.transfer.net.proxy import Choice
from depositor.transfer.net.wait import stopped

LONGEST_S = 6.0
_SLICE_S = 0.05
_MOST_HEAD = 16 << 10
_WORKING = frozenset(
    {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN, errno.EALREADY, getattr(errno, "WSAEWOULDBLOCK", -1)}
)


class Knocked(StrEnum):
    """What came of it."""

    OPEN = "open"
    REFUSED = "refused"  # told at once that nobody listens there, or that one may not
    SILENT = "silent"  # no answer at all: what a firewall that drops packets does
    RESET = "reset"  # taken, and broken off at once
    UNREACHABLE = "unreachable"  # a router, or this computer, knows no way
    BLOCKED = "blocked"  # this computer itself forbids it


_KINDS = {
    **dict.fromkeys((errno.ECONNREFUSED, 10061), Knocked.REFUSED),
    **dict.fromkeys((errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, 10053, 10054), Knocked.RESET),
    **dict.fromkeys((errno.ETIMEDOUT, 10060), Knocked.SILENT),
    **dict.fromkeys((errno.EACCES, errno.EPERM, 10013), Knocked.BLOCKED),
}


@dataclass(frozen=True, slots=True)
class Knock:
    """One try at one address."""

    address: str
    came: Knocked
    seconds: float


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    """What a proxy said to CONNECT: status, the ways to sign in that it offers (407), and its first line."""

    status: int
    schemes: tuple[str, ...] = ()
    line: socket.socket | None = field(default=None, repr=False, compare=False)


def knock(address: str, port: int, cancel: Cancel, seconds: float = LONGEST_S) -> Knock:
    """Open a line to one address and close it again."""
    began = time.monotonic()
    try:
        connect(address, port, cancel, seconds).close()
        came = Knocked.OPEN
    except OSError as error:
        came = meaning(error)
    return Knock(address, came, time.monotonic() - began)


def meaning(error: OSError) -> Knocked:
    """What a failed connection means."""
    if isinstance(error, TimeoutError):
        return Knocked.SILENT
    return _KINDS.get(error.errno or 0, Knocked.UNREACHABLE)


def connect(address: str, port: int, cancel: Cancel, seconds: float = LONGEST_S) -> socket.socket:
    """A line to one address; OSError (TimeoutError when time is up), Stopped as soon as cancelled."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.setblocking(False)
        _must(line.connect_ex((address, port)), _WORKING)
        _wait(line, cancel, time.monotonic() + seconds)
        _must(line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), frozenset())
        line.settimeout(seconds)
    except BaseException:
        line.close()
        raise
    return line


def _must(code: int, fine: frozenset[int]) -> None:
    if code and code not in fine:
        raise OSError(code, "connect")


def _wait(line: socket.socket, cancel: Cancel, end: float) -> None:
    while True:
        _, ready, odd = select.select((), (line,), (line,), _SLICE_S)
        if ready or odd:
            return
        if cancel:
            raise stopped()
        if time.monotonic() >= end:
            raise TimeoutError


def connect_any(addresses: tuple[str, ...], port: int, cancel: Cancel, seconds: float = LONGEST_S) -> socket.socket:
    """A line to the first address that takes one; the error of the last where none does."""
    last: OSError = OSError(errno.EHOSTUNREACH, "connect")
    for address in addresses:
        try:
            return connect(address, port, cancel, seconds)
        except OSError as error:
            last = error
    raise last


def through(line: socket.socket, proxy: Choice, host: str, port: int) -> ProxyAnswer:
    """Ask the proxy at the other end of ``line`` for a way to ``host`` (RFC 9110, 9.3.6). The answer holds the line
    where it agreed; else the line is closed."""
    if proxy.scheme == "https":
        import truststore

        line = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(line, server_hostname=proxy.host)
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    asked = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.credentials:
        secret = base64.b64encode(":".join(proxy.credentials).encode()).decode("ascii")
        asked.append(f"Proxy-Authorization: Basic {secret}")
    try:
        line.sendall("\r\n".join([*asked, "", ""]).encode("idna" if not target.isascii() else "ascii"))
        status, headers = _head(line)
    except BaseException:
        line.close()
        raise
    if status == 200:
        return ProxyAnswer(status, line=line)
    line.close()
    offers = (v for k, v in headers if k == "proxy-authenticate")
    return ProxyAnswer(status, tuple(dict.fromkeys(v.split()[0].rstrip(",") for v in offers if v.split())))


def greeting(line: socket.socket, seconds: float) -> bytes:
    """The first line that a server says by itself (FTP, SSH); empty where it says nothing in time."""
    found = b""
    line.settimeout(seconds)
    with contextlib.suppress(OSError):
        while b"\n" not in found and len(found) < 512:
            block = line.recv(256)
            if not block:
                break
            found += block
    return found.partition(b"\n")[0].strip()


def _head(line: socket.socket) -> tuple[int, list[tuple[str, str]]]:
    found = b""
    while b"\r\n\r\n" not in found and len(found) < _MOST_HEAD:
        block = line.recv(4096)
        if not block:
            raise ConnectionResetError(errno.ECONNRESET, "proxy")
        found += block
    first, *rest = found.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = first.split()
    status = int(words[1]) if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit() else 0
    pairs = (row.partition(":") for row in rest)
    return status, [(k.strip().lower(), v.strip()) for k, _, v in pairs]
