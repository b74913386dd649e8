"""The registry of sources: the first that claims a file reads it. What is in the file decides, not its name.

A new source is one ``Source`` and one line in ``_SOURCES``; the special ones stand before the general ones.
"""

from __future__ import annotations

import functools
from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Side
from depositor.form.sources import crates, documents, idr, isatab, notebooks, omero, tables
from depositor.form.sources.source import HEAD, Context, Source
from depositor.form.workbook import safety
from depositor.form.workbook.reading import Reading

_SOURCES: tuple[Source, ...] = (
    documents.DOCUMENT,
    documents.DATACITE,
    tables.FILE_LIST,
    notebooks.NOTEBOOK,
    crates.CRATE,
    tables.WORKBOOK,
    isatab.INVESTIGATION,
    isatab.STUDY,
    idr.STUDY,
    idr.FILES,
    omero.OMERO,
    tables.TEXT_TABLE,
)


def sources() -> tuple[Source, ...]:
    """All sources, in the order in which they are asked."""
    return _SOURCES


def source_of(path: Path) -> Source | None:
    """The source for a file or folder, or None where none knows it. NeedsUser where it cannot be read at all."""
    try:
        head = b"" if path.is_dir() else _head(path)
    except OSError as error:
        raise NeedsUser(safety.not_there(path)) from error
    return next((s for s in _SOURCES if s.claims(path, head)), None)


def read(path: Path, context: Context) -> Reading:
    """What the file says. NeedsUser for a kind that nobody knows, Damaged for one that cannot be read."""
    found = source_of(path)
    if found is None:
        if not path.is_dir() and _head(path)[:4] == b"\xd0\xcf\x11\xe0":
            safety.opened(path)  # says what to do about the old kind and about passwords
        raise NeedsUser(_unknown(path))
    return _guarded(functools.partial(found.read, path, context), path)


def _guarded(reading: functools.partial[Reading], path: Path) -> Reading:
    """Files of people hold anything: what a reader stumbles over is the file's fault, said as such."""
    try:
        return reading()
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(safety.unreadable(path)) from error
    except OSError as error:
        raise NeedsUser(safety.not_there(path)) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(HEAD)


def _unknown(path: Path) -> Problem:
    return Problem(
        "import.unknown",
        Side.COMPUTER,
        msg("import.unknown", "Depositor finds no description in this file."),
        msg(
            "import.unknown.advice",
            "It reads spreadsheets (.xlsx), text tables (.csv, .tsv), notebooks (.eln), RO-Crates, ISA-Tab, DataCite, "
            "and its own documents.",
        ),
        path.name,
    )
