"""Finding the addresses of a name, and who failed where none is found."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from depositor.draft.cancel import Cancel
from depositor.transfer.net.wait import within

LONGEST_S = 10.0
# EAI_NONAME, EAI_NODATA and Windows' HOST_NOT_FOUND, NO_DATA: the name servers answered that there is no such name.
_UNKNOWN = {getattr(socket, name, None) for name in ("EAI_NONAME", "EAI_NODATA")} | {11001, 11004}


class NoName(StrEnum):
    """Why no address was found."""

    UNKNOWN = "unknown"  # the name servers say that there is no such name
    NO_SERVER = "no-server"  # no name server answered
    SILENT = "silent"  # nothing came within the time
    NONE = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The addresses of a host. ``failure``: why there are none."""

    v4: tuple[str, ...] = ()
    v6: tuple[str, ...] = ()
    failure: NoName = NoName.NONE

    @property
    def all(self) -> tuple[str, ...]:
        """Every address, in the order of families."""
        return (*self.v4, *self.v6)


def look_up(host: str, cancel: Cancel, seconds: float = LONGEST_S) -> Names:
    """Ask the system for the addresses of ``host``; an address is its own answer. Stopped where cancelled."""
    try:
        found = within(seconds, cancel, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except TimeoutError:
        return Names(failure=NoName.SILENT)
    except socket.gaierror as error:
        return Names(failure=NoName.UNKNOWN if error.errno in _UNKNOWN else NoName.NO_SERVER)
    except (OSError, UnicodeError):  # a name that cannot be one
        return Names(failure=NoName.UNKNOWN)
    return Names(_of(found, socket.AF_INET), _of(found, socket.AF_INET6))


def _of(found: list[Any], family: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(row[4][0]) for row in found if row[0] == family))


def name_servers(read: Callable[[], str] | None = None) -> tuple[str, ...]:
    """The name servers that this system is set to ask; empty where the system does not tell (Windows)."""
    if sys.platform == "win32" and read is None:
        return ()
    try:
        text = read() if read else Path("/etc/resolv.conf").read_text("utf-8", "replace")
    except OSError:
        return ()
    words = [line.split() for line in text.splitlines()]
    return tuple(w[1] for w in words if len(w) > 1 and w[0] == "nameserver")


def is_local(host: str) -> bool:
    """True for this computer itself: ``localhost`` and loopback addresses."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host.lower().rstrip(".") in ("localhost", "localhost.localdomain", "ip6-localhost")
