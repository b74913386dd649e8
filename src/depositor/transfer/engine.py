"""The engine: sends all files of a submission, whatever happens on the way, and tells how far it is."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import cast

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Damaged, Defect, DepositError, NeedsUser, Problem, Refused, Side, Stopped
from depositor.draft.submission import SubmissionFile
from depositor.transfer import problems
from depositor.transfer.counters import Counters, totals_of
from depositor.transfer.desk import Desk
from depositor.transfer.lanes import Job, Lanes, Row
from depositor.transfer.manners.awake import Awake
from depositor.transfer.manners.gate import Gate
from depositor.transfer.manners.policy import EngineSettings
from depositor.transfer.manners.road import Road, Ticket
from depositor.transfer.pace import Pace
from depositor.transfer.parts.worker import PartWorker
from depositor.transfer.ports import Carrier, Expecting, Interruptible, Journal, Outcome, Progress, Upload
from depositor.transfer.sending import Sending

_TICK_S = 0.25
_SHORT_S = 0.1
_PARTING_S = 2.0  # how long workers may take to leave; who hangs in the system longer than that is left behind
_MOST_TOLD = 100

__all__ = ["Engine", "EngineSettings"]


class Engine:
    """One run over the pending files of a submission.

    :meth:`run` works until every file is there or has failed, or until :meth:`cancel`; a pause keeps it inside. It
    waits out every outage. All other methods may be called from any thread, before, while and after it runs. An engine
    runs once; a new one goes on where it stopped. ``road``: what it shares with the engines of other submissions; one
    of its own when None.
    """

    def __init__(
        self,
        journal: Journal,
        carrier_factory: Callable[[], Carrier],
        submission_id: str,
        settings: EngineSettings,
        cancel: Cancel,
        road: Road | None = None,
        priority: int = 0,
    ) -> None:
        self._journal, self._factory, self._id = journal, carrier_factory, submission_id
        self._settings, self._priority = settings, priority
        self._road = road or Road(settings.limit, lines=max(settings.workers, 1))
        self._gate = Gate(settings, cancel, rest=self._road.rest)
        sums = journal.sums(submission_id)
        self._counters = Counters(totals_of(sums), sums.get("failed", (0, 0)), held=journal.held(submission_id))
        self._pace = Pace(max(settings.workers, 1), settings.part_bytes)
        self._row = Row(settings.failures_in_a_row)
        self._guard = threading.Lock()
        self._carriers: list[Carrier] = []
        self._problems: list[Problem] = []
        self._stopped_by: DepositError | None = None
        self._defect: BaseException | None = None
        self._awake = Awake(wanted=False)

    # --- what anybody may call -------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Stop sending within half a second; what the other side holds stays there."""
        self._gate.pause(paused=True)
        self._interrupt()

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        self._gate.pause(paused=False)

    def cancel(self) -> None:
        """End the run; :meth:`run` returns within about two seconds at the latest, even where a server hangs."""
        self._gate.end()
        self._interrupt()

    def limit(self, bytes_per_s: int | None) -> None:
        """Change the speed limit of the road, for all who are on it; None lifts it."""
        self._road.limit(bytes_per_s)

    @property
    def awake(self) -> bool:
        """True while the system was asked to stay awake, and agreed."""
        return self._awake.active

    def progress(self) -> Progress:
        """A snapshot."""
        return self._counters.snapshot(self._gate.waiting(self._counters.under_way), paused=self._gate.paused)

    # --- the run ---------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Send what is pending. Raises only what is our own fault; everything else is in the Outcome."""
        ticket = self._road.join(self._id, self._priority, self._gate.check)
        try:
            self._send(self._desk(ticket))
        finally:
            ticket.leave()
        with contextlib.suppress(DepositError):
            self._journal.flush()
        if self._defect is not None:
            raise Defect(problems.defect()) from self._defect
        return self._outcome()

    def _desk(self, ticket: Ticket) -> Desk:
        lanes = Lanes(self._journal, self._id, self._settings, self._pace, lambda: self._gate.stopped)
        shared = (self._journal, self._id, self._settings, self._gate, ticket, self._counters)
        return Desk(*shared, self._pace, lanes)

    def _send(self, desk: Desk) -> None:
        with Awake(wanted=self._settings.keep_awake) as self._awake:
            threads = [
                threading.Thread(target=self._work, args=(desk,), name=f"send-{number}", daemon=True)
                for number in range(max(self._settings.workers, 1))
            ]
            for thread in threads:
                thread.start()
            self._watch(threads)

    def _watch(self, threads: Sequence[threading.Thread]) -> None:
        """Tick until all workers have left, or the run was ended and they had time to leave."""
        while any(t.is_alive() for t in threads):
            if self._gate.stopped:
                self._part(threads)
                return
            if self._gate.woke():
                self._interrupt()  # connections from before the sleep are dead, though nobody has told them
            self._tick()
            next((t for t in threads if t.is_alive()), threads[0]).join(_TICK_S)

    def _tick(self) -> None:
        counters = self._counters
        self._awake.hold(held=not self._gate.idle)
        resting = self._gate.resting or self._gate.waiting(counters.under_way) is not None
        counters.sample(waiting=resting)
        limited = self._road.limiter.rate is not None
        self._pace.tick(counters.sent, counters.finished, counters.lines, resting=resting, limited=limited)

    def _part(self, threads: Sequence[threading.Thread]) -> None:
        self._gate.end()
        left = int(_PARTING_S / _SHORT_S)
        while left and any(t.is_alive() for t in threads):
            self._interrupt()
            for thread in threads:
                thread.join(_SHORT_S / len(threads))
            left -= 1

    def _work(self, desk: Desk) -> None:
        held: list[Carrier] = []
        try:
            while (job := desk.lanes.next()) is not None:
                try:
                    self._do(desk, job, held)
                finally:
                    desk.lanes.done(job)
        except Stopped:
            return
        except DepositError as error:
            self._stop(error)
        except BaseException as error:
            self._defect = error
            self._gate.end()
        finally:
            for carrier in held:
                self._release(carrier)

    def _do(self, desk: Desk, job: Job, held: list[Carrier]) -> None:
        if job.apart is not None:
            PartWorker(job.apart, lambda: self._carrier(held)).work(desk.lanes.crowded)
        else:
            self._send_all(desk, job.files, held)

    def _send_all(self, desk: Desk, files: Sequence[SubmissionFile], held: list[Carrier]) -> None:
        """Send a handful of files whose intents share one commit."""
        sendings = [Sending(desk, file, lambda: self._carrier(held)) for file in files]
        if len(files) > 1 and held:
            seqs = [f.seq for f in files]
            self._journal.intend_all(self._id, seqs, held[0].id)
            known = self._journal.known_all(self._id, seqs)
            for sending in sendings:
                sending.intended(known.get(sending.file.seq))
            self._create_all(sendings, held[0])
        for sending, after in zip(sendings, [*sendings[1:], None], strict=True):
            if held and hasattr(held[0], "expects"):
                cast(Expecting, held[0]).expects(after.file if after is not None and after.fresh else None)
            self._note(sending.run())

    def _create_all(self, sendings: Sequence[Sending], carrier: Carrier) -> None:
        """Make the remote objects of a handful of small files, so that their tokens share one commit too."""
        if getattr(carrier, "derives_token", False):
            return
        made: dict[int, Upload] = {}
        for sending in sendings:
            try:
                self._gate.check()
                upload = sending.create(carrier)
            except (Damaged, Refused):
                continue  # this file's own trouble, told when it has its turn
            except DepositError:
                break  # everybody's trouble: the next file that has its turn waits for its end, or stops
            if upload is not None:
                made[sending.file.seq] = upload
        if made:
            self._journal.began_all(self._id, made)

    def _note(self, problem: Problem | None) -> None:
        if problem is None:
            self._row.reset()
            return
        with self._guard:
            if len(self._problems) < _MOST_TOLD:
                self._problems.append(problem)
        if problem.side is Side.ARCHIVE and self._row.add():
            self._stop(Refused(problem))

    def _carrier(self, held: list[Carrier]) -> Carrier:
        if not held:
            carrier = self._factory()
            held.append(carrier)
            with self._guard:
                self._carriers.append(carrier)
        return held[0]

    def _release(self, carrier: Carrier) -> None:
        with self._guard:
            self._carriers = [c for c in self._carriers if c is not carrier]
        with contextlib.suppress(DepositError, OSError):
            carrier.close()

    def _interrupt(self) -> None:
        with self._guard:
            carriers = tuple(self._carriers)
        for carrier in carriers:
            if isinstance(carrier, Interruptible):
                carrier.abort()

    def _stop(self, error: DepositError) -> None:
        with self._guard:
            self._stopped_by = self._stopped_by or error
        self._gate.end()

    def _outcome(self) -> Outcome:
        error = self._stopped_by
        return Outcome(
            sent=self._counters.finished,
            failed=self._counters.failed,
            bytes_sent=self._counters.sent,
            stopped=self._gate.stopped,
            problem=error.problem if error else None,
            problems=tuple(self._problems),
            needs_user=isinstance(error, NeedsUser),
        )
