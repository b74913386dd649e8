"""The seam: an editable draft becomes an immutable Submission with its list of files.

Files on disk stay as they are. A file that a person decided to clean is copied, cleaned and checked again; the copy is
what is sent. A file that a person excluded, or whose group names a pattern for it, is not part of the submission.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.document import to_document
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Finding
from depositor.draft.inventory import FileRow
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Side, Stopped
from depositor.draft.submission import Stage, Submission, SubmissionFile
from depositor.session import checks
from depositor.session.clock import now

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

CLEAN = "depositor.privacy.clean:clean"
CLEAN_LIMIT_S = 6 * 3600.0  # a slide of some hundred GB on a slow drive
_CHUNK = 2000
INSERT_FILE = (
    "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role, grp, facts, "
    "sha256) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
)


def seal(
    desk: Desk,
    opened: OpenDraft,
    capabilities: Capabilities,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None,
) -> Submission:
    """Write the submission and its files to the store, in one transaction at the end; the Submission."""
    from depositor.session.desk import new_id

    submission_id = new_id()
    folder = desk.home.submissions / submission_id
    folder.mkdir(parents=True, exist_ok=True)
    cleaned = _cleaned_copies(desk, opened, folder, cancel)
    last = desk.last_submission(opened.id)
    if last and last.under_way:
        raise NeedsUser(_under_way())
    with desk.store.transaction() as db:
        revision = _next_revision(db, opened.id)
        document = {**to_document(opened.draft), "sealed": {"at": now(), "revision": revision}}
        _insert(
            db, submission_id, opened.draft, capabilities, _endpoint(desk, capabilities), revision, document, folder
        )
        rows = _counted(planned(desk, opened, capabilities, cleaned), cancel, on_progress, opened.summary().files)
        count, total = _insert_files(db, submission_id, rows)
        if not count:
            raise NeedsUser(_nothing_left())
        db.execute("UPDATE submission SET files=?, bytes=? WHERE id=?", (count, total, submission_id))
        previous = db.execute("SELECT previous FROM submission WHERE id=?", (submission_id,)).fetchone()[0]
    at = document["sealed"]["at"]
    return Submission(submission_id, opened.id, capabilities.id, revision, at, document, count, total, previous)


def planned(
    desk: Desk, opened: OpenDraft, capabilities: Capabilities, cleaned: Mapping[str, CleanedCopy] | None = None
) -> Iterator[SubmissionFile]:
    """The files as they would be sent, named after the archive's rules; streams, in the order of their paths."""
    from depositor.bundle import naming

    cleaned = cleaned or {}
    excluded = _chosen(desk, opened, Choice.EXCLUDE)
    places = opened.places
    only = _only_component(opened.draft)

    def kept() -> Iterator[tuple[FileRow, str]]:
        for row in opened.inventory().files():
            shown = places.shown(row.root, row.path)
            if shown not in excluded:
                yield row, shown

    # Two passes over the inventory: the plan must know every name before it can give the first one.
    wanted = (cleaned[shown].name if shown in cleaned else shown for _, shown in kept())
    names = naming.plan(wanted, capabilities.naming)
    for seq, ((row, shown), (_, name)) in enumerate(zip(kept(), names, strict=True), 1):
        group = places.group(row.root, row.path)
        belongs = (group.study_component or group.annotations or only) if group else None
        copy = cleaned.get(shown)
        if copy:
            status = copy.path.stat()
            yield SubmissionFile(
                seq, str(copy.path), shown, name, status.st_size, status.st_mtime_ns, status.st_ino, group=belongs
            )
        else:
            source = str(places.absolute(row.root, row.path))
            yield SubmissionFile(seq, source, shown, name, row.size, row.mtime_ns, row.inode, group=belongs)


def _only_component(draft: Draft) -> str | None:
    """Where there is one data set, every file that says nothing else belongs to it."""
    found = [c.get("name") for c in draft.get("study_component") or () if isinstance(c, Mapping)]
    return str(found[0]) if len(found) == 1 and found[0] else None


# --- cleaned copies --------------------------------------------------------------------------------------------------


