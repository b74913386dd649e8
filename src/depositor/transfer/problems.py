"""What can go wrong on the way of the bytes, in words for people. Which error means which is in ``errors``."""

from __future__ import annotations

from dataclasses import replace

from depositor.draft.message import Message, msg, msgn
from depositor.draft.problem import Problem, Side

_RETRY = ("retry",)
_FILE = ("retry", "skip")
_NOTHING_LOST = msg("transfer.goes-on", "Nothing is lost. Sending goes on by itself as soon as it works again.")


def _network(code: str, text: Message, advice: Message = _NOTHING_LOST) -> Problem:
    return Problem(code, Side.NETWORK, text, advice, actions=_RETRY)


def waited_long(problem: Problem, days: int) -> Problem:
    """The problem that was waited on, now that waiting has come to an end."""
    advice = msgn(
        "transfer.waited-long.advice",
        "Nothing could be sent for {n} day, so we stopped trying. Nothing is lost: go on when it may work again.",
        "Nothing could be sent for {n} days, so we stopped trying. Nothing is lost: go on when it may work again.",
        days,
    )
    return replace(problem, advice=advice, actions=("resume", "report"))


def offline(host: str) -> Problem:
    text = msg("network.offline", "The address {host} cannot be found. This computer seems to be offline.", host=host)
    return _network("network.offline", text)


def unreachable(host: str) -> Problem:
    text = msg("network.unreachable", "There is no way to {host} at the moment.", host=host)
    return _network("network.unreachable", text)


def refused_connection(host: str) -> Problem:
    text = msg("network.refused", "{host} does not take connections at the moment.", host=host)
    advice = msg(
        "network.refused.advice",
        "Sending goes on by itself. If it stays like this, the archive may be down, or a firewall may block the way.",
    )
    return _network("network.refused", text, advice)


def dropped(host: str) -> Problem:
    return _network("network.dropped", msg("network.dropped", "The connection to {host} broke off.", host=host))


def silent(host: str) -> Problem:
    text = msg("network.silent", "{host} has not answered for a while.", host=host)
    return _network("network.silent", text)


def proxy(host: str) -> Problem:
    text = msg("network.proxy", "The proxy of your network did not let us through to {host}.", host=host)
    advice = msg("network.proxy.advice", "Ask your IT support for the proxy settings of this computer. We keep trying.")
    return _network("network.proxy", text, advice)


def portal(host: str) -> Problem:
    text = msg("network.portal", "Something between here and {host} answers in its place.", host=host)
    advice = msg(
        "network.portal.advice",
        "This network may want you to sign in first: open any page in your browser. Sending goes on by itself then.",
    )
    return _network("network.portal", text, advice)


def tls(host: str) -> Problem:
    text = msg("network.tls", "No secure connection to {host} could be made.", host=host)
    return _network("network.tls", text)


def certificate_expired(host: str) -> Problem:
    text = msg("network.certificate.expired", "The certificate of {host} is out of date.", host=host)
    advice = msg(
        "network.certificate.expired.advice",
        "Check date and time of this computer. If they are right, tell the archive; nothing was sent.",
    )
    return _network("network.certificate", text, advice)


def certificate_unknown(host: str) -> Problem:
    text = msg(
        "network.certificate.unknown", "This computer does not know who issued the certificate of {host}.", host=host
    )
    advice = msg(
        "network.certificate.unknown.advice",
        "Some institutes inspect traffic with a certificate of their own: ask your IT support to install it here.",
    )
    return _network("network.certificate", text, advice)


def certificate_name(host: str) -> Problem:
    text = msg(
        "network.certificate.name", "The certificate that was shown for {host} belongs to another address.", host=host
    )
    advice = msg(
        "network.certificate.name.advice", "Check the address in the settings. If it is right, ask your IT support."
    )
    return _network("network.certificate", text, advice)


def sign_in(host: str) -> Problem:
    text = msg("archive.sign-in", "{host} does not accept your sign-in.", host=host)
    advice = msg(
        "archive.sign-in.advice", "Enter your password or token once more, then go on; what was sent stays there."
    )
    return Problem("archive.sign-in", Side.ARCHIVE, text, advice, actions=("sign-in",))


def quota(host: str) -> Problem:
    text = msg("archive.quota", "Your space at {host} is used up.", host=host)
    advice = msg("archive.quota.advice", "Ask the archive for more space, then go on; what was sent stays there.")
    return Problem("archive.quota", Side.ARCHIVE, text, advice, actions=_RETRY)


