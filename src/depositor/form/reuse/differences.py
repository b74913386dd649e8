"""What differs between two descriptions, question by question.

Records are recognised by their names, not by their numbers: a record that was put in before another changes nothing
about the other. What has no name in common but the same place counts as renamed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from depositor.draft.paths import is_empty
from depositor.form.fields import Field, Form, Kind, Module
from depositor.form.spots import items, name_of

_ROWS = (Kind.PERSON, Kind.ORGANISATION, Kind.RECORD, Kind.GRID, Kind.ASSOCIATIONS)
_NAMES = ("orcid", "title", "name", "identifier", "url", "channel_label", "doi", "format_and_compression")
PARTS = ("archive", "profiles", "license", "release_date", "files", "columns", "decisions", "confirmed")


class Change(StrEnum):
    """What became of an answer or a record."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"  # the same records in another order


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. ``path`` is that of the newer description, of a removed one that of the older.

    ``module`` and ``field`` are None for what the form does not ask; ``record`` is what people call the record it is
    in, empty where there is only one.
    """

    path: str
    change: Change
    old: Any
    new: Any
    module: Module | None = None
    field: Field | None = None
    record: str = ""


def differences(form: Form, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two metadata trees, in the order of the form; empty exactly where both say the same."""
    keys = [m.key for m in form.modules]
    keys += sorted((before.keys() | after.keys()) - set(keys))
    return tuple(d for key in keys for d in _module(form.module(key), key, before.get(key), after.get(key)))


def of_documents(form: Form, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two submission documents: the description, then archive, licence and the like."""
    described = differences(form, _tree(before), _tree(after))
    parts = (_whole(part, before.get(part), after.get(part)) for part in PARTS)
    return (*described, *(d for d in parts if d is not None))


def _tree(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _module(module: Module | None, key: str, old: Any, new: Any) -> Iterator[Difference]:
    fields = module.fields if module else ()
    if module is not None and module.repeats:
        yield from _records(module, None, fields, key, items(old), items(new))
    elif isinstance(old or {}, Mapping) and isinstance(new or {}, Mapping):
        yield from _answers(module, fields, key, key, old or {}, new or {}, "")
    else:
        found = _whole(key, old, new, module)
        if found is not None:
            yield found


def _records(
    module: Module | None,
    field: Field | None,
    fields: Sequence[Field],
    path: str,
    old: Sequence[Any],
    new: Sequence[Any],
) -> Iterator[Difference]:
    """The differences between two lists of records."""
    pairs = _paired(old, new)
    for i, j in pairs:
        if j is None:
            if not is_empty(old[i]):
                yield Difference(f"{path}[{i}]", Change.REMOVED, old[i], None, module, field, name_of(old[i], i))
        elif isinstance(old[i], Mapping) and isinstance(new[j], Mapping):
            name = name_of(new[j], j)
            yield from _answers(module, fields, f"{path}[{j}]", f"{path}[{i}]", old[i], new[j], name)
        elif old[i] != new[j]:
            yield Difference(f"{path}[{j}]", Change.CHANGED, old[i], new[j], module, field, name_of(new[j], j))
    taken = {j for _, j in pairs}
    for j in range(len(new)):
        if j not in taken and not is_empty(new[j]):
            yield Difference(f"{path}[{j}]", Change.ADDED, None, new[j], module, field, name_of(new[j], j))
    order = [j for _, j in pairs if j is not None]
    if order != sorted(order):
        was, now = ([name_of(r, at) for at, r in enumerate(rows)] for rows in (old, new))
        yield Difference(path, Change.MOVED, was, now, module, field)


def _answers(
    module: Module | None,
    fields: Sequence[Field],
    path: str,
    was: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    record: str,
) -> Iterator[Difference]:
    """The differences between two records, in the order of the form; ``was`` is the path of the older one."""
    known = {f.key: f for f in fields}
    for key in [*known, *sorted((old.keys() | new.keys()) - known.keys(), key=str)]:
        one, two, field = old.get(key), new.get(key), known.get(key)
        if one == two or (is_empty(one) and is_empty(two)):
            continue
        if field is not None and field.many and field.kind in _ROWS and not (is_empty(one) or is_empty(two)):
            yield from _records(module, field, field.subfields, f"{path}.{key}", items(one), items(two))
        else:
            place = f"{was}.{key}" if is_empty(two) else f"{path}.{key}"
            yield Difference(place, _kind(one, two), one, two, module, field, record)


def _kind(old: Any, new: Any) -> Change:
    if is_empty(old):
        return Change.ADDED
    return Change.REMOVED if is_empty(new) else Change.CHANGED


def _whole(path: str, old: Any, new: Any, module: Module | None = None) -> Difference | None:
    if old == new or (is_empty(old) and is_empty(new)):
        return None
    return Difference(path, _kind(old, new), old, new, module)


def _paired(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int, int | None]]:
    """For each old record the new one that it became: the same one, else one of its name, else that at its place."""
    left, found = dict.fromkeys(range(len(new))), dict[int, int]()
    for alike in (lambda a, b: a == b, _called_alike):
        for i, one in enumerate(old):
            j = next((j for j in left if alike(one, new[j])), None) if i not in found else None
            if j is not None:
                found[i] = j
                del left[j]
    for i in range(len(old)):
        if i not in found and i in left:
            found[i] = i
            del left[i]
    return [(i, found.get(i)) for i in range(len(old))]


def _called_alike(one: Any, two: Any) -> bool:
    if not isinstance(one, Mapping) or not isinstance(two, Mapping):
        return False
    return any(one.get(key) and one.get(key) == two.get(key) for key in _NAMES)


# --- long texts -----------------------------------------------------------------------------------------------------

Piece = tuple[str, str]  # ("same" | "removed" | "added", words)


def words_between(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts as one: pieces that stayed, went and came. "same" and "removed" together are ``old``, "same" and
    "added" are ``new``, letter by letter."""
    one, two = _words(old), _words(new)
    out: list[Piece] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what == "equal":
            out.append(("same", "".join(one[a:b])))
            continue
        if b > a:
            out.append(("removed", "".join(one[a:b])))
        if d > c:
            out.append(("added", "".join(two[c:d])))
    return tuple(out)


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+\s*|[^\w\s]\s*", text)
