"""A strict stand-in for the submission service of the BioImage Archive, with a real FTP server on the same folder.

Written from the archive's own server code (EBIBioStudies/biostudies-backend-services, read in 2026), because the
archive itself cannot be asked in a test. It answers 500 where the archive does, also to mistakes of users.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD, FTP_PASSWORD = "ada@example.org", "correct horse", "bulk pass:word"
SECRET = "aa/bbbbbb-cccc-dddd-eeee-ffffffffffff-a7"
_NAME = re.compile(r"[A-Za-z0-9!\-_*'(). /]+")
_MOST_MISSING = 1000


class Fail(Exception):
    """An answer that is no success, in the archive's shape."""

    def __init__(self, status: int, message: str, *nodes: str) -> None:
        super().__init__(message)
        subnodes = [{"level": "ERROR", "message": n, "subnodes": []} for n in nodes]
        self.status = status
        self.content = {"status": "FAIL", "log": {"level": "ERROR", "message": message, "subnodes": subnodes}}


@dataclass
class Fault:
    """The next ``times`` requests that fit are answered so. ``before``: without doing what was asked."""

    path: str
    method: str | None = None
    status: int = 502
    body: str = "<html>Bad Gateway</html>"
    kind: str = "text/html"
    times: int = 1
    drop: bool = False
    silent: bool = False
    before: bool = True


@dataclass
class Study:
    """A draft, and what was submitted of it."""

    key: str
    content: dict[str, Any]
    status: str | None = None  # None: a draft
    version: int = 0
    polls: int = 0
    errors: list[str] = field(default_factory=list)
    doi: str | None = None
    drafted: bool = True


