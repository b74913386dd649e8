"""Folders of seals that were killed: cleaned copies that belong to no submission are found and taken away."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

MARK = ".sealing"  # lies in a submission's folder until its rows are written; holds the id of the draft


def begin(folder: Path, draft_id: str) -> None:
    """Make the folder of a submission that is being sealed. OSError as usual."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(draft_id, "ascii")


def end(folder: Path) -> None:
    """The submission is in the store."""
    with contextlib.suppress(OSError):
        (folder / MARK).unlink(missing_ok=True)


def sweep(submissions: Path, draft_id: str, db: sqlite3.Connection) -> int:
    """Take away what earlier seals of this draft left that did not come to their end; how many folders went.

    The caller holds the draft's lock, so that none of them is under way. Folders of submissions stay.
    """
    gone = 0
    for mark in submissions.glob(f"*/{MARK}"):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if mark.read_text("ascii") != draft_id:
                continue
            if db.execute("SELECT 1 FROM submission WHERE id=?", (mark.parent.name,)).fetchone():
                mark.unlink()
            else:
                shutil.rmtree(mark.parent, ignore_errors=True)
                gone += 1
    return gone
