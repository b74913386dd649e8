"""The registry of documents: everything that goes along with the data, each format a function of the sealed submission.

A new format is one function ``(Sealed, Path) -> paths`` and one line in ``_WRITERS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from depositor.bundle import manifest, naming
from depositor.bundle.datacite import write_datacite
from depositor.bundle.digest import sent_digest
from depositor.bundle.file_lists import write_file_lists
from depositor.bundle.methods import write_methods
from depositor.bundle.pagetab import write_pagetab
from depositor.bundle.ro_crate import write_ro_crate
from depositor.bundle.sealed import Sealed
from depositor.bundle.submission_document import write_submission
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.draft.submission import SubmissionFile

__all__ = ["Sealed", "formats", "write"]

Writer = Callable[[Sealed, Path], tuple[Path, ...]]


def formats() -> tuple[str, ...]:
    """The formats that can be written, sorted."""
    return tuple(sorted(_WRITERS))


def write(format: str, sealed: Sealed, folder: Path) -> tuple[Path, ...]:  # noqa: A002 - the word of the contract
    """Write the document (some formats: documents) into ``folder``, which is made; the paths, the main one first.

    Each file appears whole or not at all. Raises NeedsUser for a format that is not built, for a disk that is full or
    closed, and where the description cannot be said in that format; Damaged and Stopped where files must be read.
    """
    writer = _WRITERS.get(format)
    if writer is None:
        raise NeedsUser(_no_such_format(format))
    return writer(sealed, folder)


def _write_manifest(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """The list of checksums, and the table of renamed files where there are any."""
    path, _ = manifest.write(_digested(sealed), folder)
    told = sealed.told()
    renames = naming.write_renames(((told(f), f.name) for f in sealed.data()), folder)
    return (path, renames) if renames else (path,)


def _digested(sealed: Sealed) -> Iterator[SubmissionFile]:
    """The data files with their digests; what was not read yet (an export before the send) is read now."""
    for file in sealed.data():
        yield file if file.sha256 else replace(file, sha256=sent_digest(file, sealed.cancel))


def _no_such_format(asked: str) -> Problem:
    return Problem(
        "documents.format",
        Side.PROGRAM,
        msg("documents.format", "This version of Depositor cannot write the format “{asked}”.", asked=asked),
        msg("documents.format.advice", "Choose one of these: {formats}.", formats=", ".join(formats())),
    )


_WRITERS: dict[str, Writer] = {
    "datacite": write_datacite,
    "file-lists": write_file_lists,
    "manifest": _write_manifest,
    "methods": write_methods,
    "pagetab": write_pagetab,
    "ro-crate": write_ro_crate,
    "submission": write_submission,
}
