"""A portal that answers in the archive's place is told apart from the archive."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from collections.abc import Iterator
from email.message import Message as Headers

import pytest

from depositor.draft.problem import DepositError, NeedsUser, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.net import portal, web

PAGE = {"Content-Type": "text/html; charset=utf-8"}


def said(**headers: str) -> Headers:
    made = Headers()
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    return made


@pytest.mark.parametrize(
    ("method", "asked", "status", "headers", "accept", "is_portal"),
    [
        ("PATCH", "https://archive.org/f", 511, {}, "", True),
        ("GET", "http://archive.org/f", 302, {"Location": "http://login.hotel.example/"}, "", True),
        ("GET", "http://archive.org/f", 302, {"Location": "http://10.0.0.1/login"}, "", True),
        ("GET", "http://archive.org/f", 301, {"Location": "https://archive.org/f"}, "", False),
        ("GET", "http://archive.org/f", 302, {"Location": "/elsewhere"}, "", False),
        ("GET", "http://files.archive.org/f", 302, {"Location": "http://www.archive.org/f"}, "", False),
        ("GET", "https://archive.org/f", 302, {"Location": "https://bucket.store.example/f"}, "", False),
        ("HEAD", "http://archive.org/f", 200, PAGE, "", True),
        ("OPTIONS", "https://archive.org/f", 200, PAGE, "", True),
        ("PROPFIND", "http://archive.org/f", 200, PAGE, "", True),
        ("OPTIONS", "http://archive.org/f", 200, PAGE | {"DAV": "1,2"}, "", False),
        ("HEAD", "http://archive.org/f.html", 200, PAGE | {"ETag": '"1"'}, "", False),
        ("PUT", "http://archive.org/f", 201, PAGE, "", False),
        ("GET", "http://archive.org/f", 200, PAGE, "", False),
        ("GET", "https://archive.org/f", 200, PAGE, "application/json", True),
        ("GET", "https://archive.org/f", 200, {"Content-Type": "application/json"}, "application/json", False),
        ("POST", "https://archive.org/f", 403, PAGE, "", False),
    ],
)
def test_which_answers_are_a_portals(
    method: str, asked: str, status: int, headers: dict[str, str], accept: str, is_portal: bool
) -> None:
    assert portal.in_place_of(method, asked, status, said(**headers), accept) is is_portal


class Hotel(http.server.BaseHTTPRequestHandler):
    """Sends everybody to its own page, as the box of a guest network does."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://login.hotel.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hotel() -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), Hotel) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_session_tells_a_portal(hotel: int) -> None:
    url = f"http://127.0.0.1:{hotel}/files"
    with pytest.raises(Retryable) as caught, web.told(url), web.session() as session:
        session.get(url)
    assert caught.value.problem.code == "network.portal"
    assert "browser" in caught.value.problem.advice.english()


def wrong_certificate(code: int = 62) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "no")
    error.verify_code = code
    error.verify_message = "Hostname mismatch" if code == 62 else "unable to get local issuer certificate"
    return error


def of_network(host: str, code: int = 62) -> DepositError:
    return errors.of_network(wrong_certificate(code), host)


def test_a_wrong_certificate_is_a_persons_matter_unless_a_portal_is_there(
    hotel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal, "_seen", set())
    monkeypatch.setattr(portal, "_PROBE_S", 0.5)
    assert isinstance(of_network("no-such-host.invalid"), NeedsUser)
    portal.met("no-such-host.invalid")
    waited = of_network("no-such-host.invalid")
    assert isinstance(waited, Retryable)
    assert waited.problem.code == "network.portal"
    assert isinstance(of_network("no-such-host.invalid", code=20), NeedsUser)  # an unknown issuer: IT's inspection
    assert portal.stands_before("127.0.0.1", hotel)
    assert not portal.stands_before("no-such-host.invalid")


def test_a_probe_goes_to_nobody_through_a_proxy(hotel: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{hotel}")
    assert not portal.stands_before("127.0.0.1", hotel)


def test_a_portal_is_waited_for() -> None:
    told = errors.of_status(511, "h")
    assert isinstance(told, Retryable)
    assert told.problem == problems.portal("h")


# --- answers without end ---


class Endless(http.server.BaseHTTPRequestHandler):
    """Answers with as much as anybody takes, or sends in circles."""

    def do_GET(self) -> None:
        if self.path == "/circle":
            self.send_response(302)
            self.send_header("Location", "/circle")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"x" * 65536)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endless() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("path", "code"), [("", "archive.odd-answer"), ("circle", "network.dropped")])
def test_answers_and_redirects_are_bounded(endless: int, path: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_MOST_ANSWER", 1 << 20)
    url = f"http://127.0.0.1:{endless}/{path}"
    with pytest.raises(Retryable) as caught, web.told(url), web.session() as session:
        session.get(url)
    assert caught.value.problem.code == code


def test_what_is_streamed_is_not_bounded(endless: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_MOST_ANSWER", 1 << 20)
    with web.session() as session, session.get(f"http://127.0.0.1:{endless}/", stream=True) as answer:
        got = 0
        for block in answer.iter_content(1 << 20):
            got += len(block)
            if got > 3 << 20:
                break
    assert got > 3 << 20
