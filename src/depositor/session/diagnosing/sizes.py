"""How much would be sent: of a draft, of a sealed submission, of a document, or of files and folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.inventory import Summary
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session.diagnosing.values import SetSize

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.home import Home
    from depositor.session.open_draft import OpenDraft


def of_draft(opened: OpenDraft) -> SetSize | None:
    """What the draft's files come to; None before any were counted."""
    return of_summary(opened.situation().inventory)


def of_summary(found: Summary) -> SetSize | None:
    """What an inventory comes to; None where nothing was counted."""
    return SetSize(found.files, found.bytes, found.largest) if found.files else None


def of_paths(paths: Sequence[str], exclude: Sequence[tuple[str, ...]], cancel: Cancel) -> SetSize:
    """Count files and folders without reading them. NeedsUser for a path that is not there, Stopped where cancelled."""
    from depositor.scan.walk import walk

    for path in paths:
        if not os.path.lexists(path):
            raise NeedsUser(_not_there(path))
    files = total = largest = 0
    for batch in walk([Path(p) for p in paths], exclude, cancel):
        for row in batch.files:
            files, total, largest = files + 1, total + row.size, max(largest, row.size)
    return SetSize(files, total, largest)


def of_document(home: Home, document: Path, cancel: Cancel) -> tuple[SetSize, str | None]:
    """What a submission document names, and the archive that it is for. Damaged where it is none."""
    from depositor.session import documents

    draft = documents.read(document, "size")
    return _of_groups(draft, cancel), draft.archive


def _of_groups(draft: Draft, cancel: Cancel) -> SetSize:
    return of_paths([g.path for g in draft.files], [g.exclude for g in draft.files], cancel)


def of_submission(desk: Desk, submission: str) -> tuple[SetSize, str]:
    """What was sealed, and the archive that it goes to. NeedsUser where there is none of that id."""
    found = desk.submission(submission)
    return SetSize(found.files, found.bytes), found.archive


def looks_like_document(path: str) -> bool:
    """A submission document rather than data."""
    return path.endswith(".depositor.json") and Path(path).is_file()


def _not_there(path: str) -> Problem:
    return Problem(
        "diagnose.not-there",
        Side.COMPUTER,
        msg("diagnose.not-there", "There is no such file, folder or submission."),
        msg("diagnose.not-there.advice", "Look how it is written; “depositor status” lists the submissions."),
        path,
    )
