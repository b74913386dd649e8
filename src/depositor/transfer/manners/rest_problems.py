"""What everybody rests for although nothing is wrong, in words for people."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side


def hours(start: str) -> Problem:
    """Outside the hours of the timetable; ``start``: the time of day at which they begin."""
    text = msg("transfer.hours", "Sending rests until {start}, as you set it.", start=start)
    advice = msg(
        "transfer.hours.advice", "It goes on by itself then. To send now, change “When to send” in the settings."
    )
    return Problem("transfer.hours", Side.COMPUTER, text, advice, actions=("settings",))


def metered() -> Problem:
    """The line costs by the byte."""
    text = msg("transfer.metered", "This computer is on a line that costs by the byte, so sending rests.")
    advice = msg(
        "transfer.metered.advice",
        "It goes on by itself on another line. To send all the same, change “Lines that cost by the byte” in the "
        "settings.",
    )
    return Problem("transfer.metered", Side.COMPUTER, text, advice, actions=("settings",))


def paused_all() -> Problem:
    """A person paused everything."""
    text = msg("transfer.paused-all", "All sending is paused.")
    advice = msg("transfer.paused-all.advice", "Go on whenever you like; everything continues where it stopped.")
    return Problem("transfer.paused-all", Side.COMPUTER, text, advice, actions=("resume-all",))
