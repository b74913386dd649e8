"""Giving a record another name, letter by letter, without losing what refers to it.

While a name is typed it is empty or that of another record for a moment; following it by name alone would lose the
references or mix up two records. So the places that refer to it are noted when the typing begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from depositor.draft import file_columns, paths
from depositor.draft.draft import Draft, FileGroup
from depositor.form.fields import Field, Form, Kind, Module

_WITH_FILES = ("study_component", "annotations")


@dataclass(frozen=True, slots=True)
class Renaming:
    """A name that is being typed: ``path`` is its answer, ``answers`` and ``groups`` (paths of chosen files) are what
    referred to the record when it began, ``last`` the name as it was left."""

    path: str
    module: str
    answers: tuple[str, ...]
    groups: tuple[str, ...]
    last: str
    columns: tuple[int, ...] = ()  # which columns of files named it
    named: str = ""  # what they call it now

    def goes_on(self, draft: Draft, path: str) -> bool:
        """True while the draft is as this renaming left it, so that the next letter at ``path`` belongs to it."""
        return path == self.path and str(draft.get(path) or "") == self.last

    def renamed(self, draft: Draft, name: str | None) -> tuple[Draft, Renaming]:
        """The draft with another name, and where the renaming stands; references keep the last name that was one."""
        new, after = draft.answer(self.path, name), replace(self, last=name or "")
        if not name:
            return new, after
        tree = new.metadata
        for path in self.answers:
            tree = paths.put(tree, path, name)
        groups = new.files
        if self.module in _WITH_FILES:
            groups = tuple(self._given(g, name) if g.path in self.groups else g for g in groups)
        columns = tuple(
            file_columns.renamed(c, self.module, self.named, name) if at in self.columns else c
            for at, c in enumerate(new.columns)
        )
        return replace(new, metadata=tree, files=groups, columns=columns), replace(after, named=name)

    def _given(self, group: FileGroup, name: str) -> FileGroup:
        named = self.module == "study_component"
        return replace(group, study_component=name) if named else replace(group, annotations=name)


def begin(form: Form, draft: Draft, module: Module, at: int) -> Renaming:
    """Note what refers to record ``at``; of two records with one name, references mean the first."""
    key = module.name_key or "title"
    path = f"{module.key}[{at}].{key}"
    name = draft.get(path)
    if not isinstance(name, str) or not name or name in _names_before(draft, module.key, key, at):
        return Renaming(path, module.key, (), (), name if isinstance(name, str) else "")
    named = module.key in _WITH_FILES
    groups = tuple(g.path for g in draft.files if named and getattr(g, module.key) == name)
    columns = tuple(
        at for at, c in enumerate(draft.columns) if file_columns.renamed(c, module.key, name, f"{name}?") != c
    )
    return Renaming(path, module.key, tuple(_referring(form, draft, module.key, name)), groups, name, columns, name)


def _names_before(draft: Draft, module: str, key: str, at: int) -> list[Any]:
    return [draft.get(f"{module}[{earlier}].{key}") for earlier in range(at)]


def _referring(form: Form, draft: Draft, module: str, name: str) -> Iterator[str]:
    """The paths of the answers that hold ``name`` as a reference to a record of ``module``."""
    for one in form.modules:
        for path, record in _items(draft.metadata.get(one.key), one.key, many=one.repeats):
            for field in one.fields:
                yield from _within(field, record, path, module, name)


def _within(field: Field, record: Mapping[str, Any], outer: str, module: str, name: str) -> Iterator[str]:
    value, path = record.get(field.key), f"{outer}.{field.key}"
    if field.kind is Kind.REFERENCE and field.refers_to == module:
        named = enumerate(value) if isinstance(value, list) else ()
        yield from (f"{path}[{at}]" for at, one in named if one == name)
        if value == name:
            yield path
    elif field.subfields:
        for inner, row in _items(value, path, many=field.many):
            for subfield in field.subfields:
                yield from _within(subfield, row, inner, module, name)


def _items(value: Any, path: str, *, many: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The records at ``path`` with their paths, whatever else stands there."""
    found = enumerate(value) if many and isinstance(value, list) else ()
    yield from ((f"{path}[{at}]", one) for at, one in found if isinstance(one, Mapping))
    if not many and isinstance(value, Mapping):
        yield path, value
