"""The seam: an editable draft becomes an immutable Submission with its list of files.

Files on disk stay as they are. A file that a person decided to clean is copied, cleaned and checked again; the copy is
what is sent. A file that a person excluded, or whose group names a pattern for it, is not part of the submission.
"""

from __future__ import annotations

import functools
import itertools
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.document import to_document
from depositor.draft.draft import Draft
from depositor.draft.file_columns import home_rules, homes_named
from depositor.draft.finding import Choice
from depositor.draft.inventory import FileRow
from depositor.draft.message import msg, msgn
from depositor.draft.problem import NeedsUser, Problem, Side, Stopped
from depositor.draft.submission import Stage, State, Submission, SubmissionFile
from depositor.session import checks, chosen, converting, copies, ethics_report, file_facts, unfinished
from depositor.session.clock import now
from depositor.transfer.rows import INSERT, to_row

if TYPE_CHECKING:
    from depositor.privacy.known import Known
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

_CHUNK = 2000
_MOST_TOLD = 100
MISSING = "missing"  # the step whose outcome holds what could not be read
NOT_SENT = frozenset(
    f"scan.{why}" for why in ("unreadable", "unreadable-folder", "missing", "vanished", "name-not-text", "too-deep")
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
    last = desk.last_submission(opened.id)
    if last and last.under_way:
        raise NeedsUser(_under_way())
    try:
        unfinished.sweep(desk.home.submissions, opened.id, desk.store.connection())
        unfinished.begin(folder, opened.id)
        todo = chosen.copies_planned(opened)
        cleaned = copies.make(desk, opened, todo, folder / "cleaned", cancel, on_progress)
        ethics_report.keep(ethics_report.of_draft(desk, opened, submission_id), folder)
        sealed = _written(desk, opened, capabilities, cleaned, submission_id, cancel, on_progress)
        unfinished.end(folder)
        return sealed
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise NeedsUser(_no_room()) from error
    except BaseException:  # copies that no submission holds would only fill the disk
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _written(
    desk: Desk,
    opened: OpenDraft,
    capabilities: Capabilities,
    cleaned: Mapping[str, copies.Copy],
    submission_id: str,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None,
) -> Submission:
    folder = desk.home.submissions / submission_id
    with desk.store.transaction() as db:
        revision = _next_revision(db, opened.id)
        document = {**to_document(opened.draft), "sealed": {"at": now(), "revision": revision}}
        _insert(
            db, submission_id, opened.draft, capabilities, _endpoint(desk, capabilities), revision, document, folder
        )
        homed = _homed(opened, planned(desk, opened, capabilities, cleaned))
        rows = _counted(homed, cancel, on_progress, opened.summary().files)
        count, total = _insert_files(db, submission_id, rows)
        if not count:
            raise NeedsUser(_nothing_left())
        _note_missing(db, opened, submission_id)
        db.execute("UPDATE submission SET files=?, bytes=? WHERE id=?", (count, total, submission_id))
        previous = db.execute("SELECT previous FROM submission WHERE id=?", (submission_id,)).fetchone()[0]
    at = document["sealed"]["at"]
    return Submission(submission_id, opened.id, capabilities.id, revision, at, document, count, total, previous)


def planned(
    desk: Desk, opened: OpenDraft, capabilities: Capabilities, cleaned: Mapping[str, copies.Copy] | None = None
) -> Iterator[SubmissionFile]:
    """The files as they would be sent, named after the archive's rules; streams, in the order of their paths."""
    from depositor.bundle import naming

    cleaned = cleaned or {}
    renamed, converted = chosen.renamed(desk, opened), chosen.converted(opened)
    places = opened.places
    only = _only_component(opened.draft)
    ruled = home_rules(opened.draft.columns)
    told = file_facts.per_file(opened.inventory(), harmless(desk, opened))

    # Two passes over the inventory: the plan must know every name before it can give the first one.
    wanted = (_wanted_name(shown, renamed, converted) for _, shown in kept(opened))
    names = naming.plan(wanted, capabilities.naming)
    for seq, ((row, shown), (_, name)) in enumerate(zip(kept(opened), names, strict=True), 1):
        group = places.group(row.root, row.path)
        by_rule = ruled(shown, bool(group and group.annotations))
        by_folder = (group.study_component or group.annotations or only) if group else None
        belongs = by_rule[1] if by_rule else by_folder
        copy = cleaned.get(shown)
        if copy:
            known = (seq, str(copy.source), shown, name, copy.size, copy.mtime_ns, copy.inode)
        else:
            source = str(places.absolute(row.root, row.path))
            known = (seq, source, shown, name, row.size, row.mtime_ns, row.inode)
        yield SubmissionFile(*known, group=belongs, facts=told(row))


def _wanted_name(shown: str, renamed: Mapping[str, str], converted: frozenset[str]) -> str:
    name = chosen.wanted_name(shown, renamed)
    return converting.name(name) if shown in converted else name


def _homed(opened: OpenDraft, rows: Iterator[SubmissionFile]) -> Iterator[SubmissionFile]:
    """The rows; NeedsUser at the end where rules decide the lists, the archive needs them, and files stand in none."""
    field = opened.form().field("study_component.file_list")
    asked = field is not None and field.needed and bool(homes_named(opened.draft.columns))
    homeless, example = 0, ""
    for row in rows:
        if asked and row.group is None:
            homeless, example = homeless + 1, example or row.origin
        yield row
    if homeless:
        raise NeedsUser(_homeless(homeless, example))


def kept(opened: OpenDraft) -> Iterator[tuple[FileRow, str]]:
    """The files that were not left out, with how they are shown; streams, in the order of their paths."""
    excluded, places = chosen.paths(opened, Choice.EXCLUDE), opened.places
    for row in opened.inventory().files():
        shown = places.shown(row.root, row.path)
        if not chosen.is_left_out(shown, excluded):
            yield row, shown


def _only_component(draft: Draft) -> str | None:
    """Where there is one data set, every file that says nothing else belongs to it."""
    found = [c.get("name") for c in draft.get("study_component") or () if isinstance(c, Mapping)]
    return str(found[0]) if len(found) == 1 and found[0] else None


def harmless(desk: Desk, opened: OpenDraft) -> Callable[[str], bool]:
    """Whether a text out of a header may be told: it must pass as a name, and be nothing that a check found anywhere in
    the files, whatever was decided about it there."""
    from depositor.privacy import examine

    @functools.cache
    def found() -> tuple[Known, frozenset[str]]:
        evidence = (f.evidence for f in opened.privacy() or () if f.evidence)
        return checks.known(desk.store.connection(), opened.id), frozenset(e.strip().casefold() for e in evidence)

    def harmless(text: str) -> bool:
        taught, evidence = found()
        return text.casefold() not in evidence and not examine.name(text, taught)

    return harmless


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
    values = (
        *(submission_id, draft.id, capabilities.id, endpoint, revision, _previous(db, draft, capabilities, endpoint)),
        *(now(), json.dumps(document, ensure_ascii=False), Stage.SEALED.value, str(folder)),
    )
    db.execute(
        "INSERT INTO submission (id, draft_id, archive, endpoint, revision, previous, sealed_at, document, stage, "
        "folder, files, bytes) VALUES (?,?,?,?,?,?,?,?,?,?,0,0)",
        values,
    )


def _previous(db: sqlite3.Connection, draft: Draft, capabilities: Capabilities, endpoint: str) -> str | None:
    """The last submission of the draft that this archive took, at this very address: the one that a new one revises.
    One that was refused or cancelled, or went elsewhere to practise, is nobody's earlier version."""
    row = db.execute(
        "SELECT id FROM submission WHERE draft_id=? AND archive=? AND endpoint=? AND stage=? "
        "AND coalesce(json_extract(receipt, '$.state'), '')<>? ORDER BY revision DESC LIMIT 1",
        (draft.id, capabilities.id, endpoint, Stage.DONE.value, State.FAILED.value),
    ).fetchone()
    return str(row[0]) if row else None


def _note_missing(db: sqlite3.Connection, opened: OpenDraft, submission_id: str) -> None:
    """What was chosen and could not be read is not part of the submission: the receipt will say so."""
    found = (p for p in opened.inventory().notes("problem") if p.code in NOT_SENT)
    problems = [p.as_stored() for p in itertools.islice(found, _MOST_TOLD)]
    if problems:
        outcome = json.dumps({"problems": problems}, ensure_ascii=False)
        sql = "INSERT INTO step (submission_id, name, intent_at, outcome_at, outcome) VALUES (?,?,?,?,?)"
        db.execute(sql, (submission_id, MISSING, now(), now(), outcome))


def _insert_files(db: sqlite3.Connection, submission_id: str, rows: Iterator[SubmissionFile]) -> tuple[int, int]:
    count = total = 0
    while chunk := list(itertools.islice(rows, _CHUNK)):
        db.executemany(INSERT, [to_row(submission_id, f) for f in chunk])
        count += len(chunk)
        total += sum(f.size for f in chunk)
    return count, total


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


def _homeless(count: int, example: str) -> Problem:
    return Problem(
        "seal.homeless",
        Side.COMPUTER,
        msgn("seal.homeless", "{n} file belongs to nothing yet.", "{n} files belong to nothing yet.", count),
        msg("seal.homeless.advice", "Open “Columns and groups” and say what these files belong to. Nothing was sent."),
        example,
        ("choose-component",),
    )


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


def _no_room() -> Problem:
    return Problem(
        "seal.no-room",
        Side.COMPUTER,
        msg("seal.no-room", "The place where Depositor keeps its copies and notes cannot be written to."),
        msg(
            "seal.no-room.advice",
            "Look whether that disk is full or write-protected, then try again. Nothing was sent.",
        ),
        actions=("retry",),
    )


def _stopped() -> Problem:
    return Problem(
        "seal.stopped",
        Side.COMPUTER,
        msg("seal.stopped", "Sealing was stopped. Nothing was sent."),
        msg("seal.stopped.advice", "Start it again whenever you like."),
    )
