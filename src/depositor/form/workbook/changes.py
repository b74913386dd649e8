"""What a file would change in a draft, as values that a person looks at before anything happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from depositor.draft import paths
from depositor.draft.answer import PERSON, Origin, OriginKind
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding
from depositor.draft.message import Message
from depositor.form.fields import Form, Kind
from depositor.form.workbook.reading import NotTaken
from depositor.form.workbook.tables import places, tables

DEPOSIT = ("license", "release_date")  # they stand at the top of a document, not among its answers
FILES = "files"


class ChangeKind(StrEnum):
    """What happens to an answer."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change that can be taken or left.

    ``path`` is the answer, or the list that a whole record (``record_wide``) comes to, or the record that goes.
    ``was`` and ``now`` are the values in words, ``record`` what people call the record, ``place`` where the value
    stood. ``taken`` is what is proposed; ``persons``: it would replace what a person typed.
    """

    id: str
    kind: ChangeKind
    module: str
    path: str
    label: Message
    record: str
    old: Any
    new: Any
    was: str
    now: str
    place: str
    taken: bool = True
    persons: bool = False
    record_wide: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": str(self.kind),
            "path": self.path,
            "label": self.label.english(),
            "record": self.record,
            "old": self.old,
            "new": self.new,
            "place": self.place,
            "taken": self.taken,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """All that a file would do to a draft. ``same`` counts the values that are there already."""

    file: str
    source: str
    name: Message
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()
    same: int = 0
    own: bool = False
    parts: tuple[tuple[str, str], ...] = ()
    part: str = ""
    details: tuple[Message, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "source": self.source,
            "own": self.own,
            "changes": [c.as_json() for c in self.changes],
            "findings": [f.as_json() for f in self.findings],
            "not_taken": [n.as_json() for n in self.not_taken],
            "same": self.same,
            "parts": [{"id": i, "name": n} for i, n in self.parts],
            "details": [d.english() for d in self.details],
        }


def apply(form: Form, draft: Draft, changes: Iterable[Change], file: str, at: str | None = None) -> Draft:
    """The draft with the chosen changes. Where an answer is no longer what the preview showed, it stays as it is.

    The values count as a person's: she looked at them and took them. ``file`` and ``at`` (ISO 8601) are noted.
    """
    chosen = tuple(changes)
    for change in chosen:
        if not change.record_wide:
            draft = _valued(form, draft, change, _origin(change, file, at))
    for change in chosen:
        if change.record_wide and change.kind is ChangeKind.ADDED:
            draft = _appended(draft, change, _origin(change, file, at))
    gone = [c for c in chosen if c.record_wide and c.kind is ChangeKind.REMOVED and draft.get(c.path) == c.old]
    for change in sorted(gone, key=lambda c: paths.parse(c.path), reverse=True):
        module, _, number = change.path.rpartition("[")
        draft = draft.dismiss_record(module, int(number.rstrip("]")))
    return draft


def _origin(change: Change, file: str, at: str | None) -> Origin:
    return Origin(OriginKind.TABLE, file, key=change.place or None, at=at, confirmed=True)


def _valued(form: Form, draft: Draft, change: Change, origin: Origin) -> Draft:
    if change.module == FILES:
        return replace(draft, columns=_columned(draft.columns, change))
    if change.path in DEPOSIT:
        same = getattr(draft, change.path) == change.old
        return replace(draft, **{change.path: change.new}) if same else draft
    draft = replace(draft, metadata=_settled(draft.metadata, paths.parse(change.path)))
    if draft.get(change.path) != change.old:
        return draft
    new = draft.answer(change.path, change.new, PERSON if paths.is_empty(change.new) else origin)
    return _renamed(form, draft, new, change, origin)


def _settled(tree: Any, keys: tuple[paths.Key, ...]) -> Any:
    """The tree with what a person wrote short (a name for a record, one record for a list) written out on the way."""
    if not keys or tree is None:
        return tree
    if isinstance(keys[0], int) and not isinstance(tree, list):
        tree = [tree]
    elif isinstance(keys[0], str) and isinstance(tree, str):
        tree = {"name": tree}
    inner = paths.get(tree, paths.join(keys[:1]), paths.MISSING)
    if inner is paths.MISSING or len(keys) == 1:
        return tree
    return paths.put(tree, paths.join(keys[:1]), _settled(inner, keys[1:]))


def _renamed(form: Form, draft: Draft, new: Draft, change: Change, origin: Origin) -> Draft:
    """Carry another name of a record into everything that refers to it."""
    keys = paths.parse(change.path)
    module = form.module(str(keys[0])) if len(keys) == 3 else None
    if module is None or keys[2] != module.name_key or not change.old or not change.new:
        return new
    named = draft.rename_record(module.key, int(keys[1]), str(keys[2]), str(change.new), origin)
    for table in tables(form):
        for column in table.columns:
            if column.field.kind is Kind.REFERENCE and column.field.refers_to == module.key:
                for place in places(table, named.metadata):
                    if paths.get(place.record, column.key) == change.old:
                        path = f"{place.path}.{column.key}"
                        named = replace(named, metadata=paths.put(named.metadata, path, change.new))
    return named


def _appended(draft: Draft, change: Change, origin: Origin) -> Draft:
    tree = _settled(draft.metadata, (*paths.parse(change.path), 0)) if draft.get(change.path) else draft.metadata
    at = len(paths.get(tree, change.path) or ())
    new = replace(draft, metadata=tree).add_record(change.path, change.new)
    return replace(new, origins={**new.origins, f"{change.path}[{at}]": origin})


def _columned(columns: tuple[Mapping[str, Any], ...], change: Change) -> tuple[Mapping[str, Any], ...]:
    """The described columns with other values; ``new`` holds those that change, None where one goes."""
    name, left = change.path, dict(change.new)
    out: list[Mapping[str, Any]] = []
    mine = [c for c in columns if c.get("name") == name]
    for column in columns:
        if column in mine:
            held = column.get("values")
            values = dict(held) if isinstance(held, Mapping) else {}
            last = column is mine[-1]
            for path in [p for p in left if p in values or last]:
                value = left.pop(path)
                values.pop(path, None) if value is None else values.__setitem__(path, value)
            column = {**column, "values": values}
        out.append(column)
    if not mine:
        out.append({"name": name, "values": {p: v for p, v in left.items() if v is not None}})
    return tuple(out)
