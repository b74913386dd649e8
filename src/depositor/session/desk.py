"""The desk on which drafts, running deposits and receipts lie: what both faces start from."""

from __future__ import annotations

import contextlib
import functools
import json
import secrets
import sqlite3
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.capabilities import Capabilities
from depositor.draft.draft import Draft
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Side
from depositor.draft.submission import Receipt, Stage
from depositor.session import addresses, dicom_rules, documents, draft_secret, history
from depositor.session.clock import now
from depositor.session.draft_lock import lock_draft
from depositor.session.home import Home, on_network
from depositor.session.receipts import receipt_from_json
from depositor.session.reuse import defaults
from depositor.session.store import Store

if TYPE_CHECKING:
    from depositor.session.accounts import Accounts
    from depositor.session.language import Language
    from depositor.session.lookups.desk import Lookups
    from depositor.session.open_draft import OpenDraft
    from depositor.session.picks import Picks
    from depositor.session.sending.conductor import Conductor
    from depositor.session.sending.deposit import DepositRun
    from depositor.session.settings import Settings
    from depositor.session.worker import Worker
    from depositor.transfer.manners.road import Road


@dataclass(frozen=True, slots=True)
class DraftInfo:
    """A draft in a list; times ISO 8601 UTC."""

    id: str
    title: str
    archive: str | None
    created: str
    changed: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SubmissionInfo:
    """A submission in a list, and how far it is."""

    id: str
    draft_id: str
    archive: str
    endpoint: str
    revision: int
    sealed_at: str
    title: str
    files: int
    bytes: int
    stage: Stage
    paused: bool
    folder: Path
    receipt: Receipt | None
    problem: dict[str, Any] | None

    @property
    def under_way(self) -> bool:
        """True while there is something left to do for it."""
        return self.stage not in (Stage.DONE, Stage.FAILED, Stage.CANCELLED)


