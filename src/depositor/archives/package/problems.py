"""What can go wrong with a package, in words for people."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side

_CHOOSE = ("choose-folder",)
_BOTH = ("retry", "choose-folder")


def no_folder() -> Problem:
    text = msg("package.no-folder", "No folder was chosen for the package yet.")
    advice = msg("package.no-folder.advice", "Choose a drive, a network share or any folder with enough room.")
    return Problem("package.no-folder", Side.COMPUTER, text, advice, actions=_CHOOSE)


def gone(path: str) -> Problem:
    text = msg("package.gone", "The folder for the package cannot be reached.")
    advice = msg("package.gone.advice", "Connect the drive or share again, then go on; or choose another folder.")
    return Problem("package.gone", Side.COMPUTER, text, advice, path, _BOTH)


def no_space(path: str, needed: int, free: int) -> Problem:
    text = msg(
        "package.no-space",
        "The package needs {needed} bytes, and the drive has {free} left.",
        needed=needed,
        free=free,
    )
    advice = msg("package.no-space.advice", "Free some space or choose another drive. Nothing was written yet.")
    return Problem("package.no-space", Side.COMPUTER, text, advice, path, _BOTH)


def taken(path: str) -> Problem:
    text = msg("package.taken", "There is already something else in the place of the package.")
    advice = msg("package.taken.advice", "Move it away or choose another folder; it was left as it is.")
    return Problem("package.taken", Side.COMPUTER, text, advice, path, _CHOOSE)


def differs(path: str) -> Problem:
    text = msg("package.differs", "A file on the drive is not what was written there.")
    advice = msg(
        "package.differs.advice",
        "The drive or its cable may be failing. Write the package to another drive; your own files are untouched.",
    )
    return Problem("package.differs", Side.COMPUTER, text, advice, path, _CHOOSE)


def missing(path: str) -> Problem:
    text = msg("package.missing", "A file that was written to the package is not there any more.")
    advice = msg("package.missing.advice", "Somebody may have moved it. Bring it back, or write the package anew.")
    return Problem("package.missing", Side.COMPUTER, text, advice, path, _BOTH)


def complete(path: str) -> Problem:
    text = msg("package.complete", "The package is complete; it is not deleted from here.")
    advice = msg("package.complete.advice", "Delete the folder yourself if you do not need it any more.")
    return Problem("package.complete", Side.COMPUTER, text, advice, path)


def stopped() -> Problem:
    text = msg("package.stopped", "Checking the package was stopped.")
    advice = msg("package.stopped.advice", "Go on whenever you like; nothing that was written is lost.")
    return Problem("package.stopped", Side.COMPUTER, text, advice, actions=("resume",))
