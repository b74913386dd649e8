"""A form as tables: a question in each line for what there is once, a record in each row for what there is often.

Lists of records inside records (authors, channels) are tables of their own, linked by the name of the record that they
belong to. Nothing here knows a profile by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from depositor.draft import paths
from depositor.draft.message import Message
from depositor.form.fields import Asked, Field, Form, Kind, Module
from depositor.form.spots import items, name_of

_INLINE = (Kind.ORGANISATION,)  # short enough for one line of a cell
_DEEPEST = 3  # lists within lists; below that a value is shown, not asked


@dataclass(frozen=True, slots=True)
class Column:
    """One question of a table; ``key`` is where the answer stands below the row's record (``dimension_extents.x``),
    ``within`` are the labels of the parts that it is inside of."""

    key: str
    field: Field
    within: tuple[Message, ...] = ()

    def label(self, say: Callable[[Message], str]) -> str:
        """The question's name in the words of ``say``."""
        return ": ".join(say(m) for m in (*self.within, self.field.label))


@dataclass(frozen=True, slots=True)
class Table:
    """``lists`` are the lists from the top of the metadata to the rows (``("specimen", "channels")``); none where the
    questions stand ``upright``. ``field`` is the list of records that the rows are, None for those of the module."""

    module: Module
    field: Field | None
    lists: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """Stable and without indices: ``specimen.channels``."""
        return self.field.path if self.field else self.module.key

    @property
    def upright(self) -> bool:
        return not self.lists

    @property
    def name_key(self) -> str | None:
        """The column that people know a row by."""
        if self.field is None:
            return self.module.name_key
        return next((c.key for c in self.columns if c.key in _NAMING), None)

    def column(self, key: str) -> Column | None:
        return next((c for c in self.columns if c.key == key), None)


_NAMING = ("title", "name", "identifier", "url", "channel_label")


@dataclass(frozen=True, slots=True)
class Place:
    """One row as the draft has it: the path of its record, the names of the records above it, and its number."""

    path: str
    above: tuple[str, ...]
    at: int
    record: Mapping[str, Any]

    @property
    def name(self) -> str:
        return name_of(self.record, self.at)

    @property
    def mark(self) -> str:
        """Tells the row again after it was sorted: its path and its name, unseen by people."""
        return f"{self.path} {self.name}"


def tables(form: Form) -> tuple[Table, ...]:
    """All tables of a form, in its order; a module that asks nothing has none."""
    return tuple(t for m in form.modules for t in _of_module(m))


def _of_module(module: Module) -> Iterator[Table]:
    lists = (module.key,) if module.repeats else ()
    columns = tuple(_columns(module.fields, ""))
    if columns:
        yield Table(module, None, lists, columns)
    yield from _nested(module, module.fields, lists, "" if module.repeats else f"{module.key}.")


def _columns(fields: tuple[Field, ...], before: str, within: tuple[Message, ...] = ()) -> Iterator[Column]:
    for field in fields:
        if not is_asked(field) or _own_table(field):
            continue
        if field.subfields and field.kind not in _INLINE:
            yield from _columns(field.subfields, f"{before}{field.key}.", (*within, field.label))
        else:
            yield Column(f"{before}{field.key}", field, within)


def _nested(module: Module, fields: tuple[Field, ...], lists: tuple[str, ...], before: str) -> Iterator[Table]:
    for field in fields:
        if not is_asked(field) or not field.subfields or field.kind in _INLINE:
            continue
        if not field.many and field.kind is not Kind.ASSOCIATIONS:
            yield from _nested(module, field.subfields, lists, f"{before}{field.key}.")
        elif len(lists) < _DEEPEST:
            below = (*lists, f"{before}{field.key}")
            columns = tuple(_columns(field.subfields, ""))
            if columns:
                yield Table(module, field, below, columns)
            yield from _nested(module, field.subfields, below, "")


def is_asked(field: Field) -> bool:
    """True for what a person answers; what the program computes and what files tell stands in no table."""
    return field.asked in (Asked.FORM, Asked.LICENSE) and field.kind is not Kind.CONST


def _own_table(field: Field) -> bool:
    return bool(field.subfields) and field.kind not in _INLINE and (field.many or field.kind is Kind.ASSOCIATIONS)


def places(table: Table, metadata: Mapping[str, Any]) -> Iterator[Place]:
    """The rows of a table that a description has, in its order; an upright one has exactly one."""
    if table.upright:
        found = metadata.get(table.module.key)
        yield Place(table.module.key, (), 0, found if isinstance(found, Mapping) else {})
        return
    yield from _below(metadata, table.lists, "", ())


def _below(tree: Mapping[str, Any], lists: tuple[str, ...], path: str, above: tuple[str, ...]) -> Iterator[Place]:
    here = f"{path}.{lists[0]}" if path else lists[0]
    for at, found in enumerate(items(paths.get(tree, lists[0]))):
        record = {"name": found} if isinstance(found, str) else found
        if not isinstance(record, Mapping):
            continue
        if len(lists) == 1:
            yield Place(f"{here}[{at}]", above, at, record)
        else:
            yield from _below(record, lists[1:], f"{here}[{at}]", (*above, name_of(record, at)))
