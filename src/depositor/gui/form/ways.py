"""Choosing the ways of imaging: each with a sentence, what it adds, and whether the files speak of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, row
from depositor.gui.widgets.flow import flow
from depositor.session import ways
from depositor.session.ways import Way

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.open_draft import OpenDraft


class WaysDialog(QDialog):
    """Any number of them; the form changes when one agrees."""

    def __init__(self, parent: QWidget, workspace: Workspace, seen: Counter[str]) -> None:
        super().__init__(parent)
        assert workspace.work is not None
        self._work = workspace.work
        self.boxes: dict[str, QCheckBox] = {}
        self.setWindowTitle(tr("Ways of imaging"))
        inner = QFrame()
        inner.setProperty("kind", "body")
        column = QVBoxLayout(inner)
        for way in ways.ways(self._work, seen):
            column.addWidget(self._card(way))
        column.addStretch(1)
        self._lay_out(inner)

    def _card(self, way: Way) -> Card:
        card = Card()
        box = QCheckBox(say(way.name))
        box.setChecked(way.chosen)
        box.setAccessibleDescription(" ".join((say(way.summary), self._added(way), self._seen(way))))
        self.boxes[way.id] = box
        pills = [Label(self._seen(way), "pill", wrap=False)] if way.seen else []
        card.body.addWidget(flow(box, *pills))
        card.body.addWidget(Label(say(way.summary)))
        card.body.addWidget(Label(self._added(way), "muted"))
        if way.kept:
            kept = Notice("info")
            kept.show_text("", tr("You have answered questions of it. They are kept, also while it is not chosen."))
            card.body.addWidget(kept)
            kept.setVisible(not way.chosen)
            box.toggled.connect(lambda on: kept.setVisible(not on))
        return card

    def _added(self, way: Way) -> str:
        if not way.questions:
            return tr("Adds no question beyond those that are asked already.")
        words = trn("Adds {n} question", "Adds {n} questions", way.questions)
        parts = ", ".join(tr("“{part}”", part=say(p)) for p in way.parts)
        return f"{words} · {tr('new part: {parts}', parts=parts)}" if parts else words

    def _seen(self, way: Way) -> str:
        return trn("{n} image speaks of it", "{n} images speak of it", way.seen) if way.seen else ""

    def _lay_out(self, inner: QWidget) -> None:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        area.viewport().setAutoFillBackground(False)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox()
        ok, cancel = buttons.addButton(kinds.Ok), buttons.addButton(kinds.Cancel)
        ok.setText(tr("Use these"))
        cancel.setText(tr("Cancel"))
        ok.setProperty("kind", "main")
        buttons.accepted.connect(self._use)
        buttons.rejected.connect(self.reject)
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.addWidget(Label(tr("How were the images made?"), "heading"))
        layout.addWidget(
            Label(tr("Choose all that fit. Each asks a few questions more; no answer is ever lost."), "muted")
        )
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.resize(room * 38, room * 34)

    def _use(self) -> None:
        ways.choose(self._work, [key for key, box in self.boxes.items() if box.isChecked()])
        self.accept()


class LooksLikeWays(Notice):
    """Tells what the files look like, where that was not chosen yet."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("info")
        self._workspace = workspace
        self._asked: object = None
        self._put_away: set[str] = set()  # the drafts in which a person wants to hear no more of it
        self._offered: tuple[str, ...] = ()
        self._known: object = None
        self._missing: list[Way] = []
        self.seen: Counter[str] = Counter()
        self.use = Button("check", "", self._use)
        self.later = Button(None, "quiet", self._away)
        self._words.addLayout(row(self.use, self.later, 1))
        self.hide()

    def consider(self) -> None:
        """Look at the headers, once for each set of files."""
        work, now = self._workspace.work, self._workspace.situation
        if work is None or now is None:
            return
        key = (work.id, now.inventory, tuple(g.annotations for g in work.draft.files))
        if key == self._asked:
            self._show()
            return
        self._asked, self.seen = key, Counter()
        self._workspace.bridge.ask(lambda _: (work, ways.seen_in(work)), self._found, lambda _: None, lane="ways")

    def _found(self, told: tuple[object, Counter[str]]) -> None:
        if told[0] is self._workspace.work:
            self.seen = told[1]
            self._show()

    def _show(self) -> None:
        work = self._workspace.work
        if work is None:
            return
        key = (work.form(), frozenset(self.seen.items()))
        if key != self._known:  # while somebody types, nothing is reckoned anew
            self._known, seen = key, self.seen
            self._workspace.bridge.ask(
                lambda _: (key, ways.ways(work, seen)), self._reckoned, lambda _: None, lane="ways"
            )
        self._tell(work)

    def _reckoned(self, told: tuple[object, tuple[Way, ...]]) -> None:
        """What each way adds to the form is known: that takes a while, so it is found out beside the window."""
        key, found = told
        work = self._workspace.work
        if key == self._known and work is not None:
            self._missing = [w for w in found if w.seen and not w.chosen and w.questions]
            self._tell(work)

    def _tell(self, work: OpenDraft) -> None:
        missing = [w for w in self._missing if w.id not in work.draft.profiles]
        self._offered = tuple(w.id for w in missing)
        if not missing or work.id in self._put_away:
            self.hide()
            return
        names = ", ".join(say(w.name) for w in missing)
        self.use.setText(tr("Ask about this too"))
        self.later.setText(tr("No, thank you"))
        self.show_text(
            tr("Your files look like: {ways}", ways=names),
            tr("The form can ask what such images need to be understood. It stays as short as it can be."),
        )

    def _use(self) -> None:
        work = self._workspace.work
        if work is not None:
            ways.choose(work, (*work.draft.profiles, *self._offered))

    def _away(self) -> None:
        if self._workspace.work is not None:
            self._put_away.add(self._workspace.work.id)
        self.hide()
