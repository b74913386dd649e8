"""FTP and FTPS connections as deposits need them: one TLS session for both lines, nothing that hangs for ever.

RFC 959 (FTP), RFC 3659 (SIZE, REST STREAM, MLST), RFC 4217 (TLS).
"""

from __future__ import annotations

import contextlib
import ftplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable
from depositor.transfer import errors, problems, web

_TOO_MANY_S = 30.0


@dataclass(frozen=True, slots=True)
class FtpPlace:
    """Where to sign in. ``tls``: "no", "explicit" (AUTH TLS) or "implicit". ``root`` is the folder for all files.

    ``context`` checks the server's certificate; None: as the system does.
    """

    host: str
    port: int = 21
    user: str = "anonymous"
    password: str = field(default="", repr=False)
    root: str = ""
    tls: str = "no"
    context: ssl.SSLContext | None = field(default=None, repr=False)


class Wire:
    """One signed-in connection. Everything that ftplib and the network raise comes out as a DepositError."""

    def __init__(self, place: FtpPlace, timeouts: web.Timeouts) -> None:
        self._place, self._timeouts = place, timeouts
        self._guard = threading.Lock()
        self._data: socket.socket | None = None
        self._ftp: ftplib.FTP = _Secure(place) if place.tls != "no" else _Plain(encoding="utf-8")
        try:
            with self.told():
                self._sign_in()
        except DepositError:
            self.close()
            raise

    def _sign_in(self) -> None:
        ftp, place = self._ftp, self._place
        ftp.connect(place.host, place.port, timeout=self._timeouts.connect)
        assert ftp.sock is not None
        ftp.sock.settimeout(self._timeouts.idle)
        ftp.timeout = self._timeouts.idle
        _keep_alive(ftp.sock)
        ftp.login(place.user, place.password)
        if isinstance(ftp, ftplib.FTP_TLS):
            ftp.prot_p()
        ftp.voidcmd("TYPE I")
        if place.root:
            ftp.cwd(place.root)

    def command(self, line: str) -> str:
        """Send a command that needs an answer of the 2xx kind; the answer."""
        with self.told():
            return self._ftp.voidcmd(line)

    def answer(self, line: str) -> tuple[int, str]:
        """Send a command whose refusal (4xx, 5xx) is an answer too: code and words."""
        with self.told():
            try:
                words = self._ftp.sendcmd(line)
            except (ftplib.error_perm, ftplib.error_temp) as error:
                words = str(error)
                if words[:3] in ("421", "530"):
                    raise
        return int(words[:3]), words[4:]

    def store(self, line: str, blocks: Iterator[bytes], restart: int | None = None) -> None:
        """STOR or APPE over a data connection of its own; returns when the server has confirmed it."""
        with self.told():
            data = self._ftp.transfercmd(line, restart)
            with self._guard:
                self._data = data
            try:
                data.settimeout(self._timeouts.idle)
                for block in blocks:
                    data.sendall(block)
                _end(data)
            finally:
                with self._guard:
                    self._data = None
                data.close()
            self._ftp.voidresp()

    def alive(self) -> bool:
        """Ask with NOOP whether the line still stands."""
        try:
            self.command("NOOP")
        except DepositError:
            return False
        return True

    def abort(self) -> None:
        """Break off what another thread does here; the connection is of no use afterwards."""
        with self._guard:
            for line in (self._data, self._ftp.sock):
                if line is not None:
                    with contextlib.suppress(OSError):
                        socket.socket.shutdown(line, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close without ceremony: a server that hangs would hang in QUIT too."""
        with contextlib.suppress(OSError, EOFError, AttributeError):
            self._ftp.close()

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn what ftplib raises into DepositErrors."""
        host = self._place.host
        try:
            yield
        except DepositError:
            raise
        except ftplib.Error as error:
            raise _of_reply(str(error)[:3], host) from error
        except EOFError as error:
            raise Retryable(problems.dropped(host)) from error
        except (OSError, AttributeError) as error:  # AttributeError: ftplib after its socket was closed
            raise errors.of_network(error, host) from error
        except ValueError as error:  # a line break or a broken character in a name
            raise Refused(problems.name_refused(host)) from error


_Plain = ftplib.FTP


class _Secure(ftplib.FTP_TLS):
    """FTP over TLS whose data connections resume the session of the control connection, as many servers demand."""

    def __init__(self, place: FtpPlace) -> None:
        super().__init__(context=place.context or _system_context(), encoding="utf-8")
        self._implicit = place.tls == "implicit"

    def connect(self, *arguments: Any, **more: Any) -> str:
        if not self._implicit:
            return super().connect(*arguments, **more)
        self.host, self.port = arguments[0], arguments[1]
        self.timeout = more["timeout"]
        raw = socket.create_connection((self.host, self.port), self.timeout)
        self.af = raw.family
        self.sock = self.context.wrap_socket(raw, server_hostname=self.host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        data, size = _Plain.ntransfercmd(self, cmd, rest)
        if self._prot_p:  # type: ignore[attr-defined]
            try:
                session = getattr(self.sock, "session", None)
                data = self.context.wrap_socket(data, server_hostname=self.host, session=session)
            except BaseException:
                data.close()
                raise
        return data, size


def _system_context() -> ssl.SSLContext:
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _end(data: socket.socket) -> None:
    """Say that the file ends here. Some servers close first; the answer on the control line tells the truth anyway."""
    if isinstance(data, ssl.SSLSocket):
        with contextlib.suppress(OSError, ValueError):
            data.unwrap()


def _keep_alive(line: socket.socket) -> None:
    """Firewalls forget a control line that is silent for the hours of a large file."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 30)):
        if hasattr(socket, name):
            with contextlib.suppress(OSError):
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _of_reply(code: str, host: str) -> DepositError:
    """What a refusal means (RFC 959, 4.2)."""
    if code in _NEEDS_USER:
        return NeedsUser(_NEEDS_USER[code](host))
    if code in _RETRYABLE:
        return Retryable(_RETRYABLE[code](host), _TOO_MANY_S if code == "421" else None)
    if code in ("521", "550", "553"):
        return Refused(problems.name_refused(host))
    if code.startswith("4"):
        return Retryable(problems.broken(host))
    return Refused(problems.refused(host, int(code) if code.isdigit() else 500))


_NEEDS_USER = {
    "430": problems.sign_in,
    "452": problems.quota,
    "530": problems.sign_in,
    "532": problems.sign_in,
    "552": problems.quota,
}
_RETRYABLE = {
    "421": problems.busy,
    "425": problems.dropped,
    "426": problems.dropped,
    "450": problems.locked,
    "451": problems.broken,
}
