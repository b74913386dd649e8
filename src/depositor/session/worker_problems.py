"""What can go wrong with one file in the worker process."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import (
    Damaged,
    Defect,
    DepositError,
    NeedsUser,
    Problem,
    Refused,
    Retryable,
    Side,
    Stopped,
)

_CLASSES: dict[str, type[DepositError]] = {
    c.__name__: c for c in (Damaged, Defect, NeedsUser, Refused, Retryable, Stopped)
}
_BY_CODE = {"worker.failed": "Defect", "worker.not-started": "NeedsUser", "worker.closed": "Stopped"}


def error(problem: Problem, name: str | None = None) -> DepositError:
    """The exception to raise for ``problem``: the class called ``name``, else the one that suits its code."""
    return _CLASSES.get(name or _BY_CODE.get(problem.code, ""), Damaged)(problem)


def crashed() -> Problem:
    return Problem(
        "worker.crashed",
        Side.PROGRAM,
        msg("worker.crashed", "The reader for this file broke down. All other files go on."),
        msg("worker.crashed.advice", "The file can be sent all the same; only its header could not be read."),
        actions=("skip", "retry"),
    )


def too_slow(seconds: float) -> Problem:
    return Problem(
        "worker.timeout",
        Side.PROGRAM,
        msg("worker.timeout", "Reading this file took more than {seconds} s and was stopped.", seconds=round(seconds)),
        msg("worker.timeout.advice", "If it lies on a network drive, try again later or from a local copy."),
        actions=("retry", "skip"),
    )


def out_of_memory() -> Problem:
    return Problem(
        "worker.memory",
        Side.COMPUTER,
        msg("worker.memory", "Reading this file needs more memory than the program may take."),
        msg("worker.memory.advice", "The file can be sent all the same; it may also be damaged, so try to open it."),
        actions=("skip",),
    )


def failed(exception: str) -> Problem:
    """A reader that raised: it promises not to, so it is our fault. The names are of the program, not of the file."""
    return Problem(
        "worker.failed",
        Side.PROGRAM,
        msg("worker.failed", "Depositor made a mistake with this file ({exception}).", exception=exception),
        msg("worker.failed.advice", "All other files go on. The help-desk report says where it happened."),
        actions=("skip", "open-log"),
    )


def not_started() -> Problem:
    return Problem(
        "worker.not-started",
        Side.COMPUTER,
        msg("worker.not-started", "This computer did not let Depositor start its reading process."),
        msg("worker.not-started.advice", "Close some programs and try again; a virus scanner may also be in the way."),
        actions=("retry",),
    )


def closed() -> Problem:
    return Problem(
        "worker.closed",
        Side.PROGRAM,
        msg("worker.closed", "The program is closing; this file was not read."),
        msg("worker.closed.advice", "It is read when it is needed the next time."),
    )
