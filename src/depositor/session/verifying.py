"""Does the archive still hold what the receipt says? File by file, by size and by whatever digest it tells."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.message import Message, msg, msgn
from depositor.draft.problem import NeedsUser, Problem, Side, Stopped
from depositor.draft.submission import HeldFile, Receipt, Role
from depositor.session.deposit import open_session
from depositor.session.ledger import Ledger
from depositor.session.receipts import receipt_from_json
from depositor.session.straight import not_a_receipt

if TYPE_CHECKING:
    from depositor.session.desk import Desk

_LISTED = 100  # names of files in an answer; the counts are always whole


@dataclass(slots=True)
class Names:
    """How many files, and the names of the first ones."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.first) < _LISTED:
            self.first.append(name)


@dataclass(slots=True)
class Verification:
    """What the comparison gave. ``size_only``: the archive told no digest that could be compared; ``extra``: it holds
    more than was sent, which is not wrong (archives add files of their own)."""

    receipt: Receipt
    state: str = ""
    equal: int = 0
    size_only: int = 0
    different: Names = field(default_factory=Names)
    missing: Names = field(default_factory=Names)
    extra: Names = field(default_factory=Names)
    problems: list[Problem] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """True where every file is there and none differs."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        return {
            "submission": self.receipt.submission,
            "archive": self.receipt.archive,
            "accession": self.receipt.accession,
            "state": self.state,
            "same": self.same,
            "files": self.equal + self.size_only + self.different.count + self.missing.count,
            "equal": self.equal,
            "size_only": self.size_only,
            "different": self.different.first,
            "different_files": self.different.count,
            "missing": self.missing.first,
            "missing_files": self.missing.count,
            "extra": self.extra.first,
            "extra_files": self.extra.count,
            "problems": [p.as_json() for p in self.problems],
        }


class _Expected:
    """The files as they were sent, out of memory: there may be millions. Digests: our own SHA-256 and what the archive
    told then."""

    def __init__(self, ledger: Ledger) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # a temporary file that SQLite removes itself
        self._db.execute("CREATE TABLE file (name TEXT PRIMARY KEY, size INTEGER, digests TEXT) WITHOUT ROWID")
        self._db.execute("BEGIN")
        for file, held in ledger.held():
            digests = dict(held.digests) if held else {}
            digests |= {"sha256": file.sha256} if file.sha256 else {}
            self._db.execute("INSERT OR REPLACE INTO file VALUES (?,?,?)", (file.name, file.size, json.dumps(digests)))

    def take(self, name: str) -> tuple[int, dict[str, str]] | None:
        """(size, digests) of a file, once."""
        row = self._db.execute("DELETE FROM file WHERE name=? RETURNING size, digests", (name,)).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def left(self) -> Iterator[str]:
        """What was not taken, by name."""
        for row in self._db.execute("SELECT name FROM file ORDER BY name"):
            yield row[0]

    def close(self) -> None:
        self._db.close()


def verify(
    desk: Desk, path: Path, cancel: Cancel, on_progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Compare the receipt at ``path`` with what the archive holds now.

    NeedsUser where the file is no receipt or the submission is not known on this computer; network errors as they come.
    """
    receipt = read_receipt(path)
    if not any(known.id == receipt.submission for known in desk.submissions()):
        raise NeedsUser(_not_here())
    ledger = Ledger(desk.store, receipt.submission)
    outcome = ledger.step("open").outcome
    if outcome is None:
        raise NeedsUser(_not_here())
    remote, found = str(outcome["remote"]), Verification(receipt)
    with contextlib.closing(_Expected(ledger)) as expected:
        with contextlib.closing(open_session(desk, receipt.archive, ledger.endpoint)) as session:
            found.state = str(session.state(remote).state)
            for done, held in enumerate(session.holdings(remote), 1):
                if cancel:
                    raise Stopped(_stopped())
                _compare(found, expected.take(held.name), held)
                if on_progress:
                    on_progress(done, receipt.files)
        for name in expected.left():
            found.missing.add(name)
    found.problems = list(_problems(found))
    if _manifest(ledger) != receipt.manifest_sha256:
        found.problems.append(_changed_receipt())
    return found


def read_receipt(path: Path) -> Receipt:
    """The receipt in a file. NeedsUser where there is none."""
    try:
        return receipt_from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise not_a_receipt(path) from error


def _compare(found: Verification, expected: tuple[int, dict[str, str]] | None, held: HeldFile) -> None:
    if expected is None:
        found.extra.add(held.name)
        return
    size, digests = expected
    common = digests.keys() & held.digests.keys()
    if held.size != size or any(digests[a].lower() != held.digests[a].lower() for a in common):
        found.different.add(held.name)
    elif common:
        found.equal += 1
    else:
        found.size_only += 1


def _manifest(ledger: Ledger) -> str:
    from depositor.bundle import manifest

    return manifest.sha256_of(ledger.files(Role.DATA))


def _problems(found: Verification) -> Iterator[Problem]:
    if found.missing.count:
        n = found.missing.count
        text = msgn("verify.missing", "{n} file is no longer at the archive.", "{n} files are no longer there.", n)
        yield Problem("verify.missing", Side.ARCHIVE, text, _ask_archive(), found.missing.first[0])
    if found.different.count:
        n = found.different.count
        text = msgn("verify.different", "{n} file at the archive is not what was sent.",
                    "{n} files at the archive are not what was sent.", n)  # fmt: skip
        yield Problem("verify.different", Side.ARCHIVE, text, _ask_archive(), found.different.first[0])


def _ask_archive() -> Message:
    return msg("verify.advice", "Write to the archive with the accession number and this list. Keep your own copy.")


def _changed_receipt() -> Problem:
    return Problem(
        "verify.receipt-changed",
        Side.COMPUTER,
        msg("verify.receipt-changed", "The receipt does not go with what this computer noted when it was sent."),
        msg(
            "verify.receipt-changed.advice", "Use the untouched receipt of the submission: “depositor status” names it."
        ),
    )


def _not_here() -> Problem:
    return Problem(
        "verify.not-here",
        Side.COMPUTER,
        msg("verify.not-here", "This computer did not make that deposit, so it cannot compare every file."),
        msg("verify.not-here.advice", "Run the comparison on the computer, and as the user, that sent it."),
    )


def _stopped() -> Problem:
    return Problem(
        "verify.stopped",
        Side.COMPUTER,
        msg("verify.stopped", "The comparison was stopped before its end."),
        msg("verify.stopped.advice", "Start it again whenever you like; nothing is changed by it."),
    )
