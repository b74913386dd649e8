"""What this computer remembers about the person who deposits, so that she types it once.

Nothing is remembered before she switched it on. What is remembered lies in one readable file in the settings folder,
is shown in full, can be cleared, and is never sent anywhere: only what she leaves in a form becomes part of a deposit.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.draft.problem import DepositError
from depositor.session.home import Home
from depositor.session.reuse import shared_files

ORIGIN = Origin(OriginKind.DEFAULT, key="remembered")
ITEMS = ("author", "grant", "archive", "profiles", "license", "keywords")
USED_AT_FIRST = frozenset(("author", "grant", "archive", "profiles"))
"""A licence can waive rights for good, and keywords belong to a study: they are offered only where she ticked them."""
_ANSWERS = {"author": "study.author", "grant": "study.grant", "keywords": "study.keywords"}


@dataclass(frozen=True, slots=True)
class Memory:
    """``on`` is None before anybody was asked. ``values`` are what is remembered, by item; ``used`` the items that new
    deposits begin with."""

    on: bool | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    used: frozenset[str] = USED_AT_FIRST


def load(home: Home) -> Memory:
    """What is remembered; nothing where the file is not there or damaged."""
    try:
        data = json.loads((home.settings / "remembered.json").read_text("utf-8"))
    except (OSError, ValueError):
        return Memory()
    if not isinstance(data, dict):
        return Memory()
    values, used, on = data.get("values"), data.get("used"), data.get("on")
    return Memory(
        on if isinstance(on, bool) else None,
        {k: v for k, v in values.items() if k in ITEMS} if isinstance(values, dict) else {},
        frozenset(u for u in used if u in ITEMS) if isinstance(used, list) else USED_AT_FIRST,
    )


def save(home: Home, memory: Memory) -> None:
    """Write it down. NeedsUser where that is not possible."""
    data = {"on": memory.on, "values": dict(memory.values), "used": sorted(memory.used)}
    shared_files.write(home.settings / "remembered.json", shared_files.as_bytes(data))


def switch(home: Home, *, on: bool) -> Memory:
    """Switch remembering on or off. Off forgets everything at once."""
    now = load(home)
    new = replace(now, on=on, values=now.values if on else {})
    save(home, new)
    return new


def forget(home: Home, item: str | None = None) -> Memory:
    """Forget one item, or all of them; what is typed next is remembered again while the switch is on."""
    now = load(home)
    new = replace(now, values={k: v for k, v in now.values.items() if item is not None and k != item})
    save(home, new)
    return new


def use(home: Home, item: str, *, used: bool) -> Memory:
    """Whether new deposits begin with an item."""
    now = load(home)
    new = replace(now, used=now.used | {item} if used else now.used - {item})
    save(home, new)
    return new


def notice(home: Home, draft: Draft) -> None:
    """Remember what a person typed about herself in ``draft``; nothing while the switch is off. Never raises: work goes
    on without it."""
    with contextlib.suppress(DepositError):
        now = load(home)
        if now.on:
            new = learnt(now, draft)
            if new != now:
                save(home, new)


def learnt(memory: Memory, draft: Draft) -> Memory:
    """The memory after a draft: of answers only what a person typed or agreed with."""
    found = {
        "author": _herself(memory, draft),
        "grant": _typed(draft, "study.grant"),
        "keywords": _typed(draft, "study.keywords"),
        "archive": draft.archive,
        "profiles": list(draft.profiles),
        "license": draft.license,
    }
    return replace(memory, values={**memory.values, **{k: v for k, v in found.items() if not is_empty(v)}})


def asks(memory: Memory, draft: Draft) -> bool:
    """True while nobody was asked yet and there is something worth remembering."""
    return memory.on is None and not is_empty(_herself(memory, draft))


def _typed(draft: Draft, path: str) -> Any:
    return draft.get(path) if draft.is_persons(path) else None


def _herself(memory: Memory, draft: Draft) -> Any:
    """The author who makes the deposit: who was remembered before, else who says so by role, else the first one."""
    rows = [a for a in _typed(draft, "study.author") or () if isinstance(a, Mapping) and a.get("name")]
    before = memory.values.get("author") or {}
    tests: tuple[Callable[[Mapping[str, Any]], bool], ...] = (
        lambda a: any(before.get(k) and before.get(k) == a.get(k) for k in ("orcid", "email", "name")),
        lambda a: "submitter" in (a.get("role") or ()),
        lambda a: "corresponding author" in (a.get("role") or ()),
        lambda a: True,
    )
    return next((dict(a) for test in tests for a in rows if test(a)), None)


def offered(home: Home, draft: Draft) -> Draft:
    """A new draft with what is remembered, as offers that wait for agreement; unchanged while the switch is off."""
    memory = load(home)
    if not memory.on:
        return draft
    values = {k: v for k, v in memory.values.items() if k in memory.used and not is_empty(v)}
    for item, path in _ANSWERS.items():
        if item in values:
            value = values[item]
            draft = draft.offer(path, value if isinstance(value, list) else [value], ORIGIN)
    if draft.archive is None and isinstance(values.get("archive"), str):
        draft = replace(draft, archive=values["archive"])
    if not draft.profiles and isinstance(values.get("profiles"), list):
        draft = replace(draft, profiles=tuple(p for p in values["profiles"] if isinstance(p, str)))
    if draft.license is None and isinstance(values.get("license"), str):
        draft = replace(draft, license=values["license"], origins={**draft.origins, "license": ORIGIN})
    return draft
