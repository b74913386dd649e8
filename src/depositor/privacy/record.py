"""The record of a cleaning run, beside the folder of the copies: what is done, so that a stopped run goes on.

It holds the run's secret (replacements must fit together after a restart) and is therefore written for its owner alone
and never lies among the copies.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from depositor.privacy.clean import Cleaned
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy


def record_name(out: Path) -> str:
    """The name of the record that lies beside the folder ``out``."""
    return f".{out.name}.cleaning"


class Record:
    """Lines of JSON: the head names policy, lesson and secret; each further line is one finished copy."""

    def __init__(self, out: Path, policy: Policy, known: Known) -> None:
        self.path = out.parent / record_name(out)
        words = json.dumps([policy.name, sorted(policy.subjects), sorted(known.terms)])
        self._task = hashlib.sha256(words.encode()).hexdigest()
        self._done: dict[str, Any] = {}
        self._made: set[str] = set()  # the stamps of all copies that runs into this folder wrote, whatever their task
        self._begun: str | None = None  # a copy that a run was writing when it was stopped
        self._file: IO[str] | None = None
        secret = self._read()
        self._resumed = secret is not None
        self.policy = replace(policy, secret=secret) if secret else policy.fresh()

    def _read(self) -> bytes | None:
        """The secret of an earlier run of the same task, with what it finished; None for a new or other task."""
        try:
            lines = self.path.read_text("utf-8").splitlines()
            head = json.loads(lines[0])
            secret = bytes.fromhex(head["secret"])
        except (OSError, ValueError, LookupError, TypeError):
            return None
        for line in lines[1:]:
            try:
                self._take(json.loads(line))
            except (ValueError, LookupError, TypeError):
                continue  # the line that a stopped run was writing
        if head.get("task") != self._task:
            self._done.clear()
            return None
        return secret

    def _take(self, row: Any) -> None:
        if "earlier" in row:
            self._made.update(row["earlier"])
        elif "begun" in row:
            self._begun = str(row["begun"])
        else:
            self._done[row["shown"]] = row
            self._made.add(row["target"])
            self._begun = None

    def __enter__(self) -> Record:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if self._resumed else os.O_TRUNC)
        self._file = os.fdopen(os.open(self.path, flags, 0o600), "a", encoding="utf-8")
        if not self._resumed:
            self._line({"task": self._task, "secret": self.policy.secret.hex()})
            if self._made:
                self._line({"earlier": sorted(self._made)})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def done(self, source: Path, shown: str, target: Path) -> Cleaned | None:
        """The copy of an earlier run, where source and copy are still what they were then."""
        row = self._done.get(shown)
        if row is None or row["source"] != _stamp(source) or row["target"] != _stamp(target):
            return None
        if row["left"]:
            return None
        return Cleaned(target, tuple((a, b) for a, b in row["removed"]), written=False)

    def foreign(self, target: Path) -> bool:
        """True where something lies at ``target`` that no run wrote, or that was changed since."""
        found = _stamp(target)
        return bool(found) and found not in self._made and self._begun != target.name

    def begin(self, target: Path) -> None:
        """Write down that a copy will be written, so that a run stopped right then knows it for its own."""
        self._line({"begun": target.name})

    def note(self, source: Path, shown: str, target: Path, result: Cleaned) -> None:
        """Write down one finished copy."""
        stamps = {"source": _stamp(source), "target": _stamp(target)}
        self._line({"shown": shown, **stamps, "removed": result.removed, "left": len(result.left)})

    def _line(self, row: dict[str, Any]) -> None:
        if self._file:
            self._file.write(json.dumps(row, ensure_ascii=True) + "\n")
            self._file.flush()


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"
