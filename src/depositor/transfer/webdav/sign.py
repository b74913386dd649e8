"""Signing in to a WebDAV server as it asks: Basic (RFC 7617), Digest (RFC 7616), or a bearer token (RFC 6750)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256"}
_PARAMETER = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"(?:^|,\s*)(Basic|Digest|Bearer|Negotiate|NTLM)\b", re.IGNORECASE)
_NONCE_S = 30.0  # servers forget their nonces; an upload must not find that out after its last byte


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are: a name with a password (also an app password), or a bearer ``token`` that is asked for each time."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)


@dataclass(slots=True)
class _Challenge:
    """What the server asked for in ``WWW-Authenticate: Digest``."""

    realm: str
    nonce: str
    opaque: str
    algorithm: str
    qop: str
    at: float
    count: int = 0


class Signature:
    """The ``Authorization`` of one connection. It learns from the server's 401 what to write."""

    def __init__(self, account: Account, clock: Callable[[], float] = time.monotonic) -> None:
        self._account, self._clock = account, clock
        self._basic = False
        self._digest: _Challenge | None = None

    @property
    def stale(self) -> bool:
        """True where the server should be asked anew before a large body is sent."""
        return self._digest is not None and self._clock() - self._digest.at > _NONCE_S

    def headers(self, method: str, url: str) -> dict[str, str]:
        """For one request; empty while the server has not asked."""
        if self._account.token is not None:
            return {"Authorization": f"Bearer {self._account.token()}"}
        if self._digest is not None:
            return {"Authorization": self._response(self._digest, method, url)}
        if self._basic:
            pair = f"{self._account.user}:{self._account.password}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}

    def learn(self, headers: Mapping[str, str]) -> bool:
        """Take the challenge of a 401; False where it can bring nothing new: the sign-in is wrong.

        Digest goes before Basic, which tells the password to everybody on an open line.
        """
        if self._account.token is not None or not self._account.user:
            return False
        offers = _offers(headers.get("WWW-Authenticate", ""))
        digest = _challenge(offers["digest"], self._clock()) if "digest" in offers else None
        if digest is not None:
            fresh = self._digest is None or "true" in offers["digest"].get("stale", "").lower()
            self._digest = digest
            return fresh
        if "basic" in offers and not self._basic:
            self._basic = True
            return True
        return False

    def forget(self) -> None:
        """Let the server ask anew."""
        self._digest = None

    def _response(self, given: _Challenge, method: str, url: str) -> str:
        parts = urlsplit(url)
        uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        given.count += 1
        count, own = f"{given.count:08x}", secrets.token_hex(8)

        def digest(text: str) -> str:
            return hashlib.new(_ALGORITHMS[given.algorithm.upper()], text.encode(), usedforsecurity=False).hexdigest()

        who = digest(f"{self._account.user}:{given.realm}:{self._account.password}")
        what = digest(f"{method}:{uri}")
        middle = f"{given.nonce}:{count}:{own}:auth" if given.qop else given.nonce
        fields = {"username": self._account.user, "realm": given.realm, "nonce": given.nonce, "uri": uri}
        fields |= {"response": digest(f"{who}:{middle}:{what}")}
        fields |= {"opaque": given.opaque} if given.opaque else {}
        fields |= {"cnonce": own} if given.qop else {}
        text = ", ".join(f'{key}="{_escaped(value)}"' for key, value in fields.items())
        return f"Digest {text}, algorithm={given.algorithm}" + (f", qop=auth, nc={count}" if given.qop else "")


def _offers(header: str) -> dict[str, dict[str, str]]:
    """{scheme: parameters}; several challenges may share one header."""
    found: dict[str, dict[str, str]] = {}
    marks = list(_SCHEME.finditer(header))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        text = header[mark.end() : following.start() if following else len(header)]
        values = {
            m[1].lower(): re.sub(r"\\(.)", r"\1", m[2] if m[2] is not None else m[3]) for m in _PARAMETER.finditer(text)
        }
        found.setdefault(mark[1].lower(), values)
    return found


def _challenge(given: Mapping[str, str], at: float) -> _Challenge | None:
    """None where it is of a kind that we do not know (MD5-sess, auth-int alone)."""
    algorithm = given.get("algorithm", "MD5")
    kinds = [kind.strip() for kind in given.get("qop", "").split(",") if kind.strip()]
    if algorithm.upper() not in _ALGORITHMS or (kinds and "auth" not in kinds) or "nonce" not in given:
        return None
    return _Challenge(
        given.get("realm", ""), given["nonce"], given.get("opaque", ""), algorithm, "auth" if kinds else "", at
    )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
