"""What can go wrong with a deposit as a whole, told so that a person can act on it."""

from __future__ import annotations

from depositor.draft.message import msg, msgn
from depositor.draft.problem import Problem, Side


def already_running() -> Problem:
    """Two runs of one submission in this program."""
    return Problem(
        "deposit.running",
        Side.COMPUTER,
        msg("deposit.running", "This submission is already being sent."),
        msg("deposit.running.advice", "Look at it in the window where it runs."),
    )


def elsewhere() -> Problem:
    """Another program has the sending, and does not answer."""
    return Problem(
        "deposit.elsewhere",
        Side.COMPUTER,
        msg(
            "deposit.elsewhere", "Another window or program of Depositor is sending, and does not answer at the moment."
        ),
        msg("deposit.elsewhere.advice", "Look at it there, or close it; then go on here. Nothing is sent twice."),
        actions=("retry",),
    )


def ended() -> Problem:
    """A submission that was refused or cancelled cannot go on."""
    return Problem(
        "deposit.ended",
        Side.COMPUTER,
        msg("deposit.ended", "This submission has ended without being accepted."),
        msg("deposit.ended.advice", "Open the draft, change what is needed, and send it again as a new revision."),
    )


def refused_by_check(words: str, number: int) -> Problem:
    """The archive's own words against it."""
    text = msgn(
        "deposit.refused",
        "The archive will not take it, for one reason: {words}",
        "The archive will not take it, for {n} reasons. The first: {words}",
        number,
        words=words,
    )
    advice = msg(
        "deposit.refused.advice", "Change the description accordingly and send it again; all files go along once more."
    )
    return Problem("deposit.refused", Side.ARCHIVE, text, advice, actions=("edit",))


def files_failed(number: int) -> Problem:
    """Some files could not be sent; the rest is there."""
    return Problem(
        "deposit.files-failed",
        Side.COMPUTER,
        msgn("deposit.files-failed", "{n} file could not be sent.", "{n} files could not be sent.", number),
        msg(
            "deposit.files-failed.advice", "All others are there. Look at the list: try them again, or leave them out."
        ),
        actions=("retry", "skip"),
    )


def stopped() -> Problem:
    """The user paused."""
    return Problem(
        "deposit.stopped",
        Side.COMPUTER,
        msg("deposit.stopped", "Sending is paused. Nothing that was sent is lost."),
        msg("deposit.stopped.advice", "Go on whenever you like; it continues where it stopped."),
        actions=("resume",),
    )


def cancelled() -> Problem:
    """The user gave it up."""
    return Problem(
        "deposit.cancelled",
        Side.COMPUTER,
        msg("deposit.cancelled", "The submission was cancelled, and the archive was asked to forget it."),
        msg("deposit.cancelled.advice", "Your draft is still here. Send it again whenever you like."),
    )
