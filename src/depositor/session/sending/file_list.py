"""The files of one submission as a table shows them: pages out of the store, however many there are.

Nothing here holds a million rows: all files go by their number, those of one state by the index on states, and what a
text was found in as numbers alone (8 bytes each).
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Problem
from depositor.draft.submission import Proof, Role
from depositor.session.receipts import problem_from_json

if TYPE_CHECKING:
    from depositor.session.store import Store

STATES = ("waiting", "sending", "sent", "verified", "failed", "skipped")
_CHUNK = 5_000  # rows that are looked through between two looks at the cancel
_COLUMNS = (
    "f.seq, f.origin, f.name, f.size, f.state, f.role, f.proof, f.problem, f.remote_digests, "
    "min(f.size, max(0, coalesce(u.offset_known, 0))) AS held"
)
_FROM = "FROM submission_file f LEFT JOIN upload u USING (submission_id, seq)"


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file. ``held``: bytes that the archive is known to hold of it; ``proof``: what shows that it is there."""

    seq: int
    origin: str
    name: str
    size: int
    state: str
    held: int
    document: bool = False
    proof: Proof | None = None
    problem: Problem | None = None


class View(Protocol):
    """Some of the files, in their order. Both may be called from any thread."""

    def count(self) -> int: ...

    def seqs(self, offset: int, limit: int) -> Sequence[int]: ...


class FileList:
    """The files of one submission."""

    def __init__(self, store: Store, submission_id: str) -> None:
        self._store, self.id = store, submission_id

    def counts(self) -> dict[str, int]:
        """How many files are in each state."""
        sql = "SELECT state, count(*) FROM submission_file WHERE submission_id=? GROUP BY state"
        return {str(state): int(n) for state, n in self._store.connection().execute(sql, (self.id,))}

    def all(self) -> View:
        """Every file."""
        return _All(self._store, self.id)

    def of(self, states: Sequence[str]) -> View:
        """The files in these states."""
        return _OfStates(self._store, self.id, tuple(states))

    def containing(self, text: str, states: Sequence[str], cancel: Cancel) -> View:
        """The files whose path or name holds ``text``, whatever its case; looks through all of them, so give it a
        thread. What it found until it was cancelled otherwise."""
        found: array[int] = array("q")
        wanted = text.casefold()
        last, db = -(1 << 62), self._store.connection()
        where = f" AND state IN ({','.join('?' * len(states))})" if states else ""
        sql = (
            "SELECT seq, origin, name FROM submission_file WHERE submission_id=? AND seq>?"  # noqa: S608 - own texts
            f"{where} ORDER BY seq LIMIT {_CHUNK}"
        )
        while not cancel and (rows := db.execute(sql, (self.id, last, *states)).fetchall()):
            found.extend(seq for seq, origin, name in rows if wanted in origin.casefold() or wanted in name.casefold())
            last = rows[-1][0]
        return _Found(found)

    def lines(self, seqs: Sequence[int]) -> tuple[FileLine, ...]:
        """These files, in this order; what is not there any more is left out."""
        if not seqs:
            return ()
        low, high = min(seqs), max(seqs)
        if high - low + 1 == len(seqs):
            where, values = "f.seq BETWEEN ? AND ?", (low, high)
        else:
            where, values = f"f.seq IN ({','.join('?' * len(seqs))})", tuple(seqs)  # type: ignore[assignment]
        sql = f"SELECT {_COLUMNS} {_FROM} WHERE f.submission_id=? AND {where} ORDER BY f.seq"
        return tuple(_line(row) for row in self._store.connection().execute(sql, (self.id, *values)))


def _line(row: Sequence[object]) -> FileLine:
    seq, origin, name, size, state, role, proof, problem, digests, held = row
    known = Proof(str(proof)) if proof else None
    if known is None and state in ("sent", "verified"):  # sent by a version that did not tell
        known = Proof.DIGEST if digests not in (None, "", "{}") else Proof.SIZE
    told = problem_from_json(json.loads(str(problem))) if problem and state == "failed" else None
    whole = int(str(size)) if state in ("sent", "verified") else int(str(held))
    document = role == Role.DOCUMENT.value
    return FileLine(int(str(seq)), str(origin), str(name), int(str(size)), str(state), whole, document, known, told)


class _All:
    """Numbers without a gap, as a seal gives them; where there are gaps the store is asked."""

    def __init__(self, store: Store, submission_id: str) -> None:
        self._store, self._id = store, submission_id
        sql = "SELECT count(*), min(seq), max(seq) FROM submission_file WHERE submission_id=?"
        self._count, self._first, last = store.connection().execute(sql, (submission_id,)).fetchone()
        self._dense = self._count > 0 and last - self._first + 1 == self._count

    def count(self) -> int:
        return int(self._count)

    def seqs(self, offset: int, limit: int) -> Sequence[int]:
        if self._dense:
            return range(self._first + offset, self._first + offset + limit)  # documents may be added at the end
        sql = "SELECT seq FROM submission_file WHERE submission_id=? ORDER BY seq LIMIT ? OFFSET ?"
        return [row[0] for row in self._store.connection().execute(sql, (self._id, limit, offset))]


class _OfStates:
    """By the index on (submission, state, seq), which holds all that is asked."""

    def __init__(self, store: Store, submission_id: str, states: tuple[str, ...]) -> None:
        self._store, self._id, self._states = store, submission_id, states
        self._places = ",".join("?" * len(states))

    def count(self) -> int:
        sql = f"SELECT count(*) FROM submission_file WHERE submission_id=? AND state IN ({self._places})"  # noqa: S608
        return int(self._store.connection().execute(sql, (self._id, *self._states)).fetchone()[0])

    def seqs(self, offset: int, limit: int) -> Sequence[int]:
        if len(self._states) > 1:
            return self._merged(offset, limit)
        sql = "SELECT seq FROM submission_file WHERE submission_id=? AND state=? ORDER BY seq LIMIT ? OFFSET ?"
        rows = self._store.connection().execute(sql, (self._id, self._states[0], limit, offset))
        return [row[0] for row in rows]

    def _merged(self, offset: int, limit: int) -> Sequence[int]:
        one = "SELECT seq FROM submission_file WHERE submission_id=? AND state=?"
        sql = " UNION ALL ".join([one] * len(self._states)) + " ORDER BY 1 LIMIT ? OFFSET ?"
        values = [value for state in self._states for value in (self._id, state)]
        return [row[0] for row in self._store.connection().execute(sql, (*values, limit, offset))]


class _Found:
    """The numbers of the files in which something was found."""

    def __init__(self, seqs: array[int]) -> None:
        self._seqs = seqs

    def count(self) -> int:
        return len(self._seqs)

    def seqs(self, offset: int, limit: int) -> Sequence[int]:
        return self._seqs[offset : offset + limit]
