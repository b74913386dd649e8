"""What one worker does for a file in parts: take a part, send it, write its receipt down; and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from depositor.draft.problem import Damaged, Refused, Retryable, Stopped
from depositor.transfer.attempts import CHECKSUM, Attempts
from depositor.transfer.manners.policy import delay, shared
from depositor.transfer.parts.apart import Apart
from depositor.transfer.parts.held import HeldPart
from depositor.transfer.ports import Carrier, SendsApart

_SLICE_S = 0.1


class PartWorker:
    """Sends parts of ``apart`` with one worker's carrier, which ``carrier()`` makes or gives.

    :meth:`work` returns when there is no part left to take, or the file failed (``apart.error``). ``leads``: it is the
    worker that began the file; the others help. Raises Stopped when
    the run ends, NeedsUser where the whole run must stop.
    """

    def __init__(self, apart: Apart, carrier: Callable[[], Carrier], *, leads: bool = False) -> None:
        self._apart, self._carrier, self._leads = apart, carrier, leads
        self._desk = apart.desk
        self._unsure = False  # whether the other side still knows the upload
        self._source_gone = False
        self._attempts = Attempts()
        self._useless = False  # this line fails again and again while others do not

    def work(self, leave: Callable[[], bool] = lambda: False) -> None:
        """``leave``: asked between two parts; True ends the work here."""
        gate = self._desk.gate
        while self._apart.offers and not (self._useless or leave()):
            outage = gate.enter(failed_last=self._unsure)
            room = True
            try:
                with self._desk.line():
                    self._look()
                    room = self._one()
            except Stopped:
                if gate.stopped:
                    raise
            except Retryable as error:
                if gate.resting or gate.stopped:
                    continue  # the call was broken off for that
                self._wait(error, outage)
            except (Damaged, Refused) as error:
                self._apart.fail(error)
            finally:
                gate.gave_up()
            if not room:  # here, and not before: who waits for memory must not hold a line, nor be the gate's scout
                self._desk.memory.wait(_SLICE_S)

    def _look(self) -> None:
        """After a failure: is everything still there? Else the file is begun anew by the worker that leads it."""
        if self._source_gone:
            self._apart.reopen()
            self._source_gone = False
        if not self._unsure:
            return
        if self._carrier().find(self._apart.file, self._apart.upload.token) is None:
            self._apart.lose()
        self._desk.gate.answered()
        self._unsure = False

    def _one(self) -> bool:
        """Send one part; False where there is no room in memory for one, or none left."""
        apart = self._apart
        carrier = cast(SendsApart, self._carrier())
        part = apart.take(carrier)
        if part is None:
            return False
        try:
            receipt = carrier.send_part(apart.file, apart.upload, part.number, part)
        except Retryable as error:
            self._failed(part, error)
            raise
        except BaseException:
            apart.back(part)
            raise
        apart.confirmed(part, receipt)
        self._attempts.progressed()
        self._desk.gate.moved()
        return True

    def _failed(self, part: HeldPart, error: Retryable) -> None:
        """One part that fails again and again while others arrive, and not on one line alone, ends the file."""
        gate = self._desk.gate
        broken_off = gate.resting or gate.stopped
        if not broken_off:
            part.fails(self._carrier())
            hopeless = part.attempts.hopeless(error, gate, self._desk.settings)
            if hopeless and (part.passed_on or error.problem.code == CHECKSUM):
                self._apart.fail(Damaged(error.problem))
        self._apart.back(part)

    def _wait(self, error: Retryable, outage: int) -> None:
        gate, code = self._desk.gate, error.problem.code
        self._unsure = True
        self._source_gone = code == "source.gone"
        if code == "archive.busy":
            self._desk.pace.busy()
        if code != CHECKSUM and self._attempts.hopeless(error, gate, self._desk.settings):
            self._leave(error)
            return
        if shared(error):
            gate.failed(error, outage)
            return
        gate.answered()
        gate.wait(delay(max(self._attempts.tries, 1), self._desk.settings, error.after), error.problem)

    def _leave(self, error: Retryable) -> None:
        """A helper whose line does not serve leaves the file to the others; without the leader it cannot go on."""
        self._useless = True
        if self._leads:
            self._apart.fail(Damaged(error.problem))
