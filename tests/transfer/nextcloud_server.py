"""A small, strict stand-in of Nextcloud's DAV: capabilities, files, and chunked upload v2 as the manual tells it.

Strict: a chunk needs its folder, Destination and a length; MOVE of ``.file`` needs Destination and an OC-Total-Length
that adds up; names ending in .part are refused; a chunk or file that breaks off is not kept. ``slow``: MOVE answers 504
and goes on by itself; ``locked``: so many MOVEs are answered 423 first.
"""

from __future__ import annotations

import base64
import email.utils
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from depositor.transfer.webdav.carrier import Account, WebdavPlace

_BASIC = "Basic " + base64.b64encode(b"dep@example.org:app-pass-word").decode()
FILES, UPLOADS = "/remote.php/dav/files/dep 1/", "/remote.php/dav/uploads/dep 1/"


class NextcloudServer:
    """``with NextcloudServer() as server:``; ``files`` holds {name: (bytes, mtime)}."""

    def __init__(self, *, chunking: str | None = "1.0") -> None:
        self.chunking = chunking
        self.files: dict[str, tuple[bytes, int]] = {}
        self.folders: set[str] = {""}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.log: list[tuple[str, str]] = []
        self.slow = False
        self.locked = 0
        self.status: dict[str, int] = {}  # {method: answer it so, once}
        self.corrupt = False  # damages what it puts together, once
        self.torn = 0  # so many answers to GET break off in the middle
        self.received = 0
        self.guard = threading.RLock()
        self._http: Any = None

    def __enter__(self) -> NextcloudServer:
        server = self

        class Handler(_Handler):
            cloud = server

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Clients that hang up belong to these tests."""

        self._http = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    def place(self, *, old: bool = False, port: int | None = None) -> WebdavPlace:
        path = "/remote.php/webdav/deposit" if old else "/remote.php/dav/files/dep%201/deposit"
        return WebdavPlace(f"http://127.0.0.1:{port or self.port}{path}", Account("dep@example.org", "app-pass-word"))

    def empty(self) -> None:
        self.files.clear()
        self.uploads.clear()

    def names(self) -> list[str]:
        return sorted(name.removeprefix("deposit/") for name in self.files)

    def content(self, name: str) -> bytes | None:
        found = self.files.get(f"deposit/{name}")
        return found and found[0]

    def expire(self) -> None:
        """24 hours have passed."""
        with self.guard:
            self.uploads.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud: NextcloudServer

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _go(self) -> None:
        cloud, path = self.cloud, unquote(urlsplit(self.path).path)
        cloud.log.append((self.command, path))
        body = self._body()
        if body is None:
            self.close_connection = True
            return
        if self.headers.get("Authorization") != _BASIC:
            self._answer(
                401, headers={"WWW-Authenticate": 'Bearer realm="x", Basic realm="Nextcloud", charset="UTF-8"'}
            )
            return
        with cloud.guard:
            if self.command in cloud.status:
                self._answer(cloud.status.pop(self.command))
            elif path.startswith("/ocs/"):
                self._ocs(path)
            elif path.startswith(UPLOADS):
                self._upload(path.removeprefix(UPLOADS).rstrip("/"), body)
            else:
                old = "/remote.php/webdav/"
                self._file(path.removeprefix(old if path.startswith(old) else FILES).rstrip("/"), body)

    do_GET = do_PUT = do_MKCOL = do_MOVE = do_DELETE = do_PROPFIND = _go  # noqa: N815

    def _body(self) -> bytes | None:
        length = int(self.headers.get("Content-Length") or 0)
        data = bytearray()
        while len(data) < length:
            try:
                block = self.rfile.read(min(65536, length - len(data)))
            except OSError:
                return None
            if not block:
                return None
            data += block
            self.cloud.received += len(block)
        return bytes(data)

    def _ocs(self, path: str) -> None:
        if self.headers.get("OCS-APIRequest") != "true":
            self._answer(412)
            return
        data: dict[str, Any] = {"id": "dep 1"}
        if path.endswith("/capabilities"):
            data = {"capabilities": {"dav": {"chunking": self.cloud.chunking} if self.cloud.chunking else {}}}
        self._answer(200, json.dumps({"ocs": {"meta": {"status": "ok"}, "data": data}}).encode())

    # --- uploads ---------------------------------------------------------------------------------------------------

    def _upload(self, path: str, body: bytes) -> None:
        folder, _, part = path.partition("/")
        chunks = self.cloud.uploads.get(folder)
        if self.command == "MKCOL":
            if "Destination" not in self.headers:
                self._answer(400)
                return
            self.cloud.uploads.setdefault(folder, {})
            self._answer(201 if chunks is None else 405)
        elif chunks is None:
            self._answer(404)
        elif self.command == "PUT":
            fine = part.isdigit() and 1 <= int(part) <= 10_000 and "Destination" in self.headers
            if fine:
                chunks[int(part)] = body
            self._answer(201 if fine else 400)
        elif self.command == "PROPFIND":
            rows = {f"{UPLOADS}{folder}/": None} | {f"{UPLOADS}{folder}/{n:05d}": len(c) for n, c in chunks.items()}
            self._multi({**rows, f"{UPLOADS}{folder}/.file": sum(map(len, chunks.values()))})
        elif self.command == "DELETE":
            if part:
                chunks.pop(int(part), None)
            else:
                del self.cloud.uploads[folder]
            self._answer(204)
        elif self.command == "MOVE" and part == ".file":
            self._assemble(folder, chunks)

    def _assemble(self, folder: str, chunks: dict[int, bytes]) -> None:
        if self.cloud.locked:
            self.cloud.locked -= 1
            self._answer(423)
            return
        data = b"".join(chunks[n] for n in sorted(chunks))
        target = unquote(urlsplit(self.headers["Destination"]).path)
        assert target.startswith(FILES), target
        name = target.removeprefix(FILES)
        if int(self.headers["OC-Total-Length"]) != len(data) or name.rpartition("/")[0] not in self.cloud.folders:
            self._answer(400)
            return
        if self.headers.get("Overwrite") == "F" and name in self.cloud.files:
            self._answer(412)
            return
        if self.cloud.corrupt:
            self.cloud.corrupt = False
            data = b"!" + data[1:]
        there = name in self.cloud.files
        self.cloud.files[name] = (data, int(self.headers.get("X-OC-Mtime", time.time())))
        del self.cloud.uploads[folder]
        self._answer(504 if self.cloud.slow else 204 if there else 201)
        self.cloud.slow = False

    # --- files -----------------------------------------------------------------------------------------------------

    def _file(self, name: str, body: bytes) -> None:
        files, folders = self.cloud.files, self.cloud.folders
        parent = name.rpartition("/")[0]
        if self.command == "MKCOL":
            status = 405 if name in folders else 201 if parent in folders else 409
            folders.add(name) if status == 201 else None
            self._answer(status)
        elif self.command == "PUT":
            if parent not in folders or name.endswith(".part"):
                self._answer(409 if parent not in folders else 400)
            elif self.headers.get("If-None-Match") == "*" and name in files:
                self._answer(412)
            else:
                files[name] = (body, int(self.headers.get("X-OC-Mtime", time.time())))
                self._answer(201)
        elif self.command == "PROPFIND":
            if name in files:
                self._multi({FILES + name: len(files[name][0])}, files[name][1])
            elif name in folders:
                within = {n: len(data) for n, (data, _) in files.items()} | {f"{n}/": None for n in folders if n}
                rows = {FILES + n: size for n, size in within.items() if n.rstrip("/").rpartition("/")[0] == name}
                deep = self.headers.get("Depth") == "1"
                self._multi({FILES + name + "/": None, **(rows if deep else {})})
            else:
                self._answer(404)
        elif self.command == "GET" and name in files:
            self._give(files[name][0])
        elif self.command == "DELETE":
            self._answer(204 if files.pop(name, None) else 404)
        else:
            self._answer(404)

    def _give(self, data: bytes) -> None:
        wanted = self.headers.get("Range")
        if not wanted:
            self._answer(200, data)
            return
        if self.cloud.torn:
            self.cloud.torn -= 1
            self.send_response(206)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x")
            self.close_connection = True
            return
        first, last = wanted.removeprefix("bytes=").split("-")
        self._answer(206, data[int(first) : int(last) + 1])

    def _multi(self, rows: dict[str, int | None], mtime: int = 0) -> None:
        from urllib.parse import quote

        text = "".join(
            f"<d:response><d:href>{escape(quote(path))}</d:href><d:propstat><d:prop>"
            + ("<d:resourcetype><d:collection/></d:resourcetype>" if size is None else "<d:resourcetype/>")
            + ("" if size is None else f"<d:getcontentlength>{size}</d:getcontentlength>")
            + (f"<d:getlastmodified>{email.utils.formatdate(mtime, usegmt=True)}</d:getlastmodified>" if mtime else "")
            + "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            for path, size in rows.items()
        )
        self._answer(207, f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{text}</d:multistatus>'.encode())

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