def forbidden(host: str) -> Problem:
    text = msg("archive.forbidden", "{host} does not allow this with your account.", host=host)
    advice = msg("archive.forbidden.advice", "Ask the archive for the right to deposit here, then try again.")
    return Problem("archive.forbidden", Side.ARCHIVE, text, advice, actions=_FILE)


def gone(host: str) -> Problem:
    text = msg("archive.gone", "{host} has nothing at this address (any more).", host=host)
    advice = msg("archive.gone.advice", "Check the archive's address in the settings, then try again.")
    return Problem("archive.gone", Side.ARCHIVE, text, advice, actions=_FILE)


def conflict(host: str) -> Problem:
    text = msg("archive.conflict", "{host} holds something else under this name.", host=host)
    advice = msg(
        "archive.conflict.advice", "Look at the deposit on the archive's pages, then try again or leave the file out."
    )
    return Problem("archive.conflict", Side.ARCHIVE, text, advice, actions=_FILE)


def too_large(host: str) -> Problem:
    text = msg("archive.too-large", "The file is larger than {host} takes by this route.", host=host)
    advice = msg("archive.too-large.advice", "Ask the archive for a route for large files, or leave the file out.")
    return Problem("archive.too-large", Side.ARCHIVE, text, advice, actions=("skip",))


def name_refused(host: str) -> Problem:
    text = msg("archive.name", "{host} does not take a file of this name here.", host=host)
    advice = msg("archive.name.advice", "Look whether you may write there and whether the name suits, then try again.")
    return Problem("archive.name", Side.ARCHIVE, text, advice, actions=_FILE)


def refused(host: str, status: int) -> Problem:
    text = msg("archive.refused", "{host} refused the file (answer {status}).", host=host, status=status)
    advice = msg("archive.refused.advice", "Ask the archive's help desk and tell them the number of the answer.")
    return Problem("archive.refused", Side.ARCHIVE, text, advice, actions=_FILE)


def no_rename(host: str) -> Problem:
    text = msg("archive.no-rename", "{host} does not let files be renamed.", host=host)
    advice = msg("archive.no-rename.advice", "The file is sent again under its own name; you need not do anything.")
    return Problem("archive.no-rename", Side.ARCHIVE, text, advice, actions=_FILE)


def locked(host: str) -> Problem:
    text = msg("archive.locked", "{host} is still busy with an earlier piece of this file.", host=host)
    return Problem("archive.locked", Side.ARCHIVE, text, _NOTHING_LOST, actions=_RETRY)


def busy(host: str) -> Problem:
    text = msg("archive.busy", "{host} is busy and asks us to wait.", host=host)
    return Problem("archive.busy", Side.ARCHIVE, text, _NOTHING_LOST, actions=_RETRY)


def broken(host: str) -> Problem:
    text = msg("archive.broken", "Something went wrong at {host} (their side).", host=host)
    advice = msg("archive.broken.advice", "Try again later. If it stays like this, tell the archive's help desk.")
    return Problem("archive.broken", Side.ARCHIVE, text, advice, actions=_FILE)


def odd_answer(host: str) -> Problem:
    text = msg("archive.odd-answer", "{host} gave an answer that does not follow its own rules.", host=host)
    advice = msg("archive.odd-answer.advice", "Try again later. If it stays like this, tell the archive's help desk.")
    return Problem("archive.odd-answer", Side.ARCHIVE, text, advice, actions=_FILE)


def version(host: str) -> Problem:
    text = msg("archive.version", "{host} speaks another version of the upload protocol than this program.", host=host)
    advice = msg("archive.version.advice", "Look for an update of Depositor, or ask the archive for another route.")
    return Problem("archive.version", Side.ARCHIVE, text, advice)


def upload_lost(host: str) -> Problem:
    text = msg("archive.upload-lost", "{host} has forgotten what it held of this file.", host=host)
    advice = msg("archive.upload-lost.advice", "The file is sent again from its beginning; you need not do anything.")
    return Problem("archive.upload-lost", Side.ARCHIVE, text, advice, actions=_RETRY)


def checksum(host: str) -> Problem:
    text = msg("archive.checksum", "A piece of the file arrived damaged at {host}.", host=host)
    advice = msg(
        "archive.checksum.advice", "It is read and sent once more. If it happens again, check disk and memory."
    )
    return Problem("archive.checksum", Side.NETWORK, text, advice, actions=_FILE)


