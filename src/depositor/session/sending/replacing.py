"""A file that changed on purpose after the seal: taken as it is now, after it was checked as the rest was.

Order: what is known of the old file counts no longer; the new one is looked at for personal data; what is found must be
decided; where it is to be cleaned a new copy is made; then, in one transaction, the row of the submission changes. A
kill in between leaves the file failed as it was. What the archive holds of the old file does not count any more.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.decided import Verdicts
from depositor.draft.finding import Choice, Finding
from depositor.draft.inventory import FileRow
from depositor.draft.message import msg, msgn
from depositor.draft.problem import NeedsUser, Problem, Side, Stopped
from depositor.draft.steps import undecided
from depositor.session import checks, chosen, copies, file_facts, seal
from depositor.session.clock import now
from depositor.session.sending import failed_files
from depositor.session.sending.failed_files import Failed

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

NOTHING_COUNTS = -(
    1 << 62
)  # as the offset of an upload: whatever the other side holds of it is too much, and is dropped
STEP = "replace:"  # the step of a replaced file, with its seq; intent and outcome are journaled like a call's
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of one file; ``left_out``: by what was decided about its new content."""

    seq: int
    path: str
    size: int
    left_out: bool = False
    cleaned: bool = False


def replace_file(
    desk: Desk, submission_id: str, failed: Failed, cancel: Cancel, on_progress: Tell | None = None
) -> Replaced:
    """Take a failed file as it is now; it then waits for its turn.

    NeedsUser ``replace.undecided`` (action ``decide``) where personal data were found in it that nobody has decided
    about yet, ``replace.gone`` where it is not there, ``replace.moved`` where the draft does not hold it any more.
    """
    info = desk.submission(submission_id)
    with failed_files.alone(desk, info.id) as check, _opened(desk, info.draft_id) as opened:
        row = _row(desk, opened, failed)
        fresh = _stat(opened, row, failed)
        _note_intent(desk, info.id, failed, fresh)
        _renew_inventory(desk, opened, row, fresh)
        opened.read_headers(cancel)
        opened.check_privacy(cancel, on_progress)
        if cancel:
            raise Stopped(_stopped())
        choices = _decided(opened, failed.file.origin)
        check()
        if Choice.EXCLUDE in choices:
            return _left_out(desk, info.id, failed)
        copy = _copy(desk, opened, info.folder, failed, cancel)
        _unchanged(opened, fresh)
        check()
        return _taken(desk, opened, info.id, failed, fresh, copy)


@contextlib.contextmanager
def _opened(desk: Desk, draft_id: str) -> Iterator[OpenDraft]:
    """The submission's draft; where the window has it open, that one, and it stays open."""
    known = desk.is_open(draft_id)
    opened = desk.open(draft_id)
    try:
        yield opened
    finally:
        if not known:
            opened.close()


def _row(desk: Desk, opened: OpenDraft, failed: Failed) -> FileRow:
    """The file's row in the inventory. NeedsUser where another choice of files was made since."""
    head, _, below = failed.file.origin.partition("/")
    places = opened.places
    root = next((n for n, r in enumerate(places.roots) if r.name == head), None)
    if root is not None:
        where = "" if places.roots[root].single else " AND path=?"
        sql = (
            f"SELECT root, path, size, mtime_ns, inode, set_path FROM inventory_file WHERE draft_id=? AND root=?{where}"  # noqa: S608
        )
        values = (opened.id, root) if not where else (opened.id, root, below)
        row = desk.store.connection().execute(sql, values).fetchone()
        if row is not None:
            return FileRow(*row)
    raise NeedsUser(replace(_moved(), path=failed.file.origin))


def _stat(opened: OpenDraft, row: FileRow, failed: Failed) -> FileRow:
    try:
        found = opened.places.absolute(row.root, row.path).stat()
    except OSError as error:
        raise NeedsUser(replace(_gone(), path=failed.file.origin)) from error
    if not stat.S_ISREG(found.st_mode):
        raise NeedsUser(replace(_gone(), path=failed.file.origin))
    return replace(row, size=found.st_size, mtime_ns=found.st_mtime_ns, inode=found.st_ino)


