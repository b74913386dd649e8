"""The shape of checks of everyday pictures: texts in places of fixed size, and things that go as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from depositor.privacy.checks import behind
from depositor.privacy.checks.slotted import BROKEN, Slotted
from depositor.privacy.examination import Examination, merged
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts.documents import Wanted

Locations = frozenset[str]


def _no_end(file: BinaryIO) -> int:
    return 0


def _nothing(file: BinaryIO, gone: Locations) -> None:
    return None


@dataclass(frozen=True)
class Picture(Slotted):
    """``end`` tells where the picture ends (0: not known): what stands behind is looked at and cut off.

    ``trim`` takes pieces out as a whole (previews, positions) whose findings' locations it is given. Nothing before
    the end of the picture moves.
    """

    end: Callable[[BinaryIO], int] = _no_end
    trim: Callable[[BinaryIO, Locations], None] = _nothing

    def look(self, file: BinaryIO, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        """What the texts hold and what stands behind the end."""
        return merged((super().look(file, shown, known), self._behind(file, shown, known)))

    def _behind(self, file: BinaryIO, shown: str, known: Known) -> Examination:
        try:
            return behind.examine(file, self.end(file), self.id, shown, known)
        except BROKEN:
            return Examination()

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        """Overwrite what is wanted, take out whole pieces, cut off what stands behind the end.

        Raises ValueError for a file that is too damaged.
        """
        try:
            return self._mended(file, shown, wanted, known)
        except BROKEN as error:
            raise ValueError("the picture is damaged") from error

    def _mended(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known) -> tuple[str, ...]:
        found = self.look(file, shown, known).findings
        gone = frozenset(f.location or "" for f in found if wanted(f))
        changed = super().mend_file(file, shown, wanted, known)
        if any(location.startswith(behind.PLACE) for location in gone):
            file.truncate(self.end(file))
        if gone:
            self.trim(file, gone)
        return tuple(dict.fromkeys((*changed, *sorted(gone))))
