"""The problems of headers, each with a stable code, told so that a person knows what to do."""

from __future__ import annotations

from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side


def truncated(path: str) -> Problem:
    """The file ends too early."""
    return Problem(
        "header.truncated",
        Side.COMPUTER,
        msg("header.truncated", "This file ends before its content does."),
        msg("header.truncated.advice", "A copy probably stopped early. Copy it again from its source."),
        path,
        ("retry", "skip"),
    )


def cut_off(path: Path, announced: int) -> tuple[Problem, ...]:
    """:func:`truncated`, where the file is shorter than its header announces; else nothing."""
    return (truncated(path.name),) if path.stat().st_size < announced else ()


def damaged(path: str) -> Problem:
    """The header contradicts itself or cannot be parsed."""
    return Problem(
        "header.damaged",
        Side.COMPUTER,
        msg("header.damaged", "The header of this file cannot be understood."),
        msg("header.damaged.advice", "Open it in the program that made it. If that fails too, use another copy."),
        path,
        ("retry", "skip"),
    )


def empty(path: str) -> Problem:
    """The file holds no byte."""
    return Problem(
        "header.empty",
        Side.COMPUTER,
        msg("header.empty", "This file is empty."),
        msg("header.empty.advice", "Copy it again, or leave it out."),
        path,
        ("skip",),
    )


def unreadable(path: str) -> Problem:
    """The file system does not let us read it."""
    return Problem(
        "header.unreadable",
        Side.COMPUTER,
        msg("header.unreadable", "This file could not be opened."),
        msg("header.unreadable.advice", "Check that the drive is connected and that you may read the file."),
        path,
        ("retry", "skip"),
    )


def no_file(path: str) -> Problem:
    """A pipe, a socket or a device under the name of a file."""
    return Problem(
        "header.no-file",
        Side.COMPUTER,
        msg("header.no-file", "This is a pipe or a device of the computer, not a file."),
        msg("header.no-file.advice", "It cannot be sent. Leave it out, and look for the real file."),
        path,
        ("skip",),
    )


def too_large(path: str) -> Problem:
    """The header asks for more memory than any header needs."""
    return Problem(
        "header.too-large",
        Side.COMPUTER,
        msg("header.too-large", "The header of this file asks for more memory than a header can need."),
        msg(
            "header.too-large.advice",
            "It is probably damaged. Open it in the program that made it, or use another copy.",
        ),
        path,
        ("skip",),
    )


def unsupported(path: str, format_name: str) -> Problem:
    """A variety of a known format."""
    return Problem(
        "header.unsupported",
        Side.PROGRAM,
        msg("header.unsupported", "This kind of {format} is not read yet.", format=format_name),
        msg("header.unsupported.advice", "The file is sent as it is. Please fill in its description by hand."),
        path,
    )


def contradiction(path: str) -> Problem:
    """Two descriptions of the same image say different things."""
    return Problem(
        "header.contradiction",
        Side.COMPUTER,
        msg("header.contradiction", "The descriptions of this image differ in its size or its pixel size."),
        msg(
            "header.contradiction.advice",
            "Depositor shows what the file itself says. Please check the values in the form, or leave the file out.",
        ),
        path,
    )


def part_missing(path: str, name: str) -> Problem:
    """A file that this one points to is not beside it."""
    return Problem(
        "header.part-missing",
        Side.COMPUTER,
        msg("header.part-missing", "This file points to “{name}”, which is not there.", name=name),
        msg(
            "header.part-missing.advice",
            "Copy the whole folder as the microscope wrote it, with all files inside, and scan again.",
        ),
        path,
        ("retry", "skip"),
    )


def pair_differs(path: str, name: str) -> Problem:
    """The file with the data is not the one that its header was written with, or it was changed."""
    return Problem(
        "header.pair-differs",
        Side.COMPUTER,
        msg("header.pair-differs", "“{name}” holds other data than this file was written with.", name=name),
        msg(
            "header.pair-differs.advice",
            "One of the two was changed, mixed up or cut off. Copy both again, together, and scan again.",
        ),
        path,
        ("retry", "skip"),
    )


def no_reader(path: str, format_name: str, reader: str) -> Problem:
    """A format that nothing here reads; ``reader`` names what would."""
    return Problem(
        "header.no-reader",
        Side.PROGRAM,
        msg("header.no-reader", "Depositor does not read the headers of {format} files.", format=format_name),
        msg("header.no-reader.advice", "It is sent as it is. {reader} reads such files; please fill in the form.",
            reader=reader),
        path,
    )  # fmt: skip


def no_image(path: str) -> Problem:
    """The content is of no image format that is known here."""
    return Problem(
        "header.not-an-image",
        Side.COMPUTER,
        msg("header.not-an-image", "The content of this file is of no image format that Depositor knows."),
        msg(
            "header.not-an-image.advice",
            "It is sent as it is. If it should be an image, try to open it elsewhere.",
        ),
        path,
    )
