"""What can be wrong with encryption and certificates on the way, in words for people."""

from __future__ import annotations

from depositor.draft.message import Message, msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Retryable, Side
from depositor.transfer.net.tls import Secured, Trust

_AGAIN = ("retry", "copy-report")


def _network(code: str, text: Message, advice: Message) -> Problem:
    return Problem(code, Side.NETWORK, text, advice, actions=_AGAIN)


def insecure(host: str, found: Secured) -> DepositError:
    """Why no secure line came about: the archive's fault is told as that, an inspecting gateway by its name."""
    make = _SECURE.get(found.trust, _broken)
    return make(host, found)


def _expired(host: str, found: Secured) -> DepositError:
    text = msg("secure.expired", "The certificate of {host} ran out on {ends}.", host=host, ends=found.ends)
    advice = msg(
        "secure.expired.advice",
        "Look at the date of this computer. If it is right, tell the archive; nothing was sent.",
    )
    return NeedsUser(_network("network.certificate", text, advice))


def _not_yet(host: str, found: Secured) -> DepositError:
    begins = found.chain[0].begins if found.chain else "?"
    text = msg("secure.not-yet", "The certificate of {host} only holds from {begins} on.", host=host, begins=begins)
    advice = msg("secure.not-yet.advice", "The clock of this computer is probably slow: set date and time.")
    return NeedsUser(Problem("network.certificate", Side.COMPUTER, text, advice, actions=_AGAIN))


def _wrong_name(host: str, found: Secured) -> DepositError:
    shown = found.chain[0].subject if found.chain else "?"
    text = msg(
        "secure.wrong-name", "Who answers for {host} shows the certificate of “{shown}”.", host=host, shown=shown
    )
    advice = msg(
        "secure.wrong-name.advice",
        "Check the address in the settings. In a guest network, open a web page once and log in. Nothing was sent.",
    )
    return NeedsUser(_network("network.certificate", text, advice))


def _self_signed(host: str, _: Secured) -> DepositError:
    text = msg("secure.self-signed", "The certificate of {host} was issued by itself (self-signed).", host=host)
    advice = msg(
        "secure.self-signed.advice",
        "Ask whoever runs it for its certificate (a PEM file). Choose it in the settings: Network, extra certificates.",
    )
    return NeedsUser(_network("network.certificate", text, advice))


def _unknown(host: str, found: Secured) -> DepositError:
    if found.product is not None:
        text = msg(
            "secure.inspected",
            "{product} reads the encrypted traffic between this computer and {host}; this computer does not trust it.",
            product=found.product.name,
            host=host,
        )
    else:
        text = msg(
            "secure.unknown",
            "This computer does not know “{issuer}”, who issued the certificate of {host}.",
            issuer=found.issuer or "?",
            host=host,
        )
    advice = msg(
        "secure.unknown.advice",
        "Your institute probably inspects traffic. Ask IT for its certificate (a PEM file) and choose it in the "
        "settings: Network, extra certificates. Or ask that {host} is not inspected.",
        host=host,
    )
    return NeedsUser(_network("network.certificate", text, advice))


def _incomplete(host: str, found: Secured) -> DepositError:
    text = msg(
        "secure.incomplete",
        "{host} shows its own certificate, but not those that lead to its issuer, “{issuer}”.",
        host=host,
        issuer=found.issuer or "?",
    )
    advice = msg(
        "secure.incomplete.advice",
        "The server is set up wrongly (an intermediate certificate is missing): tell the archive.",
    )
    return NeedsUser(Problem("network.certificate", Side.ARCHIVE, text, advice, actions=_AGAIN))


def _old(host: str, found: Secured) -> DepositError:
    version = found.version or "TLS 1.1"
    text = msg("secure.old", "{host} only speaks an old kind of encryption ({version}).", host=host, version=version)
    advice = msg(
        "secure.old.advice",
        "It is no longer safe, so we do not use it. Tell the archive, or IT if a gateway stands between.",
    )
    return NeedsUser(Problem("network.tls", Side.ARCHIVE, text, advice, actions=_AGAIN))


def _not_tls(host: str, _: Secured) -> DepositError:
    text = msg("secure.not-tls", "What answers at {host} does not encrypt.", host=host)
    advice = msg(
        "secure.not-tls.advice",
        "Check address and port. Or a guest network answers: open a web page once, then test again.",
    )
    return NeedsUser(_network("network.tls", text, advice))


def _broken(host: str, _: Secured) -> DepositError:
    text = msg("secure.broken", "The secure connection to {host} was broken off before it stood.", host=host)
    advice = msg(
        "secure.broken.advice",
        "Some firewalls do this to addresses that they do not know. Ask IT whether {host} is blocked.",
        host=host,
    )
    return Retryable(_network("network.tls", text, advice))


def bad_ca_file() -> NeedsUser:
    text = msg("secure.ca-file", "The file with extra certificates that is set cannot be read as such.")
    advice = msg(
        "secure.ca-file.advice",
        "Choose a PEM file in the settings (Network, extra certificates), or leave the setting empty.",
    )
    return NeedsUser(Problem("network.ca-file", Side.COMPUTER, text, advice, actions=("retry",)))


_SECURE = {
    Trust.EXPIRED: _expired,
    Trust.NOT_YET: _not_yet,
    Trust.WRONG_NAME: _wrong_name,
    Trust.SELF_SIGNED: _self_signed,
    Trust.UNKNOWN: _unknown,
    Trust.INCOMPLETE: _incomplete,
    Trust.OLD: _old,
    Trust.NOT_TLS: _not_tls,
    Trust.BROKEN: _broken,
}
