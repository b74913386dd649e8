"""The shape that most checks share: a format whose texts stand in places of fixed size."""

from __future__ import annotations

import gzip
import os
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import Finding, NotChecked
from depositor.privacy import judge
from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import NAMES, Kind
from depositor.privacy.known import NOTHING_KNOWN, Known, known_from
from depositor.privacy.texts import slots
from depositor.privacy.texts.documents import Wanted
from depositor.privacy.texts.slots import Reading, Slot
from depositor.privacy.words import persons

BROKEN = (struct.error, ValueError, IndexError, OverflowError, EOFError, zlib.error, gzip.BadGzipFile)
Layout = Callable[[BinaryIO, str, list[NotChecked]], Sequence[Slot]]


def _as_it_is(file: BinaryIO) -> BinaryIO:
    return file


@dataclass(frozen=True)
class Slotted:
    """A check made of a ``layout``: it lists the slots of an open file and appends what it leaves out.

    ``view`` is for containers whose texts lie in pieces: it gives the file that the slots' offsets are meant in.
    """

    id: str
    knows: Callable[[Path, bytes], bool]
    layout: Layout
    medical: bool = False
    remarks: tuple[Callable[[str], NotChecked], ...] = field(default=())
    view: Callable[[BinaryIO], BinaryIO] = _as_it_is

    def claims(self, path: Path, head: bytes) -> bool:
        return self.knows(path, head)

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        try:
            with self._open(path) as file:
                return self.look(file, shown, known)
        except BROKEN:
            return Examination((), (*(remark(shown) for remark in self.remarks), remarks.damaged(shown)))

    def look(self, file: BinaryIO, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        """:meth:`run` on an open file. Raises what a damaged file brings about (:data:`BROKEN`)."""
        left: list[NotChecked] = [remark(shown) for remark in self.remarks]
        seen = self.view(file)
        listed = self._slots(seen, shown, left)
        everything, first = self._taught(seen, listed, shown, known)
        found: dict[tuple[Kind | None, str | None, str], Finding] = {}
        for readings in first or slots.batches(seen, listed, medical=self.medical):
            for finding in judge.findings(self.id, shown, _spots(readings), everything):
                found.setdefault(_same(finding), finding)
        return Examination(tuple(found.values())[: judge.MOST], tuple(left))

    def _taught(
        self, file: BinaryIO, listed: list[Slot], shown: str, known: Known
    ) -> tuple[Known, list[list[Reading]] | None]:
        """``known`` and what one place of the file teaches about the others: names, numbers of slides and cases.

        A long file teaches by its beginning. The readings come along where they are all that there is.
        """
        first = next(slots.batches(file, listed, medical=self.medical), [])
        whole = len(first) == len(listed)
        if any(s.kinds or s.kind is Kind.CASE_NUMBER for s in listed) or not whole:
            found = judge.findings(self.id, shown, _spots(first), known)
            pairs = [(kind, f.evidence or "") for f in found if (kind := judge.kind_in_key(f.key))]
            known |= _repeated(pairs) | (NOTHING_KNOWN if whole else known_from(pairs))
        return known, [first] if whole else None

    def _slots(self, file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
        """The layout's slots as far as they lie within the file."""
        try:
            listed = list(self.layout(file, shown, left))
        except BROKEN:
            left.append(remarks.damaged(shown))
            return []
        size = file.seek(0, os.SEEK_END)
        whole = [s for s in listed if s.blank or (s.offset >= 0 and 0 <= s.length <= size - s.offset)]
        if len(whole) < len(listed):
            left.append(remarks.damaged(shown))
        return whole

    def _open(self, path: Path) -> BinaryIO:
        return path.open("rb")

    def rewrite(self, path: Path, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        """Overwrite what is wanted in the copy at ``path``; returns the locations that changed."""
        with path.open("r+b") as file:
            return self.mend_file(file, shown, wanted, known)

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        """:meth:`rewrite` on an open copy, or on anything that reads, seeks and writes like one."""
        changed: list[str] = []
        seen = self.view(file)
        listed = self._slots(seen, shown, [])
        everything, first = self._taught(seen, listed, shown, known)
        for readings in first or slots.batches(seen, listed, medical=self.medical):
            for reading, found in zip(readings, slots.marked(self.id, shown, readings, everything), strict=True):
                changed += slots.overwrite(seen, reading, found, wanted)
        return tuple(changed)


def _spots(readings: list[Reading]) -> list[Spot]:
    return [spot for reading in readings for spot in reading.spots]


def _same(finding: Finding) -> tuple[Kind | None, str | None, str]:
    """Equal for the same text at the same place of several pages."""
    place = (finding.location or "").split(":")
    return judge.kind_in_key(finding.key), finding.evidence, ":".join(p for p in place if not p.isdecimal())


def _repeated(pairs: list[tuple[Kind, str]]) -> Known:
    """Numbers of cases and names of people as they stand there, to be found again in the same file.

    Short numbers stand anywhere by chance, short names are words.
    """
    terms: dict[str, Kind] = {}
    for kind, text in pairs:
        words = " ".join(re.findall(r"[^\W_]+", text.casefold())) if len(text) <= judge.SHORT else ""
        if len(words) < 6 or persons.is_ordinary(words):
            continue
        if kind in NAMES or (kind is Kind.CASE_NUMBER and sum(c.isdigit() for c in words) >= 3):
            terms[words] = kind
    return Known(terms)
