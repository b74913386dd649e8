"""What is different since a draft was last deposited: answers one by one, files by number and list."""

from __future__ import annotations

import itertools
import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depositor.draft.document import to_document
from depositor.form.reuse.differences import Difference, of_documents
from depositor.session import history, seal
from depositor.session.store import told

if TYPE_CHECKING:
    from depositor.draft.draft import Draft
    from depositor.form.fields import Form
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

_LISTED = 1000
_BATCH = 10_000
_NOT_TOLD = ("decisions", "confirmed")  # they follow from the findings of the new files


@dataclass(frozen=True, slots=True)
class FileChanges:
    """Files that came, went or changed since; of each kind the first thousand paths. ``known`` is False while the
    folders were not looked through."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    counts: tuple[int, int, int] = (0, 0, 0)
    known: bool = True

    def __bool__(self) -> bool:
        return any(self.counts)


@dataclass(frozen=True, slots=True)
class Since:
    """What is different since a draft was sealed last (``sealed_at``, ISO 8601 UTC)."""

    submission: str
    archive: str
    sealed_at: str
    revision: int
    differences: tuple[Difference, ...]
    files: FileChanges

    def __bool__(self) -> bool:
        return bool(self.differences) or bool(self.files)

    def as_json(self) -> dict[str, Any]:
        """``changes``: path, what became of it, old and new value; ``files``: how many, and the first thousand."""
        names = ("added", "removed", "changed")
        files: dict[str, Any] = dict(zip(names, self.files.counts, strict=True))
        files["paths"] = {name: list(getattr(self.files, name)) for name in names}
        files["known"] = self.files.known
        changes = [{"path": d.path, "change": str(d.change), "old": d.old, "new": d.new} for d in self.differences]
        head = {"submission": self.submission, "archive": self.archive, "sealed": self.sealed_at}
        return {**head, "revision": self.revision, "changes": changes, "files": files}


def since(desk: Desk, opened: OpenDraft, files: FileChanges | None = None) -> Since | None:
    """What is different since the last submission of the draft; None where there is none. ``files`` is what is known
    of the files already: comparing a million of them takes half a minute, so never in the window's thread."""
    row = _last(desk.store.connection(), opened.id)
    if row is None:
        return None
    return _told(row, opened.form(), opened.draft, files if files is not None else _files(desk, opened, row))


def answers_since(desk: Desk, submission_id: str) -> tuple[Difference, ...]:
    """The answers that its draft has changed since a submission was sealed, without opening the draft; none where the
    draft has gone."""
    from depositor.form.profiles import load

    db = desk.store.connection()
    row = db.execute("SELECT * FROM submission WHERE id=?", (submission_id,)).fetchone()
    found = history.read_draft(db, row["draft_id"]) if row is not None else None
    if found is None:
        return ()
    capabilities = desk.capabilities(found[0].archive)
    form = load(found[0].profiles, capabilities.profile if capabilities else None)
    return _told(row, form, found[0], FileChanges(known=False)).differences


def _told(row: sqlite3.Row, form: Form, draft: Draft, files: FileChanges) -> Since:
    now = json.loads(json.dumps(to_document(draft), ensure_ascii=False))
    found = of_documents(form, json.loads(row["document"]), now)
    kept = tuple(d for d in found if d.path not in _NOT_TOLD)
    return Since(row["id"], row["archive"], row["sealed_at"], row["revision"], kept, files)


def _last(db: sqlite3.Connection, draft_id: str) -> sqlite3.Row | None:
    """The last submission; one that was refused or given up only where there is no other."""
    sql = (
        "SELECT id, archive, sealed_at, revision, document, folder FROM submission WHERE draft_id=? "
        "ORDER BY stage IN ('failed', 'cancelled'), revision DESC LIMIT 1"
    )
    found: sqlite3.Row | None = db.execute(sql, (draft_id,)).fetchone()
    return found


def _files(desk: Desk, opened: OpenDraft, row: sqlite3.Row) -> FileChanges:
    """Compared inside SQLite: two million rows fit into no window's memory."""
    if not opened.summary().complete:
        return FileChanges(known=False)
    db = desk.store.connection()
    with told():
        db.execute("BEGIN")  # of temporary tables only; a thousand times faster than row by row
        try:
            _gather(db, ((shown, r.size, r.mtime_ns) for r, shown in seal.kept(opened)), row)
            return _compared(db)
        finally:
            db.execute("ROLLBACK")


def _gather(db: sqlite3.Connection, now: Any, row: sqlite3.Row) -> None:
    for name in ("files_now", "files_then"):
        db.execute(f"CREATE TEMP TABLE {name} (path TEXT PRIMARY KEY, size INT, mtime_ns INT) WITHOUT ROWID")
    for batch in iter(lambda: list(itertools.islice(now, _BATCH)), []):
        db.executemany("INSERT OR REPLACE INTO files_now VALUES (?,?,?)", batch)
    db.execute(
        "INSERT OR REPLACE INTO files_then "
        "SELECT origin, CASE WHEN substr(source, 1, ?) = ? THEN NULL ELSE size END, mtime_ns "
        "FROM submission_file WHERE submission_id=? AND role='data' AND state<>'skipped'",
        (len(row["folder"]), row["folder"], row["id"]),
    )


_ADDED = "SELECT path FROM files_now WHERE path NOT IN (SELECT path FROM files_then) ORDER BY path"
_REMOVED = "SELECT path FROM files_then WHERE path NOT IN (SELECT path FROM files_now) ORDER BY path"
_CHANGED = (  # where a cleaned copy was sent there is no size here: that of the copy tells nothing
    "SELECT path FROM files_now n JOIN files_then t USING (path) "
    "WHERE t.size IS NOT NULL AND (n.size<>t.size OR n.mtime_ns<>t.mtime_ns) ORDER BY path"
)


def _compared(db: sqlite3.Connection) -> FileChanges:
    listed, counts = [], []
    for sql in (_ADDED, _REMOVED, _CHANGED):
        listed.append(tuple(r[0] for r in db.execute(f"{sql} LIMIT {_LISTED}")))
        counts.append(int(db.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0]))  # noqa: S608 - texts from above
    return FileChanges(listed[0], listed[1], listed[2], (counts[0], counts[1], counts[2]))
