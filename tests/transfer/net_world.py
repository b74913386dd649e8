"""Networks as institutes have them, made of real parts on this computer: certificates, servers, proxies, portals."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import http.server
import ipaddress
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

Day = dt.timedelta(days=1)


class Authority:
    """An issuer of certificates; ``file`` is its own certificate (PEM)."""

    def __init__(self, folder: Path, name: str = "Institute Root", above: Authority | None = None) -> None:
        self.folder, self.name, self.above = folder, name, above
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = _name(name)
        issuer, key = (above.subject, above.key) if above else (self.subject, self.key)
        self.certificate = _builder(self.subject, issuer, self.key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        ).sign(key, hashes.SHA256())  # fmt: skip
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(_pem(self.certificate))

    def issue(
        self,
        *names: str,
        begins: dt.timedelta = -Day,
        ends: dt.timedelta = 30 * Day,
        chain: bool = True,
        leads: bool = False,
    ) -> Path:
        """A certificate with its key for ``names``, in one file. ``chain`` False: without those that lead up."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(_name(names[0]), self.subject, key, begins, ends)
        made = made.add_extension(x509.SubjectAlternativeName([_alternative(n) for n in names]), critical=False)
        if leads:
            place = x509.UniformResourceIdentifier("http://issuer.example/ca.cer")
            lead = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
            made = made.add_extension(x509.AuthorityInformationAccess([lead]), critical=False)
        certificate = made.sign(self.key, hashes.SHA256())
        file = self.folder / f"{abs(hash((names, begins, ends, chain, self.name)))}.pem"
        above = _pem(self.certificate) if chain and self.above else b""
        file.write_bytes(_key(key) + _pem(certificate) + above)
        return file


def self_signed(folder: Path, host: str) -> Path:
    """A certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _builder(_name(host), _name(host), key)
    made = made.add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
    file = folder / f"self-{host.replace(':', '_')}.pem"
    file.write_bytes(_key(key) + _pem(made.sign(key, hashes.SHA256())))
    return file


class Server:
    """A small web server. ``answer(path) -> (status, headers, body)``; ``pem`` makes it speak TLS."""

    def __init__(
        self,
        answer: Callable[[str], tuple[int, dict[str, str], bytes]] | None = None,
        pem: Path | None = None,
        host: str = "127.0.0.1",
        newest: ssl.TLSVersion | None = None,
    ) -> None:
        self.asked: list[str] = []
        context = _context(pem, newest) if pem else None
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                if context is not None:
                    self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self) -> None:
                world.asked.append(self.path)
                status, headers, body = (answer or _fine)(self.path)
                self.send_response_only(status)
                for name, value in {"Date": self.date_time_string(), **headers}.items():
                    if value:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Silent."""

        class Listening(socketserver.ThreadingMixIn, http.server.HTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that breaks off a handshake is what these tests are about."""

        self._server = Listening((host, 0), Handler)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Proxy:
    """A strict forward proxy: CONNECT and absolute addresses only. ``account`` must sign in with Basic; ``offers``
    are the ways to sign in that it names. ``inspect``: it reads along, with certificates that it issues itself;
    ``forbids``: hosts that it does not connect to."""

    def __init__(
        self,
        account: tuple[str, str] | None = None,
        offers: tuple[str, ...] = ('Basic realm="institute"',),
        inspect: Authority | None = None,
        forbids: frozenset[str] = frozenset(),
    ) -> None:
        self._account, self._offers, self._inspect, self._forbids = account, offers, inspect, forbids
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.let_through: list[str] = []
        self.refused = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._guarded, args=(line,), daemon=True).start()

    def _guarded(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, ssl.SSLError), line:
            self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        while head := _read_head(line):
            first, *rest = head.split("\r\n")
            method, target, _ = first.split(" ", 2)
            headers = {k.strip().lower(): v.strip() for k, _, v in (r.partition(":") for r in rest)}
            if not self._signed_in(headers):
                self.refused += 1
                offers = "".join(f"Proxy-Authenticate: {o}\r\n" for o in self._offers)
                line.sendall(f"HTTP/1.1 407 Sign in\r\n{offers}Content-Length: 0\r\n\r\n".encode())
            elif method == "CONNECT":
                self._connect(line, target)
                return
            elif target.startswith("http://"):
                self._pass_on(line, method, target, rest)
                return
            else:
                line.sendall(b"HTTP/1.1 400 Not for a proxy\r\nContent-Length: 0\r\n\r\n")

    def _signed_in(self, headers: dict[str, str]) -> bool:
        if self._account is None:
            return True
        wanted = "Basic " + base64.b64encode(":".join(self._account).encode()).decode()
        return headers.get("proxy-authorization") == wanted

    def _connect(self, line: socket.socket, target: str) -> None:
        host, _, port = target.rpartition(":")
        host = host.strip("[]")
        if host in self._forbids:
            line.sendall(b"HTTP/1.1 403 Not allowed here\r\nContent-Length: 0\r\n\r\n")
            return
        try:
            far = socket.create_connection((host, int(port)), 5)
        except OSError:
            line.sendall(b"HTTP/1.1 502 Not reached\r\nContent-Length: 0\r\n\r\n")
            return
        self.let_through.append(target)
        line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with far:
            if self._inspect is None:
                _pump(line, far)
                return
            near = _context(self._inspect.issue(host), None).wrap_socket(line, server_side=True)
            blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            blind.check_hostname = False
            blind.verify_mode = ssl.CERT_NONE
            _pump(near, blind.wrap_socket(far, server_hostname=host))

    def _pass_on(self, line: socket.socket, method: str, target: str, rest: list[str]) -> None:
        place, _, path = target.removeprefix("http://").partition("/")
        host, _, port = place.partition(":")
        self.let_through.append(place)
        kept = [r for r in rest if r and not r.lower().startswith(("proxy-", "connection:"))]
        with socket.create_connection((host, int(port or 80)), 5) as far:
            asked = [f"{method} /{path} HTTP/1.1", *kept, "Connection: close", "", ""]
            far.sendall("\r\n".join(asked).encode("latin-1"))
            _pump(line, far)


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port whose queue is full, so that nobody ever gets an answer there; the port."""
    with socket.socket() as listener, contextlib.ExitStack() as kept:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            line = kept.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


@contextlib.contextmanager
def greeter(first: bytes, host: str = "127.0.0.1") -> Iterator[int]:
    """A port at which the server speaks first."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    with line:
                        line.sendall(first)

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _fine(_: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, b"{}"


def _context(pem: Path | None, newest: ssl.TLSVersion | None) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if newest is not None:
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = newest
    made.load_cert_chain(str(pem))
    return made


def _pump(near: socket.socket, far: socket.socket) -> None:
    """Bytes both ways until the server ends; what the client still says then goes nowhere."""

    def copy(source: socket.socket, target: socket.socket, how: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError, ValueError):
            target.shutdown(how)

    back = threading.Thread(target=copy, args=(far, near, socket.SHUT_RDWR), daemon=True)
    back.start()
    copy(near, far, socket.SHUT_WR)
    back.join(5)


def _read_head(line: socket.socket) -> str:
    """The head of a request, and not a byte of what comes behind it: small bodies come in the same piece."""
    found = b""
    while not found.endswith(b"\r\n\r\n"):
        byte = line.recv(1)
        if not byte:
            return ""
        found += byte
    return found[:-4].decode("latin-1")


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Any, begins: dt.timedelta = -Day, ends: dt.timedelta = 30 * Day
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(key: Any) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
