"""The straight way from a submission document to a receipt, without a window: command line and batch go it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.draft.steps import Situation, StepId, ready, undecided
from depositor.draft.submission import Stage
from depositor.session import documents
from depositor.session.annotations import pairing

if TYPE_CHECKING:
    from depositor.session.desk import Desk, SubmissionInfo
    from depositor.session.open_draft import OpenDraft
    from depositor.session.worker import Worker

_FOLLOWING = (StepId.REVIEW, StepId.SEND, StepId.RECEIPT)  # they only say that a step before them is open
_MOST_TOLD = 1000
_NO_FAULT = frozenset(("header.no-reader", "header.empty"))  # the scan has told of an empty file already
Tell = Callable[
    [str, int, int], None
]  # (what is going on: files, headers, annotations, privacy, seal; done; of, 0 if not known)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a draft may be sealed, and what stands against it."""

    situation: Situation
    ready: bool
    blockers: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    why: tuple[Message, ...]
    problems: tuple[Problem, ...] = ()  # of folders and files: unreadable, empty, damaged; the first thousand


def sealed_from(desk: Desk, draft: Draft, *, under_way: bool) -> SubmissionInfo | None:
    """The latest submission of this computer that was sealed from the same document, wherever the document lies."""
    wanted = documents.comparable(draft)
    for info in desk.submissions():
        if (info.under_way if under_way else info.stage is Stage.DONE) and _sealed(desk, info.id) == wanted:
            return info
    return None


def prepare(opened: OpenDraft, worker: Worker, cancel: Cancel, tell: Tell) -> Judgement:
    """Scan, read headers, look into annotations, check for personal data, and judge. Nothing is filled in that the
    document does not say."""
    opened.scan(cancel, lambda found: tell("files", found.files, 0))
    opened.read_headers(cancel, lambda done, of: tell("headers", done, of))
    if pairing.wanted(opened):
        pairing.examine(opened, worker, cancel, lambda done, of: tell("annotations", done, of))
    opened.check_privacy(cancel, lambda done, of: tell("privacy", done, of))
    now = opened.situation()
    return Judgement(
        now,
        ready(now),
        tuple(f for f in now.validation if f.level is Level.BLOCKER),
        undecided(now.draft, now.privacy or ()),
        tuple(s.why for s in opened.steps() if s.why is not None and s.id not in _FOLLOWING),
        tuple(itertools.islice(_problems(opened), _MOST_TOLD)),
    )


def renamed(desk: Desk, opened: OpenDraft) -> tuple[tuple[tuple[str, str], ...], int]:
    """The files that the archive's rules will give another name: (path here, name there) of the first thousand, and
    how many there are. Another spelling of the same letters in Unicode is no other name."""
    from depositor.bundle.spelling import nfc

    other = ((f.origin, f.name) for f in documents.rows(desk, opened) if nfc(f.origin) != f.name)
    first = tuple(itertools.islice(other, _MOST_TOLD))
    return first, len(first) + sum(1 for _ in other)


def _problems(opened: OpenDraft) -> Iterator[Problem]:
    """What the scan and the headers say against single files; that there is no reader for one is nothing against it."""
    inventory = opened.inventory()
    yield from inventory.notes("problem", limit=_MOST_TOLD)
    for facts in inventory.facts():
        told = (p for p in facts.problems if p.code not in _NO_FAULT)
        yield from (p if p.path else replace(p, path=facts.path) for p in told)


def unfinished(desk: Desk, submission_id: str | None) -> SubmissionInfo | None:
    """The submission to go on with: the one named, else the latest that is under way; None where there is none."""
    if submission_id:
        return desk.submission(submission_id)
    return next((s for s in desk.submissions() if s.under_way), None)


def missing_archive(desk: Desk, opened: OpenDraft) -> Problem | None:
    """Why the document's archive cannot take anything: none is named, or it is unknown here, or only known of."""
    if opened.capabilities is not None:
        return None
    archive = opened.draft.archive
    planned = desk.described(archive)
    if planned is not None:
        text = msg("straight.not-built", "This version of Depositor cannot send to {name} yet.", name=planned.name)
        advice = msg("straight.not-built.advice", "The description is not lost: it serves the other archives too.")
        return Problem("straight.not-built", Side.PROGRAM, text, advice)
    if not archive:
        text = msg("straight.no-archive", "The document does not say which archive it is for.")
    else:
        text = msg("straight.unknown-archive", "This Depositor cannot send to “{archive}”.", archive=archive)
    advice = msg("straight.no-archive.advice", "“depositor archives” lists those it can send to.")
    return Problem("straight.no-archive", Side.COMPUTER, text, advice)


def not_a_receipt(path: Path) -> NeedsUser:
    """The error for a file that is no receipt."""
    return NeedsUser(
        Problem(
            "receipt.not-one",
            Side.COMPUTER,
            msg("receipt.not-one", "This file is not a receipt of Depositor."),
            msg("receipt.not-one.advice", "Choose the file receipt.json of a submission; “depositor status” names it."),
            path=path.as_posix(),
        )
    )


def _sealed(desk: Desk, submission_id: str) -> dict[str, object]:
    row = desk.store.connection().execute("SELECT document FROM submission WHERE id=?", (submission_id,)).fetchone()
    return {key: value for key, value in json.loads(row["document"]).items() if key != "sealed"}
