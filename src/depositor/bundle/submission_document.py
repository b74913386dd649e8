"""The submission document as it was sealed: what ``depositor deposit`` takes, with the names at the archive added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from depositor.bundle.sealed import Sealed
from depositor.bundle.writing import text_file

NAME = "submission.depositor.json"


def write_submission(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write the document; ``sealed`` tells id, revision and time, and ``sealed.renamed`` maps paths in the study to
    names at the archive where the two differ."""
    path = folder / NAME
    with text_file(path) as out:
        _write(sealed, out)
    return (path,)


def _write(sealed: Sealed, out: IO[str]) -> None:
    """The renamed paths may be a million, so they are written one by one."""
    submission = sealed.submission
    document = {k: v for k, v in submission.document.items() if k != "sealed"}
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


def _renamed(sealed: Sealed) -> Iterator[str]:
    for file in sealed.data():
        if file.origin != file.name:
            origin = json.dumps(file.origin)  # a name that is no text stays readable as an escape
            yield f"{origin}: {json.dumps(file.name, ensure_ascii=False)}"
