"""What is asked once per deposit: do the data come from people, and may colleagues, institute and places be named?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QFormLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from depositor.draft.finding import Subject
from depositor.draft.message import Message
from depositor.draft.problem import DepositError
from depositor.gui.privacy.who import Who
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, clear, clear_form, column, row

if TYPE_CHECKING:
    from depositor.draft.steps import Situation
    from depositor.gui.workspace import Workspace
    from depositor.session.human_data import HumanQuestion
    from depositor.session.open_draft import OpenDraft
    from depositor.session.subject_choices import SubjectQuestion

Choices = tuple[tuple[str, Message], ...]


class HumanCard(Card):
    """Do these data come from people? What follows is asked as the answers lead to it."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._shown: tuple[object, ...] = ()
        self._head, self._hints, self._unfit = Label(kind="heading"), Label(kind="muted"), Label(kind="warn")
        self._form = QFormLayout()
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self._change = Button("describe", "quiet", self._open)
        self._answer = Label()
        self._closed = QWidget()
        self._closed.setLayout(row((self._answer, 1), self._change))
        for widget in (self._head, self._hints, self._closed, self._unfit):
            self.body.addWidget(widget)
        self.body.insertLayout(2, self._form)
        self._forced = self._waits = False

    def show_question(self, work: OpenDraft, now: Situation) -> None:
        """Show the question; answered, it becomes one line that can be opened again."""
        from depositor.session import human_data

        asked = human_data.question(now)
        archive = now.capabilities
        unfit = human_data.fits(archive, work.draft) if archive else None
        self._unfit.setText(say(unfit) if unfit else "")
        self._unfit.setVisible(unfit is not None)
        self._waits = asked.open
        closed = asked.answer.complete and not self._forced
        key = (asked, closed, tr("Change"))
        if key != self._shown:
            self._shown = key
            self._fill(work, asked, closed)

    def _fill(self, work: OpenDraft, asked: HumanQuestion, closed: bool) -> None:
        self._head.setText(say(asked.fields[0][1]))
        hints = " ".join(say(h) for h in asked.hints)
        self._hints.setText(hints)
        self._hints.setVisible(bool(hints) and not closed)
        self._closed.setVisible(closed)
        self._change.setText(tr("Change"))
        self._change.setAccessibleName(tr("Change the answers about data from people"))
        given = asked.answer.as_json()
        words = (_word(choices, given.get(key, "")) for key, _, choices in asked.fields)
        self._answer.setText(" · ".join(w for w in words if w))
        had = _focused(self)
        clear_form(self._form)
        if not closed:
            for key, label, choices in asked.fields:
                self._ask(work, key, label, choices, given.get(key, ""))
            _give_back(self, had)

    def _ask(self, work: OpenDraft, key: str, label: Message, choices: Choices, given: str) -> None:
        from depositor.session import human_data

        words = Label(say(label), "strong" if key != "source" else "")
        if choices:
            editor: QWidget = _Radios(choices, given, lambda value: human_data.answer(work, **{key: value}))
        else:
            line = QLineEdit(given)
            line.editingFinished.connect(lambda: human_data.answer(work, **{key: line.text().strip()}))
            editor = line
        editor.setObjectName(f"human.{key}")
        editor.setAccessibleName(say(label))
        if key == "source":
            self._form.addRow(editor)
        else:
            self._form.addRow(words, editor)

    @property
    def waits(self) -> bool:
        """True while the question is worth an answer and has none."""
        return self._waits

    def first(self) -> QWidget | None:
        """The control with which answering begins."""
        return next((b for b in self.findChildren(QRadioButton) if b.isEnabled()), None)

    def _open(self) -> None:
        self._forced = True
        self._shown = ()
        if self._workspace.work is not None and self._workspace.situation is not None:
            self.show_question(self._workspace.work, self._workspace.situation)

    def fold(self) -> None:
        """Answered questions become one line again; when one comes back to the page."""
        self._forced = False


class SubjectCard(Card):
    """May the colleagues (the institute, places) be named? One answer for all findings about them."""

    def __init__(self, workspace: Workspace, who: Who) -> None:
        super().__init__()
        self._workspace, self._who = workspace, who
        self._shown: object = None
        self.waiting = 0  # questions without an answer
        self._rows = QVBoxLayout()
        self.body.addLayout(self._rows)

    def show_questions(self, work: OpenDraft, asked: tuple[SubjectQuestion, ...]) -> None:
        """One row for each question."""
        self.setVisible(bool(asked))
        self.waiting = sum(one.open for one in asked)
        key = (asked, tr("Change"))
        if key == self._shown:
            return
        self._shown = key
        had = _focused(self)
        clear(self._rows)
        for one in asked:
            self._rows.addWidget(self._row(work, one))
        _give_back(self, had)

    def _row(self, work: OpenDraft, one: SubjectQuestion) -> QWidget:
        given = one.answer.choice if one.answer else ""
        radios = _Radios(one.choices, given, partial(self._choose, work, one.subject), across=True)
        radios.setObjectName(f"subject.{one.subject}")
        radios.setAccessibleName(say(one.question))
        found = trn("{n} finding in {files}", "{n} findings in {files}", one.findings, files=_files(one.files))
        proposed = tr("The rules of this archive propose: {answer}.", answer=_word(one.choices, one.proposed))
        note = Label(f"{found}. {proposed}" if one.open and one.proposed != "ask" else f"{found}.", "muted")
        out = QWidget()
        out.setLayout(column(Label(say(one.question), "strong"), note, radios))
        return out

    def _choose(self, work: OpenDraft, subject: Subject, choice: str) -> None:
        from depositor.session import subject_choices

        try:
            subject_choices.choose(work, subject, choice, "", self._who.name)
        except DepositError as error:
            self._workspace.trouble.emit(error.problem)


class _Radios(QWidget):
    """A few answers of which one holds."""

    def __init__(self, choices: Choices, given: str, chosen: Callable[[str], object], *, across: bool = False) -> None:
        super().__init__()
        from depositor.gui.widgets.flow import Flow

        layout = Flow() if across else column()
        self.setLayout(layout)
        group = QButtonGroup(self)
        for value, words in choices:
            button = QRadioButton(say(words))
            button.setObjectName(value)
            button.setChecked(value == given)
            button.clicked.connect(partial(_chosen, chosen, value))
            group.addButton(button)
            layout.addWidget(button)


def _chosen(chosen: Callable[[str], object], value: str, _checked: bool = True) -> None:
    chosen(value)


def _word(choices: Choices, value: str) -> str:
    return next((say(words) for key, words in choices if key == value), "" if choices else value)


def _files(n: int) -> str:
    return trn("{n} file", "{n} files", n)


def _focused(card: QWidget) -> tuple[str, str]:
    """Which control of the card has the keyboard: its own name and that of what holds it."""
    at = card.focusWidget()
    if at is None or not at.hasFocus():
        return "", ""
    above = at.parentWidget()
    return at.objectName(), above.objectName() if above is not None else ""


def _give_back(card: QWidget, name: tuple[str, str]) -> None:
    """Put the keyboard where it was before the controls were made anew."""
    if not any(name):
        return
    for at in card.findChildren(QWidget, name[0]):
        above = at.parentWidget()
        if above is not None and above.objectName() == name[1]:
            at.setFocus()
            return