def _unchanged(opened: OpenDraft, fresh: FileRow) -> None:
    """NeedsUser where the file was written to while it was checked: nothing unchecked is sent."""
    path = opened.places.absolute(fresh.root, fresh.path)
    with contextlib.suppress(OSError):
        status = path.stat()
        if (status.st_size, status.st_mtime_ns) == (fresh.size, fresh.mtime_ns):
            return
    raise NeedsUser(_still_changing())


def _renew_inventory(desk: Desk, opened: OpenDraft, old: FileRow, fresh: FileRow) -> None:
    """Put the file's new state into the inventory; the last check then no longer counts as one of all files, and what
    its header said is read anew."""
    key = (opened.id, fresh.root, fresh.path)
    with desk.store.transaction() as db:
        db.execute(
            "UPDATE inventory_file SET size=?, mtime_ns=?, inode=? WHERE draft_id=? AND root=? AND path=?",
            (fresh.size, fresh.mtime_ns, fresh.inode, *key),
        )
        by = fresh.size - old.size
        db.execute("UPDATE inventory SET bytes=bytes+? WHERE draft_id=?", (by, opened.id))
        of_set = (opened.id, fresh.root, fresh.set_path or fresh.path)
        db.execute(
            "UPDATE inventory_set SET facts=NULL, bytes=bytes+? WHERE draft_id=? AND root=? AND path=?", (by, *of_set)
        )
    checks.outdate(desk, opened.id, opened.inventory(), opened.places)
    opened.files_renewed()


def _decided(opened: OpenDraft, shown: str) -> frozenset[Choice]:
    """What holds about the findings in the file. NeedsUser while something in it is open."""
    found = [f for f in opened.privacy() or () if f.path in chosen.above(shown)]
    if opened.privacy() is None:
        raise NeedsUser(_not_checked())
    left = undecided(opened.draft, found)
    if left:
        raise NeedsUser(replace(_undecided(len(left)), path=shown))
    verdicts = Verdicts(opened.draft)
    return frozenset(v.choice for v in map(verdicts.of, found) if v.choice is not None)


def _copy(desk: Desk, opened: OpenDraft, folder: Path, failed: Failed, cancel: Cancel) -> copies.Copy | None:
    """A cleaned copy, made anew, where findings in the file are to be cleaned."""
    shown = failed.file.origin
    here: list[Finding] = [f for f in chosen.decided(opened, Choice.CLEAN) if f.path == shown]
    todo = copies.plan(iter(here), lambda _: False)
    converts = bool(todo) and todo.converts(shown)
    if converts != (folder / "converted" in Path(failed.file.source).parents):
        raise NeedsUser(replace(_another_format(), path=shown))
    if not todo:
        return None
    target = folder / "replaced" / f"{failed.file.seq}-{failed.tries}-{os.urandom(3).hex()}" / "cleaned"
    if converts:
        target = folder / "converted" / target.parent.name / "cleaned"
    return copies.make(desk, opened, todo, target, cancel, None)[shown]


# --- the journal -----------------------------------------------------------------------------------------------------


def _note_intent(desk: Desk, submission_id: str, failed: Failed, fresh: FileRow) -> None:
    was = {"size": failed.file.size, "mtime_ns": failed.file.mtime_ns}
    asked = json.dumps({"was": was, "is": {"size": fresh.size, "mtime_ns": fresh.mtime_ns}})
    sql = "INSERT OR REPLACE INTO step (submission_id, name, intent_at, request) VALUES (?,?,?,?)"
    with desk.store.transaction() as db:
        db.execute(sql, (submission_id, f"{STEP}{failed.file.seq}", now(), asked))


