"""What can go wrong at the BioImage Archive, in words for people; its own words are put in where it gives some."""

from __future__ import annotations

from depositor.draft.message import msg, msgn
from depositor.draft.problem import Problem, Side


def sign_in() -> Problem:
    text = msg("bia.sign-in", "The BioImage Archive does not accept this e-mail address and password.")
    advice = msg(
        "bia.sign-in.advice", "Enter them once more. Is the account new? Then open the link in its e-mail first."
    )
    return Problem("archive.sign-in", Side.ARCHIVE, text, advice, actions=("sign-in",))


def no_account() -> Problem:
    text = msg("bia.no-account", "The BioImage Archive needs your account: e-mail address and password.")
    advice = msg("bia.no-account.advice", "Enter them, or make an account on the archive's pages; it is free.")
    return Problem("bia.no-account", Side.COMPUTER, text, advice, actions=("sign-in", "sign-up"))


def signed_out() -> Problem:
    text = msg("bia.signed-out", "The BioImage Archive does not know this sign-in any more.")
    advice = msg("bia.signed-out.advice", "Sign in once more, then go on; what was sent stays there.")
    return Problem("archive.sign-in", Side.ARCHIVE, text, advice, actions=("sign-in",))


def no_collection() -> Problem:
    text = msg("bia.collection", "Your account may not submit to the collection BioImages.")
    advice = msg(
        "bia.collection.advice", "Write to bioimage-archive@ebi.ac.uk and ask for it; your draft is kept here."
    )
    return Problem("bia.collection", Side.ARCHIVE, text, advice)


def bulk_password() -> Problem:
    text = msg("bia.bulk-password", "A deposit of this size goes by FTP, which has a password of its own.")
    advice = msg(
        "bia.bulk-password.advice",
        "Sign in on the archive's pages, open “FTP/Aspera”, copy the password that is shown there, and paste it here.",
    )
    return Problem("bia.bulk-password", Side.ARCHIVE, text, advice, actions=("bulk-password",))


def no_globus() -> Problem:
    text = msg("bia.no-globus", "The BioImage Archive takes no deposits by Globus.")
    advice = msg(
        "bia.no-globus.advice",
        "Large deposits go by FTP or Aspera there: sign in on the archive's pages and open “FTP/Aspera”.",
    )
    return Problem("bia.no-globus", Side.COMPUTER, text, advice, actions=("bulk-password",))


def refused(words: tuple[str, ...]) -> Problem:
    text = msgn(
        "bia.refused",
        "The BioImage Archive refused: {words}",
        "The BioImage Archive refused, for {n} reasons. The first: {words}",
        max(len(words), 1),
        words=words[0] if words else "?",
    )
    advice = msg(
        "bia.refused.advice",
        "Change what it names and send it again. It is a new attempt there, so all files go along once more.",
    )
    return Problem("bia.refused", Side.ARCHIVE, text, advice, actions=("edit",))


def processing() -> Problem:
    text = msg("bia.processing", "The BioImage Archive is still working on an earlier version of this study.")
    advice = msg("bia.processing.advice", "Nothing is lost. Try again in an hour; large studies take longer.")
    return Problem("bia.processing", Side.ARCHIVE, text, advice, actions=("retry",))


def handed_over() -> Problem:
    text = msg("bia.handed-over", "The study was handed over and is being processed; it cannot be taken back now.")
    advice = msg("bia.handed-over.advice", "Wait until it was processed, or write to bioimage-archive@ebi.ac.uk.")
    return Problem("bia.handed-over", Side.ARCHIVE, text, advice)


def no_draft() -> Problem:
    text = msg("bia.no-draft", "The BioImage Archive has no draft for this deposit any more.")
    advice = msg("bia.no-draft.advice", "It may have been deleted on its pages. Seal the draft again and send it anew.")
    return Problem("bia.no-draft", Side.ARCHIVE, text, advice)
