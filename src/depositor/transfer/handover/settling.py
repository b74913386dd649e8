"""What came of a batch, written down file by file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from depositor.draft.problem import Problem
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer.handover.meter import Meter
from depositor.transfer.handover.ports import Item
from depositor.transfer.handover.preparing import Preparing
from depositor.transfer.ports import Journal

_MOST_TOLD = 100


@dataclass(slots=True)
class Task:
    """A batch under way. ``ended_here``: by this program, now or in an earlier run; ``look_at``: not before then."""

    token: str
    items: tuple[Item, ...]
    trouble: int = 0
    look_at: float = 0.0
    ended_here: bool = False

    @property
    def bytes(self) -> int:
        return sum(item.file.size for item in self.items)


class Settling:
    """``problems``: those of failed files, the first hundred."""

    def __init__(self, journal: Journal, submission: str, preparing: Preparing, meter: Meter) -> None:
        self._journal, self._id = journal, submission
        self._preparing, self._meter = preparing, meter
        self.problems: list[Problem] = []

    def settle(self, task: Task, arrived: Sequence[tuple[Item, HeldFile | Problem]]) -> tuple[Item, ...]:
        """Write down what arrived, and what cannot arrive any more; the files that are still to come."""
        settled = {item.file.seq for item, _ in arrived}
        for item, held in arrived:
            self._write_down(item, held)
        return tuple(item for item in task.items if item.file.seq not in settled and not self._changed(item))

    def failed(self, file: SubmissionFile, problem: Problem) -> None:
        """A file fails, the rest goes on."""
        told = replace(problem, path=file.origin)
        self._journal.failed(self._id, file.seq, told)
        self._meter.lost(file.size)
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(told)

    def _write_down(self, item: Item, held: HeldFile | Problem) -> None:
        """A file that changed since it was sealed was sent as something else."""
        problem = held if isinstance(held, Problem) else self._preparing.unchanged(item)
        if problem is not None:
            self.failed(item.file, problem)
        elif isinstance(held, HeldFile):
            self._journal.sent(self._id, item.file.seq, item.sha256, held)
            self._meter.done(item.file.size)
        self._preparing.drop_copy(item)

    def _changed(self, item: Item) -> bool:
        problem = self._preparing.unchanged(item)
        if problem is not None:
            self.failed(item.file, problem)
            self._preparing.drop_copy(item)
        return problem is not None
