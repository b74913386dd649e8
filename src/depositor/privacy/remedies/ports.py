"""What a remedy promises."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from depositor.draft.region import Region
from depositor.privacy.examination import Examination
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.texts.documents import Wanted


class Remedy(Protocol):
    """Changes a copy, never an original.

    ``mend`` takes all wanted findings out of the file at ``copy`` and returns the locations that changed. It leaves
    pixels byte by byte as they were. Raises ValueError for a file that it cannot mend, a DepositError with its
    Problem where it can say why, OSError where the disk fails; the caller then throws the copy away.
    """

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]: ...


@runtime_checkable
class Blanks(Protocol):
    """A remedy that can also paint boxes over the picture in a copy.

    ``blank`` makes every pixel inside ``regions`` one plain value, in the frames that they name (None: in all), keeps
    the file's own compression and all pixels outside of the boxes as the format allows (lossless formats: equal), and
    returns the locations that it painted. A box over a picture that is removed as a whole counts as painted.

    A remedy whose files say of themselves whether text is burned in has ``states_pixels``: it is mended first, and then
    ``blank`` is called with ``looked``: all pictures of the file were read, and ``regions`` is all the text there was.
    """

    def blank(self, copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]: ...


@runtime_checkable
class MendsOpenFiles(Protocol):
    """A remedy that needs no file of its own: all it does is read, seek, write and truncate on what it is given, which
    may be a copy or an original with patches over it. Raises as ``mend`` does.
    """

    def mend_file(
        self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy
    ) -> tuple[str, ...]: ...


@runtime_checkable
class LooksIntoOpenFiles(Protocol):
    """A check that can look into a file that is open already. May raise what a damaged file brings about."""

    def look(self, file: BinaryIO, shown: str, known: Known) -> Examination: ...
