"""Reading and writing submission documents, and exporting the description in other formats."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.capabilities import Capabilities
from depositor.draft.document import from_document, to_document
from depositor.draft.draft import Draft
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Side
from depositor.draft.submission import Submission, SubmissionFile
from depositor.session.clock import now
from depositor.session.places import made_absolute, made_relative

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

_LARGEST = 256 * 1024 * 1024  # no honest document is larger; a wrong file is refused before it is parsed


def read(path: Path, draft_id: str) -> Draft:
    """The draft that a document describes, with absolute paths. Damaged or NeedsUser where it cannot be read."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Damaged(_unreadable(path))
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NeedsUser(_not_there(path)) from error
    except (ValueError, RecursionError) as error:
        raise Damaged(_unreadable(path)) from error
    draft = from_document(data, draft_id)
    return replace(draft, files=made_absolute(draft.files, path.absolute().parent))


def write(draft: Draft, path: Path) -> None:
    """Write the document so that a kill leaves the old one or the new one."""
    document = to_document(draft)
    document["files"] = made_relative(draft.files, path.absolute().parent)
    write_json(path, document)


def write_json(path: Path, data: Any) -> None:
    """Write JSON to ``path`` in one step: beside it first, on disk, then in its place."""
    write_bytes(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file in one step. NeedsUser where the folder does not let us."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # also where a file stands in the place of the folder
            beside.unlink(missing_ok=True)
        raise NeedsUser(_cannot_write(path)) from error


def comparable(draft: Draft) -> dict[str, Any]:
    """What of a draft counts when it is compared with what was sealed."""
    return json.loads(json.dumps(to_document(draft), ensure_ascii=False))  # type: ignore[no-any-return]


def export(desk: Desk, opened: OpenDraft, format: str, folder: Path) -> tuple[Path, ...]:  # noqa: A002
    """Write one format of an open draft. Digests that are not yet known are left out, nothing is read for them."""
    from depositor.bundle import documents
    from depositor.bundle.documents import Sealed
    from depositor.session import spreadsheets

    if format == spreadsheets.FORMAT:
        return spreadsheets.export(desk, opened, folder / spreadsheets.file_name(opened.draft))
    capabilities = opened.capabilities or generic()
    return documents.write(format, Sealed(preview(opened), capabilities, lambda: rows(desk, opened)), folder)


def preview(opened: OpenDraft) -> Submission:
    """The submission that sealing the draft now would make, as far as documents need it."""
    found = opened.summary()
    return Submission(
        id=opened.id,
        draft_id=opened.id,
        archive=opened.draft.archive or "",
        revision=0,
        sealed_at=now(),
        document=to_document(opened.draft),
        files=found.files,
        bytes=found.bytes,
    )


def rows(desk: Desk, opened: OpenDraft) -> Iterator[SubmissionFile]:
    """The files as sealing would name them."""
    from depositor.session.seal import planned

    return planned(desk, opened, opened.capabilities or generic())


def generic() -> Capabilities:
    """No archive in particular: for exports before one is chosen."""
    empty = msg("archive.none", "No archive is chosen yet.")
    return Capabilities("", "", "none", empty, empty, empty, empty)


def _unreadable(path: Path) -> Problem:
    return Problem(
        "document.unreadable",
        Side.COMPUTER,
        msg("document.unreadable", "This document cannot be read: it is not whole, or no JSON."),
        msg(
            "document.unreadable.advice",
            "Open an older copy, or start from the folder again. The file was not changed.",
        ),
        str(path),
    )


def _not_there(path: Path) -> Problem:
    return Problem(
        "document.not-there",
        Side.COMPUTER,
        msg("document.not-there", "The document is not there, or you may not read it."),
        msg("document.not-there.advice", "Check its name and folder, and whether the drive is connected."),
        str(path),
    )


def _cannot_write(path: Path) -> Problem:
    return Problem(
        "document.cannot-write",
        Side.COMPUTER,
        msg("document.cannot-write", "The file could not be written there."),
        msg("document.cannot-write.advice", "Choose another folder, or free some space on that drive."),
        str(path),
    )
