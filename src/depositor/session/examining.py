"""What the worker process does for one file of a privacy check: its content and its name in one call."""

from __future__ import annotations

import contextlib
import functools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from depositor.privacy.examination import Examination
    from depositor.privacy.known import Known

_SHORT = 2048  # characters of a lesson that go along with each file


def content_and_name(path: Path, shown: str, terms: str = "") -> Examination:
    """Look into one file and at its name; never raises for bad input. ``terms``: what other files taught, as
    :func:`at_hand` gives it."""
    from dataclasses import replace

    from depositor.privacy import examine

    known = _known(terms)
    inside = examine.file(path, shown, known)
    return replace(inside, findings=(*inside.findings, *examine.name(shown, known)))


def content(path: Path, shown: str, terms: str = "") -> Examination:
    """:func:`content_and_name` without the name."""
    from depositor.privacy import examine

    return examine.file(path, shown, _known(terms))


@contextlib.contextmanager
def at_hand(terms: str) -> Iterator[str]:
    """``terms`` (JSON) as the worker process takes it: itself, or for a long lesson the file that holds it until the
    block ends. With each of 100,000 files it would take longer on its way than the files take to be looked at."""
    if len(terms) <= _SHORT:
        yield terms
        return
    with tempfile.TemporaryDirectory(prefix="depositor-") as folder:
        lesson = Path(folder, "lesson.json")
        lesson.write_text(terms, "utf-8")
        yield str(lesson)


@functools.lru_cache(maxsize=2)
def _known(terms: str) -> Known:
    return known_from_json(terms if not terms or terms.startswith("{") else Path(terms).read_text("utf-8"))


@functools.lru_cache(maxsize=2)
def known_from_json(terms: str) -> Known:
    """The values to search for, made ready once for all files. An empty text knows nothing."""
    from depositor.privacy.kinds import Kind
    from depositor.privacy.known import Known

    return Known({term: Kind(kind) for term, kind in json.loads(terms or "{}").items()})
