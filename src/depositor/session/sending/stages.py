"""The stages of a deposit, from sealed to receipt.

Each stage is journaled. A call that changes something at the archive is written down before it is made (intent) and
after it answered (outcome). Where a restart finds an intent without an outcome, the archive is asked what happened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from depositor.draft.finding import Level
from depositor.draft.problem import NeedsUser, Refused, Retryable, Stopped
from depositor.draft.submission import Receipt, Role, Stage, State, SubmissionFile
from depositor.session.clock import now
from depositor.session.papers import Papers
from depositor.session.sending import deposit_troubles as troubles
from depositor.session.sending import following
from depositor.session.sending.patience import Patience

if TYPE_CHECKING:
    from depositor.archives.ports import Answer, ArchiveSession, Deposit
    from depositor.session.desk import Desk
    from depositor.session.sending.deposit import DepositRun
    from depositor.session.sending.ledger import Ledger
    from depositor.transfer.engine import Engine
    from depositor.transfer.handover.run import HandOverRun
    from depositor.transfer.journal import SqliteJournal
    from depositor.transfer.ports import Carrier, Outcome

_POLL_S = (0.2, 0.5, 1.0, 2.0, 3.0)  # how often a fresh commit is looked at; the last one is repeated
_SIGN_IN = "archive.sign-in"
T = TypeVar("T")


class Stages:
    """One pass through the stages that are still to come, in the caller's thread. ``run`` is what a face holds: it
    tells when to stop, and shows the engine while there is one."""

    def __init__(self, desk: Desk, ledger: Ledger, run: DepositRun) -> None:
        self._desk, self._ledger, self._run = desk, ledger, run
        self._session: ArchiveSession | None = None

    def run(self) -> Receipt:
        """The receipt. Raises what :meth:`DepositRun.run` raises."""
        done = self._ledger.receipt()
        if self.stage is Stage.DONE and done:
            return done
        if self.stage in (Stage.FAILED, Stage.CANCELLED):
            raise Refused(troubles.ended())
        self._ledger.begin()
        try:
            return self._through()
        finally:
            if self._session is not None:
                self._session.close()

    @property
    def stage(self) -> Stage:
        return self._ledger.stage

    def enter(self, stage: Stage) -> None:
        """Note a stage and tell it."""
        self._ledger.enter(stage)
        for listener in tuple(self._run.listeners):
            listener(stage)

    # --- the way -------------------------------------------------------------------------------------------------

    def _through(self) -> Receipt:
        if self._run.cancelled:
            self._withdraw()
        try:
            self._signed_in(self._open)
            self._send()
            self._document()
            answer = self._signed_in(lambda: self._patiently(self._commit))
        except Stopped:
            if self._run.cancelled:
                self._withdraw()
            raise
        return self._finish(answer)

    def _open(self) -> None:
        if self.stage is not Stage.SEALED:
            return
        self.session.sign_in()
        step = self._ledger.step("open")
        if step.outcome is None:
            known = self.session.find(self._ledger.id) if step.intended else None
            self._ledger.intend("open")
            self._ledger.conclude("open", {"remote": known or self.session.open(self._deposit())})
        self.enter(Stage.OPENED)

    def _send(self) -> None:
        if self.stage not in (Stage.OPENED, Stage.SENDING):
            return
        self.enter(Stage.SENDING)
        self._transfer()
        self.enter(Stage.SENT)

    def _document(self) -> None:
        if self.stage is not Stage.SENT:
            return
        if not self._ledger.documents():
            self._ledger.add_documents(self._papers().write())
        self._transfer()
        self.enter(Stage.DOCUMENTED)

    def _commit(self) -> Answer:
        remote = self._remote()
        step = self._ledger.step("commit")
        if self.stage is Stage.COMMITTED:
            return self.session.state(remote)
        if step.intended and step.outcome is None:
            answer = self.session.state(remote)
            if answer.state not in (State.DRAFT, State.FAILED):
                return self._committed(answer)
        deposit = self._deposit()
        self._send_lost(remote, deposit)
        against = [f for f in self.session.check(remote, deposit) if f.level is Level.BLOCKER]
        if against:
            raise Refused(troubles.refused_by_check(against[0].message.english(), len(against)))
        self._ledger.intend("commit")
        return self._committed(self.session.commit(remote, deposit))

    def _send_lost(self, remote: str, deposit: Deposit) -> None:
        """What was lost there after it arrived goes once more, while that is still easy."""
        from depositor.archives.ports import Mends

        if isinstance(self.session, Mends) and self._ledger.send_again(self.session.lost(remote, deposit)):
            self.enter(Stage.SENT)
            self._document()

    def _committed(self, answer: Answer) -> Answer:
        if answer.state is State.FAILED:
            raise Refused(answer.problem or troubles.refused_by_check("; ".join(answer.log), max(len(answer.log), 1)))
        self._ledger.conclude("commit", {"state": answer.state.value, "accession": answer.accession})
        self.enter(Stage.COMMITTED)
        return answer

    def _finish(self, answer: Answer) -> Receipt:
        answer = self._watched(answer)
        if answer.state is State.FAILED:
            raise Refused(answer.problem or troubles.refused_by_check("; ".join(answer.log), max(len(answer.log), 1)))
        receipt = self._papers().receipt(answer, now())
        self._ledger.finish(receipt)
        self.enter(Stage.DONE)
        return receipt

    def _watched(self, answer: Answer) -> Answer:
        """Look for a while whether the archive has accepted; after that the receipt says what is true: sent."""
        for pause in polls(float(self._desk.settings.get("wait_for_accepted"))):
            if answer.state is not State.SENT or self._run.stop.wait(pause):
                break
            try:
                answer = self.session.state(self._remote())
            except (Retryable, NeedsUser):
                break
        return answer

    def _withdraw(self) -> None:
        remote = self._ledger.step("open").outcome
        if remote and self.stage is not Stage.COMMITTED:
            self.session.withdraw(str(remote["remote"]))
        self.enter(Stage.CANCELLED)
        raise Stopped(troubles.cancelled())

    # --- however long it takes -----------------------------------------------------------------------------------

    def _patiently(self, stage: Callable[[], Answer]) -> Answer:
        """A stage that asks what came of an earlier try before it tries again."""
        from depositor.session.sending.deposit import engine_settings

        road = self._desk.conductor.road
        self._run.patience = Patience(engine_settings(self._desk.settings), self._run.stop, road.rest)
        try:
            return self._run.patience.call(stage)
        finally:
            self._run.patience = None

    def _signed_in(self, stage: Callable[[], T]) -> T:
        """A stage, once more after a new sign-in where the old one has run out."""
        try:
            return stage()
        except NeedsUser as error:
            if error.problem.code != _SIGN_IN or not self._renewed():
                raise
            return stage()

    # --- the bytes -------------------------------------------------------------------------------------------------

    def _transfer(self) -> None:
        """Send what is pending. A sign-in that ended on the way is renewed once, and once more after each progress."""
        outcome = self._engine_run()
        while _signed_out(outcome) and self._renewed():
            outcome = self._engine_run()
            if not outcome.bytes_sent:
                break
        self._conclude(outcome)

    def _engine_run(self) -> Outcome:
        from depositor.transfer.journal import SqliteJournal

        journal = SqliteJournal(self._desk.store.path)
        try:
            engine = self._handed_over(journal) or self._engine(journal)
            with self._shown(engine):
                return engine.run()
        finally:
            journal.close()

    def _engine(self, journal: SqliteJournal) -> Engine:
        from depositor.session.sending.deposit import engine_settings
        from depositor.transfer.engine import Engine

        conductor, own, settings = self._desk.conductor, self._ledger.id, engine_settings(self._desk.settings)
        return Engine(journal, self._carriers(), own, settings, self._run.stop, conductor.road, conductor.priority(own))

    def _handed_over(self, journal: SqliteJournal) -> HandOverRun | None:
        """Where the archive has another program move the bytes; None where they go through us."""
        from depositor.archives.ports import HandsOver
        from depositor.session.sending.deposit import engine_settings

        role = Role.DATA if self.stage is Stage.SENDING else Role.DOCUMENT
        route = self.session.hand_over(self._remote(), role) if isinstance(self.session, HandsOver) else None
        if route is None:
            return None
        from depositor.transfer.handover.run import HandOverRun

        settings, road = engine_settings(self._desk.settings), self._desk.conductor.road
        staging = Path(self._desk.settings.get("copies_folder") or self._desk.home.state / "handover")
        given = (journal, route, self._ledger.id, settings, self._run.stop, road)
        return HandOverRun(*given, staging=staging, stays=lambda: self._run.leaving)

    @contextlib.contextmanager
    def _shown(self, engine: Engine | HandOverRun) -> Iterator[None]:
        self._run.engine = engine
        try:
            with following.telling(self._desk.store, self._ledger.id, engine.progress):
                yield
        finally:
            self._run.engine = None

    def _carriers(self) -> Callable[[], Carrier]:
        remote, session = self._remote(), self.session
        return lambda: session.carrier(remote, self._run.stop)

    def _renewed(self) -> bool:
        """Sign in anew, with what the key store holds now: a token may have run out, or have been replaced."""
        if self._run.stop:
            return False
        self._desk.accounts.reread(self._ledger.archive)
        if self._session is not None:
            self._session.close()
            self._session = None
        try:
            self.session.sign_in()
        except NeedsUser:
            return False
        return True

    def _conclude(self, outcome: Outcome) -> None:
        if self._run.stop:
            raise Stopped(troubles.stopped())
        if outcome.stopped and outcome.problem:
            raise (NeedsUser if outcome.needs_user else Retryable)(outcome.problem)
        if outcome.stopped:
            raise Stopped(troubles.stopped())
        if outcome.failed:
            raise NeedsUser(troubles.files_failed(outcome.failed))

    # --- parts ---------------------------------------------------------------------------------------------------

    @property
    def session(self) -> ArchiveSession:
        """The conversation with the archive; begun when it is first needed."""
        from depositor.session.sending.deposit import open_session

        if self._session is None:
            self._session = open_session(self._desk, self._ledger.archive, self._ledger.endpoint)
        return self._session

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


def polls(seconds: float) -> Iterator[float]:
    """The pauses between looks at a fresh commit, ``seconds`` in all."""
    number = 0
    while seconds > 0:
        pause = min(_POLL_S[min(number, len(_POLL_S) - 1)], seconds)
        yield pause
        seconds, number = seconds - pause, number + 1


def _signed_out(outcome: Outcome) -> bool:
    return outcome.needs_user and outcome.problem is not None and outcome.problem.code == _SIGN_IN
