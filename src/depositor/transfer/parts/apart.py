"""One file whose parts go in any order: what all workers that send it share.

Parts are read in order, each once, into memory; the running digest is fed with them as they come. After a restart some
parts are there already: they are read again only for the digest, by a thread of its own, so that the missing ones need
not wait for it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Mapping

from depositor.draft.problem import Damaged, DepositError, Stopped
from depositor.draft.submission import SubmissionFile
from depositor.transfer import errors
from depositor.transfer.desk import Desk
from depositor.transfer.parts.held import HeldPart
from depositor.transfer.ports import PartPlan, Upload
from depositor.transfer.source import Source

_BLOCK = 1 << 20
_SLICE_S = 0.1


class Apart:
    """The parts of one file under way. ``agreed``: those that the other side and the journal both know.

    ``error`` or ``lost`` is set when the file cannot go on as it is: everybody leaves, and the worker that leads deals
    with it.
    """

    def __init__(self, desk: Desk, source: Source, upload: Upload, plan: PartPlan, agreed: Mapping[int, str]) -> None:
        self.desk, self.upload, self.plan = desk, upload, plan
        self.file: SubmissionFile = source.file
        self.error: DepositError | None = None
        self.lost = False  # the other side has forgotten the upload
        self.receipts = dict(agreed)
        self.held = sum(plan.span(number)[1] for number in agreed)  # bytes that the other side holds
        self._source = source
        self._there = frozenset(agreed)
        self._left = deque(n for n in range(1, plan.count + 1) if n not in agreed)
        self._again: deque[HeldPart] = deque()
        self._out = 0
        self._sums: dict[int, bytes] = {}  # of parts that were read before the digest came to them
        self._reading = threading.Lock()
        self._changed = threading.Condition()
        self._over = False

    # --- who works on it -------------------------------------------------------------------------------------------

    @property
    def complete(self) -> bool:
        """All parts are there."""
        return len(self.receipts) == self.plan.count

    @property
    def failed(self) -> bool:
        """It cannot go on as it is."""
        return self.error is not None or self.lost

    @property
    def offers(self) -> bool:
        """There are parts that nobody has taken."""
        return not (self.failed or self._over) and bool(self._left or self._again)

    def take(self, line: object) -> HeldPart | None:
        """The next part for ``line``, in memory; None when none is left to take, or there is no room for one just now.
        What failed on this very line is left to others while there is something else. Raises Stopped, Damaged, or
        Retryable where the drive is gone."""
        self.desk.gate.check()
        part = self._returned(line)
        if part is None:
            with self._reading:
                part = self._next()
        return part or self._returned(None)

    def _returned(self, line: object) -> HeldPart | None:
        """A part that did not arrive, on any line but this one."""
        with self._changed:
            for part in self._again if self.offers else ():
                if line is None or part.failed_on is not line:
                    self._again.remove(part)
                    self._out += 1
                    return part
        return None

    def confirmed(self, part: HeldPart, receipt: str) -> None:
        """The other side has it."""
        with self._changed:
            self.receipts[part.number] = receipt
            self.held += part.length
            held = self.held
        self.desk.journal.part_sent(self.desk.submission, self.file.seq, part.number, receipt, held=held)
        self._let_go(part)

    def back(self, part: HeldPart) -> None:
        """It did not arrive; whoever comes next takes it."""
        with self._changed:
            keep = not (self.failed or self._over) and part.number not in self.receipts
            if keep:
                part.rewind()
                self._again.append(part)
                self._out -= 1
                self._changed.notify_all()
        if not keep:
            self._let_go(part)

    def fail(self, error: DepositError) -> None:
        """The file cannot go on as it is; the first reason counts."""
        with self._changed:
            self.error = self.error or error
        self._drop()

    def lose(self) -> None:
        """The other side has forgotten the upload."""
        self.lost = True
        self._drop()

    def end(self) -> None:
        """Nobody takes or reads anything of it from now on."""
        self._over = True
        self._drop()
        with self._reading:
            self.desk.memory.trim()

    def _drop(self) -> None:
        with self._changed:
            dropped, self._again = self._again, deque()
            self._changed.notify_all()
        for part in dropped:
            self.desk.memory.give(part.length, part.data)

    def wait(self) -> bool:
        """Wait a little for the parts of others; False when nobody has one any more."""
        with self._changed:
            if self._out:
                self._changed.wait(_SLICE_S)
            return self._out > 0

    def _let_go(self, part: HeldPart) -> None:
        self.desk.memory.give(part.length, part.data)
        with self._changed:
            self._out -= 1
            self._changed.notify_all()

    # --- reading ---------------------------------------------------------------------------------------------------

    def _next(self) -> HeldPart | None:
        """Read the next part; None where there was no room, or nothing left."""
        if not self._left or self._over:
            return None
        number = self._left[0]
        offset, length = self.plan.span(number)
        if not self.desk.memory.take(length):
            return None
        try:
            data = self._source.read_whole(offset, self.desk.memory.buffer(length), self.desk.gate.check)
        except BaseException:
            self.desk.memory.give(length)
            raise
        with self._changed:
            self._left.popleft()
            self._out += 1
        digest = self._source.digest
        if digest.count >= offset:
            digest.feed(offset, data)
        else:
            self._sums[number] = hashlib.sha256(data).digest()
        return HeldPart(self, number, data)

    def reopen(self) -> None:
        """Open the file anew after its drive was gone; checks that it is still what was sealed."""
        with self._reading:
            self._source.open()

    # --- the digest ------------------------------------------------------------------------------------------------

    def sum_up(self, check: Callable[[], None], *, wait: bool = False) -> None:
        """Bring the digest forward over what is there already or was read out of order. ``wait``: also wait for parts
        that are still to be read to be sent; else stop at the first of them."""
        number = 1
        while self._source.digest.count < self.file.size and not (self.failed or self._over):
            check()
            number = self._number_at(self._source.digest.count, number)
            if number in self._there or number in self._sums:
                self._sum_part(number, check)
            elif not wait:
                return
            else:
                with self._changed:
                    self._changed.wait(_SLICE_S)

    def _number_at(self, offset: int, number: int) -> int:
        while sum(self.plan.span(number)) <= offset:
            number += 1
        return number

    def _sum_part(self, number: int, check: Callable[[], None]) -> None:
        """A part that was read before must still be what it was."""
        offset, length = self.plan.span(number)
        known = self._sums.get(number)
        own = hashlib.sha256() if known is not None else None
        at = offset if own else max(offset, self._source.digest.count)
        while at < offset + length:
            check()
            with self._reading:
                block = self._source.read(at, min(_BLOCK, offset + length - at))
                self._source.digest.feed(at, block)
            if own:
                own.update(block)
            at += len(block)
        if own and own.digest() != known:
            raise errors.changed(self.file.source)

    def follow(self) -> threading.Thread | None:
        """Start the thread that brings the digest forward while parts are sent; None where there is nothing to do."""
        if not self._there:
            return None
        thread = threading.Thread(target=self._follow, name="sum", daemon=True)
        thread.start()
        return thread

    def _follow(self) -> None:
        gate = self.desk.gate
        while True:
            try:
                self.sum_up(gate.check, wait=True)
                return
            except Stopped:
                if gate.stopped or self._over:
                    return
                with self._changed:
                    self._changed.wait(_SLICE_S)  # paused
            except Damaged as error:
                self.fail(error)
                return
            except DepositError:
                return  # a drive is gone: who leads the file brings the digest up to date at its end
