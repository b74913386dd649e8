"""What is said of a place that nobody looked at."""

from __future__ import annotations

from depositor.draft.finding import NotChecked
from depositor.draft.message import msg


def pixels(shown: str) -> NotChecked:
    return NotChecked(shown, msg("privacy.not-checked.pixels", "Text burned into the picture is not looked for yet."))


def often_written(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.pixels-often",
            "Pictures of this kind often carry a name in the picture itself; text in it is not looked for yet.",
        ),
    )


def label_pixels(shown: str) -> NotChecked:
    return NotChecked(
        shown, msg("privacy.not-checked.label", "The pictures of label and overview are not read; look at them.")
    )


def overlay(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.overlay", "Graphics drawn over the picture (overlays, curves) are not read yet."),
    )


def damaged(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.damaged", "The file is damaged or cut off; only the readable part was looked at."),
    )


def unreadable(shown: str) -> NotChecked:
    return NotChecked(shown, msg("privacy.not-checked.unreadable", "The file could not be opened on this computer."))


def unknown(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.unknown",
            "No check knows this kind of file; only mail addresses and folder paths were looked for in it.",
        ),
    )


def gaps(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.gaps",
            "Long stretches of the file that no entry of it points to were searched at their ends only.",
        ),
    )


def empty(shown: str) -> NotChecked:
    return NotChecked(shown, msg("privacy.not-checked.empty", "The file is empty."))


def too_long(shown: str, mebibytes: int) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.long", "Only the first {mebibytes} MiB of text were looked at.", mebibytes=mebibytes),
    )


def inner(shown: str) -> NotChecked:
    return NotChecked(
        shown, msg("privacy.not-checked.inner", "A packed or encrypted part inside the file could not be read.")
    )


def archive(shown: str) -> NotChecked:
    return NotChecked(
        shown, msg("privacy.not-checked.archive", "Files packed into this archive file are not looked at; unpack it.")
    )


def chunk(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.chunk", "Holds pixel values of an image folder; burned-in text is not looked for."),
    )


def faces(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.faces", "The volume itself is not looked at; from a head scan a face can be rebuilt."),
    )


def heaps(shown: str) -> NotChecked:
    return NotChecked(
        shown, msg("privacy.not-checked.heaps", "Texts in data sets and heaps of this HDF5 file are not looked at yet.")
    )


def trouble(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.trouble", "The check met something in this file that it does not understand."),
    )


def encrypted(shown: str) -> NotChecked:
    return NotChecked(
        shown, msg("privacy.not-checked.encrypted", "Protected by a password; what is inside was not looked at.")
    )


def limits(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.limits", "Too much is packed into this file; only a part of it was looked at."),
    )


def no_unpacker(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.no-unpacker", "Files in this kind of archive cannot be looked at here; unpack it."),
    )


def inner_pictures(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg("privacy.not-checked.inner-pictures", "Text in the pictures inside this document is not looked for."),
    )


def middle(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.middle",
            "No check knows this kind of file; the readable pieces of its start and end were looked at, not the rest.",
        ),
    )


def pieces(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.pieces",
            "No check knows this kind of file; only pieces that a person could read in its bytes were looked at.",
        ),
    )


def sound(shown: str) -> NotChecked:
    return NotChecked(shown, msg("privacy.not-checked.film", "Picture and sound of the film are not looked at."))


def makers(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.makers",
            "The maker does not say how this kind of file is built; the texts that can be seen in it were looked at.",
        ),
    )


def some_texts(shown: str, mebibytes: int) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.some-texts",
            "Tables of texts in this file are large; {mebibytes} MiB of each were looked at.",
            mebibytes=mebibytes,
        ),
    )


def pieces_of_document(shown: str) -> NotChecked:
    return NotChecked(
        shown,
        msg(
            "privacy.not-checked.old-document",
            "The document has an old form: what a person could read in its bytes was looked at, not tables as such.",
        ),
    )
