"""From this computer to the archive's port: network, proxy, name, port."""

from __future__ import annotations

import socket

from depositor.draft.message import Message, msg
from depositor.session.diagnosing.bench import Bench
from depositor.session.diagnosing.values import Facts, StepState, Told
from depositor.transfer.net import line as net_line
from depositor.transfer.net import problems as net_problems
from depositor.transfer.net import proxy as net_proxy
from depositor.transfer.net import route as net_route
from depositor.transfer.net.line import Knock, Knocked
from depositor.transfer.net.names import NoName, is_local, look_up, name_servers
from depositor.transfer.net.proxy import Choice, Source
from depositor.transfer.net.wait import within

_SYSTEM_S = 8.0


def way(bench: Bench) -> None:
    """Is this computer in a network, and does it know a way out?"""
    bench.step("way", msg("step.way", "Network of this computer"), lambda: _way(bench), needed=True)


def _way(bench: Bench) -> Told:
    if is_local(bench.place.host):
        return Told(msg("way.here", "The archive is on this computer; no network is needed."))
    found = net_route.way_to(())
    if not found.up:
        raise net_problems.no_interface()
    if not found.families:
        raise net_problems.no_way_out()
    facts: Facts = {"interfaces": len(found.up), "ip": " ".join(f"IPv{n}" for n in found.families), "vpn": found.tunnel}
    told = msg("way.out", "Connected, with a way out ({ip}).", ip=", ".join(f"IPv{n}" for n in found.families))
    if found.tunnel:
        text = msg("way.tunnel", "Connected through a VPN ({interface}).", interface=found.interface or "")
        return Told(text, StepState.NOTE, facts=facts)
    return Told(told, facts=facts)


def proxy(bench: Bench) -> None:
    """Which proxy holds for the archive, and who says so?"""
    bench.step("proxy", msg("step.proxy", "Proxy"), lambda: _proxy(bench), needed=True)


def chosen(bench: Bench) -> Choice:
    """The proxy that holds for this archive, with the sign-in that is kept for it."""
    url = f"{'https' if bench.place.secure else 'http'}://{_bracketed(bench.place.host)}:{bench.place.port}/"
    setting = str(bench.desk.settings.get("proxy"))
    found = net_proxy.choose(url, setting)
    if not found.address or found.credentials:
        return found
    known = bench.desk.accounts.proxy_sign_in(found.host)
    return net_proxy.with_sign_in(found, *known) if known else found


def _proxy(bench: Bench) -> Told:
    if bench.place.kind != "web":
        return Told(msg("proxy.unused", "Not used: this kind of archive is reached straight."))
    found = bench.proxy = within(_SYSTEM_S, bench.cancel, lambda: chosen(bench))
    facts: Facts = {"source": str(found.source), "place": found.place, "signed_in": bool(found.credentials)}
    if found.passes:
        text = msg(
            "proxy.passes",
            "None for this archive: “{entry}” in {place} lets it pass.",
            entry=found.passes,
            place=found.place,
        )
        return Told(text, facts=facts)
    if found.address:
        if not found.scheme.startswith("http"):
            raise net_problems.proxy_kind(found.host, found.scheme)
        facts |= {"proxy": f"{found.host}:{found.port}"}
        return Told(_holds(found), facts=facts)
    if found.pac:
        return Told(_script(found), StepState.NOTE, facts={**facts, "script": True})
    return Told(msg("proxy.none", "None is set."), facts=facts)


def _holds(found: Choice) -> Message:
    at = f"{found.host}:{found.port}"
    if found.source is Source.SETTING:
        return msg("proxy.setting", "{proxy}, as set in Depositor.", proxy=at)
    if found.source is Source.ENVIRONMENT:
        return msg("proxy.environment", "{proxy}, as the variable {place} says.", proxy=at, place=found.place)
    return msg("proxy.system", "{proxy}, as set in {place}.", proxy=at, place=found.place)


def _script(found: Choice) -> Message:
    if found.pac == "auto":
        return msg(
            "proxy.search",
            "{place} searches the network for a proxy script. Depositor does not run scripts and goes straight; "
            "if the next steps fail, ask IT for the proxy's address and enter it in the settings.",
            place=found.place,
        )
    return msg(
        "proxy.script",
        "{place} names a proxy script (PAC) at {host}. Depositor does not run scripts and goes straight; "
        "if the next steps fail, ask IT which proxy it stands for and enter it in the settings.",
        place=found.place,
        host=_script_host(found.pac),
    )


def _script_host(address: str) -> str:
    from depositor.transfer.net.web import host_of

    return host_of(address)


def names(bench: Bench) -> None:
    """Does the name lead to an address? With a proxy it is the proxy's name that counts."""
    host = bench.proxy.host or bench.place.host
    bench.step("names", msg("step.names", "Name of the server"), lambda: _names(bench, host), needed=True)


