"""The layout of a package: a BagIt bag (RFC 8493) whose payload is the deposit with its RO-Crate, and a page for people
who open it.

::

    <title>-<id8>/
        README.txt                 what this is, and how to check it
        bagit.txt, bag-info.txt    the bag's declaration
        manifest-sha256.txt        a line for each file in data/
        tagmanifest-sha256.txt     the same for the files above
        data/                      the files, and beside them the documents that describe them
        .incomplete                only while it is being written

Documents lie with the data, because an RO-Crate and the file lists name files relative to themselves
(https://www.researchobject.org/ro-crate/specification/1.2/appendix/implementation-notes.html).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import depositor
from depositor.bundle import manifest
from depositor.bundle.file_lists import slug
from depositor.bundle.writing import write_text
from depositor.draft.submission import Submission, SubmissionFile

DATA = "data"
MARK = ".incomplete"
INFO = "bag-info.txt"
_ID = "External-Identifier"
_TAGS = ("README.txt", "bagit.txt", INFO, manifest.NAME)
_PART = re.compile(r"\.[0-9a-f]{16}\.part")
# What systems put into any folder that somebody looks at.
_JUNK = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a package, for its papers. ``manifest_sha256`` is that of the list of data files in ``data/``."""

    submission: Submission
    files: int
    bytes: int
    made: str
    manifest_sha256: str | None = None


def name_of(submission: Submission) -> str:
    """The folder's name: short, plain, and the same in every run."""
    plain = re.sub(r"[^A-Za-z0-9]", "", submission.id)[:8].lower()
    return "-".join(filter(None, (slug(title_of(submission)), plain)))


def title_of(submission: Submission) -> str:
    """The title of the study on one line; empty where it has none."""
    metadata: Any = submission.document.get("metadata")
    study = metadata.get("study") if isinstance(metadata, dict) else None
    title = study.get("title") if isinstance(study, dict) else None
    return " ".join(title.split()) if isinstance(title, str) else ""


def begin(folder: Path, submission_id: str) -> None:
    """Make the folder and mark it as incomplete; what is there stays."""
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    write_text(folder / MARK, json.dumps({"submission": submission_id}) + "\n")


def submission_of(folder: Path) -> str | None:
    """The submission that a package was made for; None where the folder is no package."""
    try:
        if (folder / MARK).is_file():
            return str(json.loads((folder / MARK).read_text("utf-8"))["submission"])
        lines = (folder / INFO).read_text("utf-8").splitlines()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return next((line.partition(": ")[2] for line in lines if line.startswith(f"{_ID}: ")), None)


def incomplete(folder: Path) -> bool:
    return (folder / MARK).is_file()


def held(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name, path) of the files in ``data/``, without what systems or a broken run left there."""
    root = folder / DATA
    for parent, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if name not in _JUNK and not name.startswith("._") and not _PART.fullmatch(name):
                yield path.relative_to(root).as_posix(), path


def tidy(folder: Path) -> None:
    """Remove what a broken run left: parts of files that were then left out."""
    for parent, _, names in os.walk(folder / DATA):
        for name in names:
            if _PART.fullmatch(name):
                Path(parent, name).unlink(missing_ok=True)


def close(folder: Path, contents: Contents, files: Iterable[SubmissionFile]) -> None:
    """Write the bag's papers and take the mark away, which is the last thing that happens."""
    manifest.write((replace(f, name=f"{DATA}/{f.name}") for f in files), folder)
    write_text(folder / "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    write_text(folder / INFO, _info(contents))
    write_text(folder / "README.txt", _readme(contents))
    lines = (f"{_digest(folder / name)}  {name}\n" for name in sorted(_TAGS))
    write_text(folder / "tagmanifest-sha256.txt", "".join(lines))
    (folder / MARK).unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _info(contents: Contents) -> str:
    lines = {
        "Bag-Software-Agent": f"Depositor {depositor.__version__}",
        "Bagging-Date": contents.made[:10],
        _ID: contents.submission.id,
        "External-Description": title_of(contents.submission) or "untitled",
        "Payload-Oxum": f"{contents.bytes}.{contents.files}",
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def _readme(contents: Contents) -> str:
    """For a person who finds the folder in ten years. English, as the documents of archives are."""
    license_id = contents.submission.document.get("license") or "not named; ask the authors before you use the data"
    title = title_of(contents.submission) or "An imaging data set without a title"
    return f"""{title}
{"=" * min(len(title), 78)}

This folder holds an imaging data set with its description. It was made by
Depositor {depositor.__version__} on {contents.made[:10]} and every file in it was read again
and compared with its checksum.

  Files      {contents.files} ({contents.bytes} bytes) in the folder data
  Licence    {license_id}
  Package    {contents.submission.id}, revision {contents.submission.revision}

What is in data
  Your way in is data/methods.txt (what was done, to read) and
  data/ro-crate-metadata.json (the whole description, for programs; RO-Crate 1.2).
  data/submission.depositor.json opens in Depositor and can be sent to an archive.
  Files whose names had to change stand in data/renames.tsv, if there are any.

Is everything still whole?
  The folder is a BagIt bag (RFC 8493): any BagIt program can check it.
  By hand, in this folder:
      sha256sum -c manifest-sha256.txt            (Linux)
      shasum -a 256 -c manifest-sha256.txt        (macOS)
  On Windows: Get-FileHash NAME, and compare with the line in the list.

If there is a file called .incomplete here, the package was not finished.
"""
