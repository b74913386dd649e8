"""Channels and antibodies as the tables that communities exchange: written as CSV, or TSV where the name ends so."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from depositor.draft.draft import Draft
from depositor.form import channel_tables
from depositor.form.channel_tables import ChannelTable
from depositor.form.spots import items
from depositor.session import documents

__all__ = ["ChannelTable", "light_of", "tables", "text_of", "write"]

_LIGHT = ("excitation", "emission")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tables() -> tuple[ChannelTable, ...]:
    """The tables that can be written: each with its ``id`` and ``label``."""
    return channel_tables.tables()


def light_of(draft: Draft) -> dict[str, dict[str, Any]]:
    """Name of a channel -> ``excitation`` and ``emission`` in nm, as far as all image acquisitions agree on them."""
    told: dict[str, dict[str, set[float]]] = {}
    for record in items(draft.get("light_microscopy")):
        for channel in items(record.get("channels")) if isinstance(record, Mapping) else ():
            name = channel.get("channel_label") if isinstance(channel, Mapping) else None
            for key in _LIGHT if isinstance(name, str) else ():
                value = channel.get(key)
                if isinstance(value, (int, float)):
                    told.setdefault(str(name), {}).setdefault(key, set()).add(float(value))
    return {
        name: {key: next(iter(values)) for key, values in keys.items() if len(values) == 1}
        for name, keys in told.items()
    }


def write(draft: Draft, specimen: int, table_id: str, path: Path) -> int:
    """Write the channels of a specimen; how many rows. NeedsUser where the file cannot be written, KeyError for a table
    that is none. The file appears whole."""
    of = channel_tables.table(table_id)
    lines = channel_tables.to_table(of, channel_tables.rows_of(draft, specimen))
    documents.write_bytes(path, text_of(lines, tabs=path.suffix.casefold() in (".tsv", ".txt")).encode("utf-8-sig"))
    return len(lines) - 1


def text_of(lines: Iterable[Sequence[str]], *, tabs: bool) -> str:
    """The table as text. No cell is one that a spreadsheet would compute: such a text gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if tabs else ",", lineterminator="\r\n")
    writer.writerows([[_harmless(cell) for cell in line] for line in lines])
    return out.getvalue()


def _harmless(cell: str) -> str:
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)  # -80 is a number, not a formula
    except ValueError:
        return f"'{cell}"
    return cell
