"""What a deposit in one's own storage looks like::

    <title>-<submission id>/
        README.txt       what this is, whether it is complete, and how to check it
        deposit.json     begun: which submission this is
        data/            the files, and beside them the documents that describe them, with the list of checksums
        receipt.json     written last: with it the deposit is complete

Documents lie with the data, because an RO-Crate, the file lists and the list of checksums name files relative to
themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import depositor
from depositor.archives.ports import Deposit
from depositor.bundle import manifest
from depositor.bundle.file_lists import slug
from depositor.draft.submission import Role, Submission

DATA = "data"
BEGUN = "deposit.json"
COMPLETE = "receipt.json"
README = "README.txt"
OWN = frozenset((BEGUN, COMPLETE, README))
_MOST_DOCUMENTS = 1000


def mark_of(submission_id: str) -> str:
    """What the folder's name ends with."""
    return re.sub(r"[^a-z0-9]", "", submission_id.lower())


def container(submission: Submission) -> str:
    """The folder's name: short, plain, and the same in every run."""
    return "-".join(filter(None, (slug(title_of(submission)), mark_of(submission.id))))


def may_be(folder: str, submission_id: str) -> bool:
    """Whether a folder's name is that of a submission; what is in it decides."""
    mark = mark_of(submission_id)
    return folder == mark or folder.endswith(f"-{mark}")


def title_of(submission: Submission) -> str:
    """The title of the study on one line; empty where it has none."""
    metadata: Any = submission.document.get("metadata")
    study = metadata.get("study") if isinstance(metadata, dict) else None
    title = study.get("title") if isinstance(study, dict) else None
    return " ".join(title.split()) if isinstance(title, str) else ""


def begun(submission: Submission) -> bytes:
    """``deposit.json``."""
    return _json({"depositor": depositor.__version__, "submission": submission.id, "title": title_of(submission)})


def receipt(deposit: Deposit, finished: str) -> bytes:
    """``receipt.json``: what was sent, for whoever runs the place. ``finished`` in ISO 8601 UTC."""
    files, total = 0, 0
    documents: list[dict[str, Any]] = []
    for file in deposit.files():
        if file.role is Role.DATA:
            files, total = files + 1, total + file.size
        elif len(documents) < _MOST_DOCUMENTS:
            documents.append({"name": f"{DATA}/{file.name}", "size": file.size, "sha256": file.sha256})
    submission = deposit.submission
    return _json(
        {
            "depositor": depositor.__version__,
            "submission": submission.id,
            "revision": submission.revision,
            "title": title_of(submission),
            "license": submission.document.get("license"),
            "release_date": submission.document.get("release_date"),
            "finished": finished,
            "files": files,
            "bytes": total,
            "manifest": f"{DATA}/{manifest.NAME}",
            "manifest_sha256": deposit.manifest_sha256,
            "documents": documents,
        }
    )


def submission_in(content: bytes | None) -> str | None:
    """The submission that a ``deposit.json`` or ``receipt.json`` names; None for a torn or foreign one."""
    try:
        found = json.loads((content or b"").decode("utf-8"))
    except ValueError:
        return None
    name = found.get("submission") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def readme(submission: Submission) -> bytes:
    """For a person who finds the folder in ten years. English, as the documents of archives are."""
    title = title_of(submission) or "An imaging data set without a title"
    license_id = submission.document.get("license") or "not named; ask the authors before you use the data"
    return f"""{title}
{"=" * min(len(title), 78)}

This folder holds an imaging data set with its description, sent by
Depositor {depositor.__version__}.

  Submission {submission.id}, revision {submission.revision}
  Files      {submission.files} ({submission.bytes} bytes) in the folder {DATA}, and documents beside them
  Licence    {license_id}

Is it complete?
  Only if there is a file {COMPLETE} here. It is written last, after all files were
  found in their places. Without it, the deposit is still under way or was broken
  off: leave it alone, or ask the person who sends it.

What is in {DATA}
  Your way in is {DATA}/methods.txt (what was done, to read) and
  {DATA}/ro-crate-metadata.json (the whole description, for programs; RO-Crate 1.2).
  {DATA}/submission.depositor.json opens in Depositor.

Is everything still whole?
  In the folder {DATA}:
      sha256sum -c {manifest.NAME}            (Linux)
      shasum -a 256 -c {manifest.NAME}        (macOS)
  On Windows: Get-FileHash NAME, and compare with the line in the list.
""".encode()


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
