"""Which record of a module a group of files belongs to, so that filling in twice does not make records twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from depositor.draft.answer import OriginKind
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form.filling.gathering import Group
from depositor.form.spots import items


@dataclass(frozen=True, slots=True)
class Place:
    """The record (``image_acquisition[1]``) that a group's values are offered to."""

    path: str
    group: Group


def places(
    draft: Draft,
    module: str,
    groups: Sequence[Group],
    telling: Callable[[Group], str],
    key: str = "imaging_instrument",
) -> tuple[Place, ...]:
    """A record for each group: the one filled from its files before, else one that says the same under ``key``, else an
    empty or a new one. A group whose record a person dismissed gets none.

    Where a person described the records in her own way, a group is only matched if there is one of each; otherwise
    nothing is offered rather than offered to the wrong record.
    """
    records = [r if isinstance(r, Mapping) else {} for r in items(draft.get(module))]
    free = set(range(len(records)))
    at: dict[int, int] = {}  # number of the group -> number of the record
    before, same = _filled_before(draft, module), _same(records, key, telling)
    for how in (lambda i, g: before(i, g) and same(i, g), before, same):
        for number, group in enumerate(groups):
            found = next((i for i in sorted(free) if number not in at and how(i, group)), None)
            if found is not None:
                at[number] = found
                free.discard(found)
    gone = set(draft.dismissed.get(module, ()))
    left = [n for n, group in enumerate(groups) if n not in at and not gone & group.witnesses]
    written = {i for i in free if not is_empty(records[i]) and not only_offered(draft, f"{module}[{i}]")}
    _settle(at, free, written, len(records), left)
    return tuple(Place(f"{module}[{at[n]}]", g) for n, g in enumerate(groups) if n in at)


def origin_files(draft: Draft) -> frozenset[str]:
    """The files that the draft names as the origin of values, or of records that a person dismissed."""
    named = {o.file for o in draft.origins.values() if o.kind is OriginKind.HEADER and o.file}
    return frozenset(named.union(*draft.dismissed.values()))


def orphans(draft: Draft, module: str, found: Sequence[Place]) -> tuple[int, ...]:
    """The records that headers alone filled and no group of files stands behind any more, the last first."""
    kept = {place.path for place in found}
    records = enumerate(items(draft.get(module)))
    gone = [at for at, r in records if f"{module}[{at}]" not in kept and isinstance(r, Mapping) and r]
    return tuple(
        at for at in reversed(gone) if _of_headers(draft, f"{module}[{at}]") and only_offered(draft, f"{module}[{at}]")
    )


def only_offered(draft: Draft, record: str) -> bool:
    """True for a record that the program filled and of which a person said nothing."""
    found = draft.get(record)
    if not isinstance(found, Mapping) or is_empty(found) or draft.is_removed(record):
        return False
    return not any(draft.is_persons(f"{record}.{key}") for key, value in found.items() if not is_empty(value))


def _of_headers(draft: Draft, record: str) -> bool:
    return any(p.startswith(f"{record}.") and o.kind is OriginKind.HEADER for p, o in draft.origins.items())


def _settle(at: dict[int, int], free: set[int], written: set[int], records: int, left: Sequence[int]) -> None:
    """Give the groups that were not found again a record: one that a person began only if there is no choice."""
    if written:
        if len(left) == 1 and len(written) == 1 and len(free) == 1:
            at[left[0]] = free.pop()
        return
    open_ones = sorted(free)
    new = iter(range(records, records + len(left)))
    for number in left:
        at[number] = open_ones.pop(0) if open_ones else next(new)


def _filled_before(draft: Draft, module: str) -> Callable[[int, Group], bool]:
    """Records whose values came from files of the group."""
    pattern = re.compile(re.escape(module) + r"\[(\d+)\]")
    files: dict[int, set[str]] = {}
    for path, origin in draft.origins.items():
        match = pattern.match(path)
        if match and origin.kind is OriginKind.HEADER and origin.file:
            files.setdefault(int(match[1]), set()).add(origin.file)
    return lambda at, group: bool(group.witnesses & files.get(at, set()))


def _same(
    records: Sequence[Mapping[str, object]], key: str, telling: Callable[[Group], str]
) -> Callable[[int, Group], bool]:
    return lambda at, group: bool(telling(group)) and records[at].get(key) == telling(group)
