"""How lines are made: dead addresses, certificates, proxies with a sign-in, and no way to trust everything."""

from __future__ import annotations

import ast
import base64
import contextlib
import errno
import re
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from transfer_servers import certificate

import depositor
from depositor.draft.problem import NeedsUser, Retryable
from depositor.transfer.http.wire import HttpWire
from depositor.transfer.net import dial, web

V4, V6 = socket.AF_INET, socket.AF_INET6


def answers(*addresses: tuple[int, str, int]) -> Any:
    """A resolver that knows one host."""

    def resolve(host: str, port: int, *_: Any) -> list[Any]:
        return [(family, socket.SOCK_STREAM, 0, "", (place, at)) for family, place, at in addresses]

    return resolve


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as line:
        yield int(line.getsockname()[1])


@pytest.fixture(autouse=True)
def nobody_won_before() -> None:
    dial.forget()


class Clock:
    """Time that passes only while somebody waits for a socket."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Waiting(selectors.DefaultSelector):
    """A selector that lets the clock run instead of waiting long. What stands after a moment stands at once."""

    clock: Clock

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0.05)
        self.clock.now += 0 if ready else timeout or 0.0
        return ready


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Waiting.clock = Clock()
    monkeypatch.setattr(dial.time, "monotonic", made.monotonic)
    monkeypatch.setattr(dial.selectors, "DefaultSelector", Waiting)
    return made


def black_hole(monkeypatch: pytest.MonkeyPatch, place: str) -> list[str]:
    """Connections to ``place`` neither fail nor stand. What was tried, in order."""
    tried: list[str] = []

    class Line(socket.socket):
        def connect_ex(self, address: Any) -> int:
            tried.append(address[0])
            return errno.EINPROGRESS if address[0] == place else super().connect_ex(address)

    class Dead(Waiting):
        def select(self, timeout: float | None = None) -> Any:
            found = super(Waiting, self).select(0.05)  # a socket that was never connected is "ready", too
            ready = [pair for pair in found if _connected(pair[0].fileobj)]
            self.clock.now += 0 if ready else timeout or 0.0
            return ready

    def _connected(line: Any) -> bool:
        with contextlib.suppress(OSError):
            return bool(line.getpeername())
        return bool(line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    monkeypatch.setattr(dial.socket, "socket", Line)
    monkeypatch.setattr(dial.selectors, "DefaultSelector", Dead)
    return tried


def test_a_dead_address_costs_a_quarter_of_a_second_once(
    monkeypatch: pytest.MonkeyPatch, listener: int, clock: Clock
) -> None:
    tried = black_hole(monkeypatch, "127.0.0.9")
    resolver = answers((V6, "::1", 9), (V4, "127.0.0.9", 9), (V4, "127.0.0.1", listener))
    monkeypatch.setattr(dial.socket, "getaddrinfo", lambda *a: resolver(*a)[1:])
    dial.connect("archive.example", 443, 15.0).close()
    assert tried == ["127.0.0.9", "127.0.0.1"]
    assert clock.now - 100.0 <= 0.3


def test_a_family_that_won_is_tried_first_the_next_time() -> None:
    six, four = (V6, 1, 6, ("::1", 1)), (V4, 1, 6, ("127.0.0.1", 1))
    assert dial.in_turn([six, six, four]) == [six, four, six]
    assert dial.in_turn([six, six, four], V4) == [four, six, six]
    assert dial.in_turn([six], V4) == [six]
    assert dial.in_turn([]) == []


def test_nobody_there_is_told_as_what_it_is(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    monkeypatch.setattr(dial.socket, "getaddrinfo", answers((V4, "127.0.0.1", port)))
    with pytest.raises(ConnectionRefusedError):
        dial.connect("archive.example", 443, 15.0)
    tried = black_hole(monkeypatch, "127.0.0.1")
    with pytest.raises(TimeoutError):
        dial.connect("archive.example", 443, 15.0)
    assert tried == ["127.0.0.1"]
    assert 15.0 <= clock.now - 100.0 < 16.0
    with pytest.raises(InterruptedError):
        dial.connect("archive.example", 443, 15.0, given_up=lambda: True)


@pytest.mark.parametrize(
    ("resolver", "code"),
    [
        (answers((V4, "127.0.0.1", 1)), "network.refused"),
        (lambda *_: (_ for _ in ()).throw(socket.gaierror(-2, "unknown")), "network.offline"),
    ],
)
def test_what_goes_wrong_is_told_by_its_side(monkeypatch: pytest.MonkeyPatch, resolver: Any, code: str) -> None:
    monkeypatch.setattr(dial.socket, "getaddrinfo", resolver)
    url = "http://archive.example/x"
    session = web.session()
    session.trust_env = False
    with pytest.raises(Retryable) as caught, web.told(url):
        session.get(url)
    assert caught.value.problem.code == code


# --- certificates --------------------------------------------------------------------------------------------------


class _Says(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextlib.contextmanager
def secure(pem: Path) -> Iterator[str]:
    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Those who do not trust us hang up."""

    server = Quiet(("127.0.0.1", 0), _Says)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_own_certificates_are_trusted_beside_those_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Linux the system's store is where OpenSSL looks; SSL_CERT_FILE says where that is."""
    folders = [tmp_path / name for name in ("system", "own", "strange")]
    for folder in folders:
        folder.mkdir()
    system, own, strange = (certificate(folder, subject=folder.name) for folder in folders)
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(system))  # requests would take this in place of what was set here
    with secure(system) as known, secure(own) as added, secure(strange) as unknown:
        with web.session(verify=str(own)) as session:
            assert session.get(known).status_code == 204
            assert session.get(added).status_code == 204
            with pytest.raises(NeedsUser) as caught, web.told(unknown):
                session.get(unknown)
        assert caught.value.problem.code == "network.certificate"
        with web.session() as session:
            assert session.get(known).status_code == 204
            with pytest.raises(requests.exceptions.SSLError):
                session.get(added)


