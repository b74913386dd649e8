"""Compare what an archive holds with what was sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from depositor.archives.ports import ArchiveSession

Expected = tuple[str, int, str]
_MOST_NAMED = 1000


class Verdict(StrEnum):
    """How a file was found."""

    EQUAL = "equal"  # the archive's digest is ours
    SIZE_ONLY = "size-only"  # it tells no digest; the size is right
    DIFFERENT = "different"
    MISSING = "missing"
    EXTRA = "extra"  # not among what was expected


@dataclass(frozen=True, slots=True)
class Comparison:
    """One file: ours and theirs. Sizes in bytes, digests SHA-256 in hex; None where there is none."""

    name: str
    verdict: Verdict
    size: int | None = None
    held_size: int | None = None
    sha256: str | None = None
    held_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of all files; ``wrong`` names the first thousand that are different or missing, ``extra`` likewise."""

    equal: int
    size_only: int
    different: int
    missing: int
    extra: int
    wrong: tuple[Comparison, ...] = ()
    extras: tuple[Comparison, ...] = ()

    @property
    def good(self) -> bool:
        """Nothing differs, nothing is missing. What is there besides does no harm."""
        return not self.different and not self.missing


def verify(session: ArchiveSession, remote: str, expected: Iterable[Expected]) -> Report:
    """Ask the archive for every file that it holds and compare. Raises what the session raises."""
    counts = dict.fromkeys(Verdict, 0)
    wrong: list[Comparison] = []
    extras: list[Comparison] = []
    for found in compare(session, remote, expected):
        counts[found.verdict] += 1
        named = extras if found.verdict is Verdict.EXTRA else wrong
        if found.verdict not in (Verdict.EQUAL, Verdict.SIZE_ONLY) and len(named) < _MOST_NAMED:
            named.append(found)
    return Report(
        counts[Verdict.EQUAL],
        counts[Verdict.SIZE_ONLY],
        counts[Verdict.DIFFERENT],
        counts[Verdict.MISSING],
        counts[Verdict.EXTRA],
        tuple(wrong),
        tuple(extras),
    )


def compare(session: ArchiveSession, remote: str, expected: Iterable[Expected]) -> Iterator[Comparison]:
    """File by file, in the archive's order; what is missing comes last. Millions of files need little memory."""
    with closing(sqlite3.connect("", check_same_thread=False)) as db:  # a private file that goes with the connection
        db.execute("CREATE TABLE expected (name TEXT PRIMARY KEY, size INTEGER, sha256 TEXT, seen INTEGER DEFAULT 0)")
        rows = ((name, size, sha256.lower()) for name, size, sha256 in expected)
        db.executemany("INSERT INTO expected (name, size, sha256) VALUES (?,?,?)", rows)
        for held in session.holdings(remote):
            theirs = held.digests.get("sha256")
            ours = db.execute("SELECT size, sha256 FROM expected WHERE name=?", (held.name,)).fetchone()
            if ours is None:
                yield Comparison(held.name, Verdict.EXTRA, held_size=held.size, held_sha256=theirs)
                continue
            db.execute("UPDATE expected SET seen=1 WHERE name=?", (held.name,))
            verdict = _verdict(ours[0] == held.size, ours[1], theirs)
            yield Comparison(held.name, verdict, ours[0], held.size, ours[1], theirs)
        for name, size, sha256 in db.execute("SELECT name, size, sha256 FROM expected WHERE seen=0 ORDER BY name"):
            yield Comparison(name, Verdict.MISSING, size, sha256=sha256)


def _verdict(same_size: bool, ours: str, theirs: str | None) -> Verdict:
    if not same_size or (theirs is not None and theirs.lower() != ours):
        return Verdict.DIFFERENT
    return Verdict.SIZE_ONLY if theirs is None or not ours else Verdict.EQUAL
