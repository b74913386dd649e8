"""The two lines of FTP, control and data: plain or in one TLS session, passive through firewalls.

RFC 2428 (EPSV), RFC 4217 (TLS). What a PASV answer says of the address is not believed: behind address translation it
is a private one, and a malicious server could point elsewhere.
"""

from __future__ import annotations

import contextlib
import ftplib
import socket
import ssl
import sys
from dataclasses import dataclass, field
from typing import Any

_EPSV_S = 5.0  # some firewalls know EPSV not for IPv4, and let nothing through to its port


@dataclass(frozen=True, slots=True)
class FtpPlace:
    """Where to sign in. ``tls``: "no", "explicit" (AUTH TLS) or "implicit" (port 990). ``root`` is the folder for all
    files.

    ``context`` checks the server's certificate; None: as the system does.
    """

    host: str
    port: int = 21
    user: str = "anonymous"
    password: str = field(default="", repr=False)
    root: str = ""
    tls: str = "no"
    context: ssl.SSLContext | None = field(default=None, repr=False)


def lines_for(place: FtpPlace) -> ftplib.FTP:
    """Not connected yet."""
    return _Secure(place) if place.tls != "no" else _Passive(encoding="utf-8")


class _Passive(ftplib.FTP):
    """Asks for data lines by EPSV, by PASV where the server or a firewall on the way does not know that."""

    _extended = True

    def connect(self, *arguments: Any, **more: Any) -> str:
        welcome = super().connect(*arguments, **more)
        prepared(self.sock)
        return welcome

    def makepasv(self) -> tuple[str, int]:
        assert self.sock is not None
        if self._extended:
            try:
                return ftplib.parse229(self.sendcmd("EPSV"), self.sock.getpeername())  # noqa: S321 - FTP it is
            except (ftplib.error_perm, ftplib.error_proto, ftplib.error_reply):
                if self.af != socket.AF_INET:
                    raise
                self._extended = False
        _, port = ftplib.parse227(self.sendcmd("PASV"))  # noqa: S321
        return self.sock.getpeername()[0], port

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        data = self._called()
        try:
            if rest is not None:
                self.sendcmd(f"REST {rest}")
            answer = self.sendcmd(cmd)
            if answer[0] == "2":  # some say yes twice
                answer = self.getresp()
            if answer[0] != "1":
                raise ftplib.error_reply(answer)  # noqa: S321, TRY301
            return self._wrapped(data), None
        except BaseException:
            data.close()
            raise

    def _called(self) -> socket.socket:
        host, port = self.makepasv()
        doubtful = self._extended and self.af == socket.AF_INET
        timeout = self.timeout if self.timeout is not None else _EPSV_S
        try:
            data = socket.create_connection((host, port), min(timeout, _EPSV_S) if doubtful else timeout)
        except OSError:
            if not doubtful:
                raise
            self._extended = False
            data = socket.create_connection(self.makepasv(), timeout)
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return data

    def _wrapped(self, data: socket.socket) -> socket.socket:
        return data


class _Secure(_Passive, ftplib.FTP_TLS):
    """FTP over TLS whose data lines resume the session of the control line, as many servers demand: it proves that
    the same client opened both. Under TLS 1.3 the ticket comes after the handshake, so that it is taken anew each
    time."""

    def __init__(self, place: FtpPlace) -> None:
        super().__init__(context=place.context or _system_context(), encoding="utf-8")
        self._implicit = place.tls == "implicit"

    def connect(self, *arguments: Any, **more: Any) -> str:
        if not self._implicit:
            return super().connect(*arguments, **more)
        self.host, self.port = arguments[0], arguments[1]
        self.timeout = more["timeout"]
        raw = socket.create_connection((self.host, self.port), self.timeout)
        prepared(raw)
        self.af = raw.family
        self.sock = self.context.wrap_socket(raw, server_hostname=self.host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        return _Passive.ntransfercmd(self, cmd, rest)

    def _wrapped(self, data: socket.socket) -> socket.socket:
        if not self._prot_p:  # type: ignore[attr-defined]
            return data
        session = getattr(self.sock, "session", None)
        return self.context.wrap_socket(data, server_hostname=self.host, session=session)


def _system_context() -> ssl.SSLContext:
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def prepared(line: socket.socket | None) -> None:
    """Firewalls forget a silent line; and commands go at once."""
    if line is None:
        return
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 30)):
        if hasattr(socket, name):
            with contextlib.suppress(OSError):
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def hear_at_once(line: socket.socket | None) -> None:
    """Acknowledge what was heard now: a server that gathers its small answers would wait 40 ms for that (Linux)."""
    if line is not None and sys.platform == "linux":
        with contextlib.suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
