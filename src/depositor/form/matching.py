"""Which record of a module a group of files belongs to, so that filling in twice does not make records twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from depositor.draft.answer import OriginKind
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form.gathering import Group
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
    """A record for each group: the one filled from it before, else one that says the same under ``key``, else an empty
    or a new one.

    Where a person described the records in her own way, a group is only matched if there is one of each; otherwise
    nothing is offered rather than offered to the wrong record.
    """
    records = [r if isinstance(r, Mapping) else {} for r in items(draft.get(module))]
    free = set(range(len(records)))
    at: dict[int, int] = {}  # number of the group -> number of the record
    for how in (_filled_before(draft, module), _same(records, key, telling)):
        for number, group in enumerate(groups):
            found = next((i for i in sorted(free) if number not in at and how(i, group)), None)
            if found is not None:
                at[number] = found
                free.discard(found)
    _settle(at, free, records, len(groups))
    return tuple(Place(f"{module}[{at[n]}]", g) for n, g in enumerate(groups) if n in at)


def _settle(at: dict[int, int], free: set[int], records: Sequence[Mapping[str, object]], groups: int) -> None:
    """Give the groups that were not found again a record."""
    left = [n for n in range(groups) if n not in at]
    written = {i for i in free if not is_empty(records[i])}
    if written:
        if len(left) == 1 and len(written) == 1 and len(free) == 1:
            at[left[0]] = free.pop()
        return
    empty = sorted(free)
    new = iter(range(len(records), len(records) + len(left)))
    for number in left:
        at[number] = empty.pop(0) if empty else next(new)


def _filled_before(draft: Draft, module: str) -> Callable[[int, Group], bool]:
    """Records whose values came from the first file of the group."""
    pattern = re.compile(re.escape(module) + r"\[(\d+)\]")
    files: dict[int, set[str]] = {}
    for path, origin in draft.origins.items():
        match = pattern.match(path)
        if match and origin.kind is OriginKind.HEADER and origin.file:
            files.setdefault(int(match[1]), set()).add(origin.file)
    return lambda at, group: group.first in files.get(at, ())


def _same(
    records: Sequence[Mapping[str, object]], key: str, telling: Callable[[Group], str]
) -> Callable[[int, Group], bool]:
    return lambda at, group: bool(telling(group)) and records[at].get(key) == telling(group)
