"""A strict stand-in for Globus Transfer and Globus Auth, as docs.globus.org/api/transfer and globus-sdk describe them.

It moves real files from one folder into another, some at each look at a task. What it does not know, it refuses.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SOURCE = "11111111-2222-3333-4444-555555555555"
TARGET = "138b5c78-adef-4c12-89e6-2cd170bf63ed"
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
REFRESH, ACCESS = "refresh-token-of-ada", "access-token-of-ada"
TRANSFER = "transfer.api.globus.org"
_TOP = {
    *("DATA_TYPE", "submission_id", "source_endpoint", "destination_endpoint", "label", "DATA", "sync_level"),
    *("verify_checksum", "encrypt_data", "preserve_timestamp", "skip_source_errors", "fail_on_quota_errors"),
    *("notify_on_succeeded", "notify_on_failed", "notify_on_inactive", "deadline"),
}
_ITEM = {
    *("DATA_TYPE", "source_path", "destination_path", "recursive", "external_checksum", "checksum_algorithm"),
}
_LABEL = re.compile(r"[A-Za-z0-9 \-_,]{0,128}")


class No(Exception):
    """A refusal."""

    def __init__(self, status: int, code: str, message: str = "no", **more: Any) -> None:
        super().__init__(code)
        self.status, self.content = status, {"code": code, "message": message, "request_id": "r1", **more}


@dataclass
class Fault:
    """The next ``times`` requests that fit are answered so; ``after``: having done what was asked."""

    path: str
    method: str | None = None
    status: int = 502
    code: str = "ServiceUnavailable"
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    after: bool = False
    drop: bool = False


@dataclass
class Task:
    id: str
    document: dict[str, Any]
    status: str = "ACTIVE"
    nice: str = "OK"
    left: list[dict[str, Any]] = field(default_factory=list)
    arrived: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    fatal: dict[str, Any] | None = None
    moved: int = 0
    faults: int = 0


class StandIn:
    """``with StandIn(target) as globus:``. ``pace``: files per look; ``tells_digests``; ``takes_sums``: whether it
    compares external checksums; ``damage``: so many copies arrive damaged first; ``room``: bytes until the quota."""

    def __init__(self, target: Path, shared: Path) -> None:
        self.target, self.shared = target, shared
        target.mkdir(parents=True, exist_ok=True)
        self.pace, self.page = 2, 2
        self.tells_digests, self.takes_sums = False, True
        self.damage, self.room = 0, 1 << 60
        self.paused = self.inactive = False
        self.connected, self.gcp_paused = True, False
        self.consented = True
        self.tasks: dict[str, Task] = {}
        self.issued: dict[str, str | None] = {}
        self.tokens = {ACCESS}
        self.refreshed = 0
        self.faults: list[Fault] = []
        self.log: list[tuple[str, str]] = []
        self.writes: list[str] = []
        self._guard = threading.RLock()

    def __enter__(self) -> StandIn:
        place = self

        class Talk(_Talk):
            standin = place

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Lines that break belong to these tests."""

        self._http = Server(("127.0.0.1", 0), Talk)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/"

    def asked(self, method: str, path: str) -> int:
        return sum(1 for m, p in self.log if m == method and re.search(path, p))

    def names(self) -> dict[str, bytes]:
        return {p.relative_to(self.target).as_posix(): p.read_bytes() for p in self.target.rglob("*") if p.is_file()}

    # --- auth --------------------------------------------------------------------------------------------------------

    def token(self, form: dict[str, str]) -> Any:
        if form.get("client_id") != CLIENT:
            raise No(401, "unused", error="invalid_client")
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != REFRESH:
            raise No(400, "unused", error="invalid_grant")
        if form["grant_type"] == "authorization_code" and (form["code"] != "the-code" or not form.get("code_verifier")):
            raise No(400, "unused", error="invalid_grant")
        self.refreshed += 1
        access = f"access-{self.refreshed}"
        self.tokens.add(access)
        return {
            "access_token": access, "refresh_token": REFRESH, "resource_server": TRANSFER, "expires_in": 172800,
            "scope": "urn:globus:auth:scope:transfer.api.globus.org:all", "token_type": "Bearer", "other_tokens": [],
        }  # fmt: skip

    # --- transfer ----------------------------------------------------------------------------------------------------

    def endpoint(self, which: str) -> Any:
        if which not in (SOURCE, TARGET):
            raise No(404, "EndpointNotFound")
        mine = which == SOURCE
        more = {"gcp_connected": self.connected, "gcp_paused": self.gcp_paused} if mine else {"gcp_connected": None}
        return {"DATA_TYPE": "endpoint", "id": which, "display_name": "x", **more}

    def issue(self) -> Any:
        value = str(uuid.uuid4())
        self.issued[value] = None
        return {"DATA_TYPE": "submission_id", "value": value}

    def submit(self, content: dict[str, Any]) -> Any:
        if content.get("DATA_TYPE") != "transfer" or set(content) - _TOP:
            raise No(400, "ClientError.BadRequest", f"unknown fields {sorted(set(content) - _TOP)}")
        submission = content["submission_id"]
        if submission not in self.issued:
            raise No(400, "ClientError.BadRequest", "unknown submission_id")
        with self._guard:
            known = self.issued[submission]
            if known:
                return {
                    "DATA_TYPE": "transfer_result",
                    "task_id": known,
                    "code": "Duplicate",
                    "submission_id": submission,
                }
            self._must_fit(content)
            task = Task(str(uuid.uuid4()), content, left=list(content["DATA"]))
            self.tasks[task.id], self.issued[submission] = task, task.id
        return {"DATA_TYPE": "transfer_result", "task_id": task.id, "code": "Accepted", "submission_id": submission}

    def _must_fit(self, content: dict[str, Any]) -> None:
        if (content["source_endpoint"], content["destination_endpoint"]) != (SOURCE, TARGET):
            raise No(404, "EndpointNotFound")
        self._must_consent()
        if not _LABEL.fullmatch(content.get("label", "")):
            raise No(400, "ClientError.BadRequest", "label")
        if sum(t.status == "ACTIVE" for t in self.tasks.values()) >= 100:
            raise No(409, "TooManyPendingJobs")
        if not 0 < len(content["DATA"]) <= 10_000:
            raise No(400, "ClientError.BadRequest", "items")
        for item in content["DATA"]:
            if item.get("DATA_TYPE") != "transfer_item" or set(item) - _ITEM or item.get("recursive"):
                raise No(400, "ClientError.BadRequest", "item")
            if not all(str(item[k]).startswith("/") for k in ("source_path", "destination_path")):
                raise No(400, "ClientError.BadRequest", "path")
            if item.get("external_checksum") and not self.takes_sums:
                raise No(400, "ClientError.BadRequest", "external_checksum is not supported on this collection")

    def _must_consent(self) -> None:
        if not self.consented:
            scope = f"urn:globus:auth:scope:{TRANSFER}:all[*https://auth.globus.org/scopes/{TARGET}/data_access]"
            raise No(403, "ConsentRequired", "Missing required data_access consent", required_scopes=[scope])

    def task(self, which: str) -> Task:
        if which not in self.tasks:
            raise No(404, "ClientError.NotFound", "Task not found")
        return self.tasks[which]

    def look(self, which: str) -> Any:
        with self._guard:
            task = self.task(which)
            self._work(task)
            return {
                "DATA_TYPE": "task", "task_id": task.id, "status": task.status, "nice_status": task.nice,
                "bytes_transferred": task.moved, "files": len(task.document["DATA"]), "faults": task.faults,
                "files_transferred": len(task.arrived), "fatal_error": task.fatal, "is_paused": self.paused,
                "label": task.document.get("label"), "nice_status_short_description": task.nice,
            }  # fmt: skip

    def _work(self, task: Task) -> None:
        """Some files further."""
        if task.status in ("SUCCEEDED", "FAILED"):
            return
        task.nice = "PAUSED_BY_ADMIN" if self.paused else "GC_NOT_CONNECTED" if not self.connected else "OK"
        task.status = "INACTIVE" if self.inactive else "ACTIVE"
        if self.paused or self.inactive or not self.connected:
            return
        for _ in range(self.pace):
            if task.left and task.status == "ACTIVE":
                self._one(task, task.left[0])
        if not task.left and task.status == "ACTIVE":
            task.status = "SUCCEEDED"

    def _one(self, task: Task, item: dict[str, Any]) -> None:
        source, path = Path(item["source_path"]), item["destination_path"]
        pair = {"source_path": item["source_path"], "destination_path": path}
        if not source.is_file() or self.shared not in source.parents:
            task.skipped.append({**pair, "DATA_TYPE": "skipped_error", "error_code": "FILE_NOT_FOUND"})
            task.left.pop(0)
            return
        data, target = source.read_bytes(), self.target / path.lstrip("/")
        if target.is_file() and target.read_bytes() == data and task.document["sync_level"] == 3:
            task.left.pop(0)
            return
        if len(data) > self.room:
            self._end(task, "QUOTA_EXCEEDED")
            return
        self.room -= len(data)
        if self.damage:
            self.damage -= 1
            self._fault(task, "CHECKSUM_MISMATCH")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.writes.append(path)
        digest = hashlib.sha256(data).hexdigest()
        if item.get("external_checksum") and item["external_checksum"] != digest:
            self._end(task, "EXTERNAL_CHECKSUM_MISMATCH")
            return
        told = {"checksum": digest, "checksum_algorithm": "SHA256"} if self.tells_digests else {}
        task.arrived.append({**pair, **told, "DATA_TYPE": "successful_transfer"})
        task.moved += len(data)
        task.left.pop(0)

    def _fault(self, task: Task, code: str) -> None:
        task.faults += 1
        task.nice = code
        task.events.insert(0, {"DATA_TYPE": "event", "code": code, "is_error": True, "description": code.lower()})

    def _end(self, task: Task, code: str) -> None:
        self._fault(task, code)
        task.status, task.fatal = "FAILED", {"code": code, "description": code.replace("_", " ").lower()}

    def cancel(self, which: str) -> Any:
        with self._guard:
            task = self.task(which)
            if task.status in ("ACTIVE", "INACTIVE"):
                self._end(task, "CANCELED")
                return {"DATA_TYPE": "result", "code": "Canceled"}
            return {"DATA_TYPE": "result", "code": "TaskComplete"}

    def rows(self, rows: list[dict[str, Any]], query: dict[str, str]) -> Any:
        at = int(query.get("marker", 0))
        after = at + self.page
        return {"DATA": rows[at:after], "next_marker": str(after) if after < len(rows) else None}

    def ls(self, which: str, path: str) -> Any:
        self._must_consent()
        folder = self.target / path.strip("/")
        if which != TARGET or not folder.is_dir():
            raise No(404, "ClientError.NotFound", "Directory not found")
        return {
            "DATA": [
                {"name": p.name, "type": "dir" if p.is_dir() else "file", "size": p.stat().st_size}
                for p in folder.iterdir()
            ]
        }


