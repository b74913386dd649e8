"""One submission on its way: begun, paused, gone on with and given up from any face, through any number of restarts.

The stages themselves are in ``stages``; who sends when is decided by the ``conductor``.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Account
from depositor.draft.problem import Defect, DepositError, NeedsUser, Problem, Refused, Retryable
from depositor.draft.submission import Receipt, Stage, SubmissionFile
from depositor.session import host_keys, logs
from depositor.session.sending import deposit_troubles as troubles
from depositor.session.sending import following
from depositor.session.sending.ledger import Ledger
from depositor.session.sending.stages import Stages

if TYPE_CHECKING:
    from depositor.archives.ports import ArchiveSession
    from depositor.session.desk import Desk
    from depositor.session.sending.patience import Patience
    from depositor.session.settings import Settings
    from depositor.transfer.engine import Engine
    from depositor.transfer.handover.run import HandOverRun
    from depositor.transfer.manners.policy import EngineSettings
    from depositor.transfer.ports import Progress

_DAY_S = 86_400.0


class DepositRun:
    """A submission that can be run, paused and gone on with. :meth:`run` works in the caller's thread; everything else
    may be called from any other thread meanwhile."""

    def __init__(self, desk: Desk, submission_id: str) -> None:
        self._desk = desk
        self.id = submission_id
        self._ledger = Ledger(desk.store, submission_id)
        self._guard = threading.Lock()
        self.stop = Cancel()
        self.engine: Engine | HandOverRun | None = None  # while bytes of it are sent from here
        self.patience: Patience | None = None  # while the archive is asked for something else
        self.wanted_limit: int | None = None
        self.cancelled = False
        self.leaving = False  # because the program ends
        self.listeners: list[Callable[[Stage], None]] = []

    # --- what a face asks ----------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return self._ledger.stage

    @property
    def running(self) -> bool:
        """True while :meth:`run` works or follows, in whatever thread."""
        return self._guard.locked()

    @property
    def stopping(self) -> bool:
        """True once it was asked to pause, end or give up."""
        return bool(self.stop)

    @property
    def paused(self) -> bool:
        """True where a person paused it, in whatever program."""
        return self._ledger.paused

    @property
    def awake(self) -> bool:
        """True while the system was asked to stay awake, and agreed."""
        engine = self.engine
        return engine is not None and engine.awake

    @property
    def elsewhere(self) -> bool:
        """True while another program sends it."""
        return self.engine is None and self._news() is not None

    def progress(self) -> Progress:
        """A snapshot, cheap enough for ten a second: of the run here, of one in another program, or of the journal."""
        from depositor.transfer.ports import Progress

        engine = self.engine
        if engine is not None:
            return engine.progress()
        news = self._news()
        if news is not None:
            return following.aged(news)
        files, done, total, moved = self._ledger.totals()
        failed = self._ledger.count("failed")
        patience = self.patience
        wait = patience.waiting if patience is not None else None
        return Progress(
            files=files,
            files_done=done,
            files_failed=failed,
            bytes=total,
            bytes_done=moved,
            paused=self._ledger.paused,
            waiting=wait.problem if wait else None,
            retry_in_s=wait.retry_in_s if wait else None,
            waited_s=wait.waited_s if wait else None,
        )

    def _news(self) -> following.News | None:
        news = following.read(self._desk.store, self.id)
        return news if news is not None and news.fresh else None

    def files(
        self, state: str | None = None, offset: int = 0, limit: int = 200
    ) -> tuple[tuple[SubmissionFile, str], ...]:
        """Files with their state (waiting, sending, sent, verified, failed, skipped), paged."""
        return tuple(self._ledger.rows(state, offset, limit))

    def problems(self) -> tuple[Problem, ...]:
        """The problems of failed files, each with its path."""
        return tuple(self._ledger.problems())

    # --- what a face wants -----------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Stop sending, here or in the program that sends it; it is still paused after a restart."""
        self._ledger.set_paused(paused=True)
        self.halt()

    def pause_for_exit(self) -> None:
        """Stop because the program ends: the next start goes on by itself, or another program at once."""
        self.leaving = True
        self.halt()

    def resume(self) -> None:
        """Lift a pause; then call :meth:`run` again."""
        self._ledger.set_paused(paused=False)
        self.stop = Cancel()

    def cancel(self) -> None:
        """Give up for good, see :meth:`run`. What the archive holds of an unfinished deposit is taken back."""
        self.cancelled = True
        self.halt()

    def limit(self, bytes_per_s: int | None) -> None:
        """Change the speed limit, also while running. There is one for all submissions together."""
        self.wanted_limit = bytes_per_s
        self._desk.conductor.limit(bytes_per_s)

    def retry_failed(self) -> None:
        """Let failed files wait for their turn again."""
        self._ledger.retry_failed()

    def skip(self, seq: int) -> None:
        """Leave a failed file out of the deposit; the receipt says so."""
        self._ledger.skip(seq)

    # --- the run -------------------------------------------------------------------------------------------------

    def run(self) -> Receipt:
        """Go on from wherever it stands until the receipt is written, here or in the program that sends already.

        Raises Stopped when paused or cancelled, NeedsUser where a person must do something, Refused where the archive
        says no, Retryable where the network gave up: calling again goes on from there.
        """
        if not self._guard.acquire(blocking=False):
            raise NeedsUser(troubles.already_running())
        try:
            self.leaving = False
            return self._desk.conductor.send(self)
        finally:
            self._guard.release()

    # --- for the conductor -----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """It will be sent here now: an earlier pause is over."""
        if self._ledger.paused or (self.stop and not self.cancelled and not self.leaving):
            self.resume()

    def go(self) -> Receipt:
        """The run itself, by the one that holds the lease."""
        stages = Stages(self._desk, self._ledger, self)
        try:
            self._ledger.lock(self._desk.home.state / "locks")
            return stages.run()
        except DepositError as error:
            if isinstance(error, Defect):  # what really happened would be lost here
                logs.defect(error.__cause__ if isinstance(error.__cause__, Exception) else error)
            with contextlib.suppress(NeedsUser, Retryable):  # a full disk: the first problem is the one to tell
                self._ledger.note_problem(error.problem)
            if self._final(error):
                stages.enter(Stage.FAILED)
            raise
        finally:
            self._ledger.unlock()

    def _final(self, error: DepositError) -> bool:
        """Whether the archive will not take this deposit. What may be tried again (a right that is missing, a path that
        leads nowhere) is about the way in: somebody puts it right, and all that was sent is still there."""
        at_the_end = self.stage in (Stage.DOCUMENTED, Stage.COMMITTED)
        return at_the_end and isinstance(error, Refused) and "retry" not in error.problem.actions

    def obey(self) -> None:
        """Pause where another program noted that wish."""
        if not self.stop and self._ledger.paused:
            self.halt()

    def halt(self) -> None:
        """Break off what is under way."""
        self.stop.set()
        engine = self.engine
        if engine is not None:
            engine.cancel()

    def wait(self, seconds: float) -> None:
        """Wait a moment for what another program does."""
        threading.Event().wait(seconds)

    def receipt(self) -> Receipt | None:
        """The receipt, once there is one."""
        return self._ledger.receipt()