def _names(bench: Bench, host: str) -> Told:
    found = bench.names = look_up(host, bench.cancel)
    facts: Facts = {"ipv4": len(found.v4), "ipv6": len(found.v6)}
    if found.failure is not NoName.NONE:
        raise net_problems.no_name(host, found.failure, name_servers())
    if bench.proxy.address:
        text = msg("names.proxy", "{host} is known; the proxy finds the archive itself.", host=host)
    elif found.v4 and found.v6:
        text = msg("names.both", "{host} is known, by IPv4 and IPv6.", host=host)
    elif found.v6:
        text = msg("names.v6", "{host} is known, by IPv6 only.", host=host)
    else:
        text = msg("names.v4", "{host} is known, by IPv4.", host=host)
    return Told(text, facts=facts)


def port(bench: Bench) -> None:
    """Is the port open? IPv4 and IPv6 each for itself; one of them is enough."""
    name = msg("step.port", "Way to the port")
    bench.step("port", name, lambda: _tunnel(bench) if bench.proxy.address else _port(bench), needed=True)


def _port(bench: Bench) -> Told:
    place, found = bench.place, bench.names
    tries = {n: _knocked(bench, rows) for n, rows in ((4, found.v4), (6, found.v6)) if rows}
    facts: Facts = {f"ipv{n}": str(k.came) for n, k in tries.items()}
    facts |= {"host": place.host, "port": place.port}
    good = [n for n, k in tries.items() if k.came is Knocked.OPEN]
    if not good:
        came = [k.came for k in tries.values()]
        worst = next((c for c in came if c not in (Knocked.UNREACHABLE,)), came[0] if came else Knocked.UNREACHABLE)
        raise net_problems.port(place.host, place.port, worst)
    if len(good) < len(tries):
        bad = next(n for n in tries if n not in good)
        text = msg(
            "port.half",
            "Port {port} is open by IPv{good}, not by IPv{bad} ({why}). That is enough.",
            port=str(place.port),
            good=good[0],
            bad=bad,
            why=str(tries[bad].came),
        )
        return Told(text, StepState.NOTE, facts=facts)
    text = msg("port.open", "Port {port} of {host} is open.", port=str(place.port), host=place.host)
    return Told(text, facts=facts)


def _knocked(bench: Bench, addresses: tuple[str, ...]) -> Knock:
    """The first address of a family that answers; two are tried, more would take too long."""
    found = [net_line.knock(a, bench.place.port, bench.cancel) for a in addresses[:1]]
    if found[0].came is not Knocked.OPEN and len(addresses) > 1:
        found.insert(0, net_line.knock(addresses[1], bench.place.port, bench.cancel))
    return found[0] if found[0].came is Knocked.OPEN else found[-1]


def _tunnel(bench: Bench) -> Told:
    """Through the proxy: its port, then what it says to our wish for the archive."""
    place, proxy = bench.place, bench.proxy
    try:
        line = net_line.connect_any(bench.names.all, proxy.port, bench.cancel)
    except OSError as error:
        raise net_problems.port(proxy.host, proxy.port, net_line.meaning(error)) from error
    try:
        answer = within(
            net_line.LONGEST_S, bench.cancel, lambda: net_line.through(line, proxy, place.host, place.port), line.close
        )
    except TimeoutError as error:
        raise net_problems.port(proxy.host, proxy.port, net_line.Knocked.SILENT) from error
    except OSError as error:
        raise net_problems.proxy_odd(proxy.host) from error
    if answer.line is not None:
        answer.line.close()
    return _proxy_said(bench, answer)


def _proxy_said(bench: Bench, answer: net_line.ProxyAnswer) -> Told:
    place, proxy = bench.place, bench.proxy
    facts: Facts = {"host": place.host, "port": place.port, "proxy_answer": answer.status}
    if answer.status == 200:
        text = msg(
            "port.through", "The proxy lets us through to {host}, port {port}.", host=place.host, port=str(place.port)
        )
        return Told(text, facts=facts)
    if answer.status == 407:
        raise net_problems.proxy_sign_in(proxy.host, answer.schemes, tried=proxy.credentials is not None)
    if not place.secure and answer.status in (400, 403, 405, 501):
        text = msg("port.no-tunnel", "The proxy passes plain requests only; that is enough here.")
        return Told(text, StepState.NOTE, facts=facts)
    if 400 <= answer.status < 500:
        raise net_problems.proxy_refuses(proxy.host, place.host, place.port, answer.status)
    if answer.status >= 500:
        raise net_problems.proxy_lost(proxy.host, place.host, answer.status)
    raise net_problems.proxy_odd(proxy.host)


def opened(bench: Bench) -> socket.socket:
    """A fresh line to the archive, through the proxy where one holds. OSError where it does not come about."""
    place, proxy = bench.place, bench.proxy
    if not proxy.address:
        return net_line.connect_any(bench.names.all, place.port, bench.cancel)
    line = net_line.connect_any(bench.names.all, proxy.port, bench.cancel)
    answer = net_line.through(line, proxy, place.host, place.port)
    if answer.line is None:
        raise ConnectionResetError("proxy")
    return answer.line


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
