"""What the worker process does for one file of a privacy check: its content and its name in one call."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from depositor.privacy.examination import Examination
    from depositor.privacy.known import Known


def content_and_name(path: Path, shown: str, terms: str = "") -> Examination:
    """Look into one file and at its name; never raises for bad input. ``terms``: JSON of what other files taught."""
    from dataclasses import replace

    from depositor.privacy import examine

    known = known_from_json(terms)
    inside = examine.file(path, shown, known)
    return replace(inside, findings=(*inside.findings, *examine.name(shown, known)))


@functools.lru_cache(maxsize=2)
def known_from_json(terms: str) -> Known:
    """The values to search for, made ready once for all files. An empty text knows nothing."""
    from depositor.privacy.kinds import Kind
    from depositor.privacy.known import Known

    return Known({term: Kind(kind) for term, kind in json.loads(terms or "{}").items()})