def engine_settings(settings: Settings) -> EngineSettings:
    """What the user set, in the engine's words."""
    from depositor.transfer.manners.policy import EngineSettings

    return EngineSettings(
        workers=int(settings.get("parallel_files")),
        part_bytes=settings.part_bytes(),
        limit=settings.speed_limit(),
        keep_awake=bool(settings.get("keep_awake")),
        longest_wait_s=int(settings.get("longest_wait")) * _DAY_S,
    )


def open_session(desk: Desk, archive_id: str, endpoint: str) -> ArchiveSession:
    """A conversation with an archive, with the user's account and settings; the practice archive is started first."""
    from depositor.archives import registry
    from depositor.archives.ports import Credentials

    archive = registry.get(archive_id)
    open_to_all = archive.capabilities().account is Account.NONE  # then the key store has nothing to tell, and may ask
    credentials = Credentials() if open_to_all else desk.accounts.credentials(archive_id)
    settings = {
        **desk.settings.for_archive(archive_id),
        "practice_folder": str(desk.home.practice),
        "known_hosts": host_keys.known(desk.store, archive_id),
        "notes": str(desk.home.state / "places"),
        "proxy_sign_in": desk.accounts.proxy_sign_in,
        "globus_account": lambda: desk.accounts.credentials("globus"),
        "globus_source": desk.settings.get("globus_source"),
        "ascp": desk.settings.get("ascp"),
    }
    return archive.session(endpoint, credentials, settings)
