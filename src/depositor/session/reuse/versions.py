"""What happened to a draft, and the way back to any moment of it.

The list is that of the changes which undo knows (``history``), cut into questions. Going back is a new change: it can
be undone like any other, and nothing that happened is lost from the list by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.document import from_document
from depositor.draft.draft import Draft
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.form.fields import Form
from depositor.form.reuse.differences import PARTS, Change, Difference, of_documents
from depositor.form.spots import items, name_of
from depositor.session import history
from depositor.session.history import Parts
from depositor.session.store import Store

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

_BY_WHAT = {  # what made a change, where the answers do not say it themselves
    "change.prefill": OriginKind.HEADER,
    "change.template": OriginKind.TEMPLATE,
    "change.library": OriginKind.TEMPLATE,
    "change.take-over": OriginKind.TEMPLATE,
    "change.import": OriginKind.TABLE,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One change: ``at`` is ISO 8601 UTC; ``undone`` ones were taken back and can be redone. ``by`` tells where most of
    its values came from; ``confirmed`` are paths of answers that a person agreed with."""

    seq: int
    at: str
    what: str
    by: OriginKind
    differences: tuple[Difference, ...]
    origins: Mapping[str, Origin]
    confirmed: tuple[str, ...] = ()
    undone: bool = False

    def origin(self, path: str) -> Origin | None:
        """Where the new value of one of the differences came from."""
        found = (self.origins[p] for p in sorted(self.origins, key=len, reverse=True) if path.startswith(p))
        return next(found, None)


def happened(store: Store, opened: OpenDraft) -> tuple[Event, ...]:
    """All that happened to the draft as far as it is kept, the latest first."""
    opened.flush()
    db, form = store.connection(), opened.form()
    position = db.execute("SELECT position FROM draft WHERE id=?", (opened.id,)).fetchone()
    rows = db.execute(
        "SELECT seq, at, what, before, after FROM draft_change WHERE draft_id=? ORDER BY seq DESC", (opened.id,)
    )
    upto = int(position[0]) if position else 0
    return tuple(_event(form, row, upto) for row in rows.fetchall())


def _event(form: Form, row: Any, upto: int) -> Event:
    before, after = json.loads(row["before"]), json.loads(row["after"])
    found = of_documents(form, _document(before), _document(after))
    was, now = _origins(before), _origins(after)
    new = {p: o for p, o in now.items() if was.get(p) != o}
    agreed = tuple(p for p, o in new.items() if o.confirmed and p in was and not was[p].confirmed)
    return Event(
        row["seq"], row["at"], row["what"], _by(row["what"], found, now), found, now, agreed, row["seq"] > upto
    )


def _document(parts: Parts) -> dict[str, Any]:
    document: dict[str, Any] = {"metadata": {}}
    for key, value in parts.items():
        head, _, module = key.partition("/")
        if head == "metadata" and value is not None:
            document["metadata"][module] = value
        elif head in PARTS:
            document[head] = value
    return document


def _origins(parts: Parts) -> dict[str, Origin]:
    cut = (v for k, v in parts.items() if k.startswith("origins/") and isinstance(v, Mapping))
    return {path: Origin.from_json(o) for one in cut for path, o in one.items() if isinstance(o, Mapping)}


def _by(what: str, found: tuple[Difference, ...], origins: Mapping[str, Origin]) -> OriginKind:
    name = what.partition(":")[0]
    if name in _BY_WHAT:
        return _BY_WHAT[name]
    kinds = {origins[d.path].kind for d in found if d.path in origins}
    return kinds.pop() if len(kinds) == 1 else OriginKind.PERSON


# --- going back -----------------------------------------------------------------------------------------------------


def then(store: Store, opened: OpenDraft, seq: int) -> Draft:
    """The draft as it was right after change ``seq`` (0: before the first that is kept)."""
    opened.flush()
    found = history.read_draft(store.connection(), opened.id)
    assert found is not None
    draft, position = found
    parts = history.parts_of(draft)
    changes = history.read_changes(store.connection(), opened.id)
    back = sorted((c for c in changes if seq < c.seq <= position), key=lambda c: -c.seq)
    forth = sorted((c for c in changes if position < c.seq <= seq), key=lambda c: c.seq)
    for change in back:
        parts = history.patched(parts, change.before)
    for change in forth:
        parts = history.patched(parts, change.after)
    return history.draft_of(parts, opened.id)