class _Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin: StandIn
    wbufsize = -1  # head and body leave in one piece
    timeout = 30

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _converse(self) -> None:
        place, parts = self.standin, urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place.log.append((self.command, parts.path))
        fault = self._fault(parts.path)
        if fault is not None and not fault.after:
            self._suffer(fault)
            return
        try:
            status, content = 200, self._done(parts.path, query, body)
        except No as no:
            status, content = no.status, no.content
        if fault is not None:
            self._suffer(fault)
        else:
            self._say(status, content, {})

    def _fault(self, path: str) -> Fault | None:
        for fault in self.standin.faults:
            if fault.times and fault.method in (None, self.command) and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _suffer(self, fault: Fault) -> None:
        if fault.drop:
            self.close_connection = True
            self.connection.close()
            return
        self._say(fault.status, {"code": fault.code, "message": "trouble", **fault.more}, fault.headers)

    def _done(self, path: str, query: dict[str, str], body: bytes) -> Any:
        place = self.standin
        if path == "/v2/oauth2/token":
            return place.token({k: v[0] for k, v in parse_qs(body.decode()).items()})
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        if kind != "Bearer" or token not in place.tokens:
            raise No(401, "AuthenticationFailed", "Token is not active")
        place_of, _, which = path.removeprefix("/v0.10/").partition("/")
        which, _, rest = which.partition("/")
        calls: dict[tuple[str, str, str], Any] = {
            ("GET", "endpoint", ""): lambda: place.endpoint(which),
            ("GET", "submission_id", ""): place.issue,
            ("POST", "transfer", ""): lambda: place.submit(json.loads(body)),
            ("GET", "task", ""): lambda: place.look(which),
            ("GET", "task", "event_list"): lambda: {"DATA": place.task(which).events, "total": 1},
            ("GET", "task", "successful_transfers"): lambda: place.rows(place.task(which).arrived, query),
            ("GET", "task", "skipped_errors"): lambda: place.rows(place.task(which).skipped, query),
            ("POST", "task", "cancel"): lambda: place.cancel(which),
            ("GET", "operation", f"{TARGET}/ls"): lambda: place.ls(TARGET, query["path"]),
        }
        call = calls.get((self.command, place_of, rest))
        if call is None:
            raise No(404, "ClientError.NotFound", path)
        return call()

    def _say(self, status: int, content: Any, headers: dict[str, str]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _converse  # noqa: N815
