"""Which proxy holds for an address, and who says so: our setting, the environment, or the system."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from depositor.transfer.net.system_proxy import NOTHING_SET, SystemProxy, of_system

_PORTS = {"http": 80, "https": 443}


class Source(StrEnum):
    """Who names the proxy."""

    SETTING = "setting"
    ENVIRONMENT = "environment"
    SYSTEM = "system"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Choice:
    """``address`` None: straight. ``place``: the variable, or the system's own settings, that says so; ``passes``: the
    entry of an exception list that lets this host go straight; ``pac``: the address of a proxy script, which is told
    but never run here."""

    address: str | None = field(default=None, repr=False)
    source: Source = Source.NONE
    place: str = ""
    passes: str = ""
    pac: str = ""

    @property
    def host(self) -> str:
        """The proxy's host; empty without one."""
        return urlsplit(self.address or "").hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.address or "")
        return parts.port or _PORTS.get(parts.scheme, 1080)

    @property
    def scheme(self) -> str:
        """http, https or a kind of SOCKS."""
        return urlsplit(self.address or "").scheme.lower()

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User and password that stand in its address."""
        parts = urlsplit(self.address or "")
        return (unquote(parts.username), unquote(parts.password or "")) if parts.username else None


def choose(
    url: str,
    setting: str = "",
    environ: Mapping[str, str] = os.environ,
    system: Callable[[], SystemProxy] = of_system,
) -> Choice:
    """The proxy for ``url``. ``NO_PROXY`` counts first, for every source; then our setting, the environment, the
    system. A system that only names a script gives no proxy, and the script's address."""
    passes = _passes(url, _variable(environ, "no_proxy")[1])
    if passes:
        return Choice(source=Source.ENVIRONMENT, place="NO_PROXY", passes=passes)
    if setting:
        return Choice(setting, Source.SETTING)
    for name in (f"{urlsplit(url).scheme or 'https'}_proxy", "all_proxy"):
        found, value = _variable(environ, name)
        if value:
            return Choice(_whole(value), Source.ENVIRONMENT, found)
    return _of_system(url, system())


def with_sign_in(choice: Choice, user: str, password: str) -> Choice:
    """The same proxy with a sign-in in its address, where it has none yet."""
    if not choice.address or choice.credentials or not user:
        return choice
    parts = urlsplit(choice.address)
    signed = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}"
    return replace(choice, address=urlunsplit((parts.scheme, signed, parts.path, "", "")))


def _of_system(url: str, found: SystemProxy) -> Choice:
    if found == NOTHING_SET:
        return Choice()
    passes = _passes(url, ",".join(found.exceptions))
    if passes:
        return Choice(source=Source.SYSTEM, place=found.place, passes=passes)
    address = found.https if urlsplit(url).scheme != "http" else found.http
    if address:
        return Choice(_whole(address), Source.SYSTEM, found.place, pac=found.pac)
    return Choice(source=Source.SYSTEM if found.pac else Source.NONE, place=found.place, pac=found.pac)


def _variable(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """(the variable that holds, its value): written in small letters it comes first, as everywhere. ``HTTP_PROXY`` does
    not count in a web server's child, where a stranger could set it."""
    for known in (name, name.upper()):
        if known == "HTTP_PROXY" and "REQUEST_METHOD" in environ:
            continue
        if environ.get(known, "").strip():
            return known, environ[known].strip()
    return name, ""


def _passes(url: str, entries: str) -> str:
    """The entry that lets ``url`` go straight, by the rules of requests, which carries our bytes; empty for none."""
    from requests.utils import should_bypass_proxies

    host = urlsplit(url).hostname or ""
    for entry in filter(None, (e.strip() for e in entries.replace(";", ",").split(","))):
        plain = entry.removeprefix("*") if entry != "*" else entry
        if plain in ("*", host) or (plain == "<local>" and "." not in host):
            return entry
        if should_bypass_proxies(url, no_proxy=plain) and not _passes_without(url):
            return entry
    return ""


def _passes_without(url: str) -> bool:
    """Whether the system lets ``url`` pass whatever a list says; then no entry of ours is the reason."""
    return bool(urllib.request.proxy_bypass(urlsplit(url).hostname or "")) if os.name == "nt" else False


def _whole(address: str) -> str:
    """An address with its kind: ``proxy.example.org:3128`` is spoken to by HTTP."""
    return address if "://" in address else f"http://{address}"
