"""Remedies of everyday pictures: the check overwrites what it found, boxes are painted in the way of each format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.region import Region
from depositor.privacy.checks.picture import Picture
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.remedies import boxes
from depositor.privacy.texts.documents import Wanted


@dataclass(frozen=True, slots=True)
class PictureRemedy:
    """Keeps what decoders need and all that nobody asked to take out."""

    check: Picture
    paint: Callable[[Path, str, Sequence[Region]], object]

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        with copy.open("r+b") as file:
            return self.mend_file(file, shown, wanted, known, policy)

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        return self.check.mend_file(file, shown, wanted, known)

    def blank(self, copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
        self.paint(copy, shown, regions)
        return boxes.painted(regions)


def in_bmp(copy: Path, shown: str, regions: Sequence[Region]) -> None:
    with copy.open("r+b") as file:
        boxes.blank_bmp(file, shown, regions)
