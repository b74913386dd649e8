"""The files of a submission that did not go through: try them again, leave them out, report them.

Taking a file as it is now is :mod:`depositor.session.sending.replacing`. All of it is journaled, and done only while
nobody sends the submission: what runs would not see it.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor import __version__
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.draft.submission import SubmissionFile
from depositor.session.receipts import problem_from_json
from depositor.session.sending import deposit_troubles
from depositor.transfer.rows import from_row

if TYPE_CHECKING:
    from depositor.session.desk import Desk

_MOST = 900  # values in one statement; SQLite takes 999 in its oldest builds
_TOLD = 200  # lines of a report


@dataclass(frozen=True, slots=True)
class Failed:
    """One file that did not go through; ``tries``: how often it was tried."""

    file: SubmissionFile
    problem: Problem | None
    tries: int = 0


def listed(desk: Desk, submission_id: str, offset: int = 0, limit: int = 200) -> tuple[Failed, ...]:
    """The failed files in their order, paged."""
    sql = "SELECT * FROM submission_file WHERE submission_id=? AND state='failed' ORDER BY seq LIMIT ? OFFSET ?"
    rows = desk.store.connection().execute(sql, (submission_id, limit, offset))
    return tuple(_failed(row) for row in rows)


def named(desk: Desk, submission_id: str, paths: Sequence[str]) -> tuple[Failed, ...]:
    """The failed files that ``paths`` name: as the study shows them, or where they lie on disk. NeedsUser
    ``failed.no-such-file`` for the first that names none."""
    sql = (
        "SELECT * FROM submission_file WHERE submission_id=? AND state='failed' "
        "AND (origin=? OR name=? OR source=?) ORDER BY seq LIMIT 1"
    )
    found = []
    for path in paths:
        shown = path.replace("\\", "/")
        row = desk.store.connection().execute(sql, (submission_id, shown, shown, str(Path(path).absolute()))).fetchone()
        if row is None:
            raise NeedsUser(_no_such_file(path))
        found.append(_failed(row))
    return tuple(found)


def _failed(row: object) -> Failed:
    data = dict(row)  # type: ignore[call-overload]
    problem = problem_from_json(json.loads(data["problem"])) if data["problem"] else None
    return Failed(from_row(row), problem, int(data["tries"]))  # type: ignore[arg-type]


@contextlib.contextmanager
def alone(desk: Desk, submission_id: str) -> Iterator[Callable[[], None]]:
    """A time in which nobody sends a submission, so that its rows can be changed. NeedsUser while somebody does; call
    what it gives before the change, where that comes late."""

    def check() -> None:
        run = desk.deposit(submission_id)
        if run.running or run.elsewhere:
            raise NeedsUser(deposit_troubles.already_running())

    check()
    yield check


def retry(desk: Desk, submission_id: str, seqs: Sequence[int] | None = None) -> int:
    """Let failed files (None: all of them) wait for their turn again; how many there were."""
    return _set_state(desk, submission_id, "waiting", seqs)


def skip(desk: Desk, submission_id: str, seqs: Sequence[int] | None = None) -> int:
    """Leave failed files (None: all of them) out of the deposit; how many. The receipt says so."""
    return _set_state(desk, submission_id, "skipped", seqs)


def _set_state(desk: Desk, submission_id: str, state: str, seqs: Sequence[int] | None) -> int:
    problem = ", problem=NULL" if state == "waiting" else ""
    sql = f"UPDATE submission_file SET state='{state}'{problem} WHERE submission_id=? AND state='failed'"  # noqa: S608
    changed = 0
    with alone(desk, submission_id), desk.store.transaction() as db:
        if seqs is None:
            return db.execute(sql, (submission_id,)).rowcount
        for at in range(0, len(seqs), _MOST):
            some = seqs[at : at + _MOST]
            places = ",".join("?" * len(some))
            changed += db.execute(f"{sql} AND seq IN ({places})", (submission_id, *some)).rowcount
    return changed


# --- for the help desk -----------------------------------------------------------------------------------------------


def report(desk: Desk, submission_id: str, seqs: Sequence[int] | None = None) -> str:
    """The problems of failed files as English text for the help desk: no path, no name, no value; numbers of rows
    stand for the files."""
    info = desk.submission(submission_id)
    wanted = None if seqs is None else frozenset(seqs)
    found = [f for f in listed(desk, submission_id, 0, 1_000_000) if wanted is None or f.file.seq in wanted]
    counts = Counter(f.problem.code if f.problem else "?" for f in found)
    head = [
        f"Depositor {__version__}",
        f"archive: {info.archive}; stage: {info.stage}; files: {info.files}; bytes: {info.bytes}",
        f"failed files: {len(found)}",
        *(f"  {number} x {code}" for code, number in counts.most_common()),
        "",
    ]
    lines = [_line(f) for f in found[:_TOLD]]
    more = [f"... and {len(found) - _TOLD} more"] if len(found) > _TOLD else []
    return "\n".join([*head, *lines, *more]) + "\n"


def _line(one: Failed) -> str:
    problem = one.problem
    ending = Path(one.file.name).suffix.lower()
    what = f"file {one.file.seq}: {one.file.size} bytes, {ending or 'no ending'}, tried {one.tries} times"
    if problem is None:
        return what
    return f"{what}\n    [{problem.code}] {problem.side}: {_without_words(problem)}"


def _without_words(problem: Problem) -> str:
    """The sentence with its numbers; names and paths in it stay out."""
    known = {k: v if isinstance(v, (int, float)) else "..." for k, v in problem.message.args.items()}
    told = replace(problem.message, args=known).english()
    return "(told by an earlier version)" if problem.message.id.startswith("stored.") else told


def _no_such_file(path: str) -> Problem:
    return Problem(
        "failed.no-such-file",
        Side.COMPUTER,
        msg("failed.no-such-file", "No file of this submission that failed goes by this name."),
        msg("failed.no-such-file.advice", "“depositor status” with the submission's id lists those that failed."),
        path,
    )