def restore(store: Store, opened: OpenDraft, seq: int, at: str) -> None:
    """Make the draft what it was after change ``seq``, as a new change. ``at`` is the time of it, for the list."""
    earlier = then(store, opened, seq)
    opened.update(msg("change.restore", "The draft of {when}", when=at), lambda _: earlier)


def restore_value(opened: OpenDraft, difference: Difference) -> None:
    """Give one answer the value that it had before a change, or undo the adding or removing of one record; as a new
    change. NeedsUser where the record that it belonged to is no longer there."""
    what = msg("change.restore-value", "An earlier value")
    opened.update(what, lambda draft: _restored(draft, difference))


def _restored(draft: Draft, difference: Difference) -> Draft:
    path, old = difference.path, difference.old
    if difference.module is None:
        return _part_restored(draft, path, old)
    if path.endswith("]") and (difference.field is None or difference.field.many):
        return _record_restored(draft, difference)
    if difference.change is Change.MOVED:
        return _reordered(draft, path, list(old))
    return draft.answer(_where(draft, difference), old)


def _part_restored(draft: Draft, part: str, old: Any) -> Draft:
    """Archive, licence and the like; files and decisions come back with the whole draft only."""
    if part in ("archive", "license", "release_date", "profiles", "columns", "confirmed"):
        whole = from_document({"depositor": 1, "files": [], part: old}, draft.id)
        return replace(draft, **{part: getattr(whole, part)})
    raise NeedsUser(_only_whole())


def _record_restored(draft: Draft, difference: Difference) -> Draft:
    where = difference.path.rpartition("[")[0]
    rows = list(items(draft.get(where)))
    if difference.change is Change.REMOVED:
        at = min(int(difference.path.rpartition("[")[2].rstrip("]")), len(rows))
        if difference.old in rows:
            return draft
        return (
            draft.answer(where, [*rows[:at], difference.old, *rows[at:]])
            if at < len(rows)
            else draft.answer(f"{where}[{len(rows)}]", difference.old)
        )
    at = _found(rows, difference)
    if difference.change is Change.ADDED:
        return draft.remove_record(where, at)
    return draft.answer(f"{where}[{at}]", difference.old)


def _found(rows: list[Any], difference: Difference) -> int:
    at = int(difference.path.rpartition("[")[2].rstrip("]"))
    if at < len(rows) and (rows[at] == difference.new or name_of(rows[at], at) == difference.record):
        return at
    same = [n for n, r in enumerate(rows) if r == difference.new or name_of(r, n) == difference.record]
    if not same:
        raise NeedsUser(_record_gone())
    return same[0]


def _reordered(draft: Draft, path: str, names: list[str]) -> Draft:
    rows = list(items(draft.get(path)))
    rank = {name: n for n, name in reversed(list(enumerate(names)))}
    ordered = sorted(enumerate(rows), key=lambda pair: (rank.get(name_of(pair[1], pair[0]), len(rank)), pair[0]))
    return draft.answer(path, [r for _, r in ordered])


def _where(draft: Draft, difference: Difference) -> str:
    """The path of the answer now: its record may have moved since."""
    module = difference.module
    assert module is not None
    head, bracket, rest = difference.path.partition("[")
    if not module.repeats or not bracket:
        return difference.path
    number, _, below = rest.partition("]")
    rows = items(draft.get(head))
    at = int(number)
    named = not difference.record.startswith("#")
    names = [name_of(r, n) for n, r in enumerate(rows)]
    if "." in below.lstrip(".") or (at < len(rows) and (not named or names[at] == difference.record)):
        return difference.path
    if difference.record in names:
        return f"{head}[{names.index(difference.record)}]{below}"
    if at < len(rows) and difference.field is not None and difference.field.key == module.name_key:
        return difference.path
    raise NeedsUser(_record_gone())


def _record_gone() -> Problem:
    return Problem(
        "history.record-gone",
        Side.COMPUTER,
        msg("history.record-gone", "The entry that this value belonged to is no longer there."),
        msg("history.record-gone.advice", "Bring back the entry first, or the whole draft of that time."),
    )


def _only_whole() -> Problem:
    return Problem(
        "history.only-whole",
        Side.COMPUTER,
        msg("history.only-whole", "Folders and decisions come back only with the whole draft of that time."),
        msg("history.only-whole.advice", "Choose “Bring back the whole draft of this time”. It can be undone."),
    )
