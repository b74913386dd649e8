"""The practice archive's server: on 127.0.0.1 alone, with everything it holds in one folder.

``endpoint.json`` in that folder tells the address, the process and a token that only this user can read.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from depositor.archives.practice import pages, rest
from depositor.archives.practice.archive import PracticeArchive
from depositor.archives.practice.conversation import Conversation
from depositor.archives.practice.faults import Fault, Faults
from depositor.archives.practice.process import ENDPOINT
from depositor.archives.practice.replies import Rejected, Reply, json_reply
from depositor.archives.practice.tus import MOST_BYTES, Tus

_WATCH_S = 5.0
_UPLOAD = re.compile(r"/uploads/([0-9a-f]{32})")
_UPLOADS = re.compile(r"/(?:uploads|api/depositions/([0-9a-f]{32})/uploads)/?")


class Server(ThreadingHTTPServer):
    """The server. :meth:`serve_forever` runs it, :meth:`shutdown` from another thread ends it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = os.name != "nt"  # on Windows the word means that anybody may take the port too

    def __init__(
        self,
        archive: PracticeArchive,
        port: int = 0,
        faults: tuple[Fault, ...] = (),
        lifetime_s: float = 30 * 86400.0,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.archive = archive
        self.faults = Faults(faults)
        self.token = secrets.token_urlsafe(24)
        self._tus = Tus(archive.catalogue, archive.shelves, lifetime_s, most_bytes)
        self._last_heard = time.monotonic()
        super().__init__(("127.0.0.1", port), Conversation)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def idle_s(self) -> float:
        """Seconds since the last request."""
        return time.monotonic() - self._last_heard

    def heard(self) -> None:
        self._last_heard = time.monotonic()

    def routes(self, talk: Conversation, path: str, query: str) -> Reply:
        """Find who answers."""
        upload, endpoint = _UPLOAD.fullmatch(path), _UPLOADS.fullmatch(path)
        if upload:
            return self._tus.answer(talk, None, upload[1])
        if endpoint:
            if endpoint[1] and talk.command != "OPTIONS":
                self.archive.open_draft(endpoint[1])
            return self._tus.answer(talk, endpoint[1], None)
        if path == "/faults":
            return self._faults(talk)
        if path == "/api" or path.startswith("/api/"):
            return rest.answer(talk, path.removeprefix("/api").strip("/"), query)
        return pages.answer(talk, path, query)

    def forget(self, path: str) -> None:
        """Lose an upload, as a server does that was set up anew."""
        found = _UPLOAD.fullmatch(path)
        if found:
            self.archive.catalogue.forget_upload(found[1])
            self.archive.shelves.remove(found[1])

    def _faults(self, talk: Conversation) -> Reply:
        given = talk.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise Rejected(401, "The token of endpoint.json is needed for this.")
        if talk.command == "POST":
            self.faults.set(plan(talk.content()))
        elif talk.command == "DELETE":
            self.faults.set(())
        return json_reply(200, {"left": self.faults.left()})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A line that broke is nothing to report; requests hold names of files."""


def plan(content: Any) -> tuple[Fault, ...]:
    """A plan of faults from JSON; Rejected (400) where it makes no sense."""
    try:
        return tuple(Fault.of(rule) for rule in content)
    except (TypeError, ValueError):
        raise Rejected(400, "A plan is a list of known faults.") from None


def serve(server: Server, idle_stop_s: float | None = None) -> None:
    """Serve until somebody stops it, its folder is gone, or nobody asked anything for ``idle_stop_s`` seconds."""
    server.archive.start()
    announce(server)
    over = threading.Event()
    threading.Thread(target=_stop_when_useless, args=(server, idle_stop_s, over), daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        over.set()
        withdraw_announcement(server)
        server.server_close()
        server.archive.stop()


def announce(server: Server) -> None:
    """Write ``endpoint.json``: whole or not at all, for this user alone."""
    target = server.archive.folder / ENDPOINT
    part = target.with_name(f".{ENDPOINT}.{os.getpid()}")
    content = {"url": server.url, "pid": os.getpid(), "token": server.token, "started": server.archive.now()}
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(content, out)
    part.replace(target)


def withdraw_announcement(server: Server) -> None:
    """Remove ``endpoint.json`` where it is still ours."""
    target: Path = server.archive.folder / ENDPOINT
    with contextlib.suppress(OSError, ValueError):
        if json.loads(target.read_text("utf-8")).get("token") == server.token:
            target.unlink()


def _stop_when_useless(server: Server, idle_stop_s: float | None, over: threading.Event) -> None:
    """End a server that nobody needs any more. A drive may be away for a moment: it is looked for twice."""
    announced = server.archive.folder / ENDPOINT
    missed = 0
    while not over.wait(min((idle_stop_s or _WATCH_S) / 4, _WATCH_S)):
        missed = 0 if announced.exists() else missed + 1
        if missed > 1 or (idle_stop_s is not None and server.idle_s() > idle_stop_s):
            server.shutdown()
            return
