"""Batches made ready one ahead, in a thread of its own, while another one is under way."""

from __future__ import annotations

import contextlib
import queue
import threading

from depositor.draft.problem import Defect, DepositError
from depositor.transfer import problems as transfer_problems
from depositor.transfer.handover.preparing import Begun, Fresh, Preparing
from depositor.transfer.manners.gate import Gate

_SLICE_S = 0.1


class Ahead:
    """``over`` is True once the last batch was given out."""

    def __init__(self, preparing: Preparing, gate: Gate) -> None:
        self._preparing, self._gate = preparing, gate
        self._ready: queue.Queue[Begun | Fresh | BaseException | None] = queue.Queue(maxsize=1)
        self._thread = threading.Thread(target=self._read, name="prepare", daemon=True)
        self.over = False

    def start(self) -> None:
        self._thread.start()

    def next(self, wait_s: float = 0.0) -> Begun | Fresh | None:
        """The next batch; None where it is not ready within ``wait_s``, or there is none. Raises what went wrong with
        it."""
        if self.over:
            return None
        try:
            found = self._ready.get(timeout=wait_s) if wait_s else self._ready.get_nowait()
        except queue.Empty:
            return None
        if found is None:
            self.over = True
            return None
        if isinstance(found, DepositError):
            raise found
        if isinstance(found, BaseException):
            raise Defect(transfer_problems.defect()) from found
        return found

    def leave(self) -> None:
        """Wait for the thread to leave; the gate was ended, or all was given out."""
        while self._thread.is_alive():
            with contextlib.suppress(queue.Empty):
                self._ready.get(timeout=_SLICE_S)

    def _read(self) -> None:
        last: BaseException | None = None
        try:
            for batch in self._preparing.batches():
                if not self._put(batch):
                    return
        except BaseException as error:  # told to whoever waits for the next batch
            last = error
        self._put(last)

    def _put(self, what: Begun | Fresh | BaseException | None) -> bool:
        while not self._gate.stopped:
            with contextlib.suppress(queue.Full):
                self._ready.put(what, timeout=_SLICE_S)
                return True
        return False
