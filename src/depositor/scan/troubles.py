"""The problems a scan can meet, each with a stable code, told so that a person knows what to do."""

from __future__ import annotations

from collections.abc import Callable

from depositor.draft.message import Message, msg, msgn
from depositor.draft.problem import Problem, Side

_Texts = tuple[Message, Message]


def problem(code: str, path: str, count: int = 1) -> Problem:
    """The problem ``code`` (a key of :data:`CODES`) of ``count`` files; ``path``: the file, or the folder of many."""
    message, advice = CODES[code](count)
    return Problem(code, Side.COMPUTER, message, advice, path, _ACTIONS.get(code, ()))


def _empty(n: int) -> _Texts:
    return (
        msgn("scan.empty", "This file is empty.", "{n} files in this folder are empty.", n),
        msg("scan.empty.advice", "Often a copy or an export stopped early. Copy it again, or leave it out."),
    )


def _hidden(n: int) -> _Texts:
    return (
        msgn("scan.hidden", "This file is hidden.", "{n} files in this folder are hidden.", n),
        msg("scan.hidden.advice", "It will be sent like the others. Leave it out if it was not meant to be seen."),
    )


def _link(n: int) -> _Texts:
    return (
        msgn("scan.link", "This is a link to something else in the chosen folders.",
             "{n} entries in this folder are links to something else in the chosen folders.", n),
        msg("scan.link.advice", "The link is not sent; what it points to is, once."),
    )  # fmt: skip


def _link_outside(n: int) -> _Texts:
    return (
        msgn("scan.link-outside", "This is a link to a place outside the chosen folders.",
             "{n} entries in this folder are links to places outside the chosen folders.", n),
        msg("scan.link-outside.advice", "It was not followed. If the data belong to the study, add that folder too."),
    )  # fmt: skip


def _link_broken(n: int) -> _Texts:
    return (
        msgn("scan.link-broken", "This link points to nothing.", "{n} links in this folder point to nothing.", n),
        msg("scan.link-broken.advice", "What it pointed to was moved or deleted. Bring it back, or delete the link."),
    )


def _unreadable(n: int) -> _Texts:
    return (
        msgn("scan.unreadable", "You may not read this file.", "You may not read {n} files in this folder.", n),
        msg("scan.unreadable.advice", "Ask its owner or your computer support for read access, then scan again."),
    )


def _unreadable_folder(n: int) -> _Texts:
    return (
        msgn("scan.unreadable-folder", "This folder could not be opened, so its content is not listed.",
             "{n} folders in here could not be opened, so their content is not listed.", n),
        msg("scan.unreadable-folder.advice", "Ask for read access or check the drive, then scan again."),
    )  # fmt: skip


def _growing(n: int) -> _Texts:
    return (
        msgn("scan.growing", "This file was written to a moment ago.",
             "{n} files in this folder were written to a moment ago.", n),
        msg("scan.growing.advice", "Wait until the microscope or the copy has finished, then scan again."),
    )  # fmt: skip


def _case_clash(n: int) -> _Texts:
    return (
        msgn("scan.case-clash", "Another name in this folder differs only in capital letters.",
             "{n} names in this folder differ from others only in capital letters.", n),
        msg("scan.case-clash.advice", "Windows and macOS would keep only one of them. Give one another name."),
    )  # fmt: skip


def _unicode_clash(n: int) -> _Texts:
    return (
        msgn("scan.unicode-clash", "Another name in this folder looks the same but is spelled with other characters.",
             "{n} names in this folder look like others but are spelled with other characters.", n),
        msg("scan.unicode-clash.advice",
            "Accented letters can be stored in two ways, and many systems keep only one. Give one another name."),
    )  # fmt: skip


def _vanished(n: int) -> _Texts:
    return (
        msgn("scan.vanished", "This disappeared while it was being looked at.",
             "{n} entries in this folder disappeared while they were being looked at.", n),
        msg("scan.vanished.advice", "Check that the drive is connected and no program tidies up, then scan again."),
    )  # fmt: skip


def _not_text(n: int) -> _Texts:
    return (
        msgn("scan.name-not-text", "The name of this file has characters that no system can show, so it is not listed.",
             "{n} names in this folder have characters that no system can show, so they are not listed.", n),
        msg("scan.name-not-text.advice", "Such names come from old drives. Rename the file, then scan again."),
    )  # fmt: skip


def _special(n: int) -> _Texts:
    return (
        msgn("scan.special", "This is a device or a channel between programs, not a file.",
             "{n} entries in this folder are devices or channels between programs, not files.", n),
        msg("scan.special.advice", "There is nothing in it to send; it is left out."),
    )  # fmt: skip


def _missing_root(n: int) -> _Texts:
    return (
        msgn("scan.missing", "This folder or file is not there.", "{n} folders or files are not there.", n),
        msg("scan.missing.advice", "Check that the drive is connected, or choose the folder again."),
    )


def _twice(n: int) -> _Texts:
    return (
        msgn("scan.twice", "This lies in another folder that you chose, so its files are listed twice.",
             "{n} of the chosen folders lie in others, so their files are listed twice.", n),
        msg("scan.twice.advice", "Remove one of the two from the list, or leave this part out of the larger folder."),
    )  # fmt: skip


def _too_deep(n: int) -> _Texts:
    return (
        msgn("scan.too-deep", "Folders are nested too deeply here; what lies below is not listed.",
             "{n} folders are nested too deeply; what lies below them is not listed.", n),
        msg("scan.too-deep.advice", "Often a folder was copied into itself. Move the data up, then scan again."),
    )  # fmt: skip


CODES: dict[str, Callable[[int], _Texts]] = {
    "scan.empty": _empty,
    "scan.hidden": _hidden,
    "scan.link": _link,
    "scan.link-outside": _link_outside,
    "scan.link-broken": _link_broken,
    "scan.unreadable": _unreadable,
    "scan.unreadable-folder": _unreadable_folder,
    "scan.growing": _growing,
    "scan.case-clash": _case_clash,
    "scan.unicode-clash": _unicode_clash,
    "scan.vanished": _vanished,
    "scan.name-not-text": _not_text,
    "scan.special": _special,
    "scan.missing": _missing_root,
    "scan.too-deep": _too_deep,
    "scan.twice": _twice,
}
_ACTIONS: dict[str, tuple[str, ...]] = {
    "scan.unreadable": ("retry", "skip"),
    "scan.unreadable-folder": ("retry", "skip"),
    "scan.growing": ("retry",),
    "scan.vanished": ("retry", "skip"),
    "scan.missing": ("choose-folder", "retry"),
    "scan.twice": ("skip",),
    "scan.empty": ("skip",),
    "scan.hidden": ("skip",),
}
