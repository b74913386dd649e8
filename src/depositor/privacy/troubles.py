"""What can stand in the way of a cleaned copy, told so that a person can act on it."""

from __future__ import annotations

import errno

from depositor.draft.message import msg, msgn
from depositor.draft.problem import Problem, Side


def no_remedy(shown: str) -> Problem:
    return Problem(
        "privacy.clean.no-remedy",
        Side.PROGRAM,
        msg("privacy.clean.no-remedy", "This kind of file cannot be cleaned yet, so no copy was made."),
        msg(
            "privacy.clean.no-remedy.advice",
            "Clean it with the program that wrote it, leave it out, or keep it with a reason if it tells of no person.",
        ),
        shown,
    )


def directory_file(shown: str) -> Problem:
    return Problem(
        "privacy.clean.dicomdir",
        Side.PROGRAM,
        msg("privacy.clean.dicomdir", "A DICOMDIR only repeats names and numbers of the images; no copy was made."),
        msg("privacy.clean.dicomdir.advice", "Leave it out: archives do not need it, and viewers can make a new one."),
        shown,
    )


def too_large(shown: str, mebibytes: int) -> Problem:
    return Problem(
        "privacy.clean.too-large",
        Side.PROGRAM,
        msg(
            "privacy.clean.too-large",
            "Files of more than {mebibytes} MiB of this kind cannot be cleaned yet.",
            mebibytes=mebibytes,
        ),
        msg("privacy.clean.too-large.advice", "Clean it with the program that wrote it, or leave it out."),
        shown,
    )


def no_boxes(shown: str) -> Problem:
    return Problem(
        "privacy.clean.no-boxes",
        Side.PROGRAM,
        msg("privacy.clean.no-boxes", "Text in the pictures of this kind of file cannot be covered yet."),
        msg(
            "privacy.clean.no-boxes.advice",
            "Cover it with the program that wrote the file, leave the file out, or keep it with a reason if the text "
            "tells of no person.",
        ),
        shown,
    )


def not_convertible(shown: str) -> Problem:
    return Problem(
        "privacy.convert.not-whole",
        Side.PROGRAM,
        msg(
            "privacy.convert.not-whole",
            "The pictures of this file cannot be written as OME-TIFF here: they are packed in a way that is not known, "
            "or too large.",
        ),
        msg(
            "privacy.convert.not-whole.advice",
            "Write it as OME-TIFF with the program that made it, or with Bio-Formats, and take that file; or leave it "
            "out.",
        ),
        shown,
    )


def unreadable(shown: str) -> Problem:
    return Problem(
        "privacy.clean.unreadable",
        Side.COMPUTER,
        msg("privacy.clean.unreadable", "The file is damaged or could not be read, so no copy was made."),
        msg("privacy.clean.unreadable.advice", "Open it in your viewer to see whether it is whole, or leave it out."),
        shown,
        ("retry",),
    )


def not_written(shown: str, error: OSError) -> Problem:
    """A copy that could not be written: a full disk, or a folder without permission."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem(
            "privacy.clean.disk-full",
            Side.COMPUTER,
            msg("privacy.clean.disk-full", "The disk for the cleaned copies is full."),
            msg("privacy.clean.disk-full.advice", "Free some space or choose another folder, then go on."),
            shown,
            ("choose-folder", "retry"),
        )
    return Problem(
        "privacy.clean.not-written",
        Side.COMPUTER,
        msg("privacy.clean.not-written", "The cleaned copy could not be written."),
        msg("privacy.clean.not-written.advice", "Choose a folder that you may write to, then go on."),
        shown,
        ("choose-folder", "retry"),
    )


def still_there(shown: str, count: int) -> Problem:
    return Problem(
        "privacy.clean.left",
        Side.PROGRAM,
        msgn(
            "privacy.clean.left",
            "{n} finding was still in the cleaned copy, so the copy was thrown away.",
            "{n} findings were still in the cleaned copy, so the copy was thrown away.",
            count,
        ),
        msg(
            "privacy.clean.left.advice",
            "Clean it with the program that wrote it, or leave the file out. Please tell us which kind of file it is.",
        ),
        shown,
    )


def stopped() -> Problem:
    return Problem(
        "privacy.clean.stopped",
        Side.COMPUTER,
        msg("privacy.clean.stopped", "Cleaning was stopped; finished copies stay."),
        msg("privacy.clean.stopped.advice", "Start it again to go on where it stopped."),
    )