class CleanedCopy:
    """A cleaned copy on disk, and the path in the study that it takes (its name may have told who it is)."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name


def _cleaned_copies(desk: Desk, opened: OpenDraft, folder: Path, cancel: Cancel) -> dict[str, CleanedCopy]:
    """Write the cleaned copies that were decided; Damaged where a file cannot be cleaned."""
    found = opened.privacy() or ()
    todo = _chosen(desk, opened, Choice.CLEAN)
    out: dict[str, CleanedCopy] = {}
    for shown in sorted(todo):
        if cancel:
            raise Stopped(_stopped())
        mine = [f for f in found if f.path == shown and _is(opened.draft, f, Choice.CLEAN)]
        out[shown] = _clean_one(desk, opened, shown, mine, folder / "cleaned")
    return out


def _clean_one(desk: Desk, opened: OpenDraft, shown: str, mine: list[Finding], folder: Path) -> CleanedCopy:
    from depositor.privacy.policy import PUBLIC

    target = folder / shown
    target.parent.mkdir(parents=True, exist_ok=True)
    answer = desk.worker().call(CLEAN, opened.places.locate(shown), target, mine, PUBLIC, timeout=CLEAN_LIMIT_S)
    if answer.problems:
        raise Damaged(answer.problems[0])
    name = getattr(answer, "name", None)
    renamed = f"{shown.rpartition('/')[0]}/{name}".lstrip("/") if name else shown
    return CleanedCopy(Path(answer.path), renamed)


def _chosen(desk: Desk, opened: OpenDraft, choice: Choice) -> frozenset[str]:
    """The files about which the latest decisions say ``choice``; excluding one finding takes the whole file out."""
    if not opened.draft.decisions:
        return frozenset()
    found = checks.findings(desk.store.connection(), opened.draft) or ()
    return frozenset(f.path for f in found if f.path and _is(opened.draft, f, choice))


def _is(draft: Draft, finding: Finding, choice: Choice) -> bool:
    decision = draft.decision(finding.key)
    return decision is not None and decision.choice is choice


# --- rows ------------------------------------------------------------------------------------------------------------


def _insert(
    db: sqlite3.Connection,
    submission_id: str,
    draft: Draft,
    capabilities: Capabilities,
    endpoint: str,
    revision: int,
    document: Mapping[str, Any],
    folder: Path,
) -> None:
    previous = db.execute(
        "SELECT id FROM submission WHERE draft_id=? ORDER BY revision DESC LIMIT 1", (draft.id,)
    ).fetchone()
    values = (
        *(submission_id, draft.id, capabilities.id, endpoint, revision, previous[0] if previous else None),
        *(now(), json.dumps(document, ensure_ascii=False), Stage.SEALED.value, str(folder)),
    )
    db.execute(
        "INSERT INTO submission (id, draft_id, archive, endpoint, revision, previous, sealed_at, document, stage, "
        "folder, files, bytes) VALUES (?,?,?,?,?,?,?,?,?,?,0,0)",
        values,
    )


def _insert_files(db: sqlite3.Connection, submission_id: str, rows: Iterator[SubmissionFile]) -> tuple[int, int]:
    count = total = 0
    while chunk := list(itertools.islice(rows, _CHUNK)):
        db.executemany(INSERT_FILE, [file_row(submission_id, f) for f in chunk])
        count += len(chunk)
        total += sum(f.size for f in chunk)
    return count, total


def file_row(submission_id: str, file: SubmissionFile) -> tuple[Any, ...]:
    """A file as a row of ``submission_file``."""
    return (
        *(submission_id, file.seq, file.source, file.origin, file.name, file.size, file.mtime_ns, file.inode),
        *(file.role.value, file.group, json.dumps(dict(file.facts), ensure_ascii=False), file.sha256),
    )


def _counted(
    rows: Iterator[SubmissionFile], cancel: Cancel, on_progress: Callable[[int, int], None] | None, total: int
) -> Iterator[SubmissionFile]:
    for at, row in enumerate(rows, 1):
        if at % 500 == 0:
            if cancel:
                raise Stopped(_stopped())
            if on_progress:
                on_progress(at, total)
        yield row


def _next_revision(db: sqlite3.Connection, draft_id: str) -> int:
    row = db.execute("SELECT coalesce(max(revision), 0) + 1 FROM submission WHERE draft_id=?", (draft_id,)).fetchone()
    return int(row[0])


def _endpoint(desk: Desk, capabilities: Capabilities) -> str:
    """The address that this submission goes to, once and for all: a later change of the settings does not move it."""
    return desk.settings.endpoint(capabilities.id) or capabilities.endpoint


def _under_way() -> Problem:
    return Problem(
        "seal.under-way",
        Side.COMPUTER,
        msg("seal.under-way", "The last submission of this study is still under way."),
        msg(
            "seal.under-way.advice", "Let it finish or cancel it first; what you changed is kept for the next revision."
        ),
    )


def _nothing_left() -> Problem:
    return Problem(
        "seal.nothing",
        Side.COMPUTER,
        msg("seal.nothing", "No file is left to send: all of them are excluded."),
        msg("seal.nothing.advice", "Look at the decisions on the privacy page."),
    )


def _stopped() -> Problem:
    return Problem(
        "seal.stopped",
        Side.COMPUTER,
        msg("seal.stopped", "Sealing was stopped. Nothing was sent."),
        msg("seal.stopped.advice", "Start it again whenever you like."),
    )
