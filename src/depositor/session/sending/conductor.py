"""The one place that decides who sends when: it holds the road of this program and the lease of the store.

One program sends for a store. Another one that wants something sent hands it over and follows; when the program that
sends ends, however it ends, the one that follows takes over. Settings hold at once, also those that another program
changed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from depositor.draft.problem import DepositError, Stopped
from depositor.draft.submission import Receipt
from depositor.session import logs
from depositor.session.sending import deposit_troubles as troubles
from depositor.session.sending import following
from depositor.session.sending.follower import Follower
from depositor.session.sending.lease import BEAT_S, Holder, Lease
from depositor.session.sending.rests import rest
from depositor.transfer.manners.low_priority import Reach, StepAside
from depositor.transfer.manners.metered import metered as system_metered
from depositor.transfer.manners.road import Road

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.sending.deposit import DepositRun

TICK_S = 0.5
_ASK_LINE_S = 20.0  # how often the system is asked whether the line is metered
_PARTING_S = 5.0


class Conductor:
    """All methods may be called from any thread. ``listeners`` are told the id of a submission that this program sends
    because another one asked for it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings = desk.settings
        self._lease = Lease(desk.home.state / "locks")
        self._guard = threading.RLock()
        self._sending: dict[str, DepositRun] = {}
        self._for_others: list[threading.Thread] = []
        self._over = threading.Event()
        self._told_metered: bool | None = None
        self._line: tuple[float, bool | None] = (float("-inf"), None)
        self._aside = StepAside(wanted=bool(self._settings.get("low_priority")))
        self.listeners: list[Callable[[str], None]] = []
        self.road = Road(self._settings.speed_limit(), int(self._settings.get("lines")))
        self.road.on_line = self._aside
        self._settings.listeners.append(self._changed)
        self._look()

    # --- what a face asks and wants --------------------------------------------------------------------------------

    def pause_all(self) -> None:
        """Nothing is sent until :meth:`resume_all`, also after a restart."""
        self._settings.set("paused_all", True)

    def resume_all(self) -> None:
        self._settings.set("paused_all", False)

    @property
    def paused_all(self) -> bool:
        return bool(self._settings.get("paused_all"))

    def limit(self, bytes_per_s: int | None) -> None:
        """The speed limit of all, at once; until the setting is changed or the program ends."""
        self.road.limit(bytes_per_s)

    def set_priority(self, submission_id: str, priority: int) -> None:
        """Kept with the submission: 0 is usual, each step up gets twice the share of the step below."""
        with self._desk.store.transaction() as db:
            db.execute("UPDATE submission SET priority=? WHERE id=?", (priority, submission_id))
        self.road.set_priority(submission_id, priority)

    def priority(self, submission_id: str) -> int:
        sql = "SELECT priority FROM submission WHERE id=?"
        row = self._desk.store.connection().execute(sql, (submission_id,)).fetchone()
        return int(row[0]) if row else 0

    def metered(self, told: bool | None) -> None:
        """What the window's toolkit knows of the line; None: nothing, then the system is asked."""
        self._told_metered = told
        self._look()

    @property
    def line_metered(self) -> bool | None:
        """Whether the line costs by the byte; None where nobody knows, which counts as no."""
        return self._line[1] if self._told_metered is None else self._told_metered

    @property
    def low_priority(self) -> Reach:
        """How far the system let the sending threads step aside, when it was last asked."""
        return self._aside.reach

    @property
    def holder(self) -> Holder | None:
        """Who sends for this store at the moment, as far as it told."""
        return self._lease.holder()

    # --- the run of a submission -----------------------------------------------------------------------------------

    def send(self, run: DepositRun) -> Receipt:
        """Run it here where this program may send, else hand it over and follow. Raises what the run raises."""
        follower = Follower(self._desk.store, run, self._lease, self._guard)
        while not self._enter(run):
            receipt = follower.follow()
            if receipt is not None:
                return receipt
        try:
            return self._sent(run)
        finally:
            self._leave(run)

    def _sent(self, run: DepositRun) -> Receipt:
        """Run it, and tell whoever asked for it what came of it; unless the program ends, then they take over."""
        self._ask_line()
        self._look()
        try:
            receipt = run.go()
        except DepositError as error:
            if not run.leaving:
                with contextlib.suppress(DepositError):
                    following.answer(self._desk.store, run.id, error)
            raise
        with contextlib.suppress(DepositError):  # a full disk: who asked for it takes over, and finds the receipt
            following.answer(self._desk.store, run.id, None)
        return receipt

    def _enter(self, run: DepositRun) -> bool:
        with self._guard:
            if not self._lease.take():
                return False
            run.begin()
            if not self._sending:
                self._over = threading.Event()
                threading.Thread(target=self._tick, args=(self._over,), name="conductor", daemon=True).start()
            self._sending[run.id] = run
            return True

    def _leave(self, run: DepositRun) -> None:
        with self._guard:
            self._sending.pop(run.id, None)
            if not self._sending:
                self._over.set()
                self._lease.release()

    def close(self) -> None:
        """Wait a moment for what was sent for others; then anybody may have the lease."""
        with contextlib.suppress(ValueError):
            self._settings.listeners.remove(self._changed)
        end = time.monotonic() + _PARTING_S
        for thread in tuple(self._for_others):
            thread.join(max(end - time.monotonic(), 0.0))
        with self._guard:
            self._over.set()
            self._lease.release()

    # --- while something is sent -----------------------------------------------------------------------------------

    def _tick(self, over: threading.Event) -> None:
        beaten, told = time.monotonic(), set[type[Exception]]()
        while not over.wait(TICK_S):
            with self._guard:
                if over.is_set():
                    return
                if time.monotonic() - beaten >= BEAT_S:
                    self._lease.beat()
                    beaten = time.monotonic()
            try:
                self._settings.reload()
                self._ask_line()
                self._look()
                self._hear()
            except DepositError:
                continue  # a full disk: who sends tells it
            except Exception as error:  # without the beat, other programs would take this one for hung
                if type(error) not in told:
                    told.add(type(error))
                    logs.defect(error)

    def _look(self) -> None:
        """Rest, or go on."""
        self.road.rest_for(rest(self._settings, dt.datetime.now(dt.UTC), self.line_metered))

    def _ask_line(self) -> None:
        """May take two seconds: only in threads that send, or for the sake of those."""
        if time.monotonic() - self._line[0] > _ASK_LINE_S and self._told_metered is None:
            self._line = (time.monotonic(), system_metered())

    def _changed(self, key: str) -> None:
        """A setting changed, here or in another program."""
        if key == "speed_limit":
            self.road.limit(self._settings.speed_limit())
        elif key == "lines":
            self.road.set_lines(int(self._settings.get("lines")))
        elif key == "low_priority":
            self._aside.wanted = bool(self._settings.get("low_priority"))
        elif key in ("paused_all", "metered") or key.startswith("hours"):
            self._look()

    def _hear(self) -> None:
        """What other programs want: a submission sent, paused, preferred or given up."""
        for wish in following.wishes(self._desk.store):
            self._take_up(wish)
        with self._guard:
            running = tuple(self._sending.values())
        for run in running:
            run.obey()
            self.road.set_priority(run.id, self.priority(run.id))

    def _take_up(self, wish: following.Wish) -> None:
        run = self._desk.deposit(wish.submission)
        if wish.cancel:
            run.cancel()
        if run.running:
            return
        if run.paused and not wish.cancel:  # since it was asked for
            following.answer(self._desk.store, run.id, Stopped(troubles.stopped()))
            return
        if wish.limit is not None:
            self.limit(wish.limit)
        thread = threading.Thread(target=self._send_for_another, args=(run,), name="handed-over", daemon=True)
        self._for_others = [*(t for t in self._for_others if t.is_alive()), thread]
        thread.start()
        for listener in tuple(self.listeners):
            listener(run.id)

    def _send_for_another(self, run: DepositRun) -> None:
        try:
            with contextlib.suppress(DepositError):  # who asked for it was told
                run.run()
        except Exception as error:
            logs.defect(error)
