"""What the system's own settings say of proxies: Windows, macOS, GNOME. Read only; scripts (PAC) are never run."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST_S = 3.0
_WINDOWS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_SCHEMA = "org.gnome.system.proxy"


@dataclass(frozen=True, slots=True)
class SystemProxy:
    """``place``: whose settings these are; ``pac``: the address of a script, or ``auto`` where it is searched for in
    the network; ``exceptions``: hosts that are reached straight."""

    place: str = ""
    https: str = ""
    http: str = ""
    exceptions: tuple[str, ...] = ()
    pac: str = ""


NOTHING_SET = SystemProxy()


def of_system() -> SystemProxy:
    """What holds here; :data:`NOTHING_SET` where nothing is set or told. Takes at most a few seconds, once in a
    diagnosis."""
    if sys.platform == "win32":
        return of_windows(_registry())
    if sys.platform == "darwin":
        return of_macos(_said(("scutil", "--proxy")))
    if "GNOME" in os.environ.get("XDG_CURRENT_DESKTOP", "").upper():
        return of_gnome(_said(("gsettings", "list-recursively", _SCHEMA)))
    return NOTHING_SET


def of_windows(values: Mapping[str, Any]) -> SystemProxy:
    """Out of the values of the Internet settings in the registry (also ``Settings > Network > Proxy``)."""
    server = str(values.get("ProxyServer") or "") if values.get("ProxyEnable") else ""
    named = dict(part.split("=", 1) for part in server.split(";") if "=" in part)
    plain = "" if named else server
    exceptions = str(values.get("ProxyOverride") or "") if server else ""
    return _made(
        "Windows",
        named.get("https", plain),
        named.get("http", plain),
        exceptions.split(";"),
        str(values.get("AutoConfigURL") or ""),
    )


def of_macos(text: str) -> SystemProxy:
    """Out of what ``scutil --proxy`` prints."""
    values = dict(re.findall(r"^\s*(\w+) : (.+?)\s*$", text, re.MULTILINE))
    pac = values.get("ProxyAutoConfigURLString", "") if values.get("ProxyAutoConfigEnable") == "1" else ""
    if not pac and values.get("ProxyAutoDiscoveryEnable") == "1":
        pac = "auto"
    exceptions = re.findall(r"^\s*\d+ : (\S+)\s*$", text, re.MULTILINE)
    on = {kind: values.get(f"{kind}Enable") == "1" for kind in ("HTTPS", "HTTP")}
    https, http = (f"{values.get(f'{k}Proxy', '')}:{values.get(f'{k}Port', '')}" if on[k] else "" for k in on)
    return _made("macOS", https, http, exceptions, pac)


def of_gnome(text: str) -> SystemProxy:
    """Out of what ``gsettings list-recursively org.gnome.system.proxy`` prints."""
    rows = (line.split(" ", 2) for line in text.splitlines())
    values = {f"{r[0].removeprefix(_SCHEMA)}.{r[1]}".lstrip("."): r[2].strip("'") for r in rows if len(r) == 3}
    mode = values.get("mode", "none")
    if mode == "auto":
        return _made("GNOME", "", "", (), values.get("autoconfig-url", "") or "auto")
    if mode != "manual":
        return NOTHING_SET
    https, http = (
        f"{values[f'{kind}.host']}:{values.get(f'{kind}.port', '0')}" if values.get(f"{kind}.host") else ""
        for kind in ("https", "http")
    )
    return _made("GNOME", https, http, re.findall(r"'([^']*)'", values.get("ignore-hosts", "")), "")


def _made(place: str, https: str, http: str, exceptions: Iterable[str], pac: str) -> SystemProxy:
    if not (https or http or pac):
        return NOTHING_SET
    return SystemProxy(place, https, http, tuple(e.strip() for e in exceptions if e.strip()), pac)


def _said(command: tuple[str, ...]) -> str:
    """What a program of the system prints; nothing where it is missing or hangs."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            (program, *command[1:]), capture_output=True, timeout=_LONGEST_S, text=True, errors="replace", check=False
        )
        return done.stdout
    return ""


def _registry() -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    if sys.platform == "win32":
        import winreg

        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
            for name in ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL"):
                with contextlib.suppress(OSError):
                    values[name] = winreg.QueryValueEx(key, name)[0]
    return values
