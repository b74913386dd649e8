"""Addresses of bulk routes: ``globus://COLLECTION/path/`` and ``aspera://user:password@host:33001/path/``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from depositor.draft.problem import NeedsUser
from depositor.transfer.handover import problems

FASP_PORT = 33001  # TCP to sign in, UDP for the bytes
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class GlobusPlace:
    """A folder in a collection. ``path`` begins and ends with ``/``."""

    collection: str
    path: str

    def below(self, *names: str) -> GlobusPlace:
        """A folder in it."""
        return replace(self, path=_folder(self.path, *names))


@dataclass(frozen=True, slots=True)
class AsperaPlace:
    """A folder of an Aspera server; ``port`` is for TCP, ``udp`` for the bytes. The path may be a secret too."""

    host: str
    user: str
    password: str | None = field(default=None, repr=False)
    path: str = field(default="/", repr=False)
    port: int = FASP_PORT
    udp: int = FASP_PORT
    key_file: str | None = field(default=None, repr=False)

    def below(self, *names: str) -> AsperaPlace:
        """A folder in it."""
        return replace(self, path=_folder(self.path, *names))


def is_hand_over(address: str | None) -> bool:
    """Whether a bulk address names such a route."""
    return (address or "").startswith(("globus://", "aspera://"))


def place_of(address: str, key_file: str | None = None) -> GlobusPlace | AsperaPlace:
    """The place of a bulk address. NeedsUser where it makes no sense."""
    try:
        parts = urlsplit(address)
        return _globus(parts) if parts.scheme == "globus" else _aspera(parts, key_file)
    except ValueError:
        raise NeedsUser(problems.address()) from None


def _globus(parts: SplitResult) -> GlobusPlace:
    if not _ID.fullmatch(parts.netloc):
        raise ValueError
    return GlobusPlace(parts.netloc.lower(), _folder(unquote(parts.path)))


def _aspera(parts: SplitResult, key_file: str | None) -> AsperaPlace:
    if parts.scheme != "aspera" or not parts.hostname or not parts.username or parts.username.startswith("-"):
        raise ValueError
    asked = parse_qs(parts.query)
    password = unquote(parts.password) if parts.password else None
    udp = int(asked.get("udp", [str(FASP_PORT)])[0])
    user, path = unquote(parts.username), _folder(unquote(parts.path))
    return AsperaPlace(parts.hostname, user, password, path, parts.port or FASP_PORT, udp, key_file)


def _folder(*names: str) -> str:
    """One path with a ``/`` at both ends. ValueError for one that leaves its folder."""
    segments = [s for name in names for s in name.split("/") if s]
    if any(s in (".", "..") for s in segments):
        raise ValueError("a path that leaves its folder")
    return "".join(f"/{s}" for s in segments) + "/"
