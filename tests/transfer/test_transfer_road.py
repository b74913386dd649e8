"""The road that all submissions share: lines by weight, one limit, one rest."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from transfer_world import wait_for

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Stopped
from depositor.transfer import problems
from depositor.transfer.manners.gate import Gate, Wait
from depositor.transfer.manners.limiter import Limiter
from depositor.transfer.manners.policy import EngineSettings
from depositor.transfer.manners.road import Road, Ticket, weight


class Crowd:
    """Threads that each want a line and hold it until they are let go."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.leave = threading.Semaphore(0)

    def send(self, ticket: Ticket, count: int = 1) -> None:
        for _ in range(count):
            thread = threading.Thread(target=self._send, args=(ticket,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _send(self, ticket: Ticket) -> None:
        with ticket.line():
            self.leave.acquire()

    def over(self) -> None:
        self.leave.release(len(self.threads))
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


def test_no_more_lines_than_there_may_be(crowd: Crowd) -> None:
    road = Road(lines=3)
    ticket = road.join("a")
    crowd.send(ticket, 6)
    wait_for(lambda: ticket.held == 3 and ticket.waiting == 3)
    road.set_lines(5)
    wait_for(lambda: ticket.held == 5)
    assert road.open_lines == 5
    crowd.over()
    assert road.open_lines == 0


def test_a_newcomer_does_not_wait_for_the_one_that_has_all_lines(crowd: Crowd) -> None:
    road = Road(lines=2)
    large, small = road.join("large"), road.join("small")
    crowd.send(large, 4)
    wait_for(lambda: large.held == 2 and large.waiting == 2)
    crowd.send(small)
    wait_for(lambda: small.held == 1)
    crowd.over()


@pytest.mark.parametrize(("priority", "first", "second"), [(0, 4, 4), (1, 5, 3), (-1, 3, 5), (4, 7, 1)])
def test_lines_are_shared_by_weight(crowd: Crowd, priority: int, first: int, second: int) -> None:
    road = Road(lines=1)
    one, other = road.join("a", priority), road.join("b")
    crowd.send(one, 9)
    crowd.send(other, 9)
    wait_for(lambda: one.waiting == 8 and other.waiting == 8)
    road.set_lines(8)
    wait_for(lambda: road.open_lines == 8)
    assert (one.held, other.held) == (first, second)
    crowd.over()


def test_who_waits_for_a_line_hears_that_it_shall_stop() -> None:
    stop = Cancel()

    def check() -> None:
        if stop:
            raise Stopped(problems.no_headway())

    road = Road(lines=1)
    ticket = road.join("a", check=check)
    threading.Timer(0.05, stop.set).start()
    with ticket.line():
        caught = in_thread(lambda: enter(ticket))
    assert isinstance(caught, Stopped)
    assert ticket.waiting == 0
    assert ticket.held == 0


def enter(ticket: Ticket) -> None:
    with ticket.line():
        pass


def in_thread(work: Callable[[], None]) -> BaseException | None:
    caught: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return caught[0] if caught else None


def test_a_line_inside_a_line_of_the_same_thread_is_the_same_line() -> None:
    road = Road(lines=1)
    ticket = road.join("a")
    with ticket.line(), ticket.line():
        assert road.open_lines == 1
    assert road.open_lines == 0


def test_a_line_is_given_back_after_a_failure() -> None:
    ticket = Road(lines=1).join("a")
    with pytest.raises(ZeroDivisionError), ticket.line():
        _ = 1 / 0
    assert ticket.held == 0


def test_who_left_is_not_waited_for(crowd: Crowd) -> None:
    road = Road(lines=1)
    gone, here = road.join("gone", priority=4), road.join("here")
    gone.leave()
    gone.leave()
    crowd.send(here, 2)
    wait_for(lambda: here.held == 1 and here.waiting == 1)
    crowd.leave.release()
    wait_for(lambda: here.waiting == 0 and here.held == 1)
    crowd.over()


def test_weights_double_and_are_bounded() -> None:
    assert [weight(n) for n in (-9, -1, 0, 1, 9)] == [1 / 16, 0.5, 1.0, 2.0, 16.0]


# --- the limit that all share ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heavier", "share"), [(1.0, 0.5), (3.0, 0.75)])
def test_bytes_under_a_limit_are_shared_by_weight(heavier: float, share: float) -> None:
    limiter = Limiter(4_000_000)
    one, other = limiter.share(lambda: None, heavier), limiter.share(lambda: None)
    counts, over, start = [0, 0], threading.Event(), threading.Barrier(2)

    def send(number: int) -> None:
        start.wait()
        while not over.is_set():
            (one, other)[number].take(20_000)
            counts[number] += 20_000

    threads = [threading.Thread(target=send, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    wait_for(lambda: sum(counts) > 2_000_000)
    over.set()
    for thread in threads:
        thread.join(10)
    assert counts[0] / sum(counts) == pytest.approx(share, abs=0.08)


def test_a_new_limit_holds_at_once_whatever_the_old_debt() -> None:
    limiter = Limiter(1)
    limiter.take(100_000)  # a day at the old speed
    limiter.set(100_000)
    assert in_thread(lambda: limiter.take(1)) is None
    limiter.set(1)
    limiter.take(1000)
    limiter.set(None)
    assert in_thread(lambda: limiter.take(10**9)) is None


# --- the rest that all take ------------------------------------------------------------------------------------------


def test_a_gate_rests_with_the_road_and_tells_what_for() -> None:
    road = Road()
    gate = Gate(EngineSettings(), Cancel(), rest=road.rest)
    gate.check()
    road.rest_for(Wait(problems.no_headway(), 60.0))
    with pytest.raises(Stopped):
        gate.check()
    assert gate.waiting() == Wait(problems.no_headway(), 60.0)
    thread = threading.Thread(target=gate.enter)
    thread.start()
    road.rest_for(None)
    thread.join(10)
    assert not thread.is_alive()
    gate.check()


def test_the_engine_is_told_each_time_a_thread_gets_a_line() -> None:
    road, told = Road(), []
    road.on_line = lambda: told.append(threading.get_ident())
    with road.join("a").line():
        assert told == [threading.get_ident()]
