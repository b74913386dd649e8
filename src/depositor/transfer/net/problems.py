"""What a test of the way can find, in words for people; each says what to hand to the IT support of the institute."""

from __future__ import annotations

from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem, Retryable, Side
from depositor.transfer.net.line import Knocked
from depositor.transfer.net.names import NoName

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
        "proxy.odd.advice", "Check its address and port in the menu Edit, Network settings, or ask your IT support."
    )
    return NeedsUser(_network("proxy.odd", text, advice))


def proxy_kind(proxy: str, kind: str) -> NeedsUser:
    text = msg(
        "proxy.kind", "The proxy {proxy} is of a kind ({kind}) that Depositor does not speak.", proxy=proxy, kind=kind
    )
    advice = msg(
        "proxy.kind.advice", "Ask your IT support for an HTTP proxy and enter it in the menu Edit, Network settings."
    )
    return NeedsUser(_network("proxy.kind", text, advice))


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
