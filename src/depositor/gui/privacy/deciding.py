"""Deciding about findings: asking for reason and name where they are needed, and writing it into the draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from depositor.draft.finding import Choice, Decision, Finding
from depositor.gui.privacy.who import Who
from depositor.gui.widgets.decide import Reason
from depositor.session import decisions

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft
    from depositor.session.privacy_groups import Group


class Deciding:
    """Decides about a group as a whole, or about some of its findings; ``done`` is called when it is noted."""

    def __init__(self, parent: QWidget, who: Who, done: Callable[[], object]) -> None:
        self._parent, self._who, self._done = parent, who, done

    def ask(self, work: OpenDraft, group: Group, rows: tuple[Finding, ...], choice: Choice) -> None:
        """Note the choice; ask before for what is missing. "Keep" always wants a reason."""
        if choice is not Choice.KEEP and self._known(work):
            self.note(work, group, rows, choice, "")
            return
        dialog = Reason(self._parent, choice, len(rows) or len(group), self._known(work))
        dialog.why.setPlainText(self._who.why if choice is Choice.KEEP else "")
        dialog.why.selectAll()
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(partial(self._take, dialog, work, group, rows, choice))
        dialog.open()

    def _take(self, dialog: Reason, work: OpenDraft, group: Group, rows: tuple[Finding, ...], choice: Choice) -> None:
        self._who.name = dialog.who.text().strip()
        why = dialog.why.toPlainText().strip()
        if choice is Choice.KEEP:
            self._who.why = why
        self.note(work, group, rows, choice, why)

    def note(self, work: OpenDraft, group: Group, rows: tuple[Finding, ...], choice: Choice, why: str) -> None:
        """Write the decision, as one step that can be undone: for all of the group, or for ``rows`` alone."""
        if rows:
            work.decide(single(rows, choice, why, self._known(work)))
        else:
            decisions.decide_group(work, group.key, choice, why, self._known(work))
        self._done()

    def withdraw(self, work: OpenDraft, group: Group, rows: tuple[Finding, ...], members: tuple[Finding, ...]) -> None:
        """Take back what was decided about ``rows``, or about the group and all in it."""
        keys = [f.key for f in rows] if rows else [group.key, *_keys(members)]
        decisions.withdraw(work, keys)
        self._done()

    def _known(self, work: OpenDraft) -> str:
        """Who decided last, so that nobody types a name twice."""
        last = work.draft.decisions[-1:]
        return self._who.name or (last[0].by if last else "")


def _keys(members: tuple[Finding, ...]) -> set[str]:
    from depositor.draft.decided import same_key

    return {f.key for f in members} | {same_key(f) for f in members}


def single(targets: tuple[Finding, ...], choice: Choice, why: str, who: str) -> list[Decision]:
    """One decision for each finding, all of the same moment."""
    at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [Decision(f.key, choice, why, who, at) for f in targets]
