"""What the rules between answers share: records of a module, numbers in them, and how a finding is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message
from depositor.form.spots import items

Record = Mapping[str, Any]


def remark(what: str, level: Level, said: Message, why: Message, advice: Message, path: str) -> Finding:
    """A finding of the form; ``what`` names the rule, ``path`` the answer to which a face jumps."""
    return Finding(f"form:{what}:{path}", f"form.{what}", level, said, why, advice, location=path)


def records_of(draft: Draft, module: str) -> Iterator[tuple[str, Record]]:
    """The records of a module that repeats, with their paths, whatever else stands there."""
    for at, record in enumerate(items(draft.get(module))):
        if isinstance(record, Mapping):
            yield f"{module}[{at}]", record


def number(record: Any, key: str) -> float | None:
    """A number of a record, or None where it is none."""
    value = record.get(key) if isinstance(record, Mapping) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
