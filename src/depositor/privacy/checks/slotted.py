"""The shape that most checks share: a format whose texts stand in places of fixed size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import judge, slots
from depositor.privacy.documents import Wanted
from depositor.privacy.examination import Examination
from depositor.privacy.judge import NOTHING_KNOWN, Known
from depositor.privacy.slots import Slot

Layout = Callable[[BinaryIO, str, list[NotChecked]], Sequence[Slot]]


@dataclass(frozen=True)
class Slotted:
    """A check made of a ``layout``: it lists the slots of an open file and appends what it leaves out."""

    id: str
    knows: Callable[[Path, bytes], bool]
    layout: Layout
    medical: bool = False
    remarks: tuple[Callable[[str], NotChecked], ...] = field(default=())

    def claims(self, path: Path, head: bytes) -> bool:
        return self.knows(path, head)

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        left: list[NotChecked] = [remark(shown) for remark in self.remarks]
        with self._open(path) as file:
            readings = slots.read(file, self.layout(file, shown, left), medical=self.medical)
        spots = [spot for reading in readings for spot in reading.spots]
        return Examination(judge.findings(self.id, shown, spots, known), tuple(left))

    def _open(self, path: Path) -> BinaryIO:
        return path.open("rb")

    def rewrite(self, path: Path, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        """Overwrite what is wanted in the copy at ``path``; returns the locations that changed."""
        changed: list[str] = []
        with path.open("r+b") as file:
            readings = slots.read(file, self.layout(file, shown, []), medical=self.medical)
            for reading, found in zip(readings, slots.marked(self.id, shown, readings, known), strict=True):
                changed += slots.overwrite(file, reading, found, wanted)
        return tuple(changed)
