"""Tables of channels and antibodies as communities exchange them (MITI, HuBMAP), from the form's grid and back.

The column maps are data: ``resources/channel_tables/*.toml``. A row here is one channel in one cycle, with the keys of
``specimen.channels`` and, for wavelengths, those of ``light_microscopy.channels``: the two are joined and parted by the
name of the channel (docs/decisions/0009-channel-grid.md). Pure functions; reading and writing files is done elsewhere.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor import resources
from depositor.draft.draft import Draft
from depositor.draft.message import Message
from depositor.draft.paths import is_empty
from depositor.form.channel_cells import SHAPES, plain_text
from depositor.form.spots import items

Row = dict[str, Any]
OPTICAL = ("excitation", "emission", "emission_from", "emission_to", "exposure")  # what the acquisition tells


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``names`` are its headings, the one that is written first; ``shape`` how its cells are written;
    ``otherwise`` the key to take where ``key`` says nothing; a ``sign`` tells this table from others."""

    names: tuple[str, ...]
    key: str = ""
    shape: str = "text"
    otherwise: str = ""
    const: str = ""
    sign: bool = False


@dataclass(frozen=True, slots=True)
class ChannelTable:
    """One community's table; only channels that tell ``only`` belong into it."""

    id: str
    label: Message
    source: str
    columns: tuple[Column, ...]
    only: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows for the form, and the headings of the table that no column of the form takes."""

    rows: tuple[Row, ...]
    not_taken: tuple[str, ...]


@functools.cache
def tables() -> tuple[ChannelTable, ...]:
    """All tables that the program knows."""
    return tuple(_read(resources.toml(f"channel_tables/{n}.toml")) for n in resources.names("channel_tables", ".toml"))


def table(table_id: str) -> ChannelTable:
    """The table of an id; KeyError for an unknown one."""
    return {t.id: t for t in tables()}[table_id]


def recognised(headings: Sequence[str]) -> ChannelTable | None:
    """The table whose telling headings are all there, or None."""
    folded = {_folded(h) for h in headings}
    return next((t for t in tables() if all(_there(c, folded) for c in t.columns if c.sign)), None)


def key_of(of: ChannelTable, heading: str) -> str:
    """The key of the form that a heading of the table stands for; empty for one that it does not know."""
    return next((c.key for c in of.columns if _there(c, {_folded(heading)})), "")


def texts() -> Iterable[Message]:
    """The names of the tables, for the extraction of texts for translators."""
    return (t.label for t in tables())


# --- out and in ------------------------------------------------------------------------------------------------------


def to_table(to: ChannelTable, rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """The table as texts, its headings first."""
    kept = [r for r in rows if not to.only or not is_empty(r.get(to.only))]
    return (tuple(c.names[0] for c in to.columns), *(tuple(_written(c, r) for c in to.columns) for r in kept))


def from_table(of: ChannelTable, headings: Sequence[str], cells: Iterable[Sequence[str]]) -> Taken:
    """Rows for the form out of a table; empty cells say nothing, and cells that cannot be read are kept as text."""
    known = [next((c for c in of.columns if _there(c, {_folded(h)})), None) for h in headings]
    rows = tuple(r for line in cells if (r := _row(known, line)))
    left = tuple(h for h, c in zip(headings, known, strict=True) if c is None and h.strip())
    return Taken(rows, left)


def _written(column: Column, row: Mapping[str, Any]) -> str:
    if column.const:
        return column.const
    value = row.get(column.key)
    if is_empty(value) and column.otherwise:
        value = row.get(column.otherwise)
    if column.shape == "band":
        return SHAPES["band"].write(row)
    return "" if is_empty(value) else SHAPES[column.shape].write(value)


def _row(columns: Sequence[Column | None], line: Sequence[str]) -> Row:
    row: Row = {}
    for column, cell in zip(columns, line, strict=False):
        text = plain_text(cell)
        if column is None or column.const or not text:
            continue
        if column.shape == "band":
            row |= SHAPES["band"].read(text, row)
        else:
            row[column.key] = SHAPES[column.shape].read(text, row.get(column.key))
    return row


# --- the form --------------------------------------------------------------------------------------------------------


def rows_of(draft: Draft, specimen: int) -> tuple[Row, ...]:
    """The channels of one specimen, with the wavelengths that all image acquisitions agree on."""
    found = [r for r in items(draft.get(f"specimen[{specimen}].channels")) if isinstance(r, Mapping)]
    return tuple({**_optics(draft, r.get("channel_label")), **r} for r in found)


def parted(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """What belongs to the specimen and what to the image acquisition, where each channel stands once."""
    specimen: list[Row] = []
    optics: dict[str, Row] = {}
    for row in rows:
        specimen.append({k: v for k, v in row.items() if k not in OPTICAL})
        light = {k: v for k, v in row.items() if k in OPTICAL}
        name = row.get("channel_label")
        if light and isinstance(name, str):
            optics.setdefault(name, {"channel_label": name, **light})
    return tuple(specimen), tuple(optics.values())


def _optics(draft: Draft, name: Any) -> Row:
    alike = [
        channel
        for record in items(draft.get("light_microscopy"))
        if isinstance(record, Mapping)
        for channel in items(record.get("channels"))
        if isinstance(channel, Mapping) and name and channel.get("channel_label") == name
    ]
    told = {k: [c[k] for c in alike if not is_empty(c.get(k))] for k in OPTICAL}
    return {k: values[0] for k, values in told.items() if values and all(v == values[0] for v in values)}


# --- reading the maps ------------------------------------------------------------------------------------------------


def _read(data: Mapping[str, Any]) -> ChannelTable:
    label = Message(f"channel-table.{data['id']}.label", data["label"])
    return ChannelTable(data["id"], label, data["source"], tuple(map(_column, data["column"])), data.get("only", ""))


def _column(data: Mapping[str, Any]) -> Column:
    names = (data["name"], *data.get("also", ()))
    return Column(
        names,
        data.get("key", ""),
        data.get("shape", "text"),
        data.get("else", ""),
        data.get("const", ""),
        bool(data.get("sign", False)),
    )


def _there(column: Column, folded: set[str]) -> bool:
    return any(_folded(name) in folded for name in column.names)


def _folded(heading: str) -> str:
    return "".join(c for c in heading.casefold() if c.isalnum() or c == "#")
