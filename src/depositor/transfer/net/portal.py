"""Captive portals told apart from the archive: the log-in page of a hotel, a train or a guest network that answers in
the archive's place. It is waited for, and sending goes on by itself once somebody signed in.

What speaks for a portal: status 511 (RFC 6585, 6); over plain HTTP a redirect to a stranger, or a page for people where
the protocol promised something else; a certificate of another name from a host that showed its own before, or whose
plain HTTP port sends us to a stranger.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import threading
import urllib.request
from collections.abc import Mapping
from email.message import Message as HeaderFields
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from depositor.draft.problem import DepositError, NeedsUser, Retryable
from depositor.transfer import problems

if TYPE_CHECKING:
    import requests

_SIGN_IN_TO_NETWORK = 511
_PROBE_S = 3.0
# An answer with one of these was made by a server that speaks the protocol, whatever its type says.
_SIGNS = ("dav", "tus-resumable", "etag", "last-modified", "allow", "accept-ranges", "x-amz-request-id")
_NEVER_PAGES = frozenset({"OPTIONS", "PATCH"})  # methods that bring no page from anybody, over TLS too

_guard = threading.Lock()
_seen: set[str] = set()


def in_place_of(
    method: str, asked: str, status: int, headers: Mapping[str, str] | HeaderFields, accept: str = ""
) -> bool:
    """True where somebody else than the server of the address ``asked`` gave this answer. ``headers`` finds names in
    any case; ``accept``: what the request wanted."""
    if status == _SIGN_IN_TO_NETWORK:
        return True
    plain = urlsplit(asked).scheme == "http"
    if 300 <= status < 400:
        return plain and stranger(asked, urljoin(asked, headers.get("Location") or asked))
    page = status == 200 and (headers.get("Content-Type") or "").lower().startswith("text/html")
    if not page or any(sign in headers for sign in _SIGNS):
        return False
    return "json" in accept or method in _NEVER_PAGES or (plain and method != "GET")


def look(answer: requests.Response, *_: Any, **__: Any) -> None:
    """A hook for the answers of a session: Retryable ``network.portal`` where a portal gave it."""
    request, url = answer.request, str(answer.request.url)
    accept = str(request.headers.get("Accept") or "")
    if in_place_of(str(request.method), url, answer.status_code, answer.headers, accept):
        answer.close()
        raise Retryable(problems.portal(urlsplit(url).hostname or url))
    if url.startswith("https:"):
        met(urlsplit(url).hostname or "")


def met(host: str) -> None:
    """The host showed a certificate of its own."""
    with _guard:
        _seen.add(host)


def of_certificate(error: NeedsUser, host: str, *, wrong_name: bool) -> DepositError:
    """What a certificate means that was not accepted: ``error``, or a portal that is waited for."""
    if (wrong_name and host in _seen) or stands_before(host):
        return Retryable(problems.portal(host))
    return error


def stands_before(host: str, port: int = 80) -> bool:
    """Ask the host itself, and nobody else, over plain HTTP: a portal sends us elsewhere. Takes three seconds at most,
    never raises."""
    if urllib.request.getproxies().get("http") or not host:
        return False  # the proxy would answer
    line = http.client.HTTPConnection(host, port, timeout=_PROBE_S)
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError), contextlib.closing(line):
        line.request("GET", "/", headers={"Connection": "close"})
        answer = line.getresponse()
        return in_place_of("GET", f"http://{host}/", answer.status, answer.headers)
    return False


def stranger(asked: str, target: str) -> bool:
    """True where two addresses belong to different owners, as far as their names tell."""
    one, other = urlsplit(asked).hostname or "", urlsplit(target).hostname or ""
    return _owner(one) != _owner(other)


def _owner(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ".".join(host.lower().rstrip(".").split(".")[-2:])
