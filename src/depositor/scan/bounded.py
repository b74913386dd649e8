"""A file that never gives, nor makes room for, more than it holds."""

from __future__ import annotations

import io
from pathlib import Path


class Bounded(io.BufferedReader):
    """The file at ``path``, to read from. A library that takes a length out of a lying header and asks for gigabytes
    gets what is left of the file; Python alone would make room for all of it first."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._end = self.seek(0, io.SEEK_END)
        self.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """At most ``size`` bytes, all that are left where it is negative."""
        left = max(self._end - self.tell(), 0)
        return super().read(left if size is None or size < 0 else min(size, left))
