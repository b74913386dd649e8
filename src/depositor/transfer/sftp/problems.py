"""What can go wrong with SFTP alone, in words for people; the rest is in ``problems``."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side

HOST_KEY = "archive.host-key"
HOST_KEY_CHANGED = "archive.host-key-changed"


def host_key_unknown(host: str, kind: str, fingerprint: str) -> Problem:
    text = msg(
        "archive.host-key",
        "This computer meets {host} for the first time. It shows this fingerprint: {fingerprint} ({kind})",
        host=host,
        kind=kind,
        fingerprint=fingerprint,
    )
    advice = msg(
        "archive.host-key.advice",
        "Compare it with the fingerprint that the archive or your IT support gives out. If they are the same, accept "
        "it once; nothing was sent yet.",
    )
    return Problem(HOST_KEY, Side.ARCHIVE, text, advice, actions=("accept-host-key", "retry"))


def host_key_changed(host: str, kind: str, fingerprint: str) -> Problem:
    text = msg(
        "archive.host-key-changed",
        "{host} does not prove that it is the computer you accepted before. Now it shows: {fingerprint} ({kind})",
        host=host,
        kind=kind,
        fingerprint=fingerprint,
    )
    advice = msg(
        "archive.host-key-changed.advice",
        "Nothing was sent, not even your password. Ask whoever runs the server whether its key was changed: if so, "
        "bring the new fingerprint along and accept it; if not, somebody may be listening in.",
    )
    return Problem(HOST_KEY_CHANGED, Side.ARCHIVE, text, advice, actions=("accept-host-key",))


def key_file_missing(path: str) -> Problem:
    text = msg("sftp.key-file", "Your key file for signing in cannot be read.")
    advice = msg("sftp.key-file.advice", "Choose the key file again in the settings, then go on.")
    return Problem("sftp.key-file", Side.COMPUTER, text, advice, path, ("sign-in",))


def key_file_form(path: str) -> Problem:
    text = msg("sftp.key-form", "Your key file is not in a form that can be used here.")
    advice = msg(
        "sftp.key-form.advice",
        "Choose the private key in OpenSSH form. PuTTYgen makes one out of a .ppk file: Conversions, Export OpenSSH "
        "key.",
    )
    return Problem("sftp.key-file", Side.COMPUTER, text, advice, path, ("sign-in",))


def passphrase(path: str) -> Problem:
    text = msg("sftp.passphrase", "Your key file is locked with a passphrase, and the one we have does not open it.")
    advice = msg("sftp.passphrase.advice", "Enter the passphrase of the key file, then go on.")
    return Problem("sftp.passphrase", Side.COMPUTER, text, advice, path, ("sign-in",))


def no_sftp(host: str) -> Problem:
    text = msg("archive.no-sftp", "{host} lets you in, but not for files (SFTP).", host=host)
    advice = msg("archive.no-sftp.advice", "Ask the archive to open SFTP for your account, or for another route.")
    return Problem("archive.no-sftp", Side.ARCHIVE, text, advice, actions=("retry",))


def ciphers(host: str) -> Problem:
    text = msg("archive.ciphers", "{host} and this program have no way to encrypt in common.", host=host)
    advice = msg(
        "archive.ciphers.advice", "The server is probably very old. Ask the archive's help desk for another route."
    )
    return Problem("archive.version", Side.ARCHIVE, text, advice)
