"""Requests on a line of our own: odd answers, dead lines, certificates, proxies, numbers as addresses."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from carrier_suite import BytesBody
from line_proxy import LineProxy, free_port
from net_world import Authority, Proxy, black_hole
from s3_faults import BUCKET, S3Server
from s3_world import KEYS, PART, SHORT, assert_all_there
from transfer_world import World, noise

from depositor.draft.problem import Retryable
from depositor.transfer.net import web
from depositor.transfer.net.lean_line import BLOCK, Streamed, whole
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.place import S3Options, S3Place
from depositor.transfer.s3.wire import S3Answer, S3Wire

OPTIONS = S3Options(part_size=PART, least_part=PART, one_request=10_000)
OK = b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 2\r\n\r\nok'
Answer = bytes | Callable[[], None] | None


@contextlib.contextmanager
def speaking(*scripts: Sequence[Answer], take: int = 0) -> Iterator[tuple[str, list[bytes]]]:
    """A server of fixed answers: one script for each connection, one answer of it for each request (None: hang up;
    or what is done before that). ``take``: only so many bytes of a request are read. Gives the address and what was
    asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                for script in scripts:
                    line, _ = listener.accept()
                    with line:
                        _follow(line, script, asked, take)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked


def _follow(line: socket.socket, script: Sequence[Answer], asked: list[bytes], take: int) -> None:
    line.settimeout(10)
    for answer in script:
        got = line.recv(take or 1)
        while not take and b"\r\n\r\n" not in got and (more := line.recv(65536)):
            got += more
        head, _, rest = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while not take and len(rest) < length and (more := line.recv(65536)):
            rest += more
        asked.append(head.partition(b"\r\n")[0])
        if not isinstance(answer, bytes):
            if answer is not None:
                answer()
            return
        line.sendall(answer)


def wire(url: str, session: Callable[[web.Timeouts, web.Lines], object] = web.session) -> S3Wire:
    return S3Wire(S3Place(url, BUCKET), lambda: KEYS, lambda: session(SHORT, web.Lines()))  # type: ignore[arg-type,return-value]


def got(answer: bytes, method: str = "GET") -> S3Answer:
    with speaking([answer]) as (url, _):
        made = wire(url)
        try:
            return made.ask(method, "x")
        finally:
            made.close()


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nTrailer: z\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
    ],
)
def test_answers_in_every_form(answer: bytes) -> None:
    assert got(answer).content == b"ok"


def test_an_answer_to_head_has_no_body() -> None:
    assert got(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "HEAD").headers["content-length"] == "99"


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>sign in to this wireless network</html>",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 fine\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nless",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
    ],
)
def test_what_is_no_answer_is_tried_again_later(answer: bytes) -> None:
    with speaking([answer]) as (url, _):
        made = wire(url)
        with pytest.raises(Retryable):
            made.ask("GET", "x")
        made.close()


def test_a_header_of_two_lines_is_never_sent() -> None:
    with speaking([OK]) as (url, asked):
        made = wire(url)
        with pytest.raises(ValueError, match="several lines"):
            made.ask("PUT", "x", headers={"x-amz-meta-note": "a\r\nHost: elsewhere"})
        made.close()
        assert not any(asked)


def test_an_answer_before_all_was_sent_is_heard() -> None:
    busy = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 38\r\n\r\n<Error><Code>SlowDown</Code></Error>  "
    with speaking([busy], take=65536) as (url, _):
        made = wire(url)
        answer = made.put("x", {}, Streamed(BytesBody(bytes(64 << 20))))
        assert answer.error is not None
        assert (answer.error.status, answer.error.code) == (503, "SlowDown")
        made.close()


# --- lines -----------------------------------------------------------------------------------------------------------


def test_one_line_serves_many_requests() -> None:
    with speaking([OK, OK, OK]) as (url, asked):
        made = wire(url)
        for _ in range(3):
            made.ask("PUT", "x", data=b"abc")
        made.close()
        assert len(asked) == 3


def test_bytes_that_nobody_asked_for_end_a_line() -> None:
    with speaking([OK + b"HTTP/1.1 200 OK"], [OK]) as (url, asked):
        made = wire(url)
        made.ask("GET", "x")
        assert made.ask("GET", "y").content == b"ok"
        made.close()
        assert len(asked) == 2


@pytest.mark.parametrize("rows", ["<PartNumber>²</PartNumber>", "<PartNumber>1</PartNumber><Size>-1</Size>", ""])
def test_parts_that_make_no_sense_are_none(rows: str) -> None:
    text = f"<R xmlns='x'><Part>{rows}</Part><IsTruncated>false</IsTruncated></R>".encode()
    with speaking([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)]) as (url, _):
        made = wire(url)
        assert made.parts("x", "u") == []
        made.close()


@pytest.mark.parametrize("place", ["http://127.0.0.1:{}", "http://[::1]:{}"])
def test_the_host_is_named_as_it_was_entered(place: str) -> None:
    made = wire(place.format(free_port()))
    with pytest.raises(Retryable) as caught:
        made.ask("GET", "x")
    assert f"{made.host} does not take" in caught.value.problem.message.english()
    made.close()


