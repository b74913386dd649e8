"""What a check promises."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from depositor.privacy.examination import Examination
from depositor.privacy.known import NOTHING_KNOWN, Known

HEAD = 2048  # bytes of a file's start that claims() is given


class Check(Protocol):
    """One kind of place where personal data hide.

    ``run`` never raises for bad input that it claims: what cannot be read becomes a ``NotChecked``. The same file gives
    the same keys again. Every finding has location, evidence, why, advice and remedies. What the check does not look at
    inside its files (pixels, thumbnails, compressed parts) is said in ``not_checked``, never passed over in silence.
    """

    @property
    def id(self) -> str:
        """Stable, in lower case; the second word of finding keys."""
        ...

    def claims(self, path: Path, head: bytes) -> bool:
        """True for files that this check looks into; ``head`` is the file's start. Reads nothing itself."""
        ...

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        """Look at one file; ``shown`` is its path in the study."""
        ...


@runtime_checkable
class Beside(Protocol):
    """A check for files that can only be read with another file beside them, as chunks with their array's metadata.

    ``at`` gives the check for the file at ``path``, which then also looks at copies of it that lie elsewhere.
    """

    def at(self, path: Path) -> Check: ...
