"""What all workers of one run share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from depositor.transfer.counters import Counters
from depositor.transfer.lanes import Lanes
from depositor.transfer.manners.gate import Gate
from depositor.transfer.manners.policy import EngineSettings
from depositor.transfer.manners.road import Ticket
from depositor.transfer.pace import Pace
from depositor.transfer.parts.memory import Memory
from depositor.transfer.ports import Journal


@dataclass(frozen=True, slots=True)
class Desk:
    """The journal and the rules of one run; ``ticket`` is its place on the road that it shares with others."""

    journal: Journal
    submission: str
    settings: EngineSettings
    gate: Gate
    ticket: Ticket
    counters: Counters
    pace: Pace
    lanes: Lanes
    memory: Memory = field(default_factory=Memory)

    @contextlib.contextmanager
    def line(self) -> Iterator[None]:
        """One line of the road, counted; waits for its turn."""
        with self.ticket.line():
            self.counters.count_lines(1)
            try:
                yield
            finally:
                self.counters.count_lines(-1)
