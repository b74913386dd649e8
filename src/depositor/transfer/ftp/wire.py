"""One signed-in FTP connection: commands in one go where no data line comes between, and nothing that hangs for ever.

RFC 959 (FTP), RFC 2389 (FEAT), RFC 2640 (names in UTF-8), RFC 3659 (SIZE, REST STREAM, MLST). The lines themselves are
in ``ftp_lines``.
"""

from __future__ import annotations

import contextlib
import ftplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.problem import DepositError, Refused, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.ftp.lines import FtpPlace, hear_at_once, lines_for
from depositor.transfer.ftp.replies import of_reply
from depositor.transfer.net import web

__all__ = ["FtpPlace", "Wire"]

_NOOP_S = 30.0  # some firewalls forget a control line that is silent for the hours of a large file
_DRAIN_S = 5.0
_BLOCK = 256 << 10
Reply = tuple[int, str]


class Wire:
    """One signed-in connection. Everything that ftplib and the network raise comes out as a DepositError.

    ``features``: what FEAT told, {command: parameters}, in capitals.
    """

    def __init__(self, place: FtpPlace, timeouts: web.Timeouts) -> None:
        self._place, self._timeouts = place, timeouts
        self._guard = threading.Lock()
        self._data: socket.socket | None = None
        self._ftp = lines_for(place)
        self.features: Mapping[str, str] = {}
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
        ftp.login(place.user, place.password)
        if isinstance(ftp, ftplib.FTP_TLS):
            ftp.prot_p()
        ftp.voidcmd("TYPE I")
        self.features = _features(self._ask("FEAT"))
        if "UTF8" in self.features:
            self._ask("OPTS UTF8 ON")
        if place.root:
            ftp.cwd(place.root)

    # --- commands --------------------------------------------------------------------------------------------------

    def answer(self, line: str) -> Reply:
        """Send a command whose refusal (4xx, 5xx) is an answer too: code and words."""
        with self.told():
            return self._ask(line)

    def answers(self, *lines: str) -> list[Reply]:
        """:meth:`answer` for several commands in one packet: one way there and back for all of them."""
        with self.told():
            if any(c in line for line in lines for c in "\r\n"):
                raise ValueError
            assert self._ftp.sock is not None
            self._ftp.sock.sendall("".join(f"{line}\r\n" for line in lines).encode(self._ftp.encoding))
            return [self._hear() for _ in lines]

    def waits(self, seconds: float) -> None:
        """So long may the next answers take beyond the usual: sums of large files need their time."""
        if self._ftp.sock is not None:
            self._ftp.sock.settimeout(self._timeouts.idle + seconds)

    def _ask(self, line: str) -> Reply:
        self._ftp.putcmd(line)
        return self._hear()

    def _hear(self) -> Reply:
        try:
            words = self._ftp.getresp()
        except (ftplib.error_perm, ftplib.error_temp) as error:
            words = str(error)
            if words[:3] in ("421", "530"):
                raise
        hear_at_once(self._ftp.sock)
        return int(words[:3]), words[4:]

    # --- data ------------------------------------------------------------------------------------------------------

    def store(self, line: str, blocks: Iterator[bytes], restart: int | None = None) -> None:
        """STOR or APPE over a data connection of its own; returns when the server has confirmed it."""
        with self.told():
            with self._data_line(line, restart) as data:
                try:
                    asked = self._pour(data, blocks)
                except (ConnectionError, ssl.SSLError):
                    self._ask_why()
                    raise
                _end(data)
            self._confirmed(asked)

    def _ask_why(self) -> None:
        """A server that has no room hangs up on the data line, and tells the reason on the other. Raises it."""
        if self._ftp.sock is not None:
            self._ftp.sock.settimeout(_DRAIN_S)
            with contextlib.suppress(OSError, EOFError):
                while self._ftp.getresp()[:1] in "123":
                    pass

    def _pour(self, data: socket.socket, blocks: Iterator[bytes]) -> int:
        """All blocks; how many NOOPs were sent meanwhile, whose answers are still to come."""
        asked, last = 0, time.monotonic()
        for block in blocks:
            data.sendall(block)
            if time.monotonic() - last > _NOOP_S:
                self._ftp.putcmd("NOOP")
                asked, last = asked + 1, time.monotonic()
        return asked

    def _confirmed(self, asked: int) -> None:
        """The answer to the transfer, among those to ``asked`` NOOPs, which come before or behind it, or never."""
        if not asked:
            self._ftp.voidresp()
            return
        left = asked
        while (words := self._heard_error_too())[:3] in ("200", "500", "501", "502", "503") and left:
            left -= 1
        if words[:1] != "2":
            raise ftplib.error_reply(words)  # noqa: S321 - FTP it is
        assert self._ftp.sock is not None
        try:
            self._ftp.sock.settimeout(_DRAIN_S)
            while left:
                self._heard_error_too()
                left -= 1
        except (OSError, EOFError, ftplib.Error):
            self.close()  # what was sent is confirmed; the next command makes a new connection
        else:
            self._ftp.sock.settimeout(self._timeouts.idle)

    def _heard_error_too(self) -> str:
        try:
            return self._ftp.getresp()
        except (ftplib.error_perm, ftplib.error_temp) as error:
            return str(error)

    def fetch(self, line: str) -> bytes:
        """RETR of a small file, LIST and the like: all that comes. Raises Refused as :meth:`told` says."""
        with self.told():
            with self._data_line(line, None) as data:
                found = _received(data, None)
            self._ftp.voidresp()
        return found

    def fetch_span(self, path: str, offset: int, length: int, *, to_end: bool = False) -> bytes:
        """Up to ``length`` bytes of a file; fewer where it ends before (``to_end``: where that is to be expected).

        Where the server knows no end of a range (RANG), we hang up when we have enough. Some end the whole session
        then, above all under TLS: the wire is closed, and what came is good.
        """
        with self.told():
            ranged = not to_end and self._ranged(offset, length)
            with self._data_line(f"RETR {path}", None if ranged else offset or None) as data:
                found = _received(data, length)
            if len(found) < length or ranged:
                self._ftp.voidresp()
                return found
            try:
                self._heard_error_too()  # 426, where the file goes on
            except (OSError, EOFError, ftplib.Error):
                self.close()
        return found

    def _ranged(self, offset: int, length: int) -> bool:
        """draft-bryan-ftp-range: the next transfer is of these bytes alone."""
        return "RANG" in self.features and self._ask(f"RANG {offset} {offset + length - 1}")[0] == 350

    @contextlib.contextmanager
    def _data_line(self, line: str, restart: int | None) -> Iterator[socket.socket]:
        data = self._ftp.transfercmd(line, restart)
        with self._guard:
            self._data = data
        try:
            data.settimeout(self._timeouts.idle)
            yield data
        finally:
            with self._guard:
                self._data = None
            data.close()

    # --- the connection --------------------------------------------------------------------------------------------

    @property
    def stands(self) -> bool:
        """False once it was closed."""
        return self._ftp.sock is not None

    def alive(self) -> bool:
        """Ask with NOOP whether the line still stands."""
        try:
            return self.answer("NOOP")[0] < 400
        except DepositError:
            return False

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
            raise of_reply(str(error)[:3], host, str(error)) from error
        except EOFError as error:
            raise Retryable(problems.dropped(host)) from error
        except (OSError, AttributeError) as error:  # AttributeError: ftplib after its socket was closed
            raise errors.of_network(error, host) from error
        except ValueError as error:  # a line break or a broken character in a name
            raise Refused(problems.name_refused(host)) from error


def _features(reply: Reply) -> dict[str, str]:
    """``211-Features:`` with one feature a line, each with a space before it (RFC 2389, 3.2)."""
    code, words = reply
    if code != 211:
        return {}
    pairs = (line.strip().partition(" ") for line in words.split("\n")[1:] if line.startswith((" ", "\t")))
    return {name.upper(): rest for name, _, rest in pairs}


def _received(data: socket.socket, most: int | None) -> bytes:
    found = bytearray()
    while most is None or len(found) < most:
        block = data.recv(_BLOCK if most is None else min(_BLOCK, most - len(found)))
        if not block:
            break
        found += block
    return bytes(found)


def _end(data: Any) -> None:
    """Say that the file ends here. Some servers close first; the answer on the control line tells the truth anyway."""
    if isinstance(data, ssl.SSLSocket):
        with contextlib.suppress(OSError, ValueError):
            data.unwrap()
