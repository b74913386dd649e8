"""The way of one file: look, ask the server, send, prove, write down; and again, as often as it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import cast

from depositor.draft.problem import Damaged, DepositError, Problem, Refused, Retryable, Stopped
from depositor.draft.submission import SubmissionFile
from depositor.transfer import errors, problems
from depositor.transfer.attempts import CHECKSUM, FEW, Attempts
from depositor.transfer.desk import Desk
from depositor.transfer.manners.policy import delay, shared
from depositor.transfer.parts.lead import send_apart
from depositor.transfer.ports import Carrier, CutsParts, Forgetting, OneRequest, PartPlan, SendsApart, Upload
from depositor.transfer.source import Part, Source

_LARGEST_PART = 64 << 20
_MOST_PARTS = 50_000  # each has a receipt in the journal
_NO_LINE = contextlib.nullcontext()
_ANEW = frozenset({"archive.differs", "archive.no-rename"})


class Sending:
    """One file on its way with one worker's carrier (``carrier()`` makes it or gives the one that is there).

    :meth:`run` returns None when the file is there, or the Problem for which it was given up. Raises Stopped when the
    run ends, NeedsUser where the whole run must stop.
    """

    def __init__(self, desk: Desk, file: SubmissionFile, carrier: Callable[[], Carrier]) -> None:
        self._desk, self.file, self._carrier = desk, file, carrier
        self._source = Source(file)
        self._intended = False
        self._asked = False
        self._created: Upload | None = None
        self._known: Upload | None = None  # the far side as far as we know it; the journal may be half a second behind
        self._trusted = 0  # up to here the other side may hold bytes that we sent
        self._attempts = Attempts()
        self._wanted: int | None = None  # the length of parts that the upload was planned with

    def intended(self, known: Upload | None) -> None:
        """The intent is on disk already, and ``known`` is what the journal knows of the far side."""
        self._intended = True
        self._remember(known)

    @property
    def fresh(self) -> bool:
        """True where the intent is on disk, and nothing was ever begun at the other side."""
        return self._intended and self._asked and self._known is None and self._created is None

    def create(self, carrier: Carrier) -> Upload | None:
        """Make the remote object ahead of the file's turn, so that the tokens of several files share one commit.

        None where there is one already, or where the file goes in one request. The caller journals it. Raises what
        ``begin`` raises; :meth:`run` meets the same trouble again and deals with it.
        """
        if self._remembered() is not None or self.file.size <= getattr(carrier, "one_request", -1):
            return None
        self._source.open()
        try:
            self._created = carrier.begin(self.file)
        finally:
            self._source.close()
        return self._created

    def run(self) -> Problem | None:
        self._desk.counters.start(self.file)
        done, failed = False, False
        try:
            problem = self._persist()
            done, failed = problem is None, problem is not None
            return problem
        finally:
            self._source.close()
            self._desk.counters.end(self.file, done=done, failed=failed)

    def _persist(self) -> Problem | None:
        gate = self._desk.gate
        while True:
            outage = gate.enter(failed_last=self._attempts.tries > 0)
            try:
                with self._line(small=True):
                    self._attempt()
            except Stopped:
                if gate.stopped:
                    raise
            except Retryable as error:
                if gate.resting or gate.stopped:
                    continue  # the call was broken off for that
                if self._attempts.hopeless(error, gate, self._desk.settings):
                    return self._give_up(error.problem)
                self._wait(error, outage)
            except (Damaged, Refused) as error:
                if not self._anew(error):
                    return self._give_up(error.problem)
            else:
                return None
            finally:
                gate.gave_up()

    # --- one try ---------------------------------------------------------------------------------------------------

    def _attempt(self) -> None:
        self._source.open()
        carrier = self._carrier()
        self._intend(carrier)
        upload = self._all_sent(carrier)
        self._catch_up(self.file.size)
        digest = self._proven_source()
        with self._line():
            held = carrier.finish(self.file, upload, digest)
        self._desk.journal.sent(self._desk.submission, self.file.seq, digest, held)
        self._desk.gate.moved()

    def _line(self, *, small: bool = False) -> contextlib.AbstractContextManager[object]:
        """Small files hold a line from beginning to end; big ones ask for one again for each call."""
        if (self.file.size < self._desk.settings.big_bytes) is not small:
            return _NO_LINE
        return self._desk.line()

    def _all_sent(self, carrier: Carrier) -> Upload:
        """The complete upload."""
        while True:
            with self._line():
                upload = self._located(carrier)
            plan = None if upload.complete else self._plan(carrier, upload)
            if plan is None:
                while not upload.complete:
                    upload = self._sent(carrier, upload)
                return upload
            joined = send_apart(self._desk, self._source, upload, plan, self._carrier)
            if joined is not None:
                self._attempts.progressed()
                if joined.token != upload.token:  # it has an address of its own now: joining again might leave two
                    self._known = joined
                    self._desk.journal.advanced(self._desk.submission, self.file.seq, joined)
                return joined
            self._standstill()  # the other side has forgotten the upload: look again, and begin anew

    def _plan(self, carrier: Carrier, upload: Upload) -> PartPlan | None:
        """How the file is cut, where it is sent in parts in any order; what was begun in one way goes on in it."""
        if not hasattr(carrier, "plan"):
            return None
        begun = self._wanted is not None
        wanted = self._wanted or max(self._desk.pace.part, -(-self.file.size // _MOST_PARTS))
        if not begun and (self.file.size < self._desk.settings.big_bytes or upload.offset):
            return None
        plan = cast(SendsApart, carrier).plan(self.file, upload, wanted)
        if plan is None or plan.count < 2:
            return None
        if not begun:
            self._desk.journal.cut(self._desk.submission, self.file.seq, wanted)
            self._wanted = wanted
        return plan

    def _intend(self, carrier: Carrier) -> None:
        if not self._intended:
            self._desk.journal.intend(self._desk.submission, self.file.seq, carrier.id)
            self._intended = True

    def _located(self, carrier: Carrier) -> Upload:
        """The upload at the other side, found again or made."""
        if self._created is not None:
            self._known, self._created = self._created, None
            return self._known
        known = self._remembered()
        if known is not None:
            found = carrier.find(self.file, known.token)
            self._desk.gate.answered()
            if found is not None and self._wanted is not None:
                return found
            if found is not None and self._plausible(carrier, known, found):
                self._trusted = max(self._trusted, found.offset)
                self._note_offset(found.offset)
                self._catch_up(found.offset)
                return found
            self._abandon(carrier, known.token)
            self._forget_parts()
        self._desk.gate.check()  # opening a file on a dead share may have outlasted the run
        # Asked by attribute: isinstance with a Protocol costs as much as hashing a small file.
        if self.file.size <= getattr(carrier, "one_request", -1):
            upload = self._one_request(cast(OneRequest, carrier))
        else:
            upload = carrier.begin(self.file)
        self._desk.gate.answered()
        self._began(carrier, upload)
        if upload.offset > self.file.size:  # a repetition was added to what it held: not this file's fault
            self._known = upload
            raise Damaged(problems.more_than_sent())
        self._note_offset(upload.offset)
        return upload

    def _remembered(self) -> Upload | None:
        if not self._asked:
            self._remember(self._desk.journal.known(self._desk.submission, self.file.seq))
        return self._known

    def _remember(self, known: Upload | None) -> None:
        self._asked, self._known = True, known
        if known is not None:
            self._wanted = self._desk.journal.part_length(self._desk.submission, self.file.seq)

    def _plausible(self, carrier: Carrier, known: Upload, found: Upload) -> bool:
        """The other side cannot hold more than was sent. After a restart that is what the journal knows, and a part
        whose answer never came; how large parts were then, nobody remembers."""
        part = self.file.size if carrier.part_size is None else max(carrier.part_size, _LARGEST_PART)
        if hasattr(carrier, "part_length"):
            part = cast(CutsParts, carrier).part_length(self.file, known)
        return found.offset <= min(self._trusted or known.offset + part, self.file.size)

    def _one_request(self, carrier: OneRequest) -> Upload:
        self._trusted = max(self._trusted, self.file.size)
        return carrier.begin_with(self.file, self._part(0, self.file.size))

    def _began(self, carrier: Carrier, upload: Upload) -> None:
        if upload.complete and hasattr(carrier, "one_request"):
            return  # the outcome follows at once, and a repetition leaves no second object
        self._known = upload
        gather = getattr(carrier, "derives_token", False)
        self._desk.journal.began(self._desk.submission, self.file.seq, upload, gather=gather)

    def _sent(self, carrier: Carrier, upload: Upload) -> Upload:
        """Send the next part; the answer of the other side is what counts, forward or back."""
        self._desk.gate.check()
        length = self._part_size(carrier, upload)
        self._trusted = max(self._trusted, upload.offset + length)
        self._catch_up(upload.offset)
        with self._line():
            after = carrier.send(self.file, upload, self._part(upload.offset, length))
        if after.offset > self._trusted:
            raise Damaged(problems.more_than_sent())
        if after.offset > upload.offset or after.complete:
            self._progress()
        else:
            self._standstill()
        self._note_offset(after.offset)
        self._known = after
        if not after.complete:
            self._desk.journal.advanced(self._desk.submission, self.file.seq, after)
        return after

    def _part(self, offset: int, length: int) -> Part:
        seq, counters = self.file.seq, self._desk.counters
        return Part(self._source, offset, length, self._desk.ticket.limiter, lambda count: counters.moved(seq, count))

    def _part_size(self, carrier: Carrier, upload: Upload) -> int:
        rest = max(self.file.size - upload.offset, 0)
        if hasattr(carrier, "part_length"):
            return min(rest, cast(CutsParts, carrier).part_length(self.file, upload))
        return rest if carrier.part_size is None else min(rest, carrier.part_size, self._desk.pace.part)

    def _proven_source(self) -> str:
        """The digest of what was sent, after making sure that it is that of the sealed file."""
        self._source.check()
        digest = self._source.digest.hexdigest()
        if self.file.sha256 is not None and self.file.sha256 != digest:
            raise errors.changed(self.file.source)
        return digest

    def _catch_up(self, offset: int) -> None:
        """Read here what the digest does not know yet of the bytes that the other side has."""
        if self._source.digest.count >= offset:
            return
        with self._desk.counters.reading(self.file.seq):
            self._source.catch_up(offset, self._desk.gate.check)

    def _note_offset(self, offset: int) -> None:
        self._desk.counters.at(self.file.seq, offset)

    # --- after a failure -------------------------------------------------------------------------------------------

    def _progress(self) -> None:
        self._attempts.progressed()
        self._desk.gate.moved()

    def _standstill(self) -> None:
        self._attempts.tries += 1
        if self._attempts.tries > self._desk.settings.file_tries:
            raise Damaged(problems.no_headway())

    def _wait(self, error: Retryable, outage: int) -> None:
        gate = self._desk.gate
        if error.problem.code == CHECKSUM:
            self._source.forget()
        if error.problem.code == "archive.busy":
            self._desk.pace.busy()
        if shared(error):
            gate.failed(error, outage)
            return
        gate.answered()
        gate.wait(delay(self._attempts.tries, self._desk.settings, error.after), error.problem)

    def _anew(self, error: DepositError) -> bool:
        """What arrived damaged is begun once more from the first byte, and once only."""
        if error.problem.code not in _ANEW:
            return False
        self._attempts.damages += 1
        if self._attempts.damages >= FEW:
            return False
        self._drop()
        return True

    def _drop(self) -> None:
        """Nothing of what was sent is built upon: the other side and the journal forget it."""
        self._source.forget()
        self._trusted = 0
        if self._known is not None:
            self._abandon(self._carrier(), self._known.token)
            self._known = None
            self._forget_parts()
            self._desk.journal.began(self._desk.submission, self.file.seq, Upload(""))

    def _abandon(self, carrier: Carrier, token: str) -> None:
        if isinstance(carrier, Forgetting):
            carrier.abandon(self.file, token)

    def _forget_parts(self) -> None:
        """What is begun anew has no parts yet."""
        if self._wanted is not None:
            self._desk.journal.forget_parts(self._desk.submission, self.file.seq)
            self._wanted = None

    def _give_up(self, problem: Problem) -> Problem:
        """What was sent of a file that changed would be mixed with what it is now, should it be taken as it is now."""
        if problem.code == "file.changed" and self._remembered() is not None:
            with contextlib.suppress(Retryable, Refused):
                self._drop()
        told = Problem(problem.code, problem.side, problem.message, problem.advice, self.file.origin, problem.actions)
        self._desk.journal.failed(self._desk.submission, self.file.seq, told)
        return told
