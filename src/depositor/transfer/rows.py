"""The files of a submission as rows of the table ``submission_file`` (migration 1), which belongs to the transfer."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from depositor.draft.submission import Role, SubmissionFile

COLUMNS = "seq, source, origin, name, size, mtime_ns, inode, role, grp, facts"  # what from_row needs beside sha256
INSERT = (
    "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role, grp, facts, "
    "sha256) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
)


def to_row(submission_id: str, file: SubmissionFile) -> tuple[Any, ...]:
    """The values for :data:`INSERT`."""
    return (
        *(submission_id, file.seq, file.source, file.origin, file.name, file.size, file.mtime_ns, file.inode),
        *(file.role.value, file.group, json.dumps(dict(file.facts), ensure_ascii=False), file.sha256),
    )


def from_row(row: sqlite3.Row) -> SubmissionFile:
    """The file of a row."""
    return SubmissionFile(
        seq=row["seq"],
        source=row["source"],
        origin=row["origin"],
        name=row["name"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        inode=row["inode"],
        role=Role(row["role"]),
        sha256=row["sha256"],
        group=row["grp"],
        facts=json.loads(row["facts"]) if row["facts"] != "{}" else {},
    )
