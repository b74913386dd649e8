"""What stays shown as well as what goes: a file as it will be sent, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from depositor.draft.decided import Verdicts
from depositor.draft.finding import Choice, Finding, mask
from depositor.draft.message import Message
from depositor.draft.problem import Problem
from depositor.session import copies
from depositor.session.checks import known

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft
    from depositor.session.outcome_reading import Read

READ = "depositor.session.outcome_reading:read"
LIMIT_S = 120.0
_NAMES = ("name", "folder")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a file: ``place`` as findings tell it, ``name`` of the field (may be empty), ``value`` masked where
    ``masked``; ``instead`` is what stands there in the copy, empty where nothing does."""

    place: str
    name: str
    value: str
    masked: bool = False
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``goes`` and what ``stays`` of one file. ``left_out``: the file is not sent at all, so that nothing stays.
    ``note`` says what could not be told, ``problem`` why the file cannot be cleaned. ``more``: there are others.
    """

    path: str
    goes: tuple[Entry, ...] = ()
    stays: tuple[Entry, ...] = ()
    left_out: bool = False
    more: bool = False
    note: Message | None = None
    problem: Problem | None = None


def preview(
    desk: Desk, opened: OpenDraft, shown: str, also: Sequence[Finding] = (), *, reveal: bool = False
) -> Outcome:
    """What goes and what stays of the file ``shown`` by the decisions as they are, and as if ``also`` were cleaned too.

    Values that go, and those that a finding is about, are masked unless ``reveal``. Cleans a trial copy in the worker:
    call it outside of the window's thread. Raises what the worker raises (a Problem that can be told).
    """
    mine = [f for f in opened.privacy() or () if f.path == shown or _is_above(f, shown)]
    verdicts = Verdicts(opened.draft)
    choices = {f.key: verdicts.of(f).choice for f in mine}
    if Choice.EXCLUDE in choices.values():
        return Outcome(shown, goes=_as_found(mine, reveal), left_out=True)
    wide = {f.key for f in also}
    wanted = [f for f in mine if f.key in wide or choices[f.key] is Choice.CLEAN]
    inside = [f for f in wanted if f.location not in _NAMES]
    policy, taught = copies.policy_for(desk, opened), known(desk.store.connection(), opened.id)
    arguments = (opened.places.locate(shown), shown, inside, policy, taught)
    found: Read = desk.worker().call(READ, *arguments, timeout=LIMIT_S)
    names = tuple(_renamed(f, reveal) for f in wanted if f.location in _NAMES)
    if found.after is None:
        told = _as_found(inside, reveal)
        return Outcome(
            shown, (*names, *told), _stays(found, mine, reveal), False, found.more, found.note, found.problem
        )
    return Outcome(shown, (*names, *_goes(found, reveal)), _stays(found, mine, reveal), False, found.more)


def _goes(found: Read, reveal: bool) -> tuple[Entry, ...]:
    after = found.after or {}
    return tuple(
        Entry(place, name, _shown(text, not reveal), not reveal, after.get((place, name, number), ""))
        for (place, name, number), text in found.before.items()
        if after.get((place, name, number)) != text
    )


def _stays(found: Read, mine: Sequence[Finding], reveal: bool) -> tuple[Entry, ...]:
    """Values that are the same in the copy (all, where there is none and nothing was to be cleaned)."""
    after = found.before if found.after is None else found.after
    told = {f.location for f in mine}
    evidence = {f.evidence for f in mine if f.evidence}
    out = []
    for (place, name, number), text in found.before.items():
        if after.get((place, name, number)) == text:
            hidden = not reveal and (place in told or any(e in text for e in evidence))
            out.append(Entry(place, name, _shown(text, hidden), hidden))
    return tuple(out)


def _as_found(findings: Sequence[Finding], reveal: bool) -> tuple[Entry, ...]:
    return tuple(Entry(f.location or "", "", _shown(f.evidence or "", not reveal), not reveal) for f in findings)


def _renamed(finding: Finding, reveal: bool) -> Entry:
    return Entry(finding.location or "name", "", _shown(finding.evidence or "", not reveal), not reveal)


def _shown(text: str, hidden: bool) -> str:
    return (mask(text) or "") if hidden else text


def _is_above(finding: Finding, shown: str) -> bool:
    return finding.location == "folder" and shown.startswith(f"{finding.path}/")
