"""What was read from a file that a person gave: rows of the form's tables, each value with the place it stood at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message


@dataclass(frozen=True, slots=True)
class Given:
    """One value as the document would hold it, and where it stood (``Biosample!B7``).

    ``text`` is what the cell said, None where the source is no table. ``told`` is said of it where it is not what the
    draft has already; with ``unfit`` it cannot be taken.
    """

    value: Any
    place: str
    text: str | None = None
    told: tuple[tuple[Level, Message, Message], ...] = ()
    unfit: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A record: of the table ``table``, below the records called ``above``. ``mark`` is the hidden sign of a row that
    this program wrote. A value None is a cell that was left empty."""

    table: str
    place: str
    values: Mapping[str, Given | None]
    above: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """What a table says of files: the value for each path."""

    name: str
    values: Mapping[str, str]
    place: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A cell, row, sheet or value that has no place in the form, and why."""

    place: str
    text: str
    why: Message

    def as_json(self) -> dict[str, Any]:
        return {"place": self.place, "text": self.text, "why": self.why.english()}


@dataclass(frozen=True, slots=True)
class Reading:
    """All of one file. ``tables`` are those whose sheet was there, whatever it held. ``own``: a workbook of this
    program, made from the draft ``draft_id``. ``parts`` are what one has to choose from (experiments of a notebook);
    ``details`` tell people how the file was read."""

    source: str
    name: Message
    rows: tuple[Row, ...] = ()
    columns: tuple[FileColumn, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()
    tables: frozenset[str] = frozenset()
    own: bool = False
    draft_id: str = ""
    profiles: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    part: str = ""
    details: tuple[Message, ...] = field(default_factory=tuple)


def told(what: str, place: str, level: Level, said: Message, advice: Message, why: Message | None = None) -> Finding:
    """A finding about a cell."""
    return Finding(f"import:{what}:{place}", f"import.{what}", level, said, why, advice, location=place)
