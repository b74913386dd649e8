"""Which checklists of communities the description meets, and the way to what is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, row
from depositor.gui.widgets.charts import Ring
from depositor.session import catalogue

if TYPE_CHECKING:
    from depositor.form.checklists import Score
    from depositor.session.forms import Form
    from depositor.session.open_draft import OpenDraft

_SHOWN = 8  # missing answers that are named; the list grows shorter as they are given
ELSEWHERE = {"files", "license"}


class ChecklistsDialog(QDialog):
    """Each checklist with a ring and what is missing; ``jump`` gets the place of a missing answer."""

    def __init__(self, parent: QWidget, work: OpenDraft, jump: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._form, self._jump = work.form(), jump
        self.setWindowTitle(tr("Checklists"))
        inner = QFrame()
        inner.setProperty("kind", "body")
        column = QVBoxLayout(inner)
        found = catalogue.scores(work)
        for score in found:
            column.addWidget(self._card(score))
        if not found:
            column.addWidget(Label(tr("No checklist speaks of what is described so far."), "muted"))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        area.viewport().setAutoFillBackground(False)
        self.closing = Button(None, "", self.reject)
        self.closing.setText(tr("&Close"))
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.addWidget(Label(tr("What communities ask for"), "heading"))
        layout.addWidget(Label(tr("This is advice: no archive refuses a study because of it."), "muted"))
        layout.addWidget(area, 1)
        layout.addLayout(row(1, self.closing))
        self.resize(room * 36, room * 32)

    def _card(self, score: Score) -> Card:
        card, ring = Card(), Ring()
        ring.show_completeness((score.filled, score.asked))
        ring.setAccessibleName(say(score.name))
        head = QHBoxLayout()
        head.addWidget(ring, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(Label(say(score.name), "strong"), 1)
        head.addWidget(Label(tr("{filled} of {asked}", filled=score.filled, asked=score.asked), "pill", wrap=False))
        card.body.addLayout(head)
        if not score.missing:
            card.body.addWidget(Label(tr("All of it is told."), "ok"))
        for place in score.missing[:_SHOWN]:
            card.body.addWidget(self._missing(place), 0, Qt.AlignmentFlag.AlignLeading)
        more = len(score.missing) - _SHOWN
        if more > 0:
            card.body.addWidget(Label(trn("and {n} more", "and {n} more", more), "muted"))
        return card

    def _missing(self, place: str) -> Button:
        button = Button("jump", "quiet", partial(self._go, place))
        button.setText(place_words(self._form, place))
        button.setAccessibleName(tr("Go to: {question}", question=button.text()))
        return button

    def _go(self, place: str) -> None:
        self.accept()
        self._jump(place)


def place_words(form: Form, place: str) -> str:
    """A place in the words of the form: ``Biosample · Organism``."""
    if place in ELSEWHERE:
        return tr("Files and their columns") if place == "files" else tr("Licence")
    module, field = form.module(place.partition(".")[0].partition("[")[0]), form.field(place)
    names = [say(module.label)] if module else []
    return " · ".join([*names, say(field.label)] if field and module else names) or place
