"""What is said of pictures in which nobody looked for text, or not in all of them."""

from __future__ import annotations

from depositor.draft.finding import NotChecked
from depositor.draft.message import msg

# What the checks of headers say of pictures; it goes where the pictures were read.
LIFTED = {
    "pixels": frozenset(
        f"privacy.not-checked.{name}" for name in ("pixels", "pixels-often", "no-reader", "not-wanted")
    ),
    "label": frozenset({"privacy.not-checked.label"}),
    "macro": frozenset({"privacy.not-checked.label"}),
    "thumbnail": frozenset(
        {"privacy.not-checked.label"}
    ),  # the only one that most files have; others are told undecoded
    "overlay": frozenset({"privacy.not-checked.overlay"}),
}


def not_installed(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.no-reader",
            "Text burned into the picture was not looked for: the part that reads text in pictures is not installed "
            "(depositor[ocr]).",
        ),
    )


def not_wanted(shown: str) -> NotChecked:
    return NotChecked(
        shown, msg("privacy.not-checked.not-wanted", "Text burned into the picture was not looked for, as you chose.")
    )


def sampled(shown: str, taken: int, total: int) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.sampled",
            "Text in the picture was looked for in {taken} of {total} frames.",
            taken=taken,
            total=total,
        ),
    )


def sampled_and_laid(shown: str, taken: int, total: int, laid: int) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.sampled-laid",
            "Text in the picture was looked for in {taken} of {total} frames, and in {laid} laid over each other.",
            taken=taken,
            total=total,
            laid=laid,
        ),
    )


def reduced(shown: str, times: int) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.reduced",
            "Text in the picture was looked for at 1/{times} of its size; smaller writing is not found.",
            times=times,
        ),
    )


def one_of_many(shown: str, taken: int, total: int) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.one-of-many",
            "Text was looked for in {taken} of {total} pictures of this kind in the folder; this one was not read.",
            taken=taken,
            total=total,
        ),
    )


def undecoded(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.undecoded",
            "A picture in the file could not be decoded; text in it was not looked for.",
        ),
    )


def too_slow(shown: str) -> NotChecked:
    return NotChecked(
        shown, msg("privacy.not-checked.slow-picture", "Reading text in this picture took too long and was stopped.")
    )


def slice_laid(shown: str, total: int) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.slice-laid",
            "Text in this slice was looked for only with {total} slices of its series laid over each other.",
            total=total,
        ),
    )


def bar_codes(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.bar-codes",
            "Bar codes on the label are not read, only QR codes; such a code often holds the number of the case.",
        ),
    )
