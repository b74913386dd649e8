"""Deciding about findings: asking for reason and name where they are needed, and writing it into the draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Choice, Decision, Finding
from depositor.gui.privacy.who import Who
from depositor.gui.texts import tr, trn
from depositor.gui.widgets.decide import Reason
from depositor.session import decisions

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.open_draft import OpenDraft
    from depositor.session.privacy_groups import Group


class Deciding:
    """Decides about a group as a whole, or about some of its findings, beside the window's thread; ``done`` is called
    with what was noted, in words, or with nothing where that cannot be taken back by one step."""

    def __init__(self, parent: QWidget, workspace: Workspace, who: Who, done: Callable[[str], None]) -> None:
        self._parent, self._workspace, self._who, self._done = parent, workspace, who, done

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
        who = self._known(work)

        def write(_: Cancel) -> None:
            if rows:
                work.decide(single(rows, choice, why, who))
            else:
                decisions.decide_group(work, group.key, choice, why, who)

        self._run(write, _noted(choice, len(rows) or len(group)))

    def withdraw(self, work: OpenDraft, group: Group, rows: tuple[Finding, ...], members: tuple[Finding, ...]) -> None:
        """Take back what was decided about ``rows``, or about the group and all in it."""

        def write(_: Cancel) -> None:
            decisions.withdraw(work, [f.key for f in rows] if rows else [group.key, *_keys(members)])

        self._run(write, tr("Taken back."))

    def _run(self, write: Callable[[Cancel], None], words: str) -> None:
        self._workspace.bridge.ask(write, lambda _: self._done(words), self._workspace.trouble.emit)

    def _known(self, work: OpenDraft) -> str:
        """Who decided last, so that nobody types a name twice."""
        last = work.draft.decisions[-1:]
        return self._who.name or (last[0].by if last else "")


def _noted(choice: Choice, n: int) -> str:
    """What was decided, as it is said after it."""
    if choice is Choice.KEEP:
        return trn("Noted: {n} finding stays.", "Noted: {n} findings stay.", n)
    if choice is Choice.CLEAN:
        return trn("Noted: {n} finding is cleaned away.", "Noted: {n} findings are cleaned away.", n)
    return trn("Noted: the file of {n} finding is left out.", "Noted: the files of {n} findings are left out.", n)


def _keys(members: tuple[Finding, ...]) -> set[str]:
    from depositor.draft.decided import same_key

    return {f.key for f in members} | {same_key(f) for f in members}


def single(targets: tuple[Finding, ...], choice: Choice, why: str, who: str) -> list[Decision]:
    """One decision for each finding, all of the same moment."""
    at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [Decision(f.key, choice, why, who, at) for f in targets]
