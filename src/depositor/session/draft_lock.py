"""A draft is open in one window or program at a time, and sealed only when nothing stops it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.finding import Finding
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side

if TYPE_CHECKING:
    from filelock import FileLock


def lock_draft(folder: Path, draft_id: str) -> FileLock:
    """The lock of an open draft; NeedsUser where another window or program has it."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{draft_id}.lock", blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise NeedsUser(_open_elsewhere()) from error
    return lock


def _open_elsewhere() -> Problem:
    return Problem(
        "draft.open-elsewhere",
        Side.COMPUTER,
        msg("draft.open-elsewhere", "This draft is open in another window."),
        msg("draft.open-elsewhere.advice", "Go on there, or close it there first. Nothing was changed."),
    )


def not_ready(stops: Sequence[Finding]) -> Problem:
    """Why a draft cannot be sealed yet."""
    first = stops[0].message.english() if stops else ""
    return Problem(
        "seal.not-ready",
        Side.COMPUTER,
        msg("seal.not-ready", "Something is still needed before the data can be sent. {first}", first=first),
        msg("seal.not-ready.advice", "The review page lists what is missing; each line leads to its place."),
    )
