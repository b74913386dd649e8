"""Which way packets to an address would take, asked of this computer alone: nothing is sent."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

# Addresses for documentation (RFC 5737, RFC 3849): only a default route leads there.
_ANYWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_PORT = 9
# How the systems and the usual products call the interface of a tunnel.
_TUNNEL = re.compile(
    r"^(tun|tap|wg|ppp|utun|ipsec|gpd|cscotun|nordlynx|tailscale|zt|xfrm)\d*"
    r"|vpn|anyconnect|globalprotect|pangp|forti|wireguard|wintun|juniper|pulse secure|zscaler|mullvad",
    re.IGNORECASE,
)
Interfaces = Callable[[], Mapping[str, tuple[bool, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class Way:
    """``up``: network interfaces that are switched on and have an address; ``interface``: the one that leads to the
    target; ``tunnel``: whether that one belongs to a VPN; ``families``: 4 and 6 where a way out exists."""

    up: tuple[str, ...]
    interface: str | None
    tunnel: bool
    families: tuple[int, ...]


def way_to(addresses: Iterable[str], interfaces: Interfaces | None = None) -> Way:
    """The way to the first of ``addresses`` that has one; the way out where none is known."""
    known = (interfaces or _interfaces)()
    up = tuple(name for name, (is_up, own) in known.items() if is_up and any(not _loop(a) for a in own))
    families = tuple(n for n, (family, far) in zip((4, 6), _ANYWHERE, strict=True) if _own_address(family, far))
    targets = [(socket.AF_INET6 if ":" in a else socket.AF_INET, a) for a in addresses]
    own = next(filter(None, (_own_address(family, a) for family, a in (*targets, *_ANYWHERE))), None)
    name = next((n for n, (_, owned) in known.items() if own in owned), None)
    return Way(up, name, bool(name and _TUNNEL.search(name)), families)


def _own_address(family: int, target: str) -> str | None:
    """The address that this computer would send from; connecting a datagram socket sends nothing."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as line:
        line.connect((target, _PORT))
        return str(line.getsockname()[0]).partition("%")[0]
    return None


def _interfaces() -> Mapping[str, tuple[bool, tuple[str, ...]]]:
    import psutil

    states = psutil.net_if_stats()
    return {
        name: (
            bool(name in states and states[name].isup),
            tuple(a.address.partition("%")[0] for a in found if a.family in (socket.AF_INET, socket.AF_INET6)),
        )
        for name, found in psutil.net_if_addrs().items()
    }


def _loop(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found.is_loopback or (found.version == 6 and found.is_link_local)