def test_a_line_that_was_hung_up_meanwhile_is_opened_anew() -> None:
    with speaking([OK], [OK]) as (url, asked):
        made = wire(url)
        made.ask("GET", "x")
        assert made.ask("GET", "y").error is None
        made.close()
        assert len(asked) == 2


@pytest.mark.parametrize(("method", "again"), [("PUT", True), ("GET", True), ("POST", False)])
def test_a_request_that_nobody_took_goes_once_more_where_it_may(method: str, again: bool) -> None:
    """The server hung up while the request was on its way."""
    with speaking([OK, None], [OK]) as (url, asked):
        made = wire(url)
        made.ask("GET", "x")
        if again:
            assert made.ask(method, "y", data=b"abc").error is None
        else:
            with pytest.raises(Retryable):
                made.ask(method, "y", data=b"abc")
        made.close()
        assert len(asked) == (3 if again else 2)


def test_a_body_that_has_gone_is_not_sent_again_from_here() -> None:
    with speaking([OK, None], [OK]) as (url, _):
        made = wire(url)
        made.ask("GET", "x")
        with pytest.raises(Retryable):
            made.put("y", {}, Streamed(BytesBody(noise(BLOCK + 1))))
        made.close()


def test_what_was_broken_off_here_is_not_sent_again() -> None:
    def abort() -> None:
        made.broken_off += 1

    with speaking([OK, abort], [OK]) as (url, asked):
        made = wire(url)
        made.ask("GET", "x")
        with pytest.raises(Retryable):
            made.ask("GET", "y")
        made.close()
        assert len(asked) == 2


def test_nobody_who_answers_is_not_waited_for_long() -> None:
    with black_hole() as port:
        made = wire(f"http://127.0.0.1:{port}")
        made.connect_s = 0.2
        with pytest.raises(Retryable) as caught:
            made.ask("GET", "x")
        assert caught.value.problem.code == "network.silent"
        made.close()


def test_one_secure_line_serves_many_requests(tmp_path: Path) -> None:
    """Tickets for the next handshake are no answers."""
    issuer = Authority(tmp_path)
    with S3Server(pem=issuer.issue("127.0.0.1")) as server, LineProxy(int(server.url.rpartition(":")[2])) as between:
        made = wire(
            f"https://127.0.0.1:{between.port}",
            lambda timeouts, lines: web.session(timeouts, lines, verify=str(issuer.file)),
        )
        for number in range(5):
            assert made.put(f"k{number}", {}, b"abc").error is None
        assert between.connections == 1
        between.cut()
        assert made.put("k", {}, b"abc").error is None
        assert between.connections == 2
        made.close()


def test_small_bodies_go_with_their_head() -> None:
    assert whole(BytesBody(b"x" * BLOCK)) == b"x" * BLOCK
    assert isinstance(whole(BytesBody(b"x" * (BLOCK + 1))), Streamed)


# --- certificates, proxies, numbers ----------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.add("big", noise(1_000_000))
    made.add("small ä☃", noise(1000))
    return made


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_certificates_of_an_institute_are_trusted_where_it_says_so(world: World, tmp_path: Path, host: str) -> None:
    issuer = Authority(tmp_path)
    with S3Server(host=host, pem=issuer.issue(host)) as server:
        place = S3Place(server.url, BUCKET, style="virtual")
        outcome = world.run(lambda: S3Carrier(place, lambda: KEYS, OPTIONS, SHORT))
        assert outcome.problem is not None
        assert (outcome.needs_user, outcome.problem.code) == (True, "network.certificate")

        def session(timeouts: web.Timeouts, lines: web.Lines) -> object:
            return web.session(timeouts, lines, verify=str(issuer.file))

        outcome = world.run(lambda: S3Carrier(place, lambda: KEYS, OPTIONS, SHORT, session))  # type: ignore[arg-type]
        assert (outcome.failed, outcome.stopped) == (0, False)
        assert_all_there(world, server)


def test_through_a_proxy_to_a_secure_server(world: World, tmp_path: Path) -> None:
    issuer = Authority(tmp_path)
    with S3Server(pem=issuer.issue("127.0.0.1")) as server, Proxy(("user", "word")) as proxy:
        place, named = S3Place(server.url, BUCKET), proxy.url.replace("//", "//user:word@")

        def session(timeouts: web.Timeouts, lines: web.Lines) -> object:
            return web.session(timeouts, lines, {"https": named}, str(issuer.file))

        outcome = world.run(lambda: S3Carrier(place, lambda: KEYS, OPTIONS, SHORT, session))  # type: ignore[arg-type]
        assert (outcome.failed, outcome.stopped) == (0, False)
        assert_all_there(world, server)
        assert set(proxy.let_through) == {server.url.removeprefix("https://")}


def test_through_a_proxy_to_an_open_server(world: World) -> None:
    """The service takes whole addresses as a proxy does, and nobody else knows the name."""
    with S3Server() as server:

        def session(timeouts: web.Timeouts, lines: web.Lines) -> object:
            return web.session(timeouts, lines, {"http": server.url})

        place = S3Place("http://storage.example", BUCKET)
        outcome = world.run(lambda: S3Carrier(place, lambda: KEYS, OPTIONS, SHORT, session))  # type: ignore[arg-type]
        assert (outcome.failed, outcome.stopped) == (0, False)
        assert_all_there(world, server)
