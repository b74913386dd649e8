"""Columns of a file list that the user describes (``draft.file_columns``): headings and cells as tables know them."""

from __future__ import annotations

from typing import Any

from depositor.draft.file_columns import HOMES, FileColumn, columns_of
from depositor.draft.name_patterns import compiled

__all__ = ["SOURCE_IMAGE", "cell", "compiled", "described", "header"]

SOURCE_IMAGE = "source_image"


def described(columns: Any) -> tuple[FileColumn, ...]:
    """The columns of a submission document that stand in file lists; which list a file is in is no column of it."""
    return tuple(c for c in columns_of(columns) if c.refers_to not in HOMES)


def header(name: str) -> str:
    """The heading of a column as the archive knows it: one line, ``source_image`` in the spelling of the help page."""
    plain = cell(name)
    folded = plain.casefold().replace(" ", "_")
    if folded == SOURCE_IMAGE:
        return SOURCE_IMAGE
    return f"{plain} (column)" if folded == "files" else plain  # the first column alone is called Files


def cell(value: str) -> str:
    """A value on one line and without tabs: the tables know no quoting."""
    return " ".join(value.split()) if any(c in value for c in "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029") else value