def test_certificates_are_checked_whatever_is_asked(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with pytest.raises(ValueError, match="always checked"):
        web.session(verify=False)  # type: ignore[arg-type]
    with secure(pem) as url, web.session() as session:
        with pytest.raises(requests.exceptions.SSLError):
            session.get(url, verify=False)
        session.verify = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(url)


def test_no_line_of_the_program_switches_checks_off() -> None:
    words = {"_create_unverified_context", "CERT_NONE", "disable_warnings"}
    telling = re.compile(r"\bverify\b|check_hostname|" + "|".join(words))
    looked = 0
    for path in Path(depositor.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        # net/tls.py looks at certificates, and sends nothing.
        if path.parts[-2:] == ("net", "tls.py") or not telling.search(text):
            continue
        looked += 1
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.keyword) and node.arg in ("verify", "check_hostname"):
                assert not (isinstance(node.value, ast.Constant) and not node.value.value), path
            if isinstance(node, ast.Attribute) and node.attr == "check_hostname":
                assert not isinstance(node.ctx, ast.Store), path
            assert getattr(node, "attr", getattr(node, "id", None)) not in words, path
    assert looked > 1


# --- proxies -------------------------------------------------------------------------------------------------------


class _Proxy(BaseHTTPRequestHandler):
    """Lets through who signs in, to a server that says 204."""

    protocol_version = "HTTP/1.1"
    wanted = "Basic " + base64.b64encode(b"ada:p@ss word").decode()

    def do_GET(self) -> None:
        known = self.headers.get("Proxy-Authorization") == self.wanted
        self.send_response(204 if known else 407)
        if not known:
            self.send_header("Proxy-Authenticate", 'Basic realm="institute"')
            self.send_header("Content-Length", "0")
        self.end_headers()

    def do_CONNECT(self) -> None:
        self.do_GET()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def proxy() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def through(proxy: str) -> dict[str, str]:
    return {"http": proxy, "https": proxy}


def test_a_proxy_gets_the_sign_in_that_is_kept_elsewhere(proxy: str) -> None:
    asked: list[str] = []

    def sign_in(host: str) -> tuple[str, str]:
        asked.append(host)
        return "ada", "p@ss word"

    with web.session(proxies=through(proxy), sign_in=sign_in) as session:
        session.trust_env = False
        assert session.get("http://archive.example/").status_code == 204
        assert "p@ss" not in repr(session.proxies)
    assert set(asked) == {"127.0.0.1"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_asks_for_a_sign_in_needs_the_user(proxy: str, scheme: str) -> None:
    url = f"{scheme}://archive.example/"
    wire = HttpWire(url, None, web.PATIENT, lambda timeouts, lines: web.session(timeouts, lines, through(proxy)))
    with pytest.raises(NeedsUser) as caught:
        wire.must(wire.ask("GET", url), 204)
    wire.close()
    assert caught.value.problem.code == "network.proxy-sign-in"


def test_a_hanging_connection_attempt_can_be_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full answers no more."""
    lines = web.Lines()
    started = threading.Event()

    class Line(socket.socket):
        def connect_ex(self, address: Any) -> int:
            started.set()
            return errno.EINPROGRESS

    class Never(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> Any:
            time.sleep(0.01)
            return []

    monkeypatch.setattr(dial.socket, "socket", Line)
    monkeypatch.setattr(dial.selectors, "DefaultSelector", Never)
    monkeypatch.setattr(dial.socket, "getaddrinfo", answers((V4, "127.0.0.1", 9)))
    failed: list[BaseException] = []

    def ask() -> None:
        with web.session(web.Timeouts(connect=3600), lines) as session:
            session.trust_env = False
            try:
                session.get("http://archive.example/")
            except requests.RequestException as error:
                failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert started.wait(10)
    lines.abort()
    thread.join(10)
    assert not thread.is_alive()
    assert len(failed) == 1
