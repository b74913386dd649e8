"""What the file system keeps beside a file: extended attributes (Linux), and where a link leads.

They travel with the file only on some ways of sending (archives, some disks), so that they are told as information.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.privacy import judge
from depositor.privacy.checks import attributes
from depositor.privacy.judge import Spot
from depositor.privacy.known import NOTHING_KNOWN, Known

CHECK = "attributes"
MOST = 200
_WHY = msg(
    "privacy.why.aside",
    "This stands beside the file, in the file system; it goes along only on some ways of sending, such as an archive.",
)


def findings(path: Path, shown: str, known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """What stands beside the file at ``path``; empty where there is nothing, or the system does not tell."""
    spots = [*_attributes(path), *_link(path)]
    if not spots:
        return ()
    found = judge.findings(CHECK, shown, spots, known)
    return tuple(replace(f, level=Level.INFO, why=_WHY, remedies=()) for f in found)


def _attributes(path: Path) -> list[Spot]:
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = os.listxattr(path, follow_symlinks=False)[:MOST]
        values = [(name, os.getxattr(path, name, follow_symlinks=False)) for name in names]
    except OSError:
        return []
    told = [(name, value) for name, value in values if not name.startswith(("security.", "system."))]
    return [spot for name, value in told for spot in attributes.spots(name, value, "attribute")]


def _link(path: Path) -> list[Spot]:
    if not path.is_symlink():
        return []
    try:
        return [Spot("link", "", os.readlink(path), None, ())]  # noqa: PTH115 - the text as it stands, not a path
    except OSError:
        return []
