"""Where a submission stands and what one can do: computed once, so that window and command line say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from depositor.draft.message import Message, msg, msgn
from depositor.draft.problem import Problem, Side
from depositor.draft.submission import Stage, State
from depositor.session.receipts import problem_from_json

if TYPE_CHECKING:
    from depositor.session.desk import Desk, SubmissionInfo
    from depositor.session.sending.deposit import DepositRun
    from depositor.transfer.ports import Progress


class Stand(StrEnum):
    """Where a submission stands; the words are part of the JSON of ``status``."""

    SENDING = "sending"
    WAITING = "waiting"  # for something that comes by itself: the network, a busy archive
    RESTING = "resting"  # outside the hours, on a metered line, or everything was paused
    PAUSED = "paused"
    STOPPED = "stopped"  # nobody sends it at the moment; nothing stands against it
    NEEDS_USER = "needs-user"
    FAILED_FILES = "failed-files"  # all others are there
    REFUSED = "refused"
    CANCELLED = "cancelled"
    SENT = "sent"  # every byte is there, the archive has not accepted it yet
    ACCEPTED = "accepted"


class Group(StrEnum):
    """How lists put them together."""

    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    DONE = "done"


class Runner(StrEnum):
    """Who sends it."""

    HERE = "here"
    OTHER = "another program"
    NOBODY = "nobody"


RESTS = frozenset(("transfer.hours", "transfer.metered", "transfer.paused-all"))
_NO_NEWS = frozenset(
    ("deposit.stopped", "deposit.cancelled", "deposit.elsewhere", "deposit.running", "lease.elsewhere")
)
_FILES = "deposit.files-failed"
_GROUPS = {
    Stand.SENDING: Group.RUNNING,
    Stand.WAITING: Group.WAITING,
    Stand.RESTING: Group.WAITING,
    Stand.PAUSED: Group.WAITING,
    Stand.STOPPED: Group.WAITING,
    Stand.NEEDS_USER: Group.FAILED,
    Stand.FAILED_FILES: Group.FAILED,
    Stand.REFUSED: Group.FAILED,
    Stand.CANCELLED: Group.DONE,
    Stand.SENT: Group.DONE,
    Stand.ACCEPTED: Group.DONE,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One submission as lists show it. ``problem``: what it waits for, or why it stands still."""

    info: SubmissionInfo
    progress: Progress
    stand: Stand
    runner: Runner
    problem: Problem | None = None

    @property
    def group(self) -> Group:
        return _GROUPS[self.stand]

    @property
    def retry_in_s(self) -> float | None:
        """In how many seconds it tries again by itself; None where that is not known."""
        return self.progress.retry_in_s if self.runner is not Runner.NOBODY else None

    @property
    def share(self) -> float | None:
        """How much of the bytes is there, 0 to 1."""
        if self.group is Group.DONE and self.stand is not Stand.CANCELLED:
            return 1.0
        return self.progress.bytes_done / self.progress.bytes if self.progress.bytes else None

    @property
    def actions(self) -> tuple[str, ...]:
        """What one can do, by id, the most fitting first."""
        own = self.problem.actions if self.problem else ()
        if self.stand is Stand.FAILED_FILES:
            return ("retry", "skip", "replace", "report", "cancel")
        more: Mapping[Stand, tuple[str, ...]] = {
            Stand.SENDING: ("pause", "cancel"),
            Stand.WAITING: ("pause", "cancel"),
            Stand.RESTING: ("pause", "cancel"),
            Stand.PAUSED: ("resume", "cancel"),
            Stand.STOPPED: ("resume", "cancel"),
            Stand.NEEDS_USER: ("resume", "report", "cancel"),
            Stand.REFUSED: ("edit", "report"),
        }
        return tuple(dict.fromkeys((*own, *more.get(self.stand, ()))))

    def head(self) -> Message:
        """Where it stands, in a few words."""
        return _head(self)

    def advice(self) -> Message | None:
        """What follows from that, or what to do."""
        return _advice(self)

    def as_json(self) -> dict[str, Any]:
        """The keys that ``status`` adds to what was sealed."""
        now = self.progress
        live = self.runner is not Runner.NOBODY
        return {
            "state": str(self.stand),
            "group": str(self.group),
            "runner": str(self.runner),
            "told": self.head().english(),
            "files_done": now.files_done,
            "files_failed": now.files_failed,
            "bytes_done": now.bytes_done,
            "speed": round(now.speed) if live else None,
            "remaining_s": round(now.remaining_s) if live and now.remaining_s is not None else None,
            "retry_in_s": round(self.retry_in_s) if self.retry_in_s is not None else None,
            "waiting": shape(self.problem) if self.group is Group.WAITING else None,
            "actions": list(self.actions),
        }


