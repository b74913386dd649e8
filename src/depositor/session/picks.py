"""What this user chose out of lists before, the latest first: it is offered first the next time."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path

_KEPT = 200  # per list
_LISTS = 100


class Picks:
    """Identifiers (labels for terms without one) by vocabulary, in the file ``path``; safe to use from many threads.

    A comfort, not a record: a file that cannot be read counts as empty, one that cannot be written is let be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._lists: dict[str, list[str]] | None = None

    def recent(self, vocabulary: str) -> tuple[str, ...]:
        """What was chosen, the latest first."""
        with self._guard:
            return tuple(self._read().get(vocabulary, ()))

    def note(self, vocabulary: str, chosen: str) -> None:
        """Remember a choice."""
        with self._guard:
            lists = self._read()
            before = [one for one in lists.pop(vocabulary, []) if one != chosen]
            lists[vocabulary] = [chosen, *before][:_KEPT]
            self._lists = dict(list(lists.items())[-_LISTS:])
            self._write(self._lists)

    def _read(self) -> dict[str, list[str]]:
        if self._lists is None:
            try:
                found = json.loads(self._path.read_text("utf-8"))
            except (OSError, ValueError):
                found = {}
            pairs = found.items() if isinstance(found, dict) else ()
            self._lists = {k: [s for s in v if isinstance(s, str)] for k, v in pairs if isinstance(v, list)}
        return self._lists

    def _write(self, lists: dict[str, list[str]]) -> None:
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            beside.write_text(json.dumps(lists, ensure_ascii=False), "utf-8")
            beside.replace(self._path)
