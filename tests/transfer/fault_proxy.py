"""A line with a script: at so many bytes it is cut, goes mute, slow or half-open, or somebody else answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

from line_proxy import LineProxy

PORTAL_REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\nContent-Length: 0\r\n\r\n"
PORTAL_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<h1>Hi!</h1>\n"
PORTAL_511 = b"HTTP/1.1 511 Network Authentication Required\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"
SIGNED_OUT = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
NONSENSE = b"\x16\x03\x01\x02 this is no HTTP at all\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 70_000 + b"\r\n\r\n"


def busy(retry_after: str) -> bytes:
    """A server that asks to come back later."""
    return f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {retry_after}\r\nContent-Length: 0\r\n\r\n".encode()


class FaultProxy(LineProxy):
    """``at(bytes, act)`` does something once so many bytes went to the server, counted over all connections."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._script: list[tuple[int, Callable[[], None]]] = []
        self._replies: list[bytes] = []
        self._rate: float | None = None
        self.answered = 0  # requests that somebody else answered
        self._was = self.port

    def at(self, count: int, act: Callable[[], None]) -> None:
        """Do ``act`` once ``count`` bytes went to the server."""
        self._script.append((count, act))

    def answer(self, reply: bytes, times: int = 1) -> None:
        """Break all connections; the next ``times`` ones are answered by somebody who only knows ``reply``."""
        with self._guard:
            self._replies += [reply] * times
        self.cut()

    def slow(self, bytes_per_s: float | None) -> None:
        self._rate = bytes_per_s

    def down(self) -> None:
        """Nobody is there any more: connections break, and new ones are refused."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept()
        self._listener.close()
        self.cut()

    def up(self) -> None:
        """There again, at the same address."""
        end = time.monotonic() + 10
        while True:
            try:
                self._listener = socket.create_server(("127.0.0.1", self._was))
                break
            except OSError:  # somebody borrowed the port for a moment
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        threading.Thread(target=self._accept, daemon=True).start()

    def half_open(self) -> None:
        """The far ends of all connections are gone, and nobody tells the near ones."""
        with self._guard:
            pairs, self._pairs = self._pairs, [(near, near) for near, _ in self._pairs]
        for _, far in pairs:
            far.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._guard:
                reply = self._replies.pop(0) if self._replies else None
            threading.Thread(target=self._serve, args=(near, reply), daemon=True).start()

    def _serve(self, near: socket.socket, reply: bytes | None) -> None:
        if reply is not None:
            self._tell(near, reply)
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        with self._guard:
            self._pairs.append((near, far))
            self.connections += 1
        threading.Thread(target=self._pump, args=(far, near, False), daemon=True).start()
        self._pump(near, far, True)

    def _tell(self, near: socket.socket, reply: bytes) -> None:
        """Read a request's head, answer, and close as a box of a network does."""
        with contextlib.suppress(OSError), near:
            head = b""
            while b"\r\n\r\n" not in head and (data := near.recv(65536)):
                head += data
            self.answered += 1
            near.sendall(reply)
            near.shutdown(socket.SHUT_WR)
            near.settimeout(0.5)
            while near.recv(65536):  # a body that is still coming must not turn the answer into a reset
                pass

    def _pump(self, source: socket.socket, target: socket.socket, to_server: bool) -> None:
        gone = False
        try:
            while data := source.recv(8192 if self._rate else 65536):
                self._open.wait()
                if self._rate:
                    time.sleep(len(data) / self._rate)
                target.sendall(data)
                if to_server:
                    self._count(len(data))
        except OSError:
            gone = target.fileno() < 0 or source.fileno() < 0
        if gone:  # half-open: whoever is left hears nothing
            return
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _count(self, count: int) -> None:
        with self._guard:
            self.forwarded += count
            due = [act for at, act in self._script if at <= self.forwarded]
            self._script = [(at, act) for at, act in self._script if at > self.forwarded]
        for act in due:
            act()
