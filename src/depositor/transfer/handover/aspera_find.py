"""Where IBM's ``ascp`` is on this computer. It is IBM's, cannot be bundled, and is run only where the user has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from depositor.draft.problem import NeedsUser
from depositor.transfer.handover import problems

_VERSION = re.compile(r"\d+(?:\.\d+){1,3}")
_ANSWER_S = 15.0
# Default folders of IBM Aspera Connect, of IBM Aspera for desktop, and of the transfer SDK, as their manuals name them.
_LINUX = (
    "~/.aspera/connect/bin/ascp",
    "~/.aspera/sdk/ascp",
    "/opt/aspera/bin/ascp",
    "/opt/ibm-aspera/bin/ascp",
    "~/.local/share/ibm-aspera/bin/ascp",
)
_MACOS = (
    "~/Applications/Aspera Connect.app/Contents/Resources/ascp",
    "/Applications/Aspera Connect.app/Contents/Resources/ascp",
    "~/Applications/IBM Aspera Connect.app/Contents/Resources/ascp",
    "/Applications/IBM Aspera Connect.app/Contents/Resources/ascp",
    "/Applications/IBM Aspera for desktop.app/Contents/Resources/transferd/bin/ascp",
    "~/.aspera/sdk/ascp",
    "/Library/Aspera/bin/ascp",
)
_WINDOWS = (
    r"{LOCALAPPDATA}\Programs\Aspera\Aspera Connect\bin\ascp.exe",
    r"{LOCALAPPDATA}\Programs\IBM\IBM Aspera Connect\bin\ascp.exe",
    r"{PROGRAMFILES}\Aspera\Aspera Connect\bin\ascp.exe",
    r"{PROGRAMFILES(X86)}\Aspera\Aspera Connect\bin\ascp.exe",
    r"{PROGRAMFILES}\IBM\IBM Aspera Connect\bin\ascp.exe",
    r"{USERPROFILE}\.aspera\sdk\ascp.exe",
)


def find(setting: str = "", system: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """The program: the one of the settings, else on the path, else in a default folder. NeedsUser where there is none;
    one that the settings name and that is not there is not replaced by another."""
    if setting.strip():
        wanted = Path(setting.strip()).expanduser()
        if not wanted.is_file():
            raise NeedsUser(problems.ascp_missing())
        return wanted
    on_path = shutil.which("ascp", path=environ.get("PATH"))
    found = Path(on_path) if on_path else next((p for p in candidates(system, environ) if p.is_file()), None)
    if found is None:
        raise NeedsUser(problems.ascp_missing())
    return found


def candidates(system: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """The default places on a system (``sys.platform``)."""
    if system == "win32":
        for place in _WINDOWS:
            variable = place[1 : place.index("}")]
            if environ.get(variable):
                yield Path(environ[variable] + place[place.index("}") + 1 :])
        return
    home = environ.get("HOME") or str(Path.home())
    for place in _MACOS if system == "darwin" else _LINUX:
        yield Path(place.replace("~", home, 1))


def version(program: Path) -> str | None:
    """What it says of itself, such as ``4.2.5``; None where it does not. NeedsUser where it does not start."""
    try:
        ran = subprocess.run(
            [str(program), "-A"], capture_output=True, timeout=_ANSWER_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        raise NeedsUser(problems.ascp_broken()) from None
    found = _VERSION.search((ran.stdout + ran.stderr).decode("utf-8", "replace"))
    return found[0] if found else None
