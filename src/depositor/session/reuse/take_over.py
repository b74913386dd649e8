"""Parts of another deposit for the open draft: from a draft of this computer, a past submission, or a document."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.document import from_document
from depositor.draft.draft import Draft
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, Problem, Side
from depositor.form.reuse import taking_over as rules
from depositor.form.reuse.taking_over import Choice, Step
from depositor.session import documents, history

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

__all__ = ["Choice", "Source", "Step", "choices", "dangling", "load", "of_document", "plan", "sources", "take"]


@dataclass(frozen=True, slots=True)
class Source:
    """Another deposit. ``kind`` is "draft" or "submission", ``at`` when it was changed or sealed (ISO 8601 UTC)."""

    kind: str
    id: str
    title: str
    archive: str
    at: str


def sources(desk: Desk, but: str) -> tuple[Source, ...]:
    """The other deposits of this computer, the latest first: each draft, and submissions whose draft has gone."""
    drafts = [Source("draft", d.id, d.title, d.archive or "", d.changed) for d in desk.drafts() if d.id != but]
    known = {d.id for d in drafts} | {but}
    sealed = [s for s in desk.submissions() if s.draft_id not in known]
    past = [Source("submission", s.id, s.title, s.archive, s.sealed_at) for s in sealed]
    return tuple(sorted((*drafts, *past), key=lambda s: s.at, reverse=True))


def load(desk: Desk, source: Source) -> Draft:
    """The other deposit as it is now. Damaged where it has gone meanwhile."""
    db = desk.store.connection()
    if source.kind == "draft":
        found = history.read_draft(db, source.id)
        if found is None:
            raise Damaged(_gone())
        return found[0]
    row = db.execute("SELECT document FROM submission WHERE id=?", (source.id,)).fetchone()
    if row is None:
        raise Damaged(_gone())
    return from_document(json.loads(row["document"]), source.id)


def of_document(path: Path) -> Draft:
    """Another deposit out of a submission document. Damaged or NeedsUser where it cannot be read."""
    return documents.read(path, "other")


def choices(opened: OpenDraft, source: Draft) -> tuple[Choice, ...]:
    """What can be ticked: everything that the form of the open draft has a question for."""
    return rules.choices(opened.form(), source)


def plan(opened: OpenDraft, chosen: Sequence[Choice]) -> tuple[Step, ...]:
    """What taking over would change, answer by answer."""
    return rules.plan(opened.draft, chosen)


def take(opened: OpenDraft, chosen: Sequence[Choice], source: Draft, replaced: Collection[str] = ()) -> int:
    """Take over, as one step that can be undone; how many answers changed. Answers of a person are replaced only where
    their paths are among ``replaced``."""
    steps = rules.plan(opened.draft, chosen)
    what = msg("change.take-over", "Parts of “{title}”", title=source.title)
    opened.update(what, lambda draft: rules.apply(draft, rules.plan(draft, chosen), source.title, replaced))
    return sum(1 for s in steps if not s.persons or s.path in replaced)


def dangling(opened: OpenDraft) -> tuple[str, ...]:
    """References of the draft that lead nowhere."""
    return rules.dangling(opened.form(), opened.draft)


def _gone() -> Problem:
    return Problem(
        "take-over.gone",
        Side.COMPUTER,
        msg("take-over.gone", "The other deposit is no longer on this computer."),
        msg("take-over.gone.advice", "Choose another one. Nothing was changed."),
    )
