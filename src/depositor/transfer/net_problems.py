"""What a test of the way can find, in words for people; each says what to hand to the IT support of the institute."""

from __future__ import annotations

from depositor.draft.message import Message, msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Retryable, Side
from depositor.transfer.net_line import Knocked
from depositor.transfer.net_names import NoName
from depositor.transfer.net_tls import Secured, Trust

_AGAIN = ("retry", "copy-report")
_SIGN_IN = ("proxy-sign-in", *_AGAIN)
_AS_FOR_PAGES = msg(
    "proxy.sign-in.advice",
    "Enter the ones you use for web pages at your institute; they are kept in this computer's key store.",
)
_OFFLINE = msg(
    "name.no-server.advice",
    "This computer seems to be offline, or its name servers (DNS) are down. Open any web page to see which.",
)


def _network(code: str, text: Message, advice: Message) -> Problem:
    return Problem(code, Side.NETWORK, text, advice, actions=_AGAIN)


def no_interface() -> Retryable:
    text = msg("way.none", "This computer is not connected to any network.")
    advice = msg("way.none.advice", "Plug in the cable or switch on the wireless network, then test again.")
    return Retryable(Problem("way.none", Side.COMPUTER, text, advice, actions=("retry",)))


def no_way_out() -> Retryable:
    text = msg("way.no-route", "This computer is in a network, but knows no way out of it.")
    advice = msg(
        "way.no-route.advice", "Often the network is only just starting, or a VPN has ended badly. Connect it again."
    )
    return Retryable(Problem("way.no-route", Side.COMPUTER, text, advice, actions=("retry",)))


def no_name(host: str, why: NoName, servers: tuple[str, ...]) -> Retryable:
    """No address for ``host``: nobody knows it, or nobody (``servers``) answered."""
    if why is NoName.UNKNOWN:
        return Retryable(_unknown_name(host))
    return Retryable(_no_server(host, _row(servers)) if servers else _nobody_told(host))


def _unknown_name(host: str) -> Problem:
    text = msg("name.unknown", "The name servers of your network do not know {host}.", host=host)
    advice = msg(
        "name.unknown.advice",
        "Does a web page open? Then check the address in the settings, or connect to your institute's VPN.",
    )
    return _network("name.unknown", text, advice)


def _no_server(host: str, servers: str) -> Problem:
    text = msg("name.no-server.named", "No name server told where {host} is ({servers}).", host=host, servers=servers)
    return _network("name.no-server", text, _OFFLINE)


def _nobody_told(host: str) -> Problem:
    return _network(
        "name.no-server", msg("name.no-server", "No name server told where {host} is.", host=host), _OFFLINE
    )


def port(host: str, number: int, came: Knocked) -> Retryable:
    """A port that could not be reached; the advice holds the words for IT."""
    return Retryable(_PORT.get(came, _unreachable)(host, str(number)))


def _refused(host: str, number: str) -> Problem:
    text = msg("port.refused", "{host} refused the connection to port {port}.", host=host, port=number)
    advice = msg(
        "port.refused.advice",
        "Either the archive is down, or a firewall refuses. Ask IT: “Is TCP to {host}, port {port}, allowed?”",
        host=host,
        port=number,
    )
    return _network("port.refused", text, advice)


def _silent(host: str, number: str) -> Problem:
    text = msg("port.silent", "Nobody answered at {host}, port {port}.", host=host, port=number)
    return _network("port.silent", text, _let_out(host, number))


def _reset(host: str, number: str) -> Problem:
    text = msg("port.reset", "The connection to {host}, port {port}, was broken off.", host=host, port=number)
    return _network("port.reset", text, _let_out(host, number))


def _unreachable(host: str, number: str) -> Problem:
    text = msg("port.unreachable", "There is no way to {host}, port {port}.", host=host, port=number)
    return _network("port.unreachable", text, _let_out(host, number))


def _blocked(host: str, number: str) -> Problem:
    text = msg("port.blocked", "This computer itself forbids the way to {host}, port {port}.", host=host, port=number)
    advice = msg(
        "port.blocked.advice",
        "A firewall or virus scanner here does it. Ask IT: “Please allow Depositor TCP to {host}, port {port}.”",
        host=host,
        port=number,
    )
    return Problem("port.blocked", Side.COMPUTER, text, advice, actions=_AGAIN)


def _let_out(host: str, number: str) -> Message:
    return msg(
        "port.silent.advice",
        "This is how a firewall looks from inside. Ask IT: “Please allow TCP out to {host}, port {port}.”",
        host=host,
        port=number,
    )


