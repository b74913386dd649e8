"""The report for the ethics board without a window: about a document, files and folders, or what was sealed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session import ethics_report, policies
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.language import current
from depositor.session.open_draft import OpenDraft
from depositor.session.tasks import scratch_desk

Tell = Callable[[int, int], None]
Report = tuple[dict[str, Any], tuple[Path, ...]]


def of_document(home: Home, document: Path, out: Path, policy: str | None, tell: Tell) -> Report:
    """Check what a submission document names and write the report with its decisions: (the report, its files)."""
    with scratch_desk(home) as desk:
        return _written(desk, desk.load(document), out, policy, tell)


def of_paths(home: Home, paths: Sequence[str], out: Path, policy: str | None, tell: Tell) -> Report:
    """Check files and folders of no draft, about which nothing is decided."""
    with scratch_desk(home) as desk:
        opened = desk.new_draft()
        opened.set_files([FileGroup(str(Path(p).absolute())) for p in paths])
        return _written(desk, opened, out, policy, tell)


def _written(desk: Desk, opened: OpenDraft, out: Path, policy: str | None, tell: Tell) -> Report:
    if policy:
        policies.get(policy, desk.home.settings)
        policies.choose(opened, policy)
    opened.scan(Cancel())
    opened.check_privacy(Cancel(), tell)
    data = ethics_report.of_draft(desk, opened)
    return data, ethics_report.write(data, out, current())


def of_submission(desk: Desk, submission: str, out: Path) -> Report:
    """The report that lies with the papers of a sealed submission, copied to ``out``. NeedsUser where there is none of
    that id, or it was sealed by a version that made no report."""
    folder = desk.submission(submission).folder
    try:
        data = json.loads((folder / f"{ethics_report.NAME}.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NeedsUser(_none_there()) from error
    if not (folder / f"{ethics_report.NAME}.html").exists():  # sealed, and not yet sent to the end
        return data, ethics_report.write(data, out, current())
    out.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.glob(f"{ethics_report.NAME}.*"))
    return data, tuple(Path(shutil.copy2(path, out / path.name)) for path in found)


def _none_there() -> Problem:
    return Problem(
        "report.none",
        Side.COMPUTER,
        msg("report.none", "No report on personal data lies with this submission."),
        msg("report.none.advice", "It was sealed by an earlier version. Make one from the document or the files."),
    )


def not_there(path: str) -> Problem:
    """The problem of a path that does not exist."""
    return Problem(
        "report.not-there",
        Side.COMPUTER,
        msg("report.not-there", "There is no such file, folder or submission."),
        msg("report.not-there.advice", "Look how it is written; “depositor status” lists the submissions."),
        path,
    )
