"""Follow a submission that another program sends, as if it were sent here; take over when that program is gone."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from depositor.draft.problem import DepositError, NeedsUser, Stopped
from depositor.draft.submission import Receipt
from depositor.session.sending import deposit_troubles as troubles
from depositor.session.sending import following
from depositor.session.sending.following import Wish
from depositor.session.sending.lease import STALE_S, Lease
from depositor.session.store import Store

if TYPE_CHECKING:
    from depositor.session.sending.deposit import DepositRun

LOOK_S = 0.3
_PARTING_S = 15.0  # how long the program that sends may take to pause


class Follower:
    """One submission that is wanted here and sent elsewhere. Belongs to the thread that follows."""

    def __init__(self, store: Store, run: DepositRun, lease: Lease, guard: threading.RLock) -> None:
        self._store, self._run, self._lease, self._guard = store, run, lease, guard
        self._asked = False  # to give it up
        self._beat: tuple[float, float] | None = None  # what the holder told last, and when that was seen
        self._stopping: float | None = None

    def follow(self) -> Receipt | None:
        """The receipt, once the other program has it; None where this program has the lease now and must send itself.
        Raises what the run ended with there, and Stopped where it was paused here."""
        following.ask(self._store, Wish(self._run.id, self._run.wanted_limit))
        try:
            while True:
                if following.answered(self._store, self._run.id):
                    return self._run.receipt()
                if self._taken():
                    return None
                self._listen()
                self._run.wait(LOOK_S)
        finally:
            with contextlib.suppress(DepositError):
                following.withdraw_wish(self._store, self._run.id)

    def _taken(self) -> bool:
        """Try to get the lease. Whoever had it may have answered before it let go."""
        with self._guard:
            had = self._lease.held
            if not self._lease.take():
                return False
            try:
                answered = following.answered(self._store, self._run.id)
            except DepositError:
                answered = True
            if answered and not had:
                self._lease.release()
            return not answered

    def _listen(self) -> None:
        """What a person wants meanwhile, and whether the other program is still alive."""
        run = self._run
        if run.leaving:
            raise Stopped(troubles.stopped())
        if run.cancelled and not self._asked:
            self._asked = True
            following.ask(self._store, Wish(run.id, cancel=True))
        elif run.stopping and not run.cancelled:
            self._stopping = self._stopping or time.monotonic()
            if time.monotonic() - self._stopping > _PARTING_S:
                raise Stopped(troubles.stopped())
        self._mind_the_holder()

    def _mind_the_holder(self) -> None:
        """A program that has the lease and hangs does not let go of it; clocks that jump do not make it hang."""
        holder, now = self._lease.holder(), time.monotonic()
        told = holder.at if holder else 0.0
        if self._beat is None or self._beat[0] != told:
            self._beat = (told, now)
        elif now - self._beat[1] > STALE_S:
            raise NeedsUser(troubles.elsewhere())