class StandIn:
    """``with StandIn(folder) as archive:``. ``polls``: how often PROCESSING is told; ``later``: files are checked after
    the submit, not at it; ``collections``: those of the account."""

    def __init__(self, folder: Path, upload_type: str = "ftp") -> None:
        self.space = folder / SECRET
        self.space.mkdir(parents=True)
        self.ftp_folder = folder
        self.upload_type = upload_type
        self.collections = ["BioImages", "EuToxRisk"]
        self.studies: dict[str, Study] = {}
        self.tokens: set[str] = set()
        self.faults: list[Fault] = []
        self.log: list[tuple[str, str]] = []
        self.polls, self.later = 1, False
        self.login_status = 401
        self.released = threading.Event()
        self._guard = threading.Lock()
        self._http: Any = None
        self._ftp: Any = None

    def __enter__(self) -> StandIn:
        standin = self

        class Talk(_Talk):
            place = standin

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Lines that break belong to these tests."""

        self._http = Server(("127.0.0.1", 0), Talk)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        if self._ftp is not None:
            self._ftp.close_all()
            self._ftp_thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/biostudies/submissions/api"

    def serve_ftp(self) -> str:
        """Start FTP on the same folder; its address with the account."""
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import ThreadedFTPServer

        accounts = DummyAuthorizer()
        accounts.add_user("bs-upload", FTP_PASSWORD, str(self.ftp_folder), perm="elradfmwMT")
        handler = type(
            "Handler", (FTPHandler,), {"authorizer": accounts, "auth_failed_timeout": 0.1, "banner": "ready"}
        )
        self._ftp = ThreadedFTPServer(("127.0.0.1", 0), handler)
        self._ftp_thread = threading.Thread(target=self._serve_ftp, daemon=True)
        self._ftp_thread.start()
        return f"ftp://bs-upload:bulk%20pass%3Aword@127.0.0.1:{self._ftp.address[1]}/"

    def _serve_ftp(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # closing it takes the sockets from under its loop
            self._ftp.serve_forever(timeout=0.05)

    def asked(self, method: str, path: str) -> int:
        """How many requests came."""
        return sum(1 for m, p in self.log if m == method and re.search(path, p))

    # --- what it does ----------------------------------------------------------------------------------------------

    def login(self, content: Any) -> Any:
        if content.get("login") != USER or content.get("password") != PASSWORD:
            raise Fail(self.login_status, "Invalid email address or password.")
        token = f"eyJ.{len(self.tokens)}.sig"
        self.tokens.add(token)
        return self.profile(token)

    def profile(self, token: str) -> Any:
        return {
            "sessid": token, "email": USER, "username": USER, "secret": SECRET, "fullname": "Ada Example",
            "superuser": False, "orcid": None, "allow": [], "deny": [], "uploadType": self.upload_type,
        }  # fmt: skip

    def query(self, content: Any) -> Any:
        folder = self._inside(str(content["path"]))
        if not folder.is_dir():
            raise Fail(500, f"{folder.name}: no such folder")
        return [
            {
                "name": p.name, "path": f"user/{content['path']}".rstrip("/"), "size": p.stat().st_size,
                "type": "DIR" if p.is_dir() else "FILE",
            }
            for p in sorted(folder.iterdir())
        ]  # fmt: skip

    def upload(self, folder: str, files: list[tuple[str, bytes]]) -> None:
        for name, data in files:
            if "/" in name or not _NAME.fullmatch(f"{folder}/{name}"):
                raise Fail(500, f"The given file path contains invalid characters: {folder}/{name}")
            target = self._inside(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def delete_file(self, content: Any) -> None:
        import shutil

        path = self._inside("/".join(filter(None, (content["path"], content["fileName"]))))
        if path == self.space:
            raise Fail(500, "The user folder itself cannot be deleted")
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def validate_list(self, name: str, root: str) -> None:
        """The checks of ``/submissions/fileLists/validate``."""
        path = self._inside("/".join(filter(None, (root, name))))
        if path.suffix not in (".tsv", ".json", ".xlsx"):
            raise Fail(415, f"Unsupported pagetab format: {path.suffix}")
        if path.is_dir():
            raise Fail(400, "A directory can't be used as File List")
        if not path.is_file():
            raise Fail(500, f"The following files could not be found:\n  - {name}")
        rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line.strip()]
        if rows and rows[0][0] != "Files":
            raise Fail(400, "Error processing submission", f"First header column should be 'Files', found {rows[0][0]}")
        if rows and not all(h.strip() for h in rows[0]):
            raise Fail(400, "Error processing submission", "Attribute name is required")
        if len(rows) < 2:
            raise Fail(400, "A file list should contain at least one file")
        for number, row in enumerate(rows[1:], 2):
            if not row[0].strip():
                raise Fail(400, "Error processing submission", f"Error at row {number}: File Path is required")
            if not _NAME.fullmatch(row[0]):
                raise Fail(500, f"The given file path contains invalid characters: {row[0]}")
        missing = [row[0] for row in rows[1:] if not (self._inside(root) / row[0]).exists()][:_MOST_MISSING]
        if missing:
            raise Fail(500, "The following files could not be found:\n" + "\n".join(f"  - {m}" for m in missing))

    def create(self, content: Any, attach: str) -> Any:
        if attach and attach not in self.collections:
            raise Fail(500, f"The user {USER} is not allowed to submit to {attach} collection")
        with self._guard:
            key = f"S-BIAD{1000 + len(self.studies)}"
            self.studies[key] = Study(key, content)
        return self.draft(self.studies[key])

    def draft(self, study: Study) -> Any:
        return {
            "key": study.key, "displayKey": "TMP_1", "newSubmission": study.version == 0, "content": study.content,
            "modificationTime": "2026-11-21T12:00:00Z",
        }  # fmt: skip

    def submit(self, key: str) -> None:
        study = self._study(key)
        if study.status == "PROCESSING":
            raise Fail(
                500, f"Submission request can't be accepted. Submission with '{key}' is currently being processed."
            )
        self._check(study)
        try:
            problems: list[str] = []
            self._check_files(study)
        except Fail as error:
            if not self.later:
                raise
            problems = [error.content["log"]["message"]]
        study.status, study.polls, study.errors, study.drafted = "PROCESSING", self.polls, problems, False

    def status(self, key: str) -> Any:
        study = self.studies.get(key)
        if study is None or study.status is None:
            raise Fail(404, f"The submission '{key}' was not found")
        if study.status == "PROCESSING":
            if study.polls:
                study.polls -= 1
            else:
                study.status = "INVALID" if study.errors else "PROCESSED"
                study.version += not study.errors
        shown = study.status
        return {
            "accno": key, "displayAccNo": key, "newSubmission": study.version < 2, "title": "?", "status": shown,
            "version": max(study.version, 1), "rtime": _value(study.content, "ReleaseDate"), "mtime": None,
            "errors": study.errors if shown == "INVALID" else [],
        }  # fmt: skip

    def delete_study(self, key: str) -> None:
        study = self._study(key)
        if (_value(study.content, "ReleaseDate") or "9999") <= dt.date.today().isoformat():  # noqa: DTZ011
            raise Fail(500, f"The user {USER} is not allowed to delete the submission {key}")
        del self.studies[key]

    def _study(self, key: str) -> Study:
        if key not in self.studies:
            raise Fail(404, f"The submission '{key}' was not found")
        return self.studies[key]

    def _check(self, study: Study) -> None:
        """The checks of the document that the server makes at once."""
        wrong = []
        release = _value(study.content, "ReleaseDate")
        if not release:
            wrong.append("ReleaseDate is required")
        elif study.version == 0 and release < dt.date.today().isoformat():  # noqa: DTZ011
            wrong.append("Release date cannot be in the past")
        accno = study.content.get("accno")
        if accno and accno != study.key:
            wrong.append(f"The user is not allowed to submit {accno}")
        wrong += self._check_doi(study)
        if wrong:
            raise Fail(400, "Submission validation errors", *wrong)

    def _check_doi(self, study: Study) -> list[str]:
        given = [a for a in study.content["attributes"] if a["name"] == "DOI"]
        if study.doi is not None:
            if not given:
                return [f"The previous DOI: '{study.doi}' cannot be removed"]
            value = given[0].get("value")
            return [] if value in (None, "", study.doi) else [
                f"The given DOI '{value}' should match the previous DOI '{study.doi}'"
            ]  # fmt: skip
        if not given:
            return []
        wrong = [] if _value(study.content, "Title") else ["A title is required for DOI registration"]
        sections = study.content["section"].get("subsections", [])
        homes = {s.get("accno") for s in sections if s["type"].lower() in ("organisation", "organization")}
        if not homes:
            wrong.append("The required DOI field 'Organization' could not be found")
        for author in (s for s in sections if s["type"].lower() == "author"):
            at = [a["value"] for a in author["attributes"] if a["name"] == "affiliation"]
            wrong += [] if at else ["Authors are required to have an affiliation"]
            wrong += [
                f"The organization '{h}' affiliated to the author could not be found" for h in at if h not in homes
            ]
        study.doi = study.doi if wrong else f"10.6019/{study.key}"
        return wrong

    def _check_files(self, study: Study) -> None:
        root = _value(study.content, "RootPath") or ""
        for section in study.content["section"].get("subsections", []):
            for attribute in section.get("attributes", []):
                if attribute["name"] == "File List":
                    self.validate_list(attribute["value"], root)

    def _inside(self, path: str) -> Path:
        if ".." in path.split("/") or path.startswith("/"):
            raise Fail(500, f"The given file path contains invalid characters: {path}")
        return self.space / path if path else self.space


def _value(content: dict[str, Any], name: str) -> str | None:
    return next((a.get("value") for a in content.get("attributes", []) if a["name"] == name), None)


class _Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    place: StandIn
    timeout = 30

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _converse(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/biostudies/submissions/api")
        query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.place.log.append((self.command, path))
        fault = self._fault(path)
        if fault is not None and fault.before:
            self._suffer(fault)
            return
        status, content = self._done(path, query, body)
        if fault is not None:
            self._suffer(fault)
            return
        self._say(status, "" if content is None else json.dumps(content))

    def _fault(self, path: str) -> Fault | None:
        for fault in self.place.faults:
            if fault.times and fault.method in (None, self.command) and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _suffer(self, fault: Fault) -> None:
        self.close_connection = True
        if fault.silent:
            self.place.released.wait()
        elif not fault.drop:
            self._say(fault.status, fault.body, fault.kind)

    def _done(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
        try:
            if path == "/auth/login":
                return 200, self.place.login(json.loads(body))
            token = self.headers.get("X-Session-Token")
            if not token:
                return 500, Fail(500, "Access Denied").content
            if token not in self.place.tokens:
                return 401, {"message": "Could not find an active session with the given key"}
            return 200, self._signed(path, query, body, token)
        except Fail as error:
            return error.status, error.content
        except (KeyError, TypeError, ValueError):
            return 500, Fail(500, "Element was not created.").content

    def _signed(self, path: str, query: dict[str, str], body: bytes, token: str) -> Any:
        place = self.place
        content = json.loads(body) if self.headers.get("Content-Type", "").startswith("application/json") else None
        draft = re.fullmatch(r"/submissions/drafts/([^/]+)(/submit)?", path)
        study = re.fullmatch(r"/submissions/(S-[A-Z]+[0-9]+)", path)
        calls: dict[tuple[str, str], Callable[[], Any]] = {
            ("GET", "/auth/profile"): lambda: place.profile(token),
            ("GET", "/collections"): lambda: [{"accno": c, "title": c} for c in place.collections],
            ("POST", "/files/user/query"): lambda: place.query(content),
            ("POST", "/files/user/delete"): lambda: place.delete_file(content),
            ("POST", "/files/user/upload"): lambda: self._upload(body),
            ("POST", "/submissions/fileLists/validate"): lambda: self._validate(body),
            ("POST", "/submissions/drafts"): lambda: place.create(content, query.get("attachTo", "")),
            ("GET", "/submissions/drafts"): lambda: self._drafts(query),
        }
        if (self.command, path) in calls:
            return calls[self.command, path]()
        if draft:
            return self._draft(draft[1], submit=bool(draft[2]), content=content)
        if study and self.command == "GET":
            return place.status(study[1])
        if study and self.command == "DELETE":
            return place.delete_study(study[1])
        raise Fail(404, "There is nothing here")

    def _draft(self, key: str, *, submit: bool, content: Any) -> Any:
        place = self.place
        found = place._study(key)
        if submit and self.command == "POST":
            if self.headers.get("Submission_Type") != "application/json":
                raise Fail(415, "Unsupported pagetab format")
            return place.submit(key)
        if self.command == "PUT":
            found.content, found.drafted = content, True
        elif self.command == "DELETE":
            found.drafted = False
            if found.version == 0:
                del place.studies[key]
            return None
        return place.draft(found)

    def _drafts(self, query: dict[str, str]) -> Any:
        found = [self.place.draft(s) for s in self.place.studies.values() if s.drafted]
        at = int(query.get("offset", 0))
        return found[at : at + int(query.get("limit", 15))]

    def _validate(self, body: bytes) -> None:
        form = {k: v[0] for k, v in parse_qs(body.decode()).items()}
        self.place.validate_list(form["fileListName"], form.get("rootPath", ""))

    def _upload(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = list(BytesParser(policy=HTTP).parsebytes(head + body).iter_parts())
        named = {p.get_param("name", header="content-disposition"): p for p in parts}
        files = [
            (str(p.get_filename()), p.get_payload(decode=True))
            for p in parts
            if p.get_param("name", header="content-disposition") == "files"
        ]
        self.place.upload(named["filePath"].get_payload(decode=True).decode(), files)

    def _say(self, status: int, text: str, kind: str = "application/json") -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = _converse  # noqa: N815
