"""A strict HTTP server in memory with scripted faults, on which the stand-ins for archives are built."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class HttpFault:
    """What goes wrong, the next ``times`` times that a request fits (``skip`` of them first).

    ``status`` answers that, with ``body``; ``drop`` cuts the line after so many bytes of the body came; ``lose`` does
    everything and cuts the line instead of answering; ``truncate`` ends the answer after so many bytes of it; ``act``
    is called with the server first.
    """

    method: str
    path: str = ""
    status: int | None = None
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: int | None = None
    lose: bool = False
    truncate: int | None = None
    times: int = 1
    skip: int = 0
    act: Callable[[Any], object] | None = None


@dataclass
class Asked:
    """One request, read whole."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return b"" if self.content is None else json.dumps(self.content).encode()


class BrokenOff(Exception):
    """The client went away in the middle of its body."""


class StrictServer:
    """``with Sub() as server:``; subclasses answer in :meth:`answer`, under ``guard``, and may look in
    :meth:`broken` at a body that broke off."""

    def __init__(self) -> None:
        self.faults: list[HttpFault] = []
        self.log: list[str] = []
        self.received = 0
        self.guard = threading.RLock()
        self._http: Any = None

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def broken(self, asked: Asked) -> None:
        """The line broke in the middle of a body; ``asked.body`` is what came."""

    def fault(self, method: str, path: str = "", **more: Any) -> None:
        self.faults.append(HttpFault(method, path, **more))

    def count(self, method: str, path: str = "") -> int:
        return sum(bool(re.match(f"{method} .*{path}", line)) for line in self.log)

    def __enter__(self) -> Any:
        handler = type("Handler", (_Handler,), {"place": self})
        self._http = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def take_fault(self, method: str, path: str) -> HttpFault | None:
        for fault in self.faults:
            if fault.method != method or not re.search(fault.path, path) or not fault.times:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    place: StrictServer

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _converse(self) -> None:
        place, parts = self.place, urlsplit(self.path)
        path = unquote(parts.path)
        with place.guard:
            place.log.append(f"{self.command} {path}")
            fault = place.take_fault(self.command, path)
        query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = Asked(self.command, path, query, self.headers, b"")
        if self.headers.get("Transfer-Encoding"):
            self._write(Answer(411), None)
            return
        try:
            asked.body = self._body(fault, asked)
        except BrokenOff:
            with place.guard:
                place.broken(asked)
            self._cut()
            return
        if fault and fault.act:
            fault.act(place)
        if fault and fault.status:
            self._write(Answer(fault.status, fault.body, fault.headers), fault)
            return
        with place.guard:
            answer = place.answer(asked)
        if fault and fault.lose:
            self._cut()
            return
        self._write(answer, fault)

    def _body(self, fault: HttpFault | None, asked: Asked) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        most = length if fault is None or fault.drop is None else min(length, fault.drop)
        data = bytearray()
        with contextlib.suppress(OSError):
            while len(data) < most and (block := self.rfile.read1(most - len(data))):
                data += block
        self.place.received += len(data)
        if len(data) < length:
            asked.body = bytes(data)
            raise BrokenOff
        return bytes(data)

    def _write(self, answer: Answer, fault: HttpFault | None) -> None:
        raw = answer.raw
        self.send_response(answer.status)
        given = {"Content-Type": "application/json", **answer.headers}
        for name, value in given.items():
            self.send_header(name, value)
        if "Content-Length" not in given:
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if fault and fault.truncate is not None:
            self.wfile.write(raw[: fault.truncate])
            self.wfile.flush()
            self._cut()
        elif self.command != "HEAD":
            self.wfile.write(raw)

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _converse  # noqa: N815
