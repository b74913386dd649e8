"""The example that comes with the program."""

from __future__ import annotations

from pathlib import Path

from depositor import resources

SUFFIX = ".depositor.json"


def document() -> Path | None:
    """The submission document of the bundled example; None in a copy without one."""
    found = sorted(resources.path("examples").rglob(f"*{SUFFIX}"), key=lambda p: (len(p.parts), p.name))
    return found[0] if found else None
