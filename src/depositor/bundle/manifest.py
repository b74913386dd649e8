"""The manifest: one line ``<sha256>  <name>`` for each file, sorted by the bytes of the name (UTF-8), ended by ``\\n``.

The form is that of BagIt and of ``sha256sum``: ``sha256sum -c manifest-sha256.txt`` checks a folder without Depositor.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from depositor.bundle.digest import file_digest
from depositor.bundle.spelling import shown
from depositor.bundle.writing import text_file
from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, Defect, DepositError, Problem, Side
from depositor.draft.submission import SubmissionFile

NAME = "manifest-sha256.txt"
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](?:\./)?(.+)", re.DOTALL)
_STEPS_OUT = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|\\")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: the name at the archive and the SHA-256 (lower-case hex)."""

    name: str
    sha256: str


class Found(StrEnum):
    """How a file of the manifest was found."""

    EQUAL = "equal"
    DIFFERENT = "different"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Checked:
    """One file of the manifest compared with what lies there; ``problem`` where it could not be read."""

    name: str
    found: Found
    problem: Problem | None = None


def lines(files: Iterable[SubmissionFile]) -> Iterator[str]:
    """The lines of the manifest, for files in any order (they are sorted in a temporary file, in some 20 MB of memory).

    Raises Defect where a file has no digest yet or two files have one name.
    """
    before = None
    for name, sha256 in _sorted(files):
        if name == before:
            raise Defect(_twice(name.decode()))
        before = name
        yield f"{sha256}  {name.decode()}\n"


def sha256_of(files: Iterable[SubmissionFile]) -> str:
    """The SHA-256 (hex) of the manifest's text: one number that stands for all files."""
    digest = hashlib.sha256()
    for line in lines(files):
        digest.update(line.encode())
    return digest.hexdigest()


def write(files: Iterable[SubmissionFile], folder: Path) -> tuple[Path, str]:
    """Write ``manifest-sha256.txt`` into ``folder``; its path and its own SHA-256."""
    digest = hashlib.sha256()
    with text_file(folder / NAME) as out:
        for line in lines(files):
            out.write(line)
            digest.update(line.encode())
    return folder / NAME, digest.hexdigest()


def read(path: Path) -> Iterator[Entry]:
    """The entries of a manifest, also one that ``sha256sum`` wrote, as a stream.

    Raises Damaged at a line that is none, or that names a file outside the folder.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as text:
            for number, line in enumerate(text, 1):
                yield _entry(line.rstrip("\r\n"), number, path)
    except (OSError, UnicodeDecodeError) as error:
        raise Damaged(_unreadable(path)) from error


def verify(
    folder: Path, manifest: Path, cancel: Cancel, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Checked]:
    """Compare each file of ``manifest`` with what lies in ``folder``; one bad file does not end it.

    Raises Stopped when cancelled and Damaged for a broken manifest, nothing else.
    """
    for entry in read(manifest):
        path = folder / entry.name
        if not path.is_file():
            yield Checked(entry.name, Found.MISSING)
            continue
        try:
            same = file_digest(path, cancel, on_bytes) == entry.sha256
        except DepositError as error:
            if cancel:
                raise
            yield Checked(entry.name, Found.UNREADABLE, error.problem)
        else:
            yield Checked(entry.name, Found.EQUAL if same else Found.DIFFERENT)


def _sorted(files: Iterable[SubmissionFile]) -> Iterator[tuple[bytes, str]]:
    """(name, digest) by the bytes of the name. SQLite sorts in a private file that goes with the connection."""
    with closing(sqlite3.connect("", check_same_thread=False)) as db:
        db.execute("PRAGMA cache_size = -16000")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("CREATE TABLE entry (name BLOB NOT NULL, sha256 TEXT NOT NULL)")
        db.executemany("INSERT INTO entry VALUES (?, ?)", ((f.name.encode(), _known(f)) for f in files))
        db.commit()
        yield from db.execute("SELECT name, sha256 FROM entry ORDER BY name")


def _known(file: SubmissionFile) -> str:
    if not file.sha256:
        raise Defect(_not_digested(file.name))
    return file.sha256


def _entry(line: str, number: int, path: Path) -> Entry:
    found = _LINE.fullmatch(line)
    if not found or _STEPS_OUT.search(found[2]):
        raise Damaged(_bad_line(path, number))
    return Entry(found[2], found[1].lower())


def _not_digested(name: str) -> Problem:
    return Problem(
        "manifest.no-digest",
        Side.PROGRAM,
        msg(
            "manifest.no-digest",
            "The checksum of {name} is not known yet, so the list of checksums cannot be written.",
            name=shown(name),
        ),
        msg(
            "manifest.no-digest.advice",
            "Send the files first, or try again; if it comes back, please send the report to the help desk.",
        ),
        name,
    )


def _twice(name: str) -> Problem:
    return Problem(
        "manifest.twice",
        Side.PROGRAM,
        msg("manifest.twice", "Two files of this deposit have the name {name}.", name=shown(name)),
        msg("manifest.twice.advice", "Please send the report to the help desk; your files are untouched."),
        name,
    )


def _bad_line(path: Path, number: int) -> Problem:
    return Problem(
        "manifest.line",
        Side.COMPUTER,
        msg("manifest.line", "Line {number} of the list of checksums cannot be understood.", number=number),
        msg("manifest.line.advice", "Get the list anew from where it came from; it may have been cut or edited."),
        str(path),
    )


def _unreadable(path: Path) -> Problem:
    return Problem(
        "manifest.unreadable",
        Side.COMPUTER,
        msg("manifest.unreadable", "The list of checksums could not be read."),
        msg("manifest.unreadable.advice", "Look whether {name} is in the folder.", name=path.name),
        str(path),
    )
