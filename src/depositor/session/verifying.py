"""Does the archive still hold what the receipt says? File by file: by its size, by whatever digest the archive tells
now, and, on wish, by reading all of it back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.message import Message, msg, msgn
from depositor.draft.problem import NeedsUser, Problem, Refused, Side, Stopped
from depositor.draft.submission import HeldFile, Proof, Receipt, Role
from depositor.session.receipts import receipt_from_json
from depositor.session.sending.deposit import open_session
from depositor.session.sending.ledger import Ledger
from depositor.session.straight import not_a_receipt

if TYPE_CHECKING:
    from depositor.archives.ports import ArchiveSession, ReadsBack
    from depositor.session.desk import Desk

_NOW = (Proof.DIGEST, Proof.PARTS, Proof.READ_BACK, Proof.SIZE)  # what a comparison afterwards can show
_LISTED = 100  # names of files in an answer; the counts are always whole
_TABLE = "CREATE TABLE file (name TEXT PRIMARY KEY, size INTEGER, digests TEXT, seen INTEGER DEFAULT 0) WITHOUT ROWID"


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
    more than was sent, which is not wrong (archives add files of their own). ``proved``: how the files were compared
    that are as they were sent. ``readable``: reading back could tell more than sizes."""

    receipt: Receipt
    state: str = ""
    equal: int = 0
    size_only: int = 0
    readable: bool = True
    different: Names = field(default_factory=Names)
    missing: Names = field(default_factory=Names)
    extra: Names = field(default_factory=Names)
    proved: Counter[Proof] = field(default_factory=Counter)
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
            "proved": {kind.value: self.proved[kind] for kind in Proof if kind in _NOW},
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
        self._db.execute(_TABLE)
        self._db.execute("BEGIN")
        for file, held in ledger.held():
            digests = dict(held.digests) if held else {}
            digests |= {"sha256": file.sha256} if file.sha256 else {}
            row = (file.name, file.size, json.dumps(digests))
            self._db.execute("INSERT OR REPLACE INTO file (name, size, digests) VALUES (?,?,?)", row)

    def take(self, name: str) -> tuple[int, dict[str, str]] | None:
        """(size, digests) of a file, once."""
        query = "UPDATE file SET seen=1 WHERE name=? AND seen=0 RETURNING size, digests"
        row = self._db.execute(query, (name,)).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def doubt(self, name: str) -> None:
        """Its size is right, and more is not known yet."""
        self._db.execute("UPDATE file SET seen=2 WHERE name=?", (name,))

    def doubted(self) -> Iterator[tuple[str, int, dict[str, str]]]:
        """(name, size, digests) of those."""
        rows = self._db.execute("SELECT name, size, digests FROM file WHERE seen=2 ORDER BY name")
        for name, size, digests in rows:
            yield name, size, json.loads(digests)

    def left(self) -> Iterator[str]:
        """What was not taken, by name."""
        for row in self._db.execute("SELECT name FROM file WHERE seen=0 ORDER BY name"):
            yield row[0]

    def close(self) -> None:
        self._db.close()


