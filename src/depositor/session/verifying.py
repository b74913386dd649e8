"""Does the archive still hold what the receipt says? File by file, by size and by whatever digest it tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg, msgn
from depositor.draft.problem import DepositError, NeedsUser, Problem, Side, Stopped
from depositor.draft.submission import HeldFile, Receipt, Role
from depositor.session.deposit import open_session
from depositor.session.ledger import Ledger
from depositor.session.receipts import receipt_from_json
from depositor.session.straight import not_a_receipt

if TYPE_CHECKING:
    from depositor.session.desk import Desk

_LISTED = 100  # names of files in an answer; the counts are always whole


@dataclass(frozen=True, slots=True)
class Expected:
    """One file as it was sent; ``digests``: hex by algorithm, our own SHA-256 and what the archive told then."""

    size: int
    digests: Mapping[str, str]


@dataclass(slots=True)
class Verification:
    """What the comparison gave. ``size_only``: the archive told no digest that could be compared."""

    receipt: Receipt
    state: str = ""
    equal: int = 0
    size_only: int = 0
    different: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
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
            "files": self.equal + self.size_only + len(self.different) + len(self.missing),
            "equal": self.equal,
            "size_only": self.size_only,
            "different": self.different[:_LISTED],
            "missing": self.missing[:_LISTED],
            "extra": self.extra[:_LISTED],
            "problems": [p.as_json() for p in self.problems],
        }


def verify(
    desk: Desk, path: Path, cancel: Cancel, on_progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Compare the receipt at ``path`` with what the archive holds now.

    NeedsUser where the file is no receipt or the submission is not known on this computer; network errors as they come.
    """
    receipt = read_receipt(path)
    ledger = Ledger(desk.store, receipt.submission)
    expected, remote, endpoint = _known(ledger, receipt)
    found = Verification(receipt)
    session = open_session(desk, receipt.archive, endpoint)
    try:
        found.state = str(session.state(remote).state)
        for done, held in enumerate(session.holdings(remote), 1):
            if cancel:
                raise Stopped(_stopped())
            _compare(found, expected.pop(held.name, None), held)
            if on_progress:
                on_progress(done, receipt.files)
    finally:
        session.close()
    found.missing = sorted(expected)
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


def _known(ledger: Ledger, receipt: Receipt) -> tuple[dict[str, Expected], str, str]:
    try:
        outcome = ledger.step("open").outcome
        endpoint = ledger.endpoint
    except (DepositError, TypeError, KeyError) as error:
        raise NeedsUser(_not_here()) from error
    if outcome is None:
        raise NeedsUser(_not_here())
    told = dict(_told_then(ledger))
    expected = {}
    for file in ledger.files():
        own = {"sha256": file.sha256} if file.sha256 else {}
        expected[file.name] = Expected(file.size, {**told.get(file.name, {}), **own})
    return expected, str(outcome["remote"]), endpoint


def _told_then(ledger: Ledger) -> Iterable[tuple[str, Mapping[str, str]]]:
    for file, held in ledger.held():
        yield file.name, held.digests if held else {}


def _compare(found: Verification, expected: Expected | None, held: HeldFile) -> None:
    if expected is None:
        found.extra.append(held.name)
        return
    common = expected.digests.keys() & held.digests.keys()
    if held.size != expected.size or any(expected.digests[a].lower() != held.digests[a].lower() for a in common):
        found.different.append(held.name)
    elif common:
        found.equal += 1
    else:
        found.size_only += 1


def _manifest(ledger: Ledger) -> str:
    from depositor.bundle import manifest

    return manifest.sha256_of(ledger.files(Role.DATA))


def _problems(found: Verification) -> Iterable[Problem]:
    if found.missing:
        n = len(found.missing)
        text = msgn("verify.missing", "{n} file is no longer at the archive.", "{n} files are no longer there.", n)
        yield Problem("verify.missing", Side.ARCHIVE, text, _ask_archive(), found.missing[0])
    if found.different:
        n = len(found.different)
        text = msgn("verify.different", "{n} file at the archive is not what was sent.",
                    "{n} files at the archive are not what was sent.", n)  # fmt: skip
        yield Problem("verify.different", Side.ARCHIVE, text, _ask_archive(), found.different[0])


def _ask_archive() -> Any:
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