class Desk:
    """Everything that lies in one home. Cheap to make: the worker process, the settings and the key store are only
    touched when they are asked for."""

    def __init__(self, home: Home) -> None:
        self.home = home.create()
        dicom_rules.announce(home)
        addresses.announce(home)
        self.store = Store(home.database, shared_folder=on_network(home.state))
        self._guard = threading.RLock()
        self._open: dict[str, OpenDraft] = {}
        self._worker: Worker | None = None
        self._settings: Settings | None = None
        self._accounts: Accounts | None = None
        self._language: Language | None = None
        self._runs: dict[str, DepositRun] = {}

    # --- drafts --------------------------------------------------------------------------------------------------

    def drafts(self) -> tuple[DraftInfo, ...]:
        """All drafts that were not discarded, the last changed first."""
        rows = self.store.connection().execute(
            "SELECT d.id, d.title, d.archive, d.created, d.changed, coalesce(i.files, 0) AS files, "
            "coalesce(i.bytes, 0) AS bytes FROM draft d LEFT JOIN inventory i ON i.draft_id = d.id "
            "WHERE d.discarded IS NULL ORDER BY d.changed DESC, d.rowid DESC"
        )
        return tuple(DraftInfo(**dict(r)) for r in rows)

    def new_draft(self, archive: str | None = None, title: str | None = None) -> OpenDraft:
        """Begin a draft, with what the person wants remembered; it is on disk when this returns."""
        draft = defaults.offered(self.home, Draft(id=new_id(), archive=archive))
        if title:
            draft = draft.answer("study.title", title)
        return self._begin(draft)

    def load(self, document: Path) -> OpenDraft:
        """Begin a draft from a submission document; its files are looked for beside the document."""
        return self._begin(documents.read(document, new_id()))

    def take_up(self, document: Path) -> OpenDraft:
        """Like :meth:`load`, but where a draft of the same files was laid aside without having been sealed, that one
        becomes what the document says: what is known of its files need not be found out again."""
        draft = documents.read(document, new_id())
        sql = (
            "SELECT id FROM draft WHERE discarded IS NOT NULL AND id NOT IN (SELECT draft_id FROM submission) "
            "ORDER BY changed DESC LIMIT 100"
        )
        for (draft_id,) in self.store.connection().execute(sql).fetchall():
            found = history.read_draft(self.store.connection(), draft_id)
            if found and found[0].files == draft.files and (opened := self._if_free(draft_id)):
                opened.change(msg("change.document", "Content of the document"), replace(draft, id=draft_id))
                return opened
        return self._begin(draft)

    def _if_free(self, draft_id: str) -> OpenDraft | None:
        with contextlib.suppress(NeedsUser):
            return self.open(draft_id)
        return None

    def open(self, draft_id: str) -> OpenDraft:
        """Open a draft for changing. NeedsUser where another window has it, Damaged where there is none."""
        with self._guard:
            if draft_id in self._open:
                return self._open[draft_id]
            lock = lock_draft(self.home.state / "locks", draft_id)
            found = history.read_draft(self.store.connection(), draft_id)
            if found is None:
                lock.release()
                raise Damaged(_no_such_draft())
            from depositor.session.open_draft import OpenDraft  # not on the way to the first window

            changes = history.read_changes(self.store.connection(), draft_id)
            self._open[draft_id] = OpenDraft(self, found[0], lock, changes, found[1])
            return self._open[draft_id]

    def is_open(self, draft_id: str) -> bool:
        """True while this program has the draft open."""
        with self._guard:
            return draft_id in self._open

    def discard(self, draft_id: str) -> None:
        """Take a draft off the desk. It stays in the store for 30 days, see :meth:`restore`."""
        old = self.store.connection().execute(
            "SELECT id FROM draft WHERE discarded < strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days') "
            "AND id NOT IN (SELECT draft_id FROM submission)"
        )
        for (gone,) in old.fetchall():
            self.forget_inventory(gone)
            draft_secret.forget(self.home.state, gone)
            with self.store.transaction() as db:
                db.execute("DELETE FROM draft WHERE id=?", (gone,))
        with self.store.transaction() as db:
            db.execute("UPDATE draft SET discarded=? WHERE id=?", (now(), draft_id))

    def restore(self, draft_id: str) -> None:
        """Put a discarded draft back on the desk."""
        with self.store.transaction() as db:
            db.execute("UPDATE draft SET discarded=NULL WHERE id=?", (draft_id,))

    def closed(self, draft_id: str) -> None:
        """Called by an OpenDraft that was closed."""
        with self._guard:
            self._open.pop(draft_id, None)

    def forget_inventory(self, draft_id: str) -> None:
        """Drop what a scan found: the choice of files changed."""
        from depositor.session import pictures  # not on the way to the first window

        pictures.forget(self.home, draft_id)
        with self.store.transaction() as db:
            for table in (
                "inventory",
                "inventory_file",
                "inventory_set",
                "inventory_note",
                "privacy_result",
                "picture_result",
            ):
                db.execute(f"DELETE FROM {table} WHERE draft_id=?", (draft_id,))  # noqa: S608 - names from above

    def _begin(self, draft: Draft) -> OpenDraft:
        with self.store.transaction() as db:
            history.write_draft(db, draft, now(), 0, 0)
        return self.open(draft.id)

    # --- submissions ---------------------------------------------------------------------------------------------

    def submissions(self) -> tuple[SubmissionInfo, ...]:
        """All submissions, the last sealed first."""
        rows = self.store.connection().execute(f"{_SUBMISSION} ORDER BY sealed_at DESC, rowid DESC")
        return tuple(_info(r) for r in rows)

    def submission(self, submission_id: str) -> SubmissionInfo:
        """One submission; the first letters of its id are enough where they are unique."""
        rows = self.store.connection().execute(f"{_SUBMISSION} WHERE id LIKE ? || '%'", (submission_id,)).fetchall()
        if len(rows) != 1:
            raise NeedsUser(_no_such_submission())
        return _info(rows[0])

    def last_submission(self, draft_id: str) -> SubmissionInfo | None:
        """The submission that the draft stands at: its last one, unless that has ended and the draft changed since."""
        rows = self.store.connection().execute(
            f"{_SUBMISSION} WHERE draft_id=? ORDER BY revision DESC LIMIT 1", (draft_id,)
        )
        row = rows.fetchone()
        if row is None:
            return None
        info = _info(row)
        if info.under_way or draft_id not in self._open:
            return info
        sealed = json.loads(row["document"])
        same = {k: v for k, v in sealed.items() if k != "sealed"} == documents.comparable(self._open[draft_id].draft)
        return info if same else None

    def deposit(self, submission_id: str) -> DepositRun:
        """The run of a submission: one object per submission as long as the desk is open."""
        from depositor.session.sending.deposit import DepositRun

        info = self.submission(submission_id)
        with self._guard:
            if info.id not in self._runs:
                self._runs[info.id] = DepositRun(self, info.id)
            return self._runs[info.id]

    # --- archives, worker, settings ------------------------------------------------------------------------------

    def archives(self) -> tuple[Capabilities, ...]:
        """The archives that the program can deposit to."""
        from depositor.archives import registry

        return tuple(a.capabilities() for a in registry.archives())

    def planned_archives(self) -> tuple[Capabilities, ...]:
        """The archives that the program knows of but cannot deposit to yet."""
        from depositor.archives import registry

        return tuple(registry.planned())

    def capabilities(self, archive_id: str | None) -> Capabilities | None:
        """What an archive can do; None for one that the program cannot deposit to."""
        return next((c for c in self.archives() if c.id == archive_id), None)

    def described(self, archive_id: str | None) -> Capabilities | None:
        """What an archive asks for, also one that the program cannot deposit to yet: a description can be made ready
        for it all the same. None for an archive that the program does not know."""
        return next((c for c in (*self.archives(), *self.planned_archives()) if c.id == archive_id), None)

    def worker(self) -> Worker:
        """The worker process; started when it is first asked for."""
        from depositor.session.worker import Worker

        with self._guard:
            if self._worker is None:
                self._worker = Worker()
            return self._worker

    @property
    def settings(self) -> Settings:
        """The user's settings."""
        from depositor.session.settings import Settings

        with self._guard:
            if self._settings is None:
                self._settings = Settings(self.home.settings / "settings.json")
            return self._settings

    @property
    def language(self) -> Language:
        """The language that people are spoken to in."""
        from depositor.session.language import Language, pick

        with self._guard:
            if self._language is None:
                self._language = Language(pick(str(self.settings.get("language"))))
            return self._language

    @property
    def accounts(self) -> Accounts:
        """Accounts and secrets."""
        from depositor.session.accounts import Accounts

        with self._guard:
            if self._accounts is None:
                self._accounts = Accounts()
            return self._accounts

    @functools.cached_property
    def lookups(self) -> Lookups:
        """Look-ups at public services."""
        from depositor.session.lookups.desk import Lookups

        return Lookups(self.home.cache / "lookups.sqlite", self.settings)

    @functools.cached_property
    def picks(self) -> Picks:
        """What was chosen out of lists before."""
        from depositor.session.picks import Picks

        return Picks(self.home.settings / "picks.json")

    @functools.cached_property
    def conductor(self) -> Conductor:
        """Who sends when; holds the road of this program."""
        from depositor.session.sending.conductor import Conductor

        return Conductor(self)

    @property
    def road(self) -> Road:
        """The road that all submissions of this program share."""
        return self.conductor.road

    def close(self) -> None:
        """Write everything, stop the worker, let go of the store. Transfers are paused, not lost."""
        for run in tuple(self._runs.values()):
            run.pause_for_exit()
        if "conductor" in self.__dict__:
            self.conductor.close()
        for draft in tuple(self._open.values()):
            draft.close()
        if self._worker is not None:
            self._worker.close()
        self.store.close()


