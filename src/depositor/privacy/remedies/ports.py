"""What a remedy promises."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from depositor.privacy.documents import Wanted
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy


class Remedy(Protocol):
    """Changes a copy, never an original.

    ``mend`` takes all wanted findings out of the file at ``copy`` and returns the locations that changed. It leaves
    pixels byte by byte as they were. Raises ValueError for a file that it cannot mend, a DepositError with its
    Problem where it can say why, OSError where the disk fails; the caller then throws the copy away.
    """

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]: ...
