"""Keys of servers that a person has accepted: by whom files are taken is never decided silently.

A key is kept as a pin, ``<kind> SHA256:<base64>``; ``*`` stands for any kind where a person gave the fingerprint alone.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session import clock
from depositor.session.settings import variable_part
from depositor.session.store import Store

ENVIRONMENT = "DEPOSITOR_HOST_KEY_"
UNKNOWN, CHANGED = "archive.host-key", "archive.host-key-changed"
_ANY = "*"
_KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
_FINGERPRINT = re.compile(r"(?:SHA256:)?([A-Za-z0-9+/]{43})=?")
_PORT = 22


@dataclass(frozen=True, slots=True)
class HostKey:
    """An accepted key: ``place`` is ``host:port``, ``accepted`` the time (ISO 8601 UTC)."""

    place: str
    pin: str
    accepted: str

    @property
    def fingerprint(self) -> str:
        return self.pin.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server showed, out of a Problem; ``changed``: another one was accepted before."""

    host: str
    kind: str
    fingerprint: str
    changed: bool


def shown(problem: Problem) -> Shown | None:
    """The key that a problem tells of; None for any other problem."""
    if problem.code not in (UNKNOWN, CHANGED):
        return None
    told = problem.message.args
    if not {"host", "kind", "fingerprint"} <= told.keys():
        return None
    return Shown(str(told["host"]), str(told["kind"]), str(told["fingerprint"]), problem.code == CHANGED)


def known(store: Store, archive: str, environ: Mapping[str, str] = os.environ) -> Callable[[str, int], Sequence[str]]:
    """The pins for a server, for a session. Fingerprints in ``DEPOSITOR_HOST_KEY_<ARCHIVE>`` (several may be given,
    with spaces between) take the place of what was accepted."""

    def pins(host: str, port: int) -> Sequence[str]:
        given = environ.get(ENVIRONMENT + variable_part(archive), "").replace(",", " ").split()
        if given:
            return [f"{kind} {fingerprint(text)}" for text in given for kind in _KINDS]
        row = store.connection().execute("SELECT pin FROM host_key WHERE place=?", (_place(host, port),)).fetchone()
        if row is None:
            return ()
        kind, _, value = str(row[0]).partition(" ")
        return [f"{each} {value}" for each in (_KINDS if kind == _ANY else (kind,))]

    return pins


def accept(store: Store, endpoint: str, wanted: str, seen: Shown | None = None) -> HostKey:
    """Keep the key with the fingerprint ``wanted`` for the server at ``endpoint``; an older one is given up.

    ``seen``: what the server showed, which must be that. NeedsUser for text that is no fingerprint, or for another.
    """
    value = fingerprint(wanted)
    if seen is not None and not hmac.compare_digest(value, fingerprint(seen.fingerprint)):
        raise NeedsUser(_not_the_same())
    parts = urlsplit(endpoint)
    key = HostKey(
        _place(parts.hostname or "", parts.port or _PORT), f"{seen.kind if seen else _ANY} {value}", clock.now()
    )
    with store.transaction() as db:
        db.execute("INSERT OR REPLACE INTO host_key VALUES (?,?,?)", (key.place, key.pin, key.accepted))
    return key


def accepted(store: Store) -> tuple[HostKey, ...]:
    """All keys that were accepted, by place."""
    rows = store.connection().execute("SELECT place, pin, accepted FROM host_key ORDER BY place")
    return tuple(HostKey(*row) for row in rows)


def forget(store: Store, place: str) -> None:
    """Ask again at the next meeting."""
    with store.transaction() as db:
        db.execute("DELETE FROM host_key WHERE place=?", (place,))


def fingerprint(text: str) -> str:
    """As OpenSSH writes it, ``SHA256:...``. NeedsUser for anything else."""
    found = _FINGERPRINT.fullmatch(text.strip())
    if found is None:
        raise NeedsUser(_no_fingerprint())
    return f"SHA256:{found[1]}"


def _place(host: str, port: int) -> str:
    name = host.lower()
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _no_fingerprint() -> Problem:
    return Problem(
        "host-key.none",
        Side.COMPUTER,
        msg("host-key.none", "This is not the fingerprint of a server's key."),
        msg("host-key.none.advice", "It begins with SHA256: and has 43 letters, digits, + and / behind it."),
    )


def _not_the_same() -> Problem:
    return Problem(
        "host-key.other",
        Side.COMPUTER,
        msg("host-key.other", "The server shows another fingerprint than this one."),
        msg(
            "host-key.other.advice",
            "Do not sign in there. Tell whoever runs the server what it shows; somebody may be listening in.",
        ),
    )