def shape(problem: Problem | None) -> dict[str, Any] | None:
    """A problem as JSON, with what one can do; None stays None."""
    return {**problem.as_json(), "actions": list(problem.actions)} if problem else None


def standing(info: SubmissionInfo, progress: Progress, runner: Runner, problem: Problem | None = None) -> Standing:
    """Where a submission stands, out of what is known of it. ``problem``: how its last run ended, where the store does
    not know it yet."""
    if info.under_way and runner is not Runner.NOBODY:
        waits = progress.waiting
        rests = waits is not None and waits.code in RESTS
        stand = Stand.RESTING if rests else Stand.WAITING if waits else Stand.SENDING
        return Standing(info, progress, stand, runner, waits)
    stored = problem or (problem_from_json(info.problem) if info.problem else None)
    why = None if stored is None or stored.code in _NO_NEWS else stored
    return Standing(info, progress, _at_rest(info, progress, why), Runner.NOBODY, why)


def _at_rest(info: SubmissionInfo, progress: Progress, why: Problem | None) -> Stand:
    if info.receipt is not None:
        return Stand.SENT if info.receipt.state in (State.SENT, State.DRAFT) else _received(info.receipt.state)
    ended = {Stage.FAILED: Stand.REFUSED, Stage.CANCELLED: Stand.CANCELLED}.get(info.stage)
    if ended is not None or info.paused:
        return ended or Stand.PAUSED
    only_files = why is None or why.code == _FILES
    if progress.files_failed and only_files:
        return Stand.FAILED_FILES
    return Stand.STOPPED if only_files or (why and why.side is Side.NETWORK) else Stand.NEEDS_USER


def _received(state: State) -> Stand:
    return Stand.REFUSED if state is State.FAILED else Stand.ACCEPTED


def look(desk: Desk, info: SubmissionInfo) -> Standing:
    """Where a submission stands now, also when another program sends it; reads the store."""
    from depositor.transfer.ports import Progress

    if not info.under_way:  # nothing moves any more: what was sealed is told, a million rows are not counted
        arrived = info.receipt is not None
        done = (info.files, info.bytes) if arrived else (0, 0)
        told = Progress(files=info.files, files_done=done[0], bytes=info.bytes, bytes_done=done[1])
        return standing(info, told, Runner.NOBODY)
    run = desk.deposit(info.id)
    return standing(info, run.progress(), runner(run))


def runner(run: DepositRun) -> Runner:
    """Who sends it now."""
    if run.elsewhere:
        return Runner.OTHER
    return Runner.HERE if run.running else Runner.NOBODY


class Survey:
    """All submissions, again and again: of those that nobody sends the files are counted only when something about
    them changed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._still: dict[str, Standing] = {}

    def forget(self, submission_id: str) -> None:
        """Rows of its files changed."""
        self._still.pop(submission_id, None)

    def all(self) -> tuple[Standing, ...]:
        """Where each stands now, the last sealed first. Takes a moment: not in the window's thread."""
        return tuple(self._one(info) for info in self._desk.submissions())

    def _one(self, info: SubmissionInfo) -> Standing:
        known = self._still.get(info.id)
        live = info.under_way and runner(self._desk.deposit(info.id)) is not Runner.NOBODY
        if known is not None and known.info == info and not live:
            return known
        found = look(self._desk, info)
        if found.runner is Runner.NOBODY:
            self._still[info.id] = found
        else:
            self.forget(info.id)
        return found


