"""What stands above the form and works on all of it: ways of imaging, finding, agreeing, checklists."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QWidget

from depositor.draft.steps import StepId
from depositor.gui.form.agree import AgreeDialog
from depositor.gui.form.finder import FindQuestion
from depositor.gui.form.scores import ELSEWHERE, ChecklistsDialog
from depositor.gui.form.ways import LooksLikeWays, WaysDialog
from depositor.gui.texts import Texts, tr, trn
from depositor.gui.widgets.basics import Button
from depositor.gui.workspace import Workspace
from depositor.session import catalogue
from depositor.session.forms import filled_in

KEYS = ("Ctrl+F", "Ctrl+K")


class FormTools:
    """``buttons`` go where the page ``home`` has its line of buttons, ``looks`` below them."""

    def __init__(self, home: QWidget, workspace: Workspace) -> None:
        self._home, self._space = home, workspace
        self.ways = Button("image", "quiet", self.choose_ways)
        self.find = Button("search", "quiet", self.find_question)
        self.agree = Button("check", "quiet", self.agree_to_all)
        self.lists = Button("review", "quiet", self.show_checklists)
        self.looks = LooksLikeWays(workspace)
        self.buttons = (self.find, self.ways, self.lists, self.agree)
        self.agree.hide()
        for keys in KEYS:
            shortcut = QShortcut(QKeySequence(keys), home)
            shortcut.activated.connect(self.find_question)

    def bind(self, texts: Texts) -> None:
        """Have the words follow the language."""
        texts.bind(
            lambda: self.find.setText(tr("Find a question …")),
            lambda: self.find.setToolTip(tr("Find a question by a word ({keys})", keys=_keys())),
            self.show_standing,
        )

    def consider(self) -> None:
        """Show what is known of the open draft now."""
        self.looks.consider()
        self.show_standing()

    def show_standing(self) -> None:
        """How many ways are chosen, values to agree with, checklists met."""
        work = self._space.work
        chosen = len(work.form().profiles) if work is not None else 0
        self.ways.setText(
            trn("{n} way of imaging …", "{n} ways of imaging …", chosen) if chosen else tr("Ways of imaging …")
        )
        scores = catalogue.scores(work) if work is not None else ()
        met = sum(score.filled >= score.asked for score in scores)
        self.lists.setText(tr("Checklists: {met} of {all} …", met=met, all=len(scores)))
        self.lists.setVisible(bool(scores))
        waiting = len(filled_in(work.draft, work.form())) if work is not None else 0
        self.agree.setText(trn("Agree with {n} value …", "Agree with all {n} values …", waiting))
        self.agree.setVisible(waiting > 0)

    # --- what opens ----------------------------------------------------------------------------------------------

    def choose_ways(self) -> None:
        if self._space.work is not None:
            _open(WaysDialog(self._home.window(), self._space, self.looks.seen))

    def find_question(self) -> None:
        work = self._space.work
        if work is not None:
            _open(FindQuestion(self._home.window(), work.form(), work.draft, self._jump))

    def agree_to_all(self) -> None:
        work = self._space.work
        if work is not None:
            _open(AgreeDialog(self._home.window(), work, filled_in(work.draft, work.form()), self._jump))

    def show_checklists(self) -> None:
        work = self._space.work
        if work is not None:
            _open(ChecklistsDialog(self._home.window(), work, self._go))

    def _jump(self, place: str) -> None:
        self._home.window().activateWindow()  # the dialog that asked for it is going
        self._space.go.emit(StepId.DESCRIBE, place)

    def _go(self, place: str) -> None:
        if place in ELSEWHERE:
            self._space.go.emit(StepId.LICENSE if place == "license" else StepId.FILES, "")
        else:
            self._jump(place)


def _open(dialog: QDialog) -> None:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _keys() -> str:
    return ", ".join(QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in KEYS)
