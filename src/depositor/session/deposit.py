"""One submission on its way: from sealed to receipt, through any number of pauses, crashes and restarts.

Each stage is journaled. A call that changes something at the archive is written down before it is made (intent) and
after it answered (outcome). Where a restart finds an intent without an outcome, the archive is asked what happened.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Account
from depositor.draft.finding import Level
from depositor.draft.problem import (
    Defect,
    DepositError,
    NeedsUser,
    Problem,
    Refused,
    Retryable,
    Stopped,
)
from depositor.draft.submission import Receipt, Stage, State, SubmissionFile
from depositor.session import deposit_troubles as troubles
from depositor.session import logs
from depositor.session.clock import now
from depositor.session.ledger import Ledger
from depositor.session.papers import Papers

if TYPE_CHECKING:
    from depositor.archives.ports import Answer, ArchiveSession, Deposit
    from depositor.session.desk import Desk
    from depositor.session.settings import Settings
    from depositor.transfer.engine import Engine
    from depositor.transfer.policy import EngineSettings
    from depositor.transfer.ports import Progress

_POLL_S = (0.2, 0.5, 1.0, 2.0, 3.0)  # how long a fresh commit is watched before the receipt says "sent"


class DepositRun:
    """A submission that can be run, paused and gone on with. :meth:`run` works in the caller's thread; everything else
    may be called from any other thread meanwhile."""

    def __init__(self, desk: Desk, submission_id: str) -> None:
        self._desk = desk
        self.id = submission_id
        self._ledger = Ledger(desk.store, submission_id)
        self._cancel = Cancel()
        self._engine: Engine | None = None
        self._guard = threading.Lock()
        self._limit: int | None = None
        self._cancelled = False
        self.listeners: list[Callable[[Stage], None]] = []

    # --- what a face asks ----------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return self._ledger.stage

    @property
    def running(self) -> bool:
        """True while :meth:`run` works, in whatever thread."""
        return self._guard.locked()

    @property
    def awake(self) -> bool:
        """True while the system was asked to stay awake, and agreed."""
        engine = self._engine
        return engine is not None and engine.awake

    def progress(self) -> Progress:
        """A snapshot, cheap enough for ten a second; when nothing runs, what the journal says."""
        from depositor.transfer.ports import Progress

        engine = self._engine
        if engine is not None:
            return engine.progress()
        files, done, total, moved = self._ledger.totals()
        failed = self._ledger.count("failed")
        return Progress(
            files=files, files_done=done, files_failed=failed, bytes=total, bytes_done=moved, paused=self._ledger.paused
        )

    def files(
        self, state: str | None = None, offset: int = 0, limit: int = 200
    ) -> tuple[tuple[SubmissionFile, str], ...]:
        """Files with their state (waiting, sending, sent, verified, failed, skipped), paged."""
        return tuple(self._ledger.rows(state, offset, limit))

    def problems(self) -> tuple[Problem, ...]:
        """The problems of failed files, each with its path."""
        return tuple(self._ledger.problems())

    def pause(self) -> None:
        """Stop sending; it is still paused after a restart, until :meth:`resume`."""
        self._ledger.set_paused(paused=True)
        self._stop()

    def pause_for_exit(self) -> None:
        """Stop because the program ends: the next start goes on by itself."""
        self._stop()

    def resume(self) -> None:
        """Lift a pause; then call :meth:`run` again."""
        self._ledger.set_paused(paused=False)
        self._cancel = Cancel()

    def cancel(self) -> None:
        """Give up for good, see :meth:`run`. What the archive holds of an unfinished deposit is taken back."""
        self._cancelled = True
        self._stop()

    def limit(self, bytes_per_s: int | None) -> None:
        """Change the speed limit, also while running."""
        self._limit = bytes_per_s
        if self._engine is not None:
            self._engine.limit(bytes_per_s)

    def retry_failed(self) -> None:
        """Let failed files wait for their turn again."""
        self._ledger.retry_failed()

    def skip(self, seq: int) -> None:
        """Leave a failed file out of the deposit; the receipt says so."""
        self._ledger.skip(seq)

    def _stop(self) -> None:
        self._cancel.set()
        engine = self._engine
        if engine is not None:
            engine.cancel()

    # --- the way -------------------------------------------------------------------------------------------------

    def run(self) -> Receipt:
        """Go on from wherever it stands until the receipt is written.

        Raises Stopped when paused or cancelled, NeedsUser where a person must do something, Refused where the archive
        says no, Retryable where the network gave up: calling again goes on from there.
        """
        if not self._guard.acquire(blocking=False):
            raise NeedsUser(troubles.already_running())
        try:
            self._ledger.lock(self._desk.home.state / "locks")
            return self._run()
        except DepositError as error:
            if isinstance(error, Defect):  # what really happened would be lost here
                logs.defect(error.__cause__ if isinstance(error.__cause__, Exception) else error)
            with contextlib.suppress(NeedsUser, Retryable):  # a full disk: the first problem is the one to tell
                self._ledger.note_problem(error.problem)
            if isinstance(error, Refused) and self.stage in (Stage.DOCUMENTED, Stage.COMMITTED):
                self._enter(Stage.FAILED)
            raise
        finally:
            self._ledger.unlock()
            self._guard.release()

    def _run(self) -> Receipt:
        done = self._ledger.receipt()
        if self.stage is Stage.DONE and done:
            return done
        if self.stage in (Stage.FAILED, Stage.CANCELLED):
            raise Refused(troubles.ended())
        if self._ledger.paused or (self._cancel and not self._cancelled):
            self.resume()
        self._ledger.begin()
        session = self._session()
        try:
            return self._through(session)
        finally:
            session.close()

    def _through(self, session: ArchiveSession) -> Receipt:
        if self._cancelled:
            self._withdraw(session)
        try:
            self._open(session)
            self._send(session)
            self._document(session)
            answer = self._commit(session)
        except Stopped:
            if self._cancelled:
                self._withdraw(session)
            raise
        return self._finish(session, answer)

    def _open(self, session: ArchiveSession) -> None:
        if self.stage is not Stage.SEALED:
            return
        session.sign_in()
        step = self._ledger.step("open")
        if step.outcome is None:
            known = session.find(self.id) if step.intended else None
            self._ledger.intend("open")
            self._ledger.conclude("open", {"remote": known or session.open(self._deposit())})
        self._enter(Stage.OPENED)

    def _send(self, session: ArchiveSession) -> None:
        if self.stage not in (Stage.OPENED, Stage.SENDING):
            return
        self._enter(Stage.SENDING)
        self._transfer(session)
        self._enter(Stage.SENT)

    def _document(self, session: ArchiveSession) -> None:
        if self.stage is not Stage.SENT:
            return
        papers = self._papers()
        if not self._ledger.documents():
            self._ledger.add_documents(papers.write())
        self._transfer(session)
        self._enter(Stage.DOCUMENTED)

    def _commit(self, session: ArchiveSession) -> Answer:
        remote = self._remote()
        step = self._ledger.step("commit")
        if self.stage is Stage.COMMITTED:
            return session.state(remote)
        if step.intended and step.outcome is None:
            answer = session.state(remote)
            if answer.state not in (State.DRAFT, State.FAILED):
                return self._committed(answer)
        deposit = self._deposit()
        against = [f for f in session.check(remote, deposit) if f.level is Level.BLOCKER]
        if against:
            raise Refused(troubles.refused_by_check(against[0].message.english(), len(against)))
        self._ledger.intend("commit")
        return self._committed(session.commit(remote, deposit))

    def _committed(self, answer: Answer) -> Answer:
        if answer.state is State.FAILED:
            raise Refused(answer.problem or troubles.refused_by_check("; ".join(answer.log), max(len(answer.log), 1)))
        self._ledger.conclude("commit", {"state": answer.state.value, "accession": answer.accession})
        self._enter(Stage.COMMITTED)
        return answer

    def _finish(self, session: ArchiveSession, answer: Answer) -> Receipt:
        answer = self._watched(session, answer)
        if answer.state is State.FAILED:
            raise Refused(answer.problem or troubles.refused_by_check("; ".join(answer.log), max(len(answer.log), 1)))
        receipt = self._papers().receipt(answer, now())
        self._ledger.finish(receipt)
        self._enter(Stage.DONE)
        return receipt

    def _watched(self, session: ArchiveSession, answer: Answer) -> Answer:
        """Ask a few times whether the archive has accepted; after that the receipt says what is true: sent."""
        for pause in _POLL_S:
            if answer.state is not State.SENT or self._cancel.wait(pause):
                break
            try:
                answer = session.state(self._remote())
            except Retryable:
                break
        return answer

    # --- parts ---------------------------------------------------------------------------------------------------

    def _transfer(self, session: ArchiveSession) -> None:
        from depositor.transfer.engine import Engine
        from depositor.transfer.journal import SqliteJournal

        remote = self._remote()
        journal = SqliteJournal(self._desk.store.path)
        engine = Engine(
            journal,
            lambda: session.carrier(remote, self._cancel),
            self.id,
            engine_settings(self._desk.settings),
            self._cancel,
        )
        if self._limit is not None:
            engine.limit(self._limit)
        self._engine = engine
        try:
            with self._ledger.counting(engine):
                outcome = engine.run()
        finally:
            self._engine = None
            journal.close()
        if self._cancel:
            raise Stopped(troubles.stopped())
        if outcome.stopped and outcome.problem:
            raise (NeedsUser if outcome.needs_user else Retryable)(outcome.problem)
        if outcome.stopped:
            raise Stopped(troubles.stopped())
        if outcome.failed:
            raise NeedsUser(troubles.files_failed(outcome.failed))

    def _withdraw(self, session: ArchiveSession) -> None:
        remote = self._ledger.step("open").outcome
        if remote and self.stage is not Stage.COMMITTED:
            session.withdraw(str(remote["remote"]))
        self._enter(Stage.CANCELLED)
        raise Stopped(troubles.cancelled())

    def _session(self) -> ArchiveSession:
        return open_session(self._desk, self._ledger.archive, self._ledger.endpoint)

    def _deposit(self) -> Deposit:
        from depositor.archives.ports import Deposit

        capabilities = self._desk.capabilities(self._ledger.archive)
        assert capabilities is not None
        ledger = self._ledger
        known = (ledger.submission(), capabilities, ledger.folder, self._files)
        return Deposit(*known, manifest_sha256=ledger.manifest, previous_remote=ledger.previous_remote)

    def _files(self) -> Iterator[SubmissionFile]:
        return self._ledger.files()

    def _papers(self) -> Papers:
        capabilities = self._desk.capabilities(self._ledger.archive)
        assert capabilities is not None
        return Papers(self._ledger, capabilities, self._desk.language)

    def _remote(self) -> str:
        outcome = self._ledger.step("open").outcome
        assert outcome is not None
        return str(outcome["remote"])

    def _enter(self, stage: Stage) -> None:
        self._ledger.enter(stage)
        for listener in tuple(self.listeners):
            listener(stage)


def engine_settings(settings: Settings) -> EngineSettings:
    """What the user set, in the engine's words."""
    from depositor.transfer.policy import EngineSettings

    return EngineSettings(
        workers=int(settings.get("parallel_files")),
        part_bytes=settings.part_bytes(),
        limit=settings.speed_limit(),
        keep_awake=bool(settings.get("keep_awake")),
    )


def open_session(desk: Desk, archive_id: str, endpoint: str) -> ArchiveSession:
    """A conversation with an archive, with the user's account and settings; the practice archive is started first."""
    from depositor.archives import registry
    from depositor.archives.ports import Credentials

    archive = registry.get(archive_id)
    open_to_all = archive.capabilities().account is Account.NONE  # then the key store has nothing to tell, and may ask
    credentials = Credentials() if open_to_all else desk.accounts.credentials(archive_id)
    settings = {**desk.settings.for_archive(archive_id), "practice_folder": str(desk.home.practice)}
    return archive.session(endpoint, credentials, settings)
