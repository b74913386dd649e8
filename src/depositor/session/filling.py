"""Filling an open draft in from headers while a person may type: what was computed for a draft is put into no other."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from depositor.draft.draft import Draft
from depositor.draft.message import msg

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

_MOST_TRIES = 3  # then it is done while nothing else may change the draft


def fill(opened: OpenDraft, guard: threading.RLock) -> int:
    """Offer what the headers say; how many answers it touched."""
    for _ in range(_MOST_TRIES):
        seen = opened.draft
        new, touched = _filled(opened, seen)
        with guard:
            if opened.draft is seen:
                opened.change(msg("change.prefill", "Values from file headers"), new)
                return touched
    with guard:
        new, touched = _filled(opened, opened.draft)
        opened.change(msg("change.prefill", "Values from file headers"), new)
        return touched


def _filled(opened: OpenDraft, draft: Draft) -> tuple[Draft, int]:
    from depositor.form import prefill

    offered = prefill.proposals(opened.form(draft), draft, opened.inventory().facts())
    opened.offers = {p.path: p for p in offered if p.value is not None}
    opened.renewed = prefill.renewals(draft, offered)
    new = prefill.apply(draft, offered)
    return new, sum(1 for path in {p.path for p in offered} if draft.get(path) != new.get(path))


def take(opened: OpenDraft, path: str) -> bool:
    """Put in what the headers say to ``path``, because a person asked for it; False if they say nothing."""
    offer = opened.offers.get(path)
    if offer is None:
        return False
    origin = replace(offer.origin, confirmed=True)
    what = msg("change.take-offer", "Value from the headers")
    opened.update(what, lambda draft: draft.ask_again(path).answer(path, offer.value, origin))
    return True
