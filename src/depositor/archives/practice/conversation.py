"""One connection to the practice archive: reads requests, keeps to the limits, lets faults happen, writes answers."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sqlite3
import struct
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import unquote, urlsplit

from depositor.archives.practice import tus
from depositor.archives.practice.catalogue import Upload
from depositor.archives.practice.faults import Fault
from depositor.archives.practice.replies import Rejected, Reply
from depositor.archives.practice.tus_metadata import repr_digest

if TYPE_CHECKING:
    from depositor.archives.practice.archive import PracticeArchive
    from depositor.archives.practice.server import Server

_MOST_JSON = 64 << 20
_MOST_DRAINED = 64 << 20
_DRAIN_S = 3.0
_NOBODY = "0" * 64


class BrokenOffError(Exception):
    """The line is gone; there is nobody to answer to."""


class Conversation(BaseHTTPRequestHandler):
    """HTTP/1.1 with kept connections. Bodies need a Content-Length."""

    protocol_version = "HTTP/1.1"
    server_version = "PracticeArchive/1"
    sys_version = ""
    timeout = 60.0  # idle, not in all
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of an answer leave together

    def setup(self) -> None:
        super().setup()
        self._left = 0
        self._fault: Fault | None = None

    @property
    def archive(self) -> PracticeArchive:
        return self._server.archive

    @property
    def _server(self) -> Server:
        return cast("Server", self.server)

    @property
    def base(self) -> str:
        """This server's address as the client wrote it."""
        return f"http://{self.headers.get('Host', '')}"

    # --- what faults change ------------------------------------------------------------------------------------------

    @property
    def lie(self) -> int:
        """How far the offset that is told is from the truth."""
        return self._fault.by if self._fault and self._fault.do == "lie" else 0

    @property
    def mismatch(self) -> bool:
        return self._fault is not None and self._fault.do == "mismatch"

    def _loses_answer(self) -> bool:
        return self._fault is not None and self._fault.do == "lose-answer"

    @property
    def refusal(self) -> tuple[str, ...]:
        return self._fault.words if self._fault and self._fault.do == "refuse" else ()

    def digest_of(self, upload: Upload) -> dict[str, str]:
        """``Repr-Digest`` of an upload that is whole."""
        if upload.sha256 is None:
            return {}
        wrong = self._fault is not None and self._fault.do == "wrong-digest"
        return {"Repr-Digest": repr_digest(_NOBODY if wrong else upload.sha256)}

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes of the body as they come; empty at its end and where the line broke."""
        size = min(size, self._left)
        if self._fault and self._fault.do == "drop":
            size = min(size, self._fault.after - (self._length - self._left))
            if size <= 0 and self._left:
                return b""
        if size <= 0:
            return b""
        try:
            block = self.rfile.read1(size)
        except OSError:
            return b""
        self._left -= len(block)
        return block

    def content(self) -> Any:
        """The JSON body. Rejected (400, 413) where it is none or too long."""
        if self._length > _MOST_JSON:
            raise Rejected(413, "The description is too long.")
        pieces = []
        while block := self.read(1 << 20):
            pieces.append(block)
        if self._left:
            self.broken_off()
        try:
            return json.loads(b"".join(pieces) or b"{}")
        except (ValueError, RecursionError):
            raise Rejected(400, "The content is no JSON.") from None

    def broken_off(self) -> NoReturn:
        """Nobody is there any more."""
        raise BrokenOffError

    # --- answering ---------------------------------------------------------------------------------------------------

    def _converse(self) -> None:
        self._fault = None
        self._server.heard()
        try:
            reply = self._answered()
            if self._loses_answer():
                self.broken_off()
            self._write(reply)
        except BrokenOffError:
            self._hang_up()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _answered(self) -> Reply:
        try:
            self._begin()
            self._suffer()
            return self._server.routes(self, unquote(urlsplit(self.path).path), urlsplit(self.path).query)
        except Rejected as error:
            return error.reply()
        except OSError:
            return Rejected(507, "The archive cannot write to its disk.").reply()
        except sqlite3.Error:
            return Rejected(503, "The archive cannot use its catalogue at the moment.").reply()

    def _begin(self) -> None:
        """Look at what every request must keep to."""
        self._left = self._length = 0
        length = self.headers.get("Content-Length")
        if length is not None:
            if not (length.isascii() and length.isdigit() and len(length) < 20):
                self.close_connection = True
                raise Rejected(400, "Content-Length is no whole number.")
            self._left = self._length = int(length)
        elif self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Rejected(411, "Please send a Content-Length.")
        if self.headers.get("Host", "").rpartition(":")[0].lower() not in ("127.0.0.1", "localhost"):
            raise Rejected(421, "This archive answers only to 127.0.0.1.")
        if self.headers.get("Origin", self.base).lower() != self.base.lower():
            raise Rejected(403, "Pages of other sites may not use this archive.")

    def _suffer(self) -> None:
        """Let the fault happen that was asked for."""
        path = urlsplit(self.path).path
        fault = None if path == "/faults" else self._server.faults.take(self.command, path)
        self._fault = fault
        if fault is None:
            return
        if fault.do == "delay":
            time.sleep(fault.seconds)
        elif fault.do == "silence":
            self._server.faults.over.wait()
            self.broken_off()
        elif fault.do == "status":
            raise Rejected(fault.status, fault.body or "Told to answer so.", fault.headers)
        elif fault.do == "drop" and not self._length:
            self.broken_off()
        elif fault.do == "forget":
            self._server.forget(path)

    def _write(self, reply: Reply) -> None:
        if self._left:
            self._drain()
        self.send_response(reply.status, reply.reason)
        headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", **reply.headers}
        if "tus-resumable" in (k.lower() for k in self.headers) or reply.status == 412:
            headers.setdefault("Tus-Resumable", tus.VERSION)
        if reply.stream is not None:
            headers["Transfer-Encoding"] = "chunked"
        elif reply.file is not None:
            headers["Content-Length"] = str(reply.file.stat().st_size)
        elif reply.status != 204:
            headers["Content-Length"] = str(len(reply.body))
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._write_body(reply)

    def _write_body(self, reply: Reply) -> None:
        if reply.stream is not None:
            for piece in reply.stream:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        elif reply.file is not None:
            with reply.file.open("rb") as file:
                shutil.copyfileobj(file, self.wfile, 1 << 20)
        else:
            self.wfile.write(reply.body)

    def _drain(self) -> None:
        """Take what the client still sends, so that it reads the answer and not a broken line; not for ever."""
        self._fault = None
        until = time.monotonic() + _DRAIN_S
        taken = 0
        while self._left and taken < _MOST_DRAINED and time.monotonic() < until:
            block = self.read(1 << 20)
            if not block:
                break
            taken += len(block)
        self.close_connection = self.close_connection or self._left > 0

    def _hang_up(self) -> None:
        """Break the line as a pulled cable does: no last words."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Nothing: requests hold names of files."""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _converse  # noqa: N815
