"""The submission document as it was sealed: what ``depositor deposit`` takes, with the names at the archive added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from depositor.bundle.answers import records, text
from depositor.bundle.sealed import Sealed
from depositor.bundle.writing import text_file

NAME = "submission.depositor.json"
_MOST_GROUPS = 1000
# What names files and people as they were before the cleaning: for the depositor's eyes, not for those of the world.
_PRIVATE = ("origins", "decisions", "confirmed", "files", "columns", "human", "policy", "privacy_choices", "renames")


def write_submission(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write the document; where the archive gets it, without decisions, origins and paths on this computer.

    ``sealed`` tells id, revision and time, and ``sealed.renamed`` maps paths in the study to
    names at the archive where the two differ."""
    path = folder / NAME
    with text_file(path) as out:
        _write(sealed, out)
    return (path,)


def _write(sealed: Sealed, out: IO[str]) -> None:
    """The renamed paths may be a million, so they are written one by one."""
    submission = sealed.submission
    sent = "submission" in sealed.capabilities.sent_documents
    left_out = {"sealed", *(_PRIVATE if sent else ())}
    document = {k: v for k, v in submission.document.items() if k not in left_out}
    if sent:
        document["files"] = _groups(sealed)
    head = json.dumps(document or {"depositor": 1}, ensure_ascii=False, indent=1)
    seal = {
        "id": submission.id,
        "revision": submission.revision,
        "previous": submission.previous,
        "at": submission.sealed_at,
        "files": submission.files,
        "bytes": submission.bytes,
    }
    told = json.dumps({k: v for k, v in seal.items() if v is not None}, ensure_ascii=False)
    out.write(f'{head[:-2]},\n "sealed": {told[:-1]}, "renamed": {{')
    for at, pair in enumerate(_renamed(sealed)):
        out.write(f"{',' if at else ''}\n  {pair}")
    out.write("}}\n}\n")


def _groups(sealed: Sealed) -> list[dict[str, str]]:
    """The top folders and files as they lie beside the document, with what they belong to."""
    annotations = {text(r.get("title")) for r in records(sealed.metadata.get("annotations"))}
    found: dict[tuple[str, str], None] = {}
    for file in sealed.data():
        found[file.name.partition("/")[0], file.group or ""] = None
        if len(found) > _MOST_GROUPS:
            return [{"path": "."}]
    kinds = {group: "annotations" if group in annotations else "study_component" for _, group in found}
    return [{"path": path} | ({kinds[group]: group} if group else {}) for path, group in found]


def _renamed(sealed: Sealed) -> Iterator[str]:
    told = sealed.told()
    for file in sealed.data():
        if told(file) != file.name:
            origin = json.dumps(told(file))  # a name that is no text stays readable as an escape
            yield f"{origin}: {json.dumps(file.name, ensure_ascii=False)}"
