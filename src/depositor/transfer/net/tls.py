"""What a server shows when a secure line is made: certificates, who issued them, and whether this system trusts them.

Two handshakes: one that takes whatever comes, to see it, and one that checks as the program does. Nothing but the
handshake is ever sent over the first.
"""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from depositor import resources

Open = Callable[[], socket.socket]
_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}
# OpenSSL's verify codes (X509_V_ERR_*, openssl/x509_vfy.h)
_NOT_YET, _EXPIRED, _SELF_SIGNED, _SELF_SIGNED_ABOVE = {9}, {10}, {18}, {19}
_UNKNOWN, _WRONG_NAME = {2, 20, 21}, {62, 63, 64}


class Trust(StrEnum):
    """How it stands with a secure line."""

    GOOD = "good"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    WRONG_NAME = "wrong-name"
    SELF_SIGNED = "self-signed"
    UNKNOWN = "unknown-issuer"
    INCOMPLETE = "incomplete"  # the certificates that lead to a known issuer were not shown
    OLD = "old-version"
    NOT_TLS = "not-tls"
    BROKEN = "broken-off"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate as shown. ``leads``: it tells where the certificate of its issuer lies, as public ones do."""

    subject: str
    issuer: str
    begins: str
    ends: str
    leads: bool = False
    issuer_names: tuple[str, ...] = ()

    @property
    def self_signed(self) -> bool:
        return self.subject == self.issuer


@dataclass(frozen=True, slots=True)
class Product:
    """Something that reads encrypted traffic. ``kind``: network, computer or debugging."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Secured:
    """``public``: the issuer is one that every system knows, not one that was installed here; None where that could
    not be told. ``product``: what is known to issue such certificates."""

    trust: Trust
    version: str = ""
    chain: tuple[Certificate, ...] = field(default=())
    public: bool | None = None
    product: Product | None = None

    @property
    def issuer(self) -> str:
        """Who issued the server's certificate, as far up as was shown."""
        return self.chain[-1].issuer if self.chain else ""

    @property
    def ends(self) -> str:
        return self.chain[0].ends if self.chain else ""


def secure(open_line: Open, host: str, ca_file: str = "") -> Secured:
    """Look at the secure line to ``host``; ``open_line`` gives a fresh line for each handshake. ``ca_file``: further
    certificates that are trusted. OSError where no line comes about."""
    version, chain, odd = _shown(open_line(), host)
    if odd is not None:
        return Secured(odd)
    known = Secured(Trust.GOOD, version, chain, product=product_of(chain))
    if version in _OLD:
        return _as(known, Trust.OLD)
    trust = _checked(open_line(), _as_the_program(ca_file), host, chain)
    if trust is not Trust.GOOD:
        return _as(known, trust)
    return Secured(Trust.GOOD, version, chain, _is_public(open_line, host), known.product)


@functools.cache
def _products() -> tuple[tuple[re.Pattern[str], Product], ...]:
    table = resources.toml("network/inspecting.toml")
    return tuple((re.compile(r["pattern"], re.IGNORECASE), Product(r["name"], r["kind"])) for r in table.values())


def product_of(chain: tuple[Certificate, ...]) -> Product | None:
    """What is known to issue certificates of these names."""
    names = [name for c in chain for name in c.issuer_names]
    return next((p for pattern, p in _products() if any(pattern.search(n) for n in names)), None)


def _as(found: Secured, trust: Trust) -> Secured:
    return Secured(trust, found.version, found.chain, found.public, found.product)


def _shown(line: socket.socket, host: str) -> tuple[str, tuple[Certificate, ...], Trust | None]:
    """(version, certificates, None), or what kept a secure line from coming about."""
    try:
        with _curious().wrap_socket(line, server_hostname=host) as safe:
            return str(safe.version()), _chain(safe), None
    except ssl.SSLError as error:
        return "", (), _kept_from(error)
    except (ConnectionError, TimeoutError):
        return "", (), Trust.BROKEN
    finally:
        line.close()


def _kept_from(error: ssl.SSLError) -> Trust:
    reason = str(error.reason or "").upper()
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason or "RECORD_LAYER" in reason:
        return Trust.NOT_TLS
    if "PROTOCOL" in reason or "VERSION" in reason or "HANDSHAKE_FAILURE" in reason:
        return Trust.OLD
    return Trust.BROKEN


def _curious() -> ssl.SSLContext:
    """Takes every certificate and every version that can still be spoken: for looking, never for sending."""
    import truststore

    made = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(ssl.SSLError, ValueError):
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version = ssl.TLSVersion.TLSv1
    return made


def _as_the_program(ca_file: str) -> ssl.SSLContext:
    import truststore

    made = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        made.load_verify_locations(ca_file)
    return made


def _checked(line: socket.socket, context: ssl.SSLContext, host: str, chain: tuple[Certificate, ...]) -> Trust:
    try:
        with context.wrap_socket(line, server_hostname=host):
            return Trust.GOOD
    except ssl.SSLCertVerificationError as error:
        return _distrust(error, chain)
    except ssl.SSLError as error:
        return _kept_from(error)
    except (ConnectionError, TimeoutError):
        return Trust.BROKEN
    finally:
        line.close()


def _distrust(error: ssl.SSLCertVerificationError, chain: tuple[Certificate, ...]) -> Trust:
    code = getattr(error, "verify_code", 0)
    words = str(getattr(error, "verify_message", "")).lower()  # systems other than OpenSSL give words alone
    for codes, word, trust in (
        (_EXPIRED, "expired", Trust.EXPIRED),
        (_NOT_YET, "not yet valid", Trust.NOT_YET),
        (_WRONG_NAME, "mismatch", Trust.WRONG_NAME),
        (_SELF_SIGNED | _SELF_SIGNED_ABOVE, "self", Trust.SELF_SIGNED),
    ):
        if code in codes or (code not in _UNKNOWN and word in words):
            return trust if trust is not Trust.SELF_SIGNED or len(chain) == 1 else Trust.UNKNOWN
    alone = len(chain) == 1 and not chain[0].self_signed
    return Trust.INCOMPLETE if alone and chain[0].leads else Trust.UNKNOWN


def _is_public(open_line: Open, host: str) -> bool | None:
    """Whether the list of public issuers that comes with the program would do too."""
    import certifi
    import truststore

    plain: Any = truststore.SSLContext.__bases__[0]  # Python's own kind, whose name truststore takes in this program
    context = plain(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    try:
        return _checked(open_line(), context, host, ()) is Trust.GOOD
    except OSError:
        return None


def _chain(safe: ssl.SSLSocket) -> tuple[Certificate, ...]:
    """What was shown, the server's own first. Python 3.13 has a public call, which gives bytes; this one gives names.

    Read with care: without it only the names are unknown.
    """
    shown: Any = getattr(getattr(safe, "_sslobj", None), "get_unverified_chain", lambda: ())()
    return tuple(_certificate(c.get_info()) for c in shown or ())


def _certificate(info: Mapping[str, Any]) -> Certificate:
    return Certificate(
        _called(info.get("subject", ())),
        _called(info.get("issuer", ())),
        str(info.get("notBefore", "")),
        str(info.get("notAfter", "")),
        bool(info.get("caIssuers")),
        tuple(value for part in info.get("issuer", ()) for _, value in part),
    )


def _called(name: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """A name as people read it: the common name and the organisation."""
    parts = {key: value for part in name for key, value in part}
    told = (parts.get("commonName"), parts.get("organizationName") or parts.get("organizationalUnitName"))
    return ", ".join(dict.fromkeys(t for t in told if t))[:120]
