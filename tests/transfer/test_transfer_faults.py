"""Whatever the line does, the transfer goes on by itself and everything arrives as it was."""

from __future__ import annotations

import email.utils
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fault_proxy
import pytest
from fault_proxy import FaultProxy
from transfer_world import QUICK, World, noise
from tus_faults import TusServer

from depositor.draft.problem import Retryable
from depositor.draft.submission import SubmissionFile
from depositor.transfer.manners import policy
from depositor.transfer.net.web import Timeouts
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

SHORT = Timeouts(2, 0.6)
OPTIONS = TusOptions(checksums=False, part_size=256 << 10)


@pytest.fixture
def server() -> Iterator[TusServer]:
    with TusServer() as made:
        yield made


@pytest.fixture
def proxy(server: TusServer) -> Iterator[FaultProxy]:
    with FaultProxy(int(server.url.split(":")[2].split("/")[0])) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.add("big.tif", noise(3 << 20, 2))
    for number in range(5):
        made.add(f"small/{number}.tif", noise(20_000, number))
    return made


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server asks for in seconds is waited for in hundredths."""
    delay = policy.delay
    monkeypatch.setattr("depositor.transfer.manners.gate._MANNERS_S", 0.02)
    monkeypatch.setattr(
        "depositor.transfer.manners.gate.delay", lambda n, s, asked=None: delay(n, s, (asked or 0) / 100)
    )


def carrier(server: TusServer, proxy: FaultProxy) -> Callable[[], TusCarrier]:
    path = server.url.split("/", 3)[3]
    return lambda: TusCarrier(f"http://127.0.0.1:{proxy.port}/{path}", options=OPTIONS, timeouts=SHORT)


def arrived(server: TusServer, world: World) -> None:
    there = {kept.name: bytes(kept.data) for kept in server.uploads.values() if kept.whole}
    assert there == {f.name: Path(f.source).read_bytes() for f in world.files}


def date(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


FAULTS: dict[str, Callable[[FaultProxy], None]] = {
    "cut": lambda p: p.cut(),
    "half-open": lambda p: p.half_open(),
    "portal that redirects": lambda p: p.answer(fault_proxy.PORTAL_REDIRECT, 2),
    "portal with a page": lambda p: p.answer(fault_proxy.PORTAL_PAGE, 2),
    "portal by the book": lambda p: p.answer(fault_proxy.PORTAL_511, 2),
    "503 for seconds": lambda p: p.answer(fault_proxy.busy("3"), 2),
    "503 until a date": lambda p: p.answer(fault_proxy.busy(date(5)), 2),
    "503 for days": lambda p: p.answer(fault_proxy.busy("5"), 12),
    "no HTTP": lambda p: p.answer(fault_proxy.NONSENSE, 2),
    "endless headers": lambda p: p.answer(fault_proxy.ENDLESS, 2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_transfer_survives(fault: str, world: World, server: TusServer, proxy: FaultProxy) -> None:
    for count in (900_000,) if "days" in fault else (50_000, 2_000_000):
        proxy.at(count, lambda: FAULTS[fault](proxy))
    outcome = world.run(carrier(server, proxy))
    assert (outcome.sent, outcome.failed, outcome.stopped) == (6, 0, False)
    assert set(world.states().values()) <= {"sent", "verified"}
    assert world.digests() == world.true_digests()
    arrived(server, world)


def test_a_line_that_stalls_and_flows_again(world: World, server: TusServer, proxy: FaultProxy) -> None:
    proxy.at(500_000, proxy.stall)
    with world.running(carrier(server, proxy)) as run:
        run.until(lambda: run.engine.progress().waiting is not None)
        waiting = run.engine.progress()
        assert waiting.waiting is not None
        assert waiting.waiting.code.startswith("network.")
        assert waiting.remaining_s is None
        assert waiting.waited_s is not None
        proxy.flow()
        proxy.cut()
        assert run.join().sent == 6
    arrived(server, world)


def test_a_slow_line_is_no_broken_line(world: World, server: TusServer, proxy: FaultProxy) -> None:
    proxy.slow(2_000_000)
    assert world.run(carrier(server, proxy)).sent == 6
    arrived(server, world)


def test_a_portal_is_shown_and_waited_for(world: World, server: TusServer, proxy: FaultProxy) -> None:
    settings = replace(QUICK, cap_s=0.3, base_s=0.3)
    proxy.at(300_000, lambda: proxy.answer(fault_proxy.PORTAL_REDIRECT, 10**6))
    with world.running(carrier(server, proxy), settings) as run:
        run.until(lambda: (w := run.engine.progress().waiting) is not None and w.code == "network.portal")
        proxy._replies.clear()  # somebody signed in
        assert run.join().sent == 6
    arrived(server, world)


def test_names_that_are_not_found_for_a_while(
    world: World, server: TusServer, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, failures = socket.getaddrinfo, [6]

    def lookup(host: Any, *arguments: Any, **more: Any) -> Any:
        if failures[0] and proxy.forwarded > 200_000:
            failures[0] -= 1
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return found(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    proxy.at(300_000, proxy.cut)
    assert world.run(carrier(server, proxy)).sent == 6
    assert failures == [0]
    arrived(server, world)


def test_a_sign_in_that_ends_on_the_way_stops_once_and_goes_on(
    world: World, server: TusServer, proxy: FaultProxy
) -> None:
    proxy.at(1_000_000, lambda: proxy.answer(fault_proxy.SIGNED_OUT))
    first = world.run(carrier(server, proxy))
    assert first.needs_user
    assert first.problem is not None
    assert first.problem.code == "archive.sign-in"
    proxy._replies.clear()
    second = world.run(carrier(server, proxy))
    assert not second.stopped
    arrived(server, world)
    assert set(world.states().values()) <= {"sent", "verified"}


def test_a_wait_that_never_ends_is_ended(world: World, server: TusServer, proxy: FaultProxy) -> None:
    proxy.answer(fault_proxy.busy("2"), 10**6)
    outcome = world.run(carrier(server, proxy), replace(QUICK, longest_wait_s=0.5))
    assert outcome.stopped
    assert not outcome.needs_user  # it can be gone on with at any time
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.busy"
    assert "resume" in outcome.problem.actions
    proxy._replies.clear()
    assert world.run(carrier(server, proxy)).sent == 6
    arrived(server, world)


def test_a_proxy_that_changed_is_noticed_after_an_outage(
    server: TusServer, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that began behind a proxy that is gone finds its way without."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    made = carrier(server, proxy)()
    one = SubmissionFile(1, "/x", "x", "x.tif", 5, 0)
    with pytest.raises(Retryable):
        made.begin(one)
    monkeypatch.delenv("http_proxy")
    assert made.begin(one).token
    made.close()
