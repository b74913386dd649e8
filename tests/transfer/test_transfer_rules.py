"""The small rules: back-off, the gate, the limiter, the estimate, which error means what, keeping awake."""

from __future__ import annotations

import datetime as dt
import email.utils
import errno
import random
import socket
import ssl
import sys
import threading
import types
from pathlib import Path
from typing import Any

import pytest
import requests
from tus_faults import TusServer

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Damaged, DepositError, NeedsUser, Refused, Retryable, Side, Stopped
from depositor.transfer import errors, problems
from depositor.transfer.manners.awake import Awake
from depositor.transfer.manners.gate import Gate
from depositor.transfer.manners.limiter import Limiter
from depositor.transfer.manners.policy import EngineSettings, delay, shared
from depositor.transfer.manners.remaining import Remaining
from depositor.transfer.net import web

# --- policy ----------------------------------------------------------------------------------------------------------


def test_full_jitter_doubles_up_to_a_minute() -> None:
    settings = EngineSettings()
    for attempt, ceiling in ((1, 1), (2, 2), (4, 8), (7, 60), (100, 60)):
        drawn = [delay(attempt, settings) for _ in range(2000)]
        assert ceiling * 0.9 < max(drawn) <= ceiling
        assert min(drawn) < ceiling * 0.1
    assert delay(1, settings, asked=30) == 30
    assert delay(1, settings, asked=10**6) == 900  # nobody sleeps for days because a server said so


def test_which_trouble_is_everybodys() -> None:
    assert shared(Retryable(problems.offline("h")))
    assert shared(Retryable(problems.busy("h")))
    assert not shared(Retryable(problems.checksum("h")))
    assert not shared(Retryable(problems.locked("h")))


# --- gate ------------------------------------------------------------------------------------------------------------


