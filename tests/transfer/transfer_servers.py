"""Real servers on loopback: the official tus server, pyftpdlib with and without TLS, a plain HTTP one with faults."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
SERVER = HERE / "tus_server" / "server.mjs"
_NODE_MAJOR = 20


def npm_packages() -> Path:
    """The pinned npm packages, installed once into the checkout's cache folder; skips where that cannot be done."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("the official tus server needs Node.js and npm, which are not installed here")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < _NODE_MAJOR:
        pytest.skip(f"the official tus server needs Node.js {_NODE_MAJOR} or newer")
    lock = (HERE / "tus_server" / "package-lock.json").read_bytes()
    folder = CHECKOUT / ".dev" / f"tus-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):  # several test runs may come at once
        if not (folder / "ready").exists():
            _install(folder)
        if not (folder / "server.mjs").exists() or (folder / "server.mjs").read_bytes() != SERVER.read_bytes():
            shutil.copyfile(SERVER, folder / "server.mjs")
    return folder


def _install(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / "tus_server" / name, folder / name)
    npm = shutil.which("npm") or "npm"
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        pytest.skip("the npm registry could not be reached to install the official tus server")
    (folder / "ready").touch()


class OfficialTus:
    """npm ``@tus/server`` with its file store. ``named``: it recognises files by their metadata."""

    def __init__(self, folder: Path, *, named: bool = False) -> None:
        self.folder, self._mode = folder, "named" if named else "random"
        folder.mkdir(parents=True, exist_ok=True)
        self._packages = npm_packages()
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> None:
        """Start, or start again on the same port."""
        command = ["node", "server.mjs", str(self.folder), self._mode, str(self.port)]
        self._process = subprocess.Popen(command, cwd=self._packages, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> OfficialTus:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/files"

    def uploads(self) -> list[tuple[str, Path]]:
        """(name, file) of every upload that is complete."""
        found = []
        for path in self.folder.glob("*.json"):
            about = json.loads(path.read_text())
            data = path.with_suffix("")
            if data.stat().st_size == about.get("size"):  # none: the length was never told
                found.append((about["metadata"]["relativePath"], data))
        return sorted(found)

    def names(self) -> list[str]:
        return [name for name, _ in self.uploads()]

    def content(self, name: str) -> bytes | None:
        return next((path.read_bytes() for n, path in self.uploads() if n == name), None)

    def total(self) -> int:
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.suffix != ".json")


class FtpServer:
    """pyftpdlib in a thread. ``pem``: key and certificate, for TLS on both lines; ``forbid``: commands that it refuses;
    ``masquerade``: the address that it gives out; its live sessions can be cut."""

    def __init__(
        self,
        folder: Path,
        *,
        pem: Path | None = None,
        forbid: frozenset[str] = frozenset(),
        masquerade: str | None = None,
    ) -> None:
        from pyftpdlib import handlers
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.servers import ThreadedFTPServer

        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        authorizer = DummyAuthorizer()
        authorizer.add_user("dep", "secret", str(folder), perm="elradfmwMT")
        self.commands: list[str] = []
        server = self

        base = handlers.TLS_FTPHandler if pem else handlers.FTPHandler

        class Handler(base):  # type: ignore[misc, valid-type]
            def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
                server.commands.append(cmd)
                if cmd in forbid:
                    self.respond("502 Not allowed here.")
                    return
                super().pre_process_command(line, cmd, arg)

            def on_connect(self) -> None:
                server.sessions.append(self)

        Handler.authorizer = authorizer
        Handler.banner = "ready"
        Handler.auth_failed_timeout = 0.1
        Handler.masquerade_address = masquerade
        if pem:
            Handler.certfile = str(pem)
            Handler.tls_control_required = Handler.tls_data_required = True
        self.sessions: list[Any] = []
        self._server = ThreadedFTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # closing it takes the sockets from under its loop
            self._server.serve_forever(timeout=0.05)

    def __enter__(self) -> FtpServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close_all()
        self._thread.join(10)

    @property
    def port(self) -> int:
        return int(self._server.address[1])

    def cut(self) -> None:
        """Cut all lines, data and control, as a broken network does."""
        for session in self.sessions:
            for line in (getattr(session, "data_channel", None), session):
                with contextlib.suppress(OSError, AttributeError):
                    socket.socket.shutdown(line.socket, socket.SHUT_RDWR)
        self.sessions.clear()

    def names(self) -> list[str]:
        found = (p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())
        return sorted(n for n in found if not n.endswith(".part"))

    def content(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None


def certificate(folder: Path, *, days: int = 2, name: str = "localhost", subject: str = "") -> Path:
    """A fresh key and a certificate signed with it, in one file; skips where the libraries for it are missing."""
    pytest.importorskip("OpenSSL", reason="FTPS in pyftpdlib needs pyOpenSSL, which is not installed")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject or name)])
    now = dt.datetime.now(dt.UTC)
    begin, end = now - dt.timedelta(days=30), now + dt.timedelta(days=days)
    made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number(), begin, end)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(*shape) + made.sign(key, hashes.SHA256()).public_bytes(shape[0]))
    return path


def trusting(pem: Path) -> ssl.SSLContext:
    """Trusts that certificate alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pem)
    return context


class PutServer:
    """PUT, POST (multipart), HEAD of whole files, kept in memory; faults are functions called before an answer."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: list[Any] = []
        self.requests: list[str] = []
        self._http: Any = None

    def __enter__(self) -> PutServer:
        server = self

        class Handler(_Put):
            place = server

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
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/"

    def names(self) -> list[str]:
        return sorted(self.files)

    def content(self, name: str) -> bytes | None:
        return self.files.get(name)


class _Put(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    place: PutServer

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_PUT(self) -> None:
        self._keep(self._name(), self._body())

    def do_POST(self) -> None:
        from email.parser import BytesParser
        from email.policy import HTTP

        body = self._body()
        if body is None:
            return
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = {}
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            parts[part.get_param("name", header="content-disposition")] = part.get_payload(decode=True)
        self._keep(parts["key"].decode().rstrip(), parts["file"])

    def do_HEAD(self) -> None:
        self.place.requests.append("HEAD")
        data = self.place.files.get(self._name())
        self._answer(404 if data is None else 200, len(data or b""))

    def _keep(self, name: str, data: bytes | None) -> None:
        self.place.requests.append(self.command)
        if data is None:
            return
        fault = self.place.faults.pop(0) if self.place.faults else None
        status = fault(self, name, data) if fault else 201
        if status == 201:
            self.place.files[name] = data
        if status:
            self._answer(status)

    def _body(self) -> bytes | None:
        assert "Content-Length" in self.headers, "a body without a length"
        length = int(self.headers["Content-Length"])
        data = self.rfile.read(length)
        return data if len(data) == length else None

    def _name(self) -> str:
        from urllib.parse import unquote

        return unquote(self.path.lstrip("/"))

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, length: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()


@contextlib.contextmanager
def tiny_disk(folder: Path, size: str = "3m") -> Iterator[Path]:
    """A tmpfs of a few MiB; only root on Linux can make one."""
    if sys.platform != "linux":
        pytest.skip("a tiny disk needs Linux")
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False).returncode:
        pytest.skip("no right to mount a tiny disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
