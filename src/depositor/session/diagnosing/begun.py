"""Trials that were begun at an archive and not yet taken back: on the disk before the archive is asked for anything."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path

_guard = threading.Lock()


class Begun:
    """The trials at one address. Those of a process that still runs are its own affair."""

    def __init__(self, state: Path, archive: str, url: str) -> None:
        mark = hashlib.sha256(url.encode()).hexdigest()[:12]  # another address is another archive
        self._file = state / "trials" / f"{archive}-{mark}.json"

    def left(self) -> tuple[str, ...]:
        """What processes that are gone left behind."""
        return tuple(i for i, pid in self._read().items() if pid != os.getpid() and not _runs(pid))

    def add(self, submission_id: str) -> None:
        """Remember one; it is on the disk when this returns."""
        with _guard:
            self._write({**self._read(), submission_id: os.getpid()})

    def remove(self, submission_id: str) -> None:
        """It was taken back."""
        with _guard:
            self._write({i: pid for i, pid in self._read().items() if i != submission_id})

    def _read(self) -> dict[str, int]:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._file.read_text("utf-8"))
            return {str(i): int(pid) for i, pid in found.items()} if isinstance(found, dict) else {}
        return {}

    def _write(self, found: dict[str, int]) -> None:
        if not found:
            self._file.unlink(missing_ok=True)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(f".{os.getpid()}")
        with beside.open("w", encoding="utf-8") as out:
            json.dump(found, out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self._file)


def _runs(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))