class Clocks:
    """A timer and a wall clock that only move when told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept = 0.0

    def timer(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + self.slept


def gate(clocks: Clocks, **settings: Any) -> Gate:
    return Gate(EngineSettings(**settings), Cancel(), clocks.timer, clocks.wall)


def test_one_outage_is_counted_once_however_many_bring_the_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    clocks = Clocks()
    made = gate(clocks)
    seen = made.enter()
    for _ in range(4):
        made.failed(Retryable(problems.offline("h")), seen)
    waiting = made.waiting()
    assert waiting is not None
    assert waiting.retry_in_s == 1.0
    clocks.now += 1.0
    seen = made.enter()  # the scout
    made.failed(Retryable(problems.offline("h")), seen)
    assert made.waiting().retry_in_s == 2.0  # type: ignore[union-attr]
    made.answered()
    assert made.waiting() is None
    made.failed(Retryable(problems.offline("h")), made.enter())
    assert made.waiting().retry_in_s == 4.0  # type: ignore[union-attr] # an answer alone is no progress
    made.moved()
    made.failed(Retryable(problems.offline("h")), made.enter())
    assert made.waiting().retry_in_s == 1.0  # type: ignore[union-attr]


def test_only_one_goes_ahead_to_look() -> None:
    clocks = Clocks()
    made = gate(clocks)
    made.failed(Retryable(problems.offline("h")), made.enter())
    clocks.now += 100
    through: list[int] = []
    barrier, release = threading.Barrier(4), threading.Event()

    def scout() -> None:
        barrier.wait()
        made.enter()
        through.append(1)
        release.wait(10)

    threads = [threading.Thread(target=scout) for _ in range(4)]
    for thread in threads:
        thread.start()
    while not through:
        pass
    assert sum(through) == 1
    made.answered()
    release.set()
    for thread in threads:
        thread.join(10)
    assert sum(through) == 4


def test_a_file_that_waits_alone_is_shown_when_nothing_else_moves() -> None:
    made = Gate(EngineSettings(), Cancel())
    thread = threading.Thread(target=lambda: made.wait(0.5, problems.locked("h")))
    thread.start()
    while made.waiting(1) is None and thread.is_alive():
        pass
    seen = made.waiting(1)
    assert seen is not None
    assert seen.problem.code == "archive.locked"
    assert made.waiting(2) is None  # another file is on its way
    thread.join(5)
    assert made.waiting(1) is None


def test_after_a_sleep_everybody_tries_at_once() -> None:
    clocks = Clocks()
    made = gate(clocks, base_s=600, cap_s=600)
    made.failed(Retryable(problems.offline("h"), after=500), made.enter())
    assert not made.woke()
    clocks.slept += 3600  # the lid was closed: the wall clock ran on, the timer did not
    assert made.woke()
    assert not made.woke()
    made.enter()


def test_a_stopped_gate_lets_nobody_wait() -> None:
    clocks = Clocks()
    made = gate(clocks)
    made.pause(paused=True)
    with pytest.raises(Stopped):
        made.check()
    ended: list[str] = []

    def wait() -> None:
        try:
            made.enter()
        except Stopped as error:
            ended.append(error.problem.code)

    thread = threading.Thread(target=wait)
    thread.start()
    made.end()
    thread.join(5)
    assert ended == ["transfer.stopped"]


# --- limiter ---------------------------------------------------------------------------------------------------------


def test_blocks_suit_the_rate() -> None:
    limiter = Limiter(None, lambda: None)
    assert limiter.block() == 256 << 10
    for rate, block in ((16, 1), (1600, 100), (10**9, 256 << 10), (0, 1)):
        limiter.set(rate)
        assert limiter.block() == block


def test_waiting_looks_at_cancel() -> None:
    cancel = Cancel()

    def check() -> None:
        if cancel:
            raise Stopped(errors.problems.no_headway())

    limiter = Limiter(1, check)
    limiter.take(1000)  # a debt of a quarter of an hour
    threading.Timer(0.05, cancel.set).start()
    with pytest.raises(Stopped):
        limiter.take(1)


# --- remaining time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_file", [0.0, 0.05, 0.5])
def test_the_estimate_at_a_tenth_is_within_a_quarter(per_file: float) -> None:
    """A recorded-like run of mixed files: small ones cost their overhead, big ones their bytes (user need B7)."""
    chance = random.Random(3)
    files = [chance.choice((20_000, 50_000, 400_000, 60_000_000)) for _ in range(2000)]
    speed = 30e6
    costs = [size / speed * chance.uniform(0.7, 1.4) + per_file * chance.uniform(0.7, 1.4) for size in files]
    total, spent, remaining = sum(costs), 0.0, Remaining()
    left_bytes, left_files, clock, seen_bytes, seen_files = sum(files), len(files), 0.0, 0, 0
    shown: list[tuple[float, float]] = []
    for size, cost in zip(files, costs, strict=True):
        spent, seen_bytes, seen_files = spent + cost, seen_bytes + size, seen_files + 1
        left_bytes, left_files = left_bytes - size, left_files - 1
        if spent - clock >= 1.0:
            remaining.add(spent - clock, seen_bytes, seen_files)
            clock, seen_bytes, seen_files = spent, 0, 0
            told = remaining.estimate(left_bytes, left_files)
            if told is not None:
                shown.append((spent, told))
    for at, told in shown:
        if 0.1 * total < at < 0.9 * total:
            assert told == pytest.approx(total - at, rel=0.25)


def test_nothing_is_claimed_before_there_is_something_to_tell_from() -> None:
    remaining = Remaining()
    assert remaining.estimate(10**9, 100) is None
    remaining.add(1.0, 10**8, 0)
    assert remaining.estimate(10**9, 100) is None
    assert remaining.estimate(0, 0) == 0.0


def test_many_small_files_are_not_told_from_their_bytes() -> None:
    remaining = Remaining()
    for _ in range(30):
        remaining.add(1.0, 50_000_000, 0)  # a big file at 50 MB/s
    for _ in range(30):
        remaining.add(1.0, 10_000, 10)  # then ten small ones a second
    for _ in range(40):
        told = remaining.estimate(1_000_000, 1000)
    assert told == pytest.approx(100, rel=0.2)


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Refused, "archive.refused"),
        (401, NeedsUser, "archive.sign-in"),
        (403, Refused, "archive.forbidden"),
        (404, Refused, "archive.gone"),
        (407, NeedsUser, "network.proxy-sign-in"),
        (408, Retryable, "network.silent"),
        (409, Refused, "archive.conflict"),
        (413, Refused, "archive.too-large"),
        (423, Retryable, "archive.locked"),
        (429, Retryable, "archive.busy"),
        (500, Retryable, "archive.broken"),
        (503, Retryable, "archive.busy"),
        (507, NeedsUser, "archive.quota"),
        (302, Retryable, "network.portal"),
        (200, Retryable, "archive.odd-answer"),
        (599, Retryable, "archive.broken"),
        (418, Refused, "archive.refused"),
    ],
)
def test_answers_mean_what_they_mean(status: int, kind: type[DepositError], code: str) -> None:
    error = errors.of_status(status, "host")
    assert type(error) is kind
    assert error.problem.code == code


def test_retry_after_is_seconds_or_a_date_or_nothing() -> None:
    soon = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90), usegmt=True)
    assert errors.retry_after({"Retry-After": "120"}) == 120
    assert 80 < (errors.retry_after({"Retry-After": soon}) or 0) <= 90
    for nonsense in ("", "soon", "-1", "²", "Mon, 99 Foo 2026"):
        assert errors.retry_after({"Retry-After": nonsense}) is None
    assert errors.retry_after({}) is None


def asked(url: str, **more: Any) -> DepositError:
    """What a real request to ``url`` ends in."""
    with pytest.raises(DepositError) as caught, web.told(url), web.session(web.Timeouts(1, 0.3), **more) as session:
        session.get(url)
    return caught.value


def test_real_network_trouble_is_told_apart() -> None:
    assert asked("http://no-such-host.invalid/").problem.code == "network.offline"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused = asked(f"http://127.0.0.1:{port}/")
    assert (refused.problem.code, refused.problem.side) == ("network.refused", Side.NETWORK)
    with TusServer() as server:
        server.fault("HEAD", mute=True)
        with pytest.raises(Retryable) as caught, web.told(server.url), web.session(web.Timeouts(1, 0.3)) as session:
            session.head(server.url)
        assert caught.value.problem.code == "network.silent"
        server.fault("HEAD", silent=True)
        with pytest.raises(Retryable) as caught, web.told(server.url), web.session(web.Timeouts(1, 5)) as session:
            session.head(server.url, headers={"Tus-Resumable": "1.0.0"})
        assert caught.value.problem.code == "network.dropped"
    proxied = asked("http://archive.example/", proxies={"http": f"http://127.0.0.1:{port}"})
    assert proxied.problem.code in ("network.proxy", "network.refused")


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        (10, "certificate has expired", "network.certificate.expired"),
        (62, "Hostname mismatch", "network.certificate.name"),
        (20, "unable to get local issuer certificate", "network.certificate.unknown"),
        (18, "self-signed certificate", "network.certificate.unknown"),
    ],
)
def test_certificates_are_named_in_plain_words(code: int, words: str, told: str) -> None:
    inner = ssl.SSLCertVerificationError(1, words)
    inner.verify_code, inner.verify_message = code, words
    error = errors.of_network(requests.exceptions.SSLError(inner), "host")
    assert isinstance(error, NeedsUser)
    assert error.problem.message.id == told


def test_a_deposit_error_inside_comes_out_as_it_was() -> None:
    inside = Damaged(problems.file_changed("x"))
    assert errors.of_network(requests.ConnectionError(OSError(inside)), "host") is inside


def test_source_trouble(tmp_path: Path) -> None:
    inside = tmp_path / "a.tif"
    assert errors.of_source(FileNotFoundError(errno.ENOENT, "x"), inside).problem.code == "file.gone"
    assert errors.of_source(PermissionError(errno.EACCES, "x"), inside).problem.code == "file.no-permission"
    assert errors.of_source(OSError(errno.EIO, "x"), inside).problem.code == "file.unreadable"
    gone = errors.of_source(OSError(errno.ENOENT, "x"), tmp_path / "drive" / "a.tif")
    assert isinstance(gone, Retryable)


def test_no_problem_shows_the_text_of_an_exception() -> None:
    error = errors.of_network(requests.ConnectionError("secret token in an address"), "host")
    assert "secret" not in repr(error.problem)


# --- web -------------------------------------------------------------------------------------------------------------


def test_no_netrc_and_our_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    session = web.session()
    request = session.prepare_request(requests.Request("GET", "http://127.0.0.1/"))
    assert "Authorization" not in request.headers
    assert request.headers["User-Agent"].startswith("Depositor/")
    session.close()


def test_an_aborted_line_frees_its_thread() -> None:
    lines, caught = web.Lines(), []
    with TusServer() as server, web.session(web.Timeouts(5, 60), lines) as session:
        server.fault("HEAD", mute=True)

        def ask() -> None:
            try:
                with web.told(server.url):
                    session.head(server.url)
            except DepositError as error:
                caught.append(error.problem.code)

        thread = threading.Thread(target=ask)
        thread.start()
        server.wait_for(lambda: server.count("HEAD") == 1)
        lines.abort()
        thread.join(5)
        assert caught == ["network.dropped"]


def test_repr_digest_is_read() -> None:
    value = "sha-512=:aGk=:, sha-256=:" + "q83v" * 10 + "q80=" + ":"
    assert len(web.repr_digest({"Repr-Digest": value})["sha256"]) == 64
    assert web.repr_digest({"Repr-Digest": "sha-256=:!!:"}) == {}
    assert web.repr_digest({}) == {}


# --- awake -----------------------------------------------------------------------------------------------------------


class Mode:
    def __init__(self, *, active: bool, fails: bool = False) -> None:
        self.active, self._fails, self.left = active, fails, False

    def __enter__(self) -> Mode:
        if self._fails:
            raise RuntimeError("D-Bus said something odd")
        return self

    def __exit__(self, *_: object) -> None:
        self.left = True


@pytest.mark.parametrize(("active", "fails"), [(True, False), (False, False), (False, True)])
def test_awake_says_honestly_whether_it_works(monkeypatch: pytest.MonkeyPatch, active: bool, fails: bool) -> None:
    mode = Mode(active=active, fails=fails)
    keep = types.SimpleNamespace(running=lambda on_fail: mode)
    monkeypatch.setitem(sys.modules, "wakepy", types.SimpleNamespace(keep=keep))
    with Awake() as awake:
        assert awake.active is (active and not fails)
    assert not awake.active
    assert mode.left is not fails


def test_awake_with_the_real_library_never_raises() -> None:
    with Awake() as awake:
        assert awake.active in (True, False)
    with Awake(wanted=False) as awake:
        assert not awake.active
