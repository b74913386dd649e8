"""Compare what an archive holds with what was sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from depositor.archives.ports import ArchiveSession

# name, bytes, and the SHA-256 (hex, or empty) or all digests that are known
Expected = tuple[str, int, str | Mapping[str, str]]
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
        db.execute("CREATE TABLE expected (name TEXT PRIMARY KEY, size INTEGER, digests TEXT, seen INTEGER DEFAULT 0)")
        rows = ((name, size, json.dumps(_digests(digests))) for name, size, digests in expected)
        db.executemany("INSERT INTO expected (name, size, digests) VALUES (?,?,?)", rows)
        for held in session.holdings(remote):
            theirs = _digests(held.digests)
            row = db.execute("SELECT size, digests FROM expected WHERE name=?", (held.name,)).fetchone()
            if row is None:
                yield Comparison(held.name, Verdict.EXTRA, held_size=held.size, held_sha256=theirs.get("sha256"))
                continue
            db.execute("UPDATE expected SET seen=1 WHERE name=?", (held.name,))
            size, ours = row[0], json.loads(row[1])
            verdict = _verdict(size == held.size, ours, theirs)
            yield Comparison(held.name, verdict, size, held.size, ours.get("sha256"), theirs.get("sha256"))
        for name, size, text in db.execute("SELECT name, size, digests FROM expected WHERE seen=0 ORDER BY name"):
            yield Comparison(name, Verdict.MISSING, size, sha256=json.loads(text).get("sha256"))


def _digests(given: str | Mapping[str, str]) -> dict[str, str]:
    """{algorithm: hex}. An empty one of theirs says that a file could not be read, which is not the same as none."""
    if isinstance(given, str):
        return {"sha256": given.lower()} if given else {}
    return {name: value.lower() for name, value in given.items()}


def _verdict(same_size: bool, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Verdict:
    common = ours.keys() & theirs.keys()
    if not same_size or any(ours[name] != theirs[name] for name in common):
        return Verdict.DIFFERENT
    return Verdict.EQUAL if common else Verdict.SIZE_ONLY
