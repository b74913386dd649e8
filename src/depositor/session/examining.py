"""What the worker process does for one file of a privacy check: its content and its name in one call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from depositor.privacy.examination import Examination


def content_and_name(path: Path, shown: str) -> Examination:
    """Look into one file and at its name; never raises for bad input."""
    from dataclasses import replace

    from depositor.privacy import examine

    inside = examine.file(path, shown)
    return replace(inside, findings=(*inside.findings, *examine.name(shown)))
