"""A small, strict tus 1.0.0 server in memory, with faults on demand: what no official server can be made to do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """What goes wrong, the next ``times`` times that a request of ``method`` comes (``skip`` of them first).

    ``status`` answers that; ``drop`` cuts the line after so many bytes of the body were kept; ``mute`` swallows the
    request and never answers; ``silent`` does everything but answers nothing (the line is cut); ``slow`` waits (s).
    ``only``: for requests about the file of this name. ``act`` is called first.
    """

    method: str
    status: int | None = None
    drop: int | None = None
    mute: bool = False
    silent: bool = False
    slow: float = 0.0
    times: int = 1
    skip: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    only: str = ""
    act: Callable[[], object] | None = None


@dataclass
class Kept:
    """One upload at the server."""

    length: int  # -1: not told yet
    metadata: dict[str, str]
    data: bytearray = field(default_factory=bytearray)
    partial: bool = False
    final: bool = False
    slow: int = 0  # so many questions are answered before a final upload is put together

    @property
    def name(self) -> str:
        return self.metadata.get("relativePath") or self.metadata["filename"]

    @property
    def whole(self) -> bool:
        return len(self.data) == self.length and not self.partial


class TusServer:
    """``with TusServer() as server:``; ``server.url`` is the endpoint."""

    def __init__(
        self,
        *,
        checksum: bool = True,
        recognises: bool = False,
        digests: bool = False,
        concat: bool = False,
        with_upload: bool = True,
    ) -> None:
        self.checksum, self.recognises, self.digests = checksum, recognises, digests
        self.concat, self.with_upload = concat, with_upload
        self.algorithms = "md5,sha1"
        self.slow_finals = 0
        self.adds = False  # what is created again in one request is added to what was there
        self.location = "./{key}"
        self.uploads: dict[str, Kept] = {}
        self.faults: list[Fault] = []
        self.log: list[tuple[str, int]] = []
        self.received = 0
        self.guard = threading.Lock()
        self.released = threading.Event()
        self.max_size = 1 << 40
        self.expires = "Sun, 22 Nov 2026 12:00:00 GMT"
        self.token: str | None = None
        self._http: Any = None

    def __enter__(self) -> TusServer:
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/files/"

    def fault(self, method: str, **more: Any) -> None:
        self.faults.append(Fault(method, **more))

    def names(self) -> list[str]:
        """The names of complete uploads, with repetitions."""
        return sorted(u.name for u in self.uploads.values() if u.whole)

    def content(self, name: str) -> bytes | None:
        found = [bytes(u.data) for u in self.uploads.values() if u.name == name and u.whole]
        return found[-1] if found else None

    def count(self, method: str) -> int:
        return sum(m == method for m, _ in self.log)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "the condition never came true"
            time.sleep(0.01)


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


def _handler(server: TusServer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Tus):
        tus = server

    return Handler


class _Tus(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tus: TusServer
    fault: Fault | None = None

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_OPTIONS(self) -> None:
        extensions = "creation,creation-defer-length,termination,expiration"
        extensions += ",creation-with-upload" if self.tus.with_upload else ""
        extensions += ",concatenation" if self.tus.concat else ""
        extensions += ",checksum" if self.tus.checksum else ""
        more = {"Tus-Checksum-Algorithm": self.tus.algorithms} if self.tus.checksum else {}
        size = {"Tus-Max-Size": str(self.tus.max_size)}
        self._begin() and self._answer(204, {"Tus-Version": "1.0.0", "Tus-Extension": extensions, **size, **more})

    def do_POST(self) -> None:  # noqa: PLR0911 - a reason to refuse each
        if self.headers.get("X-HTTP-Method-Override") == "PATCH":
            self.command = "PATCH"
            self.do_PATCH()
            return
        if not self._begin():
            return
        joins = self.headers.get("Upload-Concat", "")
        if joins.startswith("final;"):
            self._join(joins.removeprefix("final;").split())
            return
        if joins and (joins != "partial" or not self.tus.concat):
            self._drain()
            self._answer(400)
            return
        try:
            length = -1 if self.headers.get("Upload-Defer-Length") == "1" else int(self.headers["Upload-Length"])
            pairs = [p.split(" ") for p in self.headers["Upload-Metadata"].split(",")]
            metadata = {k: base64.b64decode(v, validate=True).decode() for k, v in pairs}
            assert metadata["filename"]
            assert metadata["filetype"]
            assert self.path == "/files/"
        except (KeyError, ValueError, TypeError, AssertionError, binascii.Error):
            self._answer(400)
            return
        if length > self.tus.max_size:
            self._answer(413)
            return
        sends = int(self.headers.get("Content-Length", 0))
        if sends and not self.tus.with_upload:
            self._drain()
            self._answer(400)
            return
        key = self._key(metadata) if not joins else self._key({"relativePath": str(time.monotonic_ns())})
        with self.tus.guard:
            kept = self.tus.uploads.setdefault(key, Kept(length, metadata, partial=bool(joins)))
            if sends and not self.tus.adds:
                kept.data.clear()  # the same file from its start once more
        if sends and not self._take(kept):
            return
        self._answer(201, {**self._created(key), "Upload-Offset": str(len(kept.data)), **self._digest(kept)})

    def _created(self, key: str) -> dict[str, str]:
        return {"Location": self.tus.location.format(key=key), "Upload-Expires": self.tus.expires}

    def _join(self, places: list[str]) -> None:
        """Partial uploads that are whole become one upload, in this order."""
        parts = [self.tus.uploads.get(p.rsplit("/", 1)[-1]) for p in places]
        pairs = [p.split(" ") for p in self.headers["Upload-Metadata"].split(",")]
        metadata = {k: base64.b64decode(v, validate=True).decode() for k, v in pairs}
        if "Upload-Length" in self.headers or any(p is None or not p.partial or len(p.data) != p.length for p in parts):
            self._answer(400)
            return
        data = bytearray(b"".join(p.data for p in parts if p))
        with self.tus.guard:
            key = self._key(metadata)
            kept = Kept(len(data), metadata, data, final=True, slow=self.tus.slow_finals)
            self.tus.uploads[key] = kept
        self._answer(201, self._created(key))

    def do_HEAD(self) -> None:
        if self._begin() and (kept := self._kept()):
            known = {"Upload-Length": str(kept.length)} if kept.length >= 0 else {"Upload-Defer-Length": "1"}
            known |= {"Upload-Concat": "partial" if kept.partial else "final;a b"} if kept.partial or kept.final else {}
            ready = not kept.slow
            kept.slow -= kept.slow > 0
            known |= {"Upload-Offset": str(len(kept.data)), **self._digest(kept)} if ready else {}
            self._answer(200, {**known, "Cache-Control": "no-store"})

    def do_PATCH(self) -> None:
        if not self._begin() or not (kept := self._kept()):
            return
        if kept.final:
            self._drain()
            self._answer(403)
        elif self.headers.get("Upload-Offset") != str(len(kept.data)):
            self._drain()
            self._answer(409)
        elif kept.length < 0 and "Upload-Length" not in self.headers:
            self._answer(400)
        elif self._take(kept):
            kept.length = kept.length if kept.length >= 0 else int(self.headers["Upload-Length"])
            self._answer(204, {"Upload-Offset": str(len(kept.data)), **self._digest(kept)})

    def do_DELETE(self) -> None:
        if self._begin() and self._kept():
            with self.tus.guard:
                del self.tus.uploads[self.path.rsplit("/", 1)[-1]]
            self._answer(204)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _begin(self) -> bool:
        """False where the request was answered already, by a fault or for a broken rule."""
        with self.tus.guard:
            self.tus.log.append((self.requestline.split()[0], int(self.headers.get("Content-Length") or 0)))
            self.fault = self._next_fault()
        fault = self.fault
        if fault and fault.act:
            fault.act()
        if fault and fault.slow:
            self.tus.released.wait(fault.slow)
        if fault and fault.mute:
            self.tus.released.wait(60)
            self._cut()
            return False
        if fault and fault.status:
            self._drain()
            self._answer(fault.status, fault.headers)
            return False
        if self.command != "OPTIONS" and self.headers.get("Tus-Resumable") != "1.0.0":
            self._answer(412, {"Tus-Version": "1.0.0"})
            return False
        if self.tus.token and self.headers.get("Authorization") != f"Bearer {self.tus.token}":
            self._drain()
            self._answer(401)
            return False
        return True

    def _next_fault(self) -> Fault | None:
        for fault in self.tus.faults:
            if fault.method != self.command or fault.only not in ("", self._name()):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times:
                fault.times -= 1
                return fault
        return None

    def _name(self) -> str:
        kept = self.tus.uploads.get(self.path.rsplit("/", 1)[-1])
        return kept.name if kept else ""

    def _kept(self) -> Kept | None:
        kept = self.tus.uploads.get(self.path.rsplit("/", 1)[-1])
        if kept is None:
            self._drain()
            self._answer(404)
        return kept

    def _key(self, metadata: dict[str, str]) -> str:
        seed = metadata["relativePath"] if self.tus.recognises else str(time.monotonic_ns())
        return hashlib.md5(seed.encode()).hexdigest()

    def _take(self, kept: Kept) -> bool:
        """The body into ``kept``; a checksum that does not fit leaves nothing of it."""
        if self.headers.get("Content-Type") != "application/offset+octet-stream":
            self._drain()
            self._answer(415)
            return False
        before, left = len(kept.data), int(self.headers["Content-Length"])
        drop = self.fault.drop if self.fault else None
        while left:
            block = self.rfile.read(min(left, 65536, drop if drop else 65536))
            if not block:
                return False
            kept.data += block
            left -= len(block)
            self.tus.received += len(block)
            if drop is not None:
                drop -= len(block)
                if drop <= 0:
                    self._cut()
                    return False
        if not self._sound(bytes(kept.data[before:])):
            del kept.data[before:]
            self._answer(460)
            return False
        return True

    def _sound(self, data: bytes) -> bool:
        name, _, value = self.headers.get("Upload-Checksum", "").partition(" ")
        return not (name and self.tus.checksum) or base64.b64decode(value) == hashlib.new(name, data).digest()

    def _digest(self, kept: Kept) -> dict[str, str]:
        if not self.tus.digests or len(kept.data) != kept.length:
            return {}
        value = base64.b64encode(hashlib.sha256(kept.data).digest()).decode()
        return {"Repr-Digest": f"sha-256=:{value}:"}

    def _drain(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        if self.fault and self.fault.silent:
            self._cut()
            return
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Tus-Resumable", "1.0.0")
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()