def proxy_sign_in(proxy: str, schemes: tuple[str, ...], *, tried: bool) -> NeedsUser:
    """407: which ways to sign in the proxy offers decides what can be done; ``tried``: one was known and refused."""
    if "basic" not in {s.lower() for s in schemes}:
        return NeedsUser(_proxy_of_windows(proxy, _row(schemes) or "?"))
    return NeedsUser(_proxy_refused(proxy) if tried else _proxy_asks(proxy))


def _proxy_asks(proxy: str) -> Problem:
    text = msg("proxy.sign-in", "The proxy {proxy} asks for a user name and a password.", proxy=proxy)
    return Problem("network.proxy-sign-in", Side.NETWORK, text, _AS_FOR_PAGES, actions=_SIGN_IN)


def _proxy_refused(proxy: str) -> Problem:
    text = msg("proxy.sign-in.refused", "The proxy {proxy} does not accept your sign-in.", proxy=proxy)
    return Problem("network.proxy-sign-in", Side.NETWORK, text, _AS_FOR_PAGES, actions=_SIGN_IN)


def _proxy_of_windows(proxy: str, schemes: str) -> Problem:
    text = msg(
        "proxy.sign-in.windows",
        "The proxy {proxy} only takes the sign-in of Windows ({schemes}).",
        proxy=proxy,
        schemes=schemes,
    )
    advice = msg(
        "proxy.sign-in.windows.advice",
        "Depositor does not speak that. Ask IT for a proxy with “Basic”, or to let this computer through without.",
    )
    return _network("network.proxy-sign-in", text, advice)


def proxy_refuses(proxy: str, host: str, number: int, status: int) -> Retryable:
    text = msg(
        "proxy.refuses",
        "The proxy {proxy} does not let us to {host} (answer {status}).",
        proxy=proxy,
        host=host,
        status=status,
    )
    advice = msg(
        "proxy.refuses.advice",
        "Ask IT: “Please let the proxy connect to {host}, port {port}.”",
        host=host,
        port=str(number),
    )
    return Retryable(_network("proxy.refuses", text, advice))


def proxy_lost(proxy: str, host: str, status: int) -> Retryable:
    text = msg(
        "proxy.lost",
        "The proxy {proxy} itself does not reach {host} (answer {status}).",
        proxy=proxy,
        host=host,
        status=status,
    )
    advice = msg("proxy.lost.advice", "The archive may be down. If web pages do not open either, tell your IT support.")
    return Retryable(_network("proxy.lost", text, advice))


def proxy_odd(proxy: str) -> NeedsUser:
    text = msg("proxy.odd", "What answers at {proxy} is not a proxy that we can use.", proxy=proxy)
    advice = msg(
        "proxy.odd.advice", "Check its address and port in the settings under Network, or ask your IT support."
    )
    return NeedsUser(_network("proxy.odd", text, advice))


def proxy_kind(proxy: str, kind: str) -> NeedsUser:
    text = msg(
        "proxy.kind", "The proxy {proxy} is of a kind ({kind}) that Depositor does not speak.", proxy=proxy, kind=kind
    )
    advice = msg(
        "proxy.kind.advice", "Ask your IT support for an HTTP proxy and enter it in the settings under Network."
    )
    return NeedsUser(_network("proxy.kind", text, advice))


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


def clock(minutes: int, *, ahead: bool) -> NeedsUser:
    text = (
        msg("clock.ahead", "The clock of this computer is {minutes} minutes ahead.", minutes=minutes)
        if ahead
        else msg("clock.behind", "The clock of this computer is {minutes} minutes behind.", minutes=minutes)
    )
    advice = msg(
        "clock.advice",
        "Let the system set date and time by itself: sign-in, certificates and S3 storage refuse a wrong clock.",
    )
    return NeedsUser(Problem("clock.wrong", Side.COMPUTER, text, advice, actions=("retry",)))


def stranger(host: str, wanted: str) -> Retryable:
    """Something answers at the port that does not speak what it should."""
    text = msg("port.stranger", "What answers at {host} does not speak {wanted}.", host=host, wanted=wanted)
    advice = msg(
        "port.stranger.advice",
        "Check the address and its port in the settings. If they are right, ask your IT support.",
    )
    return Retryable(_network("port.stranger", text, advice))


def _row(names: tuple[str, ...]) -> str:
    return ", ".join(names)


_PORT = {
    Knocked.REFUSED: _refused,
    Knocked.SILENT: _silent,
    Knocked.RESET: _reset,
    Knocked.BLOCKED: _blocked,
}
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