def verify(
    desk: Desk,
    path: Path,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    read_back: bool = False,
) -> Verification:
    """Compare the receipt at ``path`` with what the archive holds now. ``read_back``: fetch and sum what it tells no
    digest of, which takes as long as sending it.

    NeedsUser where the file is no receipt or the submission is not known on this computer; network errors as they come.
    """
    receipt = read_receipt(path)
    if not any(known.id == receipt.submission for known in desk.submissions()):
        raise NeedsUser(_not_here())
    ledger = Ledger(desk.store, receipt.submission)
    outcome = ledger.step("open").outcome
    if outcome is None:
        raise NeedsUser(_not_here())
    found, told = Verification(receipt), on_progress or (lambda done, total: None)
    with contextlib.closing(_Expected(ledger)) as expected:
        with contextlib.closing(open_session(desk, receipt.archive, ledger.endpoint)) as session:
            look = _Look(session, str(outcome["remote"]), cancel, found)
            look.at_all(expected, told)
            look.closer(expected, read_back=read_back)
        for name in expected.left():
            found.missing.add(name)
    capabilities = desk.capabilities(receipt.archive)
    found.readable = capabilities is None or "verify" in capabilities.can
    found.problems = list(_problems(found, lists=found.readable))
    if _manifest(ledger) != receipt.manifest_sha256:
        found.problems.append(_changed_receipt())
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """One comparison: all files by what the archive lists, then those that this says too little of, one by one."""

    session: ArchiveSession
    remote: str
    cancel: Cancel
    found: Verification

    def at_all(self, expected: _Expected, told: Callable[[int, int], None]) -> None:
        self.found.state = str(self.session.state(self.remote).state)
        for done, held in enumerate(self.session.holdings(self.remote), 1):
            if self.cancel:
                raise Stopped(_stopped())
            _compare(self.found, expected, held)
            told(done, self.found.receipt.files)

    def closer(self, expected: _Expected, *, read_back: bool) -> None:
        from depositor.archives.ports import ReadsBack

        session = self.session if isinstance(self.session, ReadsBack) else None
        for name, size, digests in expected.doubted():
            if self.cancel:
                raise Stopped(_stopped())
            proof, same = Proof.SIZE, True
            if session is not None:
                theirs = session.digests_of(self.remote, name)
                if digests.keys() & theirs.keys():
                    proof, same = _kind(digests, theirs), _same(digests, theirs)
                elif read_back and digests.get("sha256"):
                    given = self._sum(session, name, size)
                    proof, same = (Proof.READ_BACK, given == digests["sha256"]) if given else (Proof.SIZE, True)
            _count(self.found, name, proof, same=same)

    def _sum(self, session: ReadsBack, name: str, size: int) -> str | None:
        """The SHA-256 of what comes back; None where the archive gives nothing back."""
        digest = hashlib.sha256()
        try:
            for block in session.read_back(self.remote, name, size):
                if self.cancel:
                    raise Stopped(_stopped())
                digest.update(block)
        except Refused:
            return None
        return digest.hexdigest()


def read_receipt(path: Path) -> Receipt:
    """The receipt in a file. NeedsUser where there is none."""
    try:
        return receipt_from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise not_a_receipt(path) from error


def _compare(found: Verification, expected: _Expected, held: HeldFile) -> None:
    known = expected.take(held.name)
    if known is None:
        found.extra.add(held.name)
        return
    size, digests = known
    if held.size != size:
        found.different.add(held.name)
    elif digests.keys() & held.digests.keys():
        _count(found, held.name, _kind(digests, held.digests), same=_same(digests, held.digests))
    else:
        expected.doubt(held.name)


def _same(ours: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    return all(ours[name].lower() == theirs[name].lower() for name in ours.keys() & theirs.keys())


def _kind(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Proof:
    return Proof.PARTS if all(name.endswith("-of-parts") for name in ours.keys() & theirs.keys()) else Proof.DIGEST


def _count(found: Verification, name: str, proof: Proof, *, same: bool) -> None:
    if not same:
        found.different.add(name)
        return
    found.proved[proof] += 1
    if proof is Proof.SIZE:
        found.size_only += 1
    else:
        found.equal += 1


def _manifest(ledger: Ledger) -> str:
    from depositor.bundle import manifest

    return manifest.sha256_of(ledger.files(Role.DATA))


def _problems(found: Verification, *, lists: bool) -> Iterator[Problem]:
    if found.missing.count and not lists:
        n = found.missing.count
        text = msgn("verify.forgotten", "Of {n} file the server tells nothing any more.",
                    "Of {n} files the server tells nothing any more.", n)  # fmt: skip
        yield Problem("verify.forgotten", Side.ARCHIVE, text, _ask_receiver(), found.missing.first[0])
    elif found.missing.count:
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


def _ask_receiver() -> Message:
    return msg(
        "verify.forgotten.advice",
        "Many servers of this kind forget an upload once somebody took it over. Ask whoever received it.",
    )


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
