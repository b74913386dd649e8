"""Problems that only the window can have."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side


def not_written() -> NeedsUser:
    """A file that the user wanted could not be written."""
    return NeedsUser(
        Problem(
            "window.not-written",
            Side.COMPUTER,
            msg("window.not-written", "The file could not be written there."),
            msg("window.not-written.advice", "Choose another folder, or free some space, and try again."),
        )
    )