# --- words -----------------------------------------------------------------------------------------------------------


def stage_told(stage: Stage) -> Message:
    """What is being done right now; "sent" and "accepted" are two different things."""
    return {
        Stage.SEALED: msg("transfers.stage.sealed", "1 of 4: telling the archive that data are coming"),
        Stage.OPENED: msg("transfers.stage.sending", "2 of 4: sending the files"),
        Stage.SENDING: msg("transfers.stage.sending", "2 of 4: sending the files"),
        Stage.SENT: msg("transfers.stage.sent", "3 of 4: sending lists and descriptions"),
        Stage.DOCUMENTED: msg("transfers.stage.documented", "4 of 4: asking the archive to accept"),
        Stage.COMMITTED: msg("transfers.stage.committed", "4 of 4: waiting for the archive's answer"),
    }.get(stage, msg("transfers.stage.done", "Everything arrived"))


def _head(found: Standing) -> Message:
    if found.stand is Stand.SENDING:
        return stage_told(found.info.stage)
    if found.stand is Stand.FAILED_FILES:
        return failed_told(found.progress.files_failed)
    if found.problem is not None and found.stand not in (Stand.PAUSED, Stand.CANCELLED, Stand.SENT, Stand.ACCEPTED):
        return found.problem.message
    receipt = found.info.receipt
    if receipt is not None and found.stand is Stand.ACCEPTED:
        return _accepted(receipt.state)
    return {
        Stand.PAUSED: msg("transfers.paused", "Paused"),
        Stand.STOPPED: msg("transfers.stopped", "Not being sent at the moment"),
        Stand.NEEDS_USER: msg("transfers.needs-user", "Needs you"),
        Stand.REFUSED: msg("transfers.refused", "The archive did not take it"),
        Stand.CANCELLED: msg("transfers.cancelled", "Cancelled"),
        Stand.SENT: msg("transfers.sent", "Everything is there; the archive has not accepted it yet"),
    }.get(found.stand, msg("transfers.waiting", "Waiting"))


def _accepted(state: State) -> Message:
    return {
        State.UNDER_REVIEW: msg("transfers.under-review", "There, and being looked at by the archive"),
        State.PUBLIC: msg("transfers.public", "There, and public"),
    }.get(state, msg("transfers.accepted", "Accepted by the archive"))


def failed_told(number: int) -> Message:
    """How many files did not go through."""
    return msgn("transfers.failed", "{n} file did not go through", "{n} files did not go through", number)


def _advice(found: Standing) -> Message | None:
    if found.stand is Stand.FAILED_FILES:
        return msg(
            "transfers.failed.advice",
            "All others are there. Try them again, leave them out, or take changed files as they are now.",
        )
    if found.problem is not None and found.stand not in (Stand.PAUSED, Stand.CANCELLED, Stand.SENT, Stand.ACCEPTED):
        return found.problem.advice
    if found.runner is Runner.OTHER:
        return msg("transfers.other", "Another window or program of this computer sends it.")
    return {
        Stand.PAUSED: msg("transfers.paused.advice", "Nothing that was sent is lost. Go on whenever you like."),
        Stand.STOPPED: msg("transfers.stopped.advice", "It goes on where it stopped, whenever you like."),
        Stand.REFUSED: msg("transfers.refused.advice", "Open the draft, change what is needed, and send it again."),
        Stand.CANCELLED: msg(
            "transfers.cancelled.advice", "The archive was asked to forget it. Your draft is still here."
        ),
        Stand.SENT: msg("transfers.sent.advice", "The archive looks at it now; its answer may take days."),
    }.get(found.stand)
