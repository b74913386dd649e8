"""The road that all submissions share: how many lines are open at once, how fast, who is next, and when nobody goes.

One object per program. An engine joins with a ticket, takes a line for each file or part, and gives it back after it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from depositor.transfer.manners.gate import Wait
from depositor.transfer.manners.limiter import Limiter, Share

_SLICE_S = 0.1
_STEEPEST = 4  # priorities further from 0 than this count as this one


def weight(priority: int) -> float:
    """The share that a submission of this priority gets, 1.0 for priority 0: twice as much for each step up."""
    return 2.0 ** max(-_STEEPEST, min(_STEEPEST, priority))


class Ticket:
    """One submission's place on the road. ``check`` is called at least every 0.1 s while waiting and may raise."""

    def __init__(self, road: Road, submission: str, priority: int, check: Callable[[], None]) -> None:
        self._road = road
        self.submission = submission
        self.limiter: Share = road.limiter.share(check, weight(priority))
        self.held = 0  # lines that it has open now
        self.waiting = 0  # threads that wait for one
        self.served = 0.0  # lines that it had, by weight

    @property
    def check(self) -> Callable[[], None]:
        return self.limiter.check

    @property
    def weight(self) -> float:
        return self.limiter.weight

    @contextlib.contextmanager
    def line(self) -> Iterator[None]:
        """Hold one line for a file or a part; waits for its turn. A thread that holds one already goes through.

        Take it inside the try that can fail, so that nobody keeps a line while waiting out an outage."""
        self._road.enter(self)
        try:
            yield
        finally:
            self._road.exit(self)

    def leave(self) -> None:
        """The submission does not send any more."""
        self._road.leave(self)


class Road:
    """``limit``: bytes per second for all together, None for no limit; ``lines``: how many may be open at once.

    The first line of a submission never waits for another submission, so that a small one is not held up for a day by
    one file of a terabyte; there may be as many lines more than ``lines`` as there are further submissions.
    """

    def __init__(self, limit: int | None = None, lines: int = 8) -> None:
        self.limiter = Limiter(limit)
        self._changed = threading.Condition()
        self._lines = max(lines, 1)
        self._tickets: list[Ticket] = []
        self._mine = threading.local()
        self._rest: Wait | None = None
        self.on_line: Callable[[], None] | None = None  # called in the thread that got a line, before it sends

    # --- who sends -------------------------------------------------------------------------------------------------

    def join(self, submission_id: str, priority: int = 0, check: Callable[[], None] = lambda: None) -> Ticket:
        """A place on the road; ``check`` raises Stopped when this submission shall stop."""
        ticket = Ticket(self, submission_id, priority, check)
        with self._changed:
            ticket.served = min((t.served for t in self._tickets), default=0.0)
            self._tickets.append(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Called by :meth:`Ticket.leave`; may be called twice."""
        with self._changed:
            self._tickets = [t for t in self._tickets if t is not ticket]
            self._changed.notify_all()

    def set_priority(self, submission_id: str, priority: int) -> None:
        """Holds from the next block of bytes and the next line on."""
        with self._changed:
            for ticket in self._tickets:
                if ticket.submission == submission_id:
                    ticket.limiter.weight = weight(priority)
            self._changed.notify_all()

    # --- what holds for all ----------------------------------------------------------------------------------------

    def limit(self, bytes_per_s: int | None) -> None:
        """Change the speed limit of all; None lifts it."""
        self.limiter.set(bytes_per_s)

    def set_lines(self, lines: int) -> None:
        """Change how many lines may be open; those that are open too many close after their file or part."""
        with self._changed:
            self._lines = max(lines, 1)
            self._changed.notify_all()

    @property
    def lines(self) -> int:
        return self._lines

    @property
    def open_lines(self) -> int:
        """How many are open now."""
        return sum(t.held for t in self._tickets)

    def rest(self) -> Wait | None:
        """What everybody rests for (outside the hours, a metered line, paused for all); cheap, for use between two
        blocks of bytes."""
        return self._rest

    def rest_for(self, wait: Wait | None) -> None:
        """Let everybody rest for this, or go on."""
        self._rest = wait

    # --- lines -----------------------------------------------------------------------------------------------------

    def enter(self, ticket: Ticket) -> None:
        """Called by :meth:`Ticket.line`."""
        depth: int = getattr(self._mine, "depth", 0)
        if not depth:
            self._queue(ticket)
            if self.on_line is not None:
                self.on_line()
        self._mine.depth = depth + 1

    def exit(self, ticket: Ticket) -> None:
        """Called by :meth:`Ticket.line`."""
        self._mine.depth -= 1
        if not self._mine.depth:
            with self._changed:
                ticket.held -= 1
                self._changed.notify_all()

    def _queue(self, ticket: Ticket) -> None:
        with self._changed:
            ticket.waiting += 1
            try:
                while not self._turn(ticket):
                    self._changed.wait(_SLICE_S)
                    ticket.check()
            finally:
                ticket.waiting -= 1
            ticket.held += 1
            ticket.served += 1 / ticket.weight

    def _turn(self, ticket: Ticket) -> bool:
        """True where this one is next: the fewest lines for its weight, then the fewest so far."""
        if ticket.held == 0:
            return True
        if self.open_lines >= self._lines:
            return False
        waiting = [t for t in self._tickets if t.waiting]
        return not waiting or ticket is min(waiting, key=lambda t: ((t.held + 1) / t.weight, t.served))
