"""Files inside of other files (members of archives, attachments, pictures in documents), looked at by the same checks.

Each is written to a folder of its own that only this user can read and that goes when it was looked at.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from depositor.draft.finding import Finding, NotChecked
from depositor.privacy import judge, names
from depositor.privacy.checks import remarks
from depositor.privacy.checks.ports import HEAD, Check
from depositor.privacy.examination import Examination, merged
from depositor.privacy.known import NOTHING_KNOWN, Known

DEEPEST = 2  # an archive in an archive is looked into, one in that is not
_depth: ContextVar[int] = ContextVar("depth", default=0)


@dataclass(slots=True)
class Budget:
    """How much is unpacked for one outer file. Ends with ``spent`` set, so that the rest is told and not read."""

    members: int = 5000
    member_bytes: int = 64 << 20
    all_bytes: int = 1 << 30
    seconds: float = 60.0
    spent: bool = False
    _until: float = field(default=0.0)

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.seconds

    def take(self) -> bool:
        """True where one more member may be looked at."""
        self.members -= 1
        if self.members < 0 or self.all_bytes <= 0 or time.monotonic() > self._until:
            self.spent = True
        return not self.spent

    def copy(self, source: IO[bytes], target: Path) -> bool:
        """Unpack one member, at most as much as is allowed; True where all of it was."""
        most = min(self.member_bytes, self.all_bytes)
        written = 0
        with target.open("wb") as out:
            while block := source.read(min(1 << 20, most - written + 1)):
                out.write(block[: most - written])
                written += len(block)
                if written > most or time.monotonic() > self._until:
                    self.all_bytes -= min(written, most)
                    return False
        self.all_bytes -= written
        return True


def too_deep() -> bool:
    """True inside of an archive that lies in an archive: what is packed there is told, not read."""
    return _depth.get() >= DEEPEST


@contextmanager
def deeper() -> Iterator[None]:
    """Counts one level of files in files."""
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    finally:
        _depth.reset(token)


@contextmanager
def room() -> Iterator[Path]:
    """A folder for unpacked files."""
    with tempfile.TemporaryDirectory(prefix="depositor-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def place_for(folder: Path, member: str) -> Path:
    """Where a member is unpacked: its own name and folders, for checks know files by them, but never outside."""
    parts = [p for p in PurePosixPath(member.replace("\\", "/")).parts if p not in ("/", "..", ".")]
    plain = [re.sub(r"[^\w.~$# +-]", "_", part)[-80:] for part in parts[-6:]] or ["member"]
    path = folder.joinpath("in", *plain)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def check_of(path: Path) -> Check:
    """The check that looks at an unpacked file."""
    from depositor.privacy import examine

    with path.open("rb") as file:
        return examine.check_for(path, file.read(HEAD))


@dataclass(slots=True)
class Outer:
    """The file that holds others: findings inside them become findings of it."""

    check: str
    shown: str
    remedies: tuple[str, ...] = ("remove",)
    _counts: Counter[str] = field(default_factory=Counter)

    def look(self, path: Path, place: str, known: Known = NOTHING_KNOWN) -> Examination:
        """Look at an unpacked file; ``place`` is its name inside the outer one."""
        try:
            with deeper():
                found = check_of(path).run(path, self.shown, known)
        except Exception:  # a check that fails on a strange member costs that member, as for files
            return Examination((), (remarks.trouble(self.shown),))
        told = tuple(self.own(f, f"{place}!{f.location}") for f in found.findings)
        return Examination(told, tuple(NotChecked(self.shown, r.why) for r in found.not_checked))

    def name(self, member: str, known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
        """What the name of a member and of the folders above it tell."""
        return tuple(self.own(f, f.path or member) for f in names.findings(member, known))

    def own(self, found: Finding, location: str) -> Finding:
        """``found`` as a finding of the outer file."""
        kind = judge.kind_in_key(found.key)
        base = f"privacy:{self.check}:{self.shown}:{location}:{kind}"
        self._counts[base] += 1
        number = self._counts[base]
        key = base if number == 1 else f"{base}:{number}"
        return replace(found, key=key, check=self.check, path=self.shown, location=location, remedies=self.remedies)


def together(parts: list[Examination], most: int = judge.MOST) -> Examination:
    """All parts as one, equal findings (same place, same text) once and at most ``most`` of them."""
    seen: set[tuple[str | None, object, str | None]] = set()
    one = merged(parts)
    kept: list[Finding] = []
    for finding in one.findings:
        same = (finding.location, judge.kind_in_key(finding.key), finding.evidence)
        if same not in seen:
            seen.add(same)
            kept.append(finding)
    return Examination(tuple(kept[:most]), one.not_checked)
