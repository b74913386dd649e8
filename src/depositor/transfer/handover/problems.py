"""What can go wrong where another program moves the bytes, in words for people."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side

_RETRY = ("retry",)
_FILE = ("retry", "skip")
_GOES_ON = msg("handover.goes-on", "Nothing is lost. It goes on by itself as soon as this is over.")


def address() -> Problem:
    text = msg("handover.address", "The address of the bulk route cannot be understood.")
    advice = msg(
        "handover.address.advice",
        "For Globus it reads globus://COLLECTION-ID/folder/, for Aspera aspera://user:password@host:33001/folder/.",
    )
    return Problem("handover.address", Side.COMPUTER, text, advice, actions=("bulk-password",))


def no_copies(path: str) -> Problem:
    text = msg(
        "handover.no-copies",
        "A file has to be copied before Globus can read it: it was cleaned, or lies where Globus may not look.",
    )
    advice = msg(
        "handover.no-copies.advice",
        "Choose a folder for such copies in the settings, which Globus may read. They are deleted once they arrived.",
    )
    return Problem("handover.no-copies", Side.COMPUTER, text, advice, path, ("settings",))


def no_headway() -> Problem:
    text = msg("handover.no-headway", "The transfer ended again and again before another file had arrived.")
    advice = msg("handover.no-headway.advice", "What arrived stays there. Try again later, or take another route.")
    return Problem("handover.no-headway", Side.ARCHIVE, text, advice, actions=_RETRY)


def stopped_there() -> Problem:
    text = msg("handover.stopped-there", "Somebody ended this transfer at the other program.")
    advice = msg("handover.stopped-there.advice", "Go on when it may be sent; only what is missing goes then.")
    return Problem("handover.stopped-there", Side.ARCHIVE, text, advice, actions=("resume",))


def not_arrived(path: str) -> Problem:
    text = msg("handover.not-arrived", "The other side does not hold this file as it was sent.")
    advice = msg("handover.not-arrived.advice", "Send it once more. If that happens again, take another route.")
    return Problem("archive.differs", Side.ARCHIVE, text, advice, path, _FILE)


# --- Globus ----------------------------------------------------------------------------------------------------------


def globus_missing() -> Problem:
    text = msg("globus.missing", "This installation has no part for Globus.")
    advice = msg(
        "globus.missing.advice",
        'Add it with: pip install "depositor[globus]", or ask who installed the program. Other routes work without it.',
    )
    return Problem("globus.missing", Side.COMPUTER, text, advice)


def globus_no_client() -> Problem:
    text = msg("globus.no-client", "Globus knows programs by a number, and Depositor has none of its own yet.")
    advice = msg(
        "globus.no-client.advice",
        "Register a native app at app.globus.org (Settings, Developers), or ask your institute for the number of its "
        "app. Enter it where you sign in to Globus.",
    )
    return Problem("globus.no-client", Side.PROGRAM, text, advice, actions=("globus-sign-in", "retry"))


def globus_sign_in() -> Problem:
    text = msg("globus.sign-in", "Globus does not know who you are, or has forgotten it.")
    advice = msg("globus.sign-in.advice", "Sign in to Globus, then go on. What was handed over stays there.")
    return Problem("globus.sign-in", Side.ARCHIVE, text, advice, actions=("globus-sign-in", "retry"))


def globus_code() -> Problem:
    text = msg("globus.code", "Globus did not take this code.")
    advice = msg("globus.code.advice", "A code holds for a few minutes and once. Open the page again and copy it anew.")
    return Problem("globus.code", Side.ARCHIVE, text, advice, actions=("globus-sign-in", "retry"))


def globus_consent() -> Problem:
    text = msg("globus.consent", "This collection wants you to agree that Depositor may read and write there for you.")
    advice = msg("globus.consent.advice", "Sign in to Globus once more; it will ask you that question.")
    return Problem("globus.consent", Side.ARCHIVE, text, advice, actions=("globus-sign-in", "retry"))


def globus_identity() -> Problem:
    text = msg("globus.identity", "This collection wants you to sign in with another account, or once more.")
    advice = msg(
        "globus.identity.advice", "Sign in to Globus with the account that the collection belongs to, then go on."
    )
    return Problem("globus.identity", Side.ARCHIVE, text, advice, actions=("globus-sign-in", "retry"))


def globus_forbidden() -> Problem:
    text = msg("globus.forbidden", "Your Globus account may not write into this folder of the archive's collection.")
    advice = msg(
        "globus.forbidden.advice",
        "Ask the archive to share the folder with your Globus account, and check the address of the bulk route.",
    )
    return Problem("globus.forbidden", Side.ARCHIVE, text, advice, actions=_RETRY)


def globus_no_collection() -> Problem:
    text = msg("globus.no-collection", "Globus does not know one of the two collections any more.")
    advice = msg("globus.no-collection.advice", "Check the address of the bulk route, and that of your own collection.")
    return Problem("globus.no-collection", Side.ARCHIVE, text, advice, actions=("bulk-password", "retry"))


def globus_refused(words: str) -> Problem:
    text = msg("globus.refused", "Globus refused: {words}", words=words or "?")
    advice = msg("globus.refused.advice", "Show these words to whoever looks after Globus at the archive.")
    return Problem("globus.refused", Side.ARCHIVE, text, advice, actions=_RETRY)


def globus_busy() -> Problem:
    return Problem("globus.busy", Side.ARCHIVE, msg("globus.busy", "Globus is busy."), _GOES_ON, actions=_RETRY)


def globus_full() -> Problem:
    text = msg("globus.full", "You have as many Globus transfers waiting as Globus allows.")
    return Problem("globus.full", Side.ARCHIVE, text, _GOES_ON, actions=_RETRY)


def personal_absent() -> Problem:
    text = msg("globus.personal-absent", "Globus cannot read from this computer yet.")
    advice = msg(
        "globus.personal-absent.advice",
        "Install Globus Connect Personal (globus.org/globus-connect-personal), start it and let it see your data "
        "folder. Or name the collection of your institute that holds the data in the settings.",
    )
    return Problem("globus.personal-absent", Side.COMPUTER, text, advice, actions=("settings", "retry"))


def personal_off() -> Problem:
    text = msg("globus.personal-off", "Globus Connect Personal is not running on this computer, or has no connection.")
    advice = msg(
        "globus.personal-off.advice",
        "Start it, and see that it is not paused. Firewalls must let it out on the ports 443, 2223 and 50000 to 51000.",
    )
    return Problem("globus.personal-off", Side.COMPUTER, text, advice, actions=_RETRY)


def personal_paused() -> Problem:
    text = msg("globus.personal-paused", "Globus Connect Personal is paused on this computer.")
    advice = msg("globus.personal-paused.advice", "Let it go on in its own menu; the transfer then goes on by itself.")
    return Problem("globus.personal-paused", Side.COMPUTER, text, advice, actions=_RETRY)


def paused_there() -> Problem:
    text = msg("globus.paused-there", "The people who look after the collection have paused transfers.")
    advice = msg("globus.paused-there.advice", "Nothing is lost; it goes on when they lift the pause.")
    return Problem("globus.paused-there", Side.ARCHIVE, text, advice)


def inactive() -> Problem:
    text = msg("globus.inactive", "The transfer rests at Globus: a sign-in to one of the collections has run out.")
    advice = msg(
        "globus.inactive.advice",
        "Open app.globus.org/activity, choose the transfer and sign in there. It goes on by itself then.",
    )
    return Problem("globus.inactive", Side.ARCHIVE, text, advice, actions=("globus-page", "retry"))


def unreadable_there() -> Problem:
    text = msg("globus.unreadable", "Globus may not read a file on this side, or does not find it.")
    advice = msg(
        "globus.unreadable.advice",
        "Let Globus Connect Personal see the data folder (Options, Access). Changed or moved files are named below.",
    )
    return Problem("globus.unreadable", Side.COMPUTER, text, advice, actions=_RETRY)


def globus_quota() -> Problem:
    text = msg("globus.quota", "The archive's collection has no more room for you.")
    advice = msg("globus.quota.advice", "Ask the archive for more room, then go on; what arrived stays there.")
    return Problem("archive.quota", Side.ARCHIVE, text, advice, actions=_RETRY)


def globus_checksum() -> Problem:
    text = msg("globus.checksum", "Globus found a file that did not arrive as it was. It sends that file again.")
    return Problem("globus.checksum", Side.NETWORK, text, _GOES_ON)


def globus_trouble(words: str) -> Problem:
    text = msg("globus.trouble", "Globus reports trouble and keeps trying: {words}", words=words or "?")
    advice = msg("globus.trouble.advice", "Details are at app.globus.org/activity. If it lasts, ask the archive.")
    return Problem("globus.trouble", Side.ARCHIVE, text, advice)


def globus_ended(words: str) -> Problem:
    text = msg("globus.ended", "Globus gave up a transfer: {words}", words=words or "?")
    advice = msg("globus.ended.advice", "Go on: only what is missing is handed over again.")
    return Problem("globus.ended", Side.ARCHIVE, text, advice, actions=("resume",))


# --- Aspera ----------------------------------------------------------------------------------------------------------

_OTHER_WAY = msg(
    "aspera.other-way",
    "Its port 33001 must be open for TCP and UDP; ask your IT support. Or take the archive's other route: enter its "
    "FTP password instead of the Aspera address, that works through most firewalls.",
)


def ascp_missing() -> Problem:
    text = msg("aspera.missing", "The program ascp by IBM is not on this computer.")
    advice = msg(
        "aspera.missing.advice",
        "Install IBM Aspera Connect or the IBM Aspera transfer SDK, or say in the settings where ascp is. "
        "The archive's other route needs nothing else: enter its FTP password instead.",
    )
    return Problem("aspera.missing", Side.COMPUTER, text, advice, actions=("settings", "bulk-password", "retry"))


def ascp_broken() -> Problem:
    text = msg("aspera.broken", "The program ascp on this computer does not start.")
    advice = msg("aspera.broken.advice", "Install it anew, or say in the settings where another one is.")
    return Problem("aspera.broken", Side.COMPUTER, text, advice, actions=("settings", "retry"))


def ascp_no_secret() -> Problem:
    text = msg("aspera.no-secret", "The Aspera server wants a password or a key file.")
    advice = msg(
        "aspera.no-secret.advice",
        "Enter the whole address with the password that the archive shows: aspera://user:password@host:33001/",
    )
    return Problem("aspera.no-secret", Side.COMPUTER, text, advice, actions=("bulk-password",))


def ascp_sign_in(host: str) -> Problem:
    text = msg("aspera.sign-in", "{host} does not accept this user and password for Aspera.", host=host)
    advice = msg("aspera.sign-in.advice", "Copy the address and password from the archive's pages once more.")
    return Problem("aspera.sign-in", Side.ARCHIVE, text, advice, actions=("bulk-password",))


def ascp_blocked(host: str) -> Problem:
    text = msg("aspera.blocked", "Aspera's route to {host} is closed: the signs are those of a firewall.", host=host)
    return Problem("aspera.blocked", Side.NETWORK, text, _OTHER_WAY, actions=("retry", "bulk-password"))


def ascp_unreachable(host: str) -> Problem:
    text = msg("aspera.unreachable", "ascp finds no way to {host}.", host=host)
    return Problem("network.unreachable", Side.NETWORK, text, _OTHER_WAY, actions=_RETRY)


def ascp_silent(host: str) -> Problem:
    text = msg("aspera.silent", "The connection of ascp to {host} broke off.", host=host)
    return Problem("network.dropped", Side.NETWORK, text, _GOES_ON, actions=_RETRY)


def ascp_full(host: str) -> Problem:
    text = msg("aspera.full", "There is no more room at {host}.", host=host)
    advice = msg("aspera.full.advice", "Ask the archive for more room, then go on; what arrived stays there.")
    return Problem("archive.quota", Side.ARCHIVE, text, advice, actions=_RETRY)


def ascp_forbidden(host: str) -> Problem:
    text = msg("aspera.forbidden", "This account may not write into that folder at {host}.", host=host)
    advice = msg("aspera.forbidden.advice", "Check the address of the route, or ask the archive.")
    return Problem("archive.forbidden", Side.ARCHIVE, text, advice, actions=("bulk-password", "retry"))


def ascp_license() -> Problem:
    text = msg("aspera.license", "ascp says that its licence is missing or has run out.")
    advice = msg("aspera.license.advice", "Install IBM Aspera Connect anew; it brings one along.")
    return Problem("aspera.license", Side.COMPUTER, text, advice, actions=_RETRY)


def ascp_host_key(host: str) -> Problem:
    text = msg("aspera.host-key", "ascp does not trust the key of {host}.", host=host)
    advice = msg(
        "aspera.host-key.advice", "Do not go on before the archive has told you that its key changed. Write to it."
    )
    return Problem("aspera.host-key", Side.ARCHIVE, text, advice)


def ascp_ended(code: str) -> Problem:
    text = msg("aspera.ended", "ascp ended early, with the number {code}.", code=code)
    return Problem("aspera.ended", Side.NETWORK, text, _GOES_ON, actions=_RETRY)