def differs(host: str) -> Problem:
    text = msg("archive.differs", "What {host} holds is not what was sent.", host=host)
    advice = msg("archive.differs.advice", "Send the file again. If it happens again, tell the archive's help desk.")
    return Problem("archive.differs", Side.ARCHIVE, text, advice, actions=_FILE)


def more_than_sent() -> Problem:
    text = msg("archive.more-than-sent", "The archive says that it holds more of this file than was sent.")
    advice = msg(
        "archive.more-than-sent.advice", "Send the file again. If it happens again, tell the archive's help desk."
    )
    return Problem("archive.differs", Side.ARCHIVE, text, advice, actions=_FILE)


def no_headway() -> Problem:
    text = msg("archive.no-headway", "The archive takes the bytes of this file, but does not keep them.")
    advice = msg("archive.no-headway.advice", "Try again later. If it stays like this, tell the archive's help desk.")
    return Problem("archive.no-headway", Side.ARCHIVE, text, advice, actions=_FILE)


def defect() -> Problem:
    text = msg("transfer.defect", "The program made a mistake while sending. That is our fault.")
    advice = msg("transfer.defect.advice", "Start it again: it goes on where it stopped. Please send us the report.")
    return Problem("transfer.defect", Side.PROGRAM, text, advice, actions=("retry", "open-log"))


def file_changed(path: str) -> Problem:
    text = msg("transfer.file-changed", "The file has changed since you checked the deposit.")
    advice = msg(
        "transfer.file-changed.advice",
        "All other files go on. Bring the old file back, or seal the draft again with the new.",
    )
    return Problem("file.changed", Side.COMPUTER, text, advice, path, _FILE)


def file_gone(path: str) -> Problem:
    text = msg("transfer.file-gone", "The file is not there any more.")
    advice = msg("transfer.file-gone.advice", "All other files go on. Bring it back and try again, or leave it out.")
    return Problem("file.gone", Side.COMPUTER, text, advice, path, _FILE)


def no_permission(path: str) -> Problem:
    text = msg("transfer.no-permission", "You have no permission to read this file.")
    advice = msg(
        "transfer.no-permission.advice", "All other files go on. Ask the owner for permission, or leave it out."
    )
    return Problem("file.no-permission", Side.COMPUTER, text, advice, path, _FILE)


def unreadable(path: str) -> Problem:
    text = msg("transfer.unreadable", "The file could not be read to its end.")
    advice = msg(
        "transfer.unreadable.advice", "All other files go on. Look whether the drive is healthy, then try again."
    )
    return Problem("file.unreadable", Side.COMPUTER, text, advice, path, _FILE)


def source_gone(path: str) -> Problem:
    text = msg("transfer.source-gone", "The drive or folder with your files cannot be reached.")
    advice = msg("transfer.source-gone.advice", "Connect it again: sending goes on by itself then.")
    return Problem("source.gone", Side.COMPUTER, text, advice, path, _RETRY)


def target_gone(path: str) -> Problem:
    text = msg("transfer.target-gone", "The drive or folder that is written to cannot be reached.")
    advice = msg("transfer.target-gone.advice", "Connect it again: writing goes on by itself then.")
    return Problem("target.gone", Side.COMPUTER, text, advice, path, _RETRY)


def target_closed(path: str) -> Problem:
    text = msg("transfer.target-closed", "You have no permission to write into this folder.")
    advice = msg("transfer.target-closed.advice", "Choose another folder, or ask for write permission, then go on.")
    return Problem("target.no-permission", Side.COMPUTER, text, advice, path, ("choose-folder", "retry"))


def target_too_large(path: str) -> Problem:
    text = msg("transfer.target-too-large", "The drive cannot hold a file of this size.")
    advice = msg(
        "transfer.target-too-large.advice", "Drives in the FAT format stop at 4 GB: use one formatted as exFAT."
    )
    return Problem("target.too-large", Side.COMPUTER, text, advice, path, ("skip", "choose-folder"))


def disk_full(path: str, needed: int) -> Problem:
    text = msg("disk.full", "The drive is full; {needed} more bytes are needed for this file.", needed=needed)
    advice = msg("disk.full.advice", "Free some space or choose another drive, then go on. What was written stays.")
    return Problem("disk.full", Side.COMPUTER, text, advice, path, ("retry", "choose-folder"))
