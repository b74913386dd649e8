"""A form laid over a draft: every question with its answer, in the order of the form.

The draft may come from a person's own file: every shape is possible and none may fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form import conditions
from depositor.form.fields import Asked, Field, Form, Kind, Module

_NAMED = (Kind.PERSON, Kind.ORGANISATION)  # a bare text is the name of one
_ROWS = (Kind.ASSOCIATIONS,)  # rows that people know by the record they are in
_NAMES = (
    *("title", "name", "identifier", "url", "channel_label", "doi"),
    *("image_acquisition", "format_and_compression"),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """One question at one place: ``path`` has indices, ``record`` is what people call the record it belongs to.

    ``applies`` is False for an answer that is there although its question is not asked (:mod:`.conditions`).
    """

    field: Field
    path: str
    value: Any
    record: str
    applies: bool = True

    @property
    def empty(self) -> bool:
        return is_empty(self.value)

    def values(self) -> tuple[tuple[str, Any], ...]:
        """The answer, or each of its answers, with the path; without what says nothing."""
        if not self.field.many:
            return () if self.empty else ((self.path, self.value),)
        return tuple((f"{self.path}[{at}]", v) for at, v in enumerate(items(self.value)) if not is_empty(v))


def items(value: Any) -> Sequence[Any]:
    """A list as it is; a single answer that says something as a list of one."""
    if type(value) is list or (isinstance(value, Sequence) and not isinstance(value, str)):
        return value
    return () if is_empty(value) else (value,)


def records(draft: Draft, module: Module) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """The records of a module with their paths; a module that does not repeat has one where it says anything."""
    value = draft.metadata.get(module.key)
    if not module.repeats:
        return ((module.key, value),) if isinstance(value, Mapping) and (value or module.minimum) else ()
    return tuple((f"{module.key}[{at}]", r) for at, r in enumerate(items(value)) if isinstance(r, Mapping))


def name_of(record: Any, at: int) -> str:
    """What people call a record: its title or name, else its number from 1 (``#2``)."""
    if isinstance(record, Mapping):
        for key in _NAMES:
            value = record.get(key)
            if isinstance(value, (str, int)) and str(value).strip():
                return str(value).strip()
    return f"#{at + 1}"


def spots(form: Form, draft: Draft) -> Iterator[Spot]:
    """Every question that a page of the form asks, with its answer, and every answer that no question asks for."""
    for module in form.modules:
        yield from module_spots(module, draft)


def module_spots(module: Module, draft: Draft) -> Iterator[Spot]:
    """Every question of one module, for each of its records and the rows in them."""
    for at, (path, record) in enumerate(records(draft, module)):
        yield from _below(module.fields, path, record, name_of(record, at), draft.metadata)


def asked(fields: tuple[Field, ...], record: Mapping[str, Any], draft: Draft) -> tuple[Field, ...]:
    """The fields that a page asks for in this record: those whose conditions hold, and no other."""
    shown = (f for f in fields if f.asked is Asked.FORM)
    return tuple(f for f in shown if not f.when or conditions.holds(f, record, draft.metadata))


def _below(
    fields: tuple[Field, ...], path: str, record: Mapping[str, Any], name: str, tree: Mapping[str, Any]
) -> Iterator[Spot]:
    for field in fields:
        if field.asked is not Asked.FORM:
            continue
        applies = not field.when or conditions.holds(field, record, tree)
        spot = Spot(field, f"{path}.{field.key}", record.get(field.key), name, applies)
        if not applies and spot.empty:
            continue
        yield spot
        if field.subfields:
            for at, (row_path, value) in enumerate(spot.values()):
                row = {"name": value} if isinstance(value, str) and field.kind in _NAMED else value
                if isinstance(row, Mapping):
                    row_name = name_of(row, at) if field.many and field.kind not in _ROWS else name
                    yield from _below(field.subfields, row_path, row, row_name, tree)


def lacking(form: Form, draft: Draft) -> tuple[Module, ...]:
    """The modules that have fewer records than are asked for."""
    return tuple(m for m in form.modules if len(records(draft, m)) < m.minimum)
