"""Why a DICOM file gets no cleaned copy, told so that a person can act on it."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side


def slide_label(shown: str) -> Problem:
    return Problem(
        "privacy.clean.dicom.label",
        Side.PROGRAM,
        msg("privacy.clean.dicom.label", "The whole file is a photograph of a slide's label; no copy was made."),
        msg(
            "privacy.clean.dicom.label.advice",
            "Leave it out: such labels often carry names or case numbers, and the pictures of tissue do not need it.",
        ),
        shown,
    )


def document(shown: str) -> Problem:
    return Problem(
        "privacy.clean.dicom.document",
        Side.PROGRAM,
        msg(
            "privacy.clean.dicom.document",
            "The file holds a document or a model of a body part that cannot be emptied; no copy was made.",
        ),
        msg("privacy.clean.dicom.document.advice", "Leave it out, or keep it with a reason once you have read it."),
        shown,
    )


def header_too_long(shown: str, mebibytes: int) -> Problem:
    return Problem(
        "privacy.clean.dicom.header",
        Side.PROGRAM,
        msg(
            "privacy.clean.dicom.header",
            "This file holds more than {mebibytes} MiB beside its pictures, which cannot be cleaned yet.",
            mebibytes=mebibytes,
        ),
        msg("privacy.clean.dicom.header.advice", "Clean it with the program that wrote it, or leave it out."),
        shown,
    )


def no_codec(shown: str, name: str) -> Problem:
    """Boxes are asked for in pictures that are packed in a way that nothing here can unpack."""
    return Problem(
        "privacy.clean.dicom.codec",
        Side.PROGRAM,
        msg(
            "privacy.clean.dicom.codec",
            "Nothing can be painted over in pictures packed as {name}, so no copy was made.",
            name=name,
        ),
        msg(
            "privacy.clean.dicom.codec.advice",
            "Let another program unpack the file (such as dcmdjpeg or gdcmconv) and check it again, or leave it out.",
        ),
        shown,
    )


def frame(shown: str, number: int) -> Problem:
    """One picture of the file cannot be unpacked, so that nobody can say what it shows."""
    return Problem(
        "privacy.clean.dicom.frame",
        Side.COMPUTER,
        msg(
            "privacy.clean.dicom.frame",
            "Picture {number} in this file is damaged, so nothing could be painted over in it; no copy was made.",
            number=number,
        ),
        msg("privacy.clean.dicom.frame.advice", "Open it in your viewer to see whether it is whole, or leave it out."),
        shown,
    )