def _taken(
    desk: Desk, opened: OpenDraft, submission_id: str, failed: Failed, fresh: FileRow, copy: copies.Copy | None
) -> Replaced:
    original = str(opened.places.absolute(fresh.root, fresh.path))
    sent = copy or copies.Copy(Path(original), fresh.size, fresh.mtime_ns, fresh.inode)
    facts = file_facts.per_file(opened.inventory(), seal.harmless(desk, opened))(fresh)
    key = (submission_id, failed.file.seq)
    with desk.store.transaction() as db:
        db.execute(
            "UPDATE submission_file SET source=?, size=?, mtime_ns=?, inode=?, facts=?, sha256=NULL, "
            "remote_digests=NULL, proof=NULL, state='waiting', problem=NULL WHERE submission_id=? AND seq=?",
            (str(sent.source), sent.size, sent.mtime_ns, sent.inode, json.dumps(dict(facts)), *key),
        )
        db.execute("UPDATE upload SET offset_known=? WHERE submission_id=? AND seq=?", (NOTHING_COUNTS, *key))
        db.execute("DELETE FROM upload_part WHERE submission_id=? AND seq=?", key)
        db.execute("UPDATE submission SET bytes=bytes+? WHERE id=?", (sent.size - failed.file.size, submission_id))
        _conclude(db, submission_id, failed, {"size": sent.size, "cleaned": copy is not None})
    return Replaced(failed.file.seq, failed.file.origin, sent.size, cleaned=copy is not None)


def _left_out(desk: Desk, submission_id: str, failed: Failed) -> Replaced:
    with desk.store.transaction() as db:
        sql = "UPDATE submission_file SET state='skipped' WHERE submission_id=? AND seq=?"
        db.execute(sql, (submission_id, failed.file.seq))
        _conclude(db, submission_id, failed, {"left_out": True})
    return Replaced(failed.file.seq, failed.file.origin, failed.file.size, left_out=True)


def _conclude(db: object, submission_id: str, failed: Failed, outcome: dict[str, object]) -> None:
    sql = "UPDATE step SET outcome_at=?, outcome=? WHERE submission_id=? AND name=?"
    values = (now(), json.dumps(outcome), submission_id, f"{STEP}{failed.file.seq}")
    db.execute(sql, values)  # type: ignore[attr-defined]


# --- told ------------------------------------------------------------------------------------------------------------


def _undecided(number: int) -> Problem:
    return Problem(
        "replace.undecided",
        Side.COMPUTER,
        msgn(
            "replace.undecided",
            "The file as it is now holds something that may be personal: {n} place is not decided yet.",
            "The file as it is now holds something that may be personal: {n} places are not decided yet.",
            number,
        ),
        msg("replace.undecided.advice", "Decide on the privacy page of the draft, then take the file again."),
        actions=("decide",),
    )


def _gone() -> Problem:
    return Problem(
        "replace.gone",
        Side.COMPUTER,
        msg("replace.gone", "The file is not there, or cannot be read."),
        msg("replace.gone.advice", "Connect its drive or put it back, then try again; or leave it out."),
        actions=("retry", "skip"),
    )


def _moved() -> Problem:
    return Problem(
        "replace.moved",
        Side.COMPUTER,
        msg("replace.moved", "The draft does not hold this file any more: other folders were chosen since."),
        msg("replace.moved.advice", "Leave it out of this submission, and send a new revision with it."),
        actions=("skip",),
    )


def _still_changing() -> Problem:
    return Problem(
        "replace.still-changing",
        Side.COMPUTER,
        msg("replace.still-changing", "The file was written to while it was being checked."),
        msg("replace.still-changing.advice", "Wait until the program that writes it is done, then take it again."),
        actions=("replace",),
    )


def _not_checked() -> Problem:
    return Problem(
        "replace.not-checked",
        Side.COMPUTER,
        msg("replace.not-checked", "Not all files of the draft could be checked for personal data."),
        msg("replace.not-checked.advice", "Open the draft, let the check on the privacy page end, and try again."),
        actions=("decide",),
    )


def _another_format() -> Problem:
    return Problem(
        "replace.another-format",
        Side.COMPUTER,
        msg("replace.another-format", "Cleaned, the file would now be another format than was announced."),
        msg("replace.another-format.advice", "Leave it out of this submission, and send a new revision with it."),
        actions=("skip",),
    )


def _stopped() -> Problem:
    return Problem(
        "replace.stopped",
        Side.COMPUTER,
        msg("replace.stopped", "The file was not taken; the check was stopped."),
        msg("replace.stopped.advice", "Try again whenever you like."),
    )
