"""What a source is: it knows its files by their content, and reads one as rows of the form's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depositor.draft.message import Message
from depositor.form.fields import Form
from depositor.form.workbook.compare import rows_of
from depositor.form.workbook.reading import NotTaken, Reading, Row
from depositor.form.workbook.values import Wording

Report = Callable[[int, int], None]
HEAD = 64 * 1024  # bytes that a source may look at before it claims a file


@dataclass(frozen=True, slots=True)
class Context:
    """What a reading needs: the form that asks, how choices are worded, and which part of the file was chosen."""

    form: Form
    wording: Wording
    part: str = ""
    report: Report = lambda _done, _of: None


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of file. ``claims(path, head)`` looks at the name and the first bytes alone (``head`` is empty for a
    folder) and never raises; ``read`` raises Damaged or NeedsUser where the file turns out to be no such thing."""

    id: str
    name: Message
    claims: Callable[[Path, bytes], bool]
    read: Callable[[Path, Context], Reading]


def tree_reading(
    source: Source | str,
    name: Message,
    tree: Mapping[str, Any],
    context: Context,
    place: str,
    *,
    not_taken: Sequence[NotTaken] = (),
    **more: Any,
) -> Reading:
    """Values shaped like a document's metadata; ``license`` and ``release_date`` stand in the study."""
    rows = tuple(_rows(context, tree, place))
    told = source if isinstance(source, str) else source.id
    return Reading(told, name, rows, not_taken=tuple(not_taken), tables=frozenset(r.table for r in rows), **more)


def _rows(context: Context, tree: Mapping[str, Any], place: str) -> Iterator[Row]:
    yield from rows_of(context.form, tree, place)


def text(value: Any) -> str:
    """A text out of whatever stands there."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def listed(value: Any) -> list[Any]:
    """A list as it is, one thing as a list of one, nothing as an empty list."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def without_blanks(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record without what says nothing."""
    return {k: v for k, v in record.items() if v not in (None, "", [], {})}