_OF_FILES = (
    *("inventory", "inventory_file", "inventory_set", "inventory_note"),
    *("privacy_result", "picture_result"),
)
_SUBMISSION = "SELECT rowid, * FROM submission"


def new_id() -> str:
    """A new id: 12 lower-case letters and digits that cannot be mistaken for one another."""
    return "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(12))


def _info(row: sqlite3.Row) -> SubmissionInfo:
    document = json.loads(row["document"])
    study = document.get("metadata", {}).get("study", {})
    return SubmissionInfo(
        id=row["id"],
        draft_id=row["draft_id"],
        archive=row["archive"],
        endpoint=row["endpoint"],
        revision=row["revision"],
        sealed_at=row["sealed_at"],
        title=str(study.get("title") or ""),
        files=row["files"],
        bytes=row["bytes"],
        stage=Stage(row["stage"]),
        paused=bool(row["paused"]),
        folder=Path(row["folder"]),
        receipt=receipt_from_json(json.loads(row["receipt"])) if row["receipt"] else None,
        problem=json.loads(row["problem"]) if row["problem"] else None,
    )


def with_archive(draft: Draft, archive: str) -> Draft:
    """The draft for another archive; everything typed stays. No licence is chosen for anybody: some waive rights for
    good."""
    return replace(draft, archive=archive)


def _no_such_draft() -> Problem:
    return Problem(
        "draft.none",
        Side.COMPUTER,
        msg("draft.none", "There is no such draft on this computer."),
        msg("draft.none.advice", "It may have been discarded. The home page lists the drafts that are there."),
    )


def _no_such_submission() -> Problem:
    return Problem(
        "submission.none",
        Side.COMPUTER,
        msg("submission.none", "No submission, or more than one, goes by that name on this computer."),
        msg("submission.none.advice", '"depositor status" lists all of them.'),
    )
