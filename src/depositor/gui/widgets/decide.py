"""The little dialog in which a person says why something stays, and who decided."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from depositor.draft.finding import Choice
from depositor.gui.texts import tr, trn
from depositor.gui.widgets.basics import Button, Label, row


class Reason(QDialog):
    """Asks for the reason (required for "keep") and a name; both go into the record of the deposit.

    What is still missing stands beside the button, and the keyboard begins at the first of it.
    """

    def __init__(self, parent: QWidget, choice: Choice, number: int, who: str) -> None:
        super().__init__(parent)
        self._choice = choice
        self.setWindowTitle(_title(choice, number))
        self.why, self.who = QPlainTextEdit(), QLineEdit(who)
        self.why.setTabChangesFocus(True)
        self.missing = Label(kind="muted").at_end()
        self.agree = Button(kind="main", clicked=self.accept)
        self._lay_out(number)
        self.why.textChanged.connect(self._look)
        self.who.textChanged.connect(self._look)
        self._look()
        self._first().setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self, number: int) -> None:
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        layout.addWidget(Label(_title(self._choice, number), "heading"))
        layout.addWidget(Label(_note(self._choice), "muted"))
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        why = tr("&Why? (required)") if self._choice is Choice.KEEP else tr("&Why? (optional)")
        for text, field in ((why, self.why), (tr("Your &name (required)"), self.who)):
            label = Label(text, wrap=False)
            label.setTextFormat(label.textFormat().AutoText)
            label.setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
            form.addRow(label, field)
        layout.addLayout(form)
        cancel = Button(clicked=self.reject)
        cancel.setText(tr("&Cancel"))
        self.agree.setText(tr("&Note it"))
        self.agree.setDefault(True)
        layout.addLayout(row((self.missing, 1), cancel, self.agree))
        self.setMinimumWidth(room * 28)

    def _lacks(self) -> tuple[bool, bool]:
        """Is the reason missing, and the name?"""
        reason = self._choice is Choice.KEEP and not self.why.toPlainText().strip()
        return reason, not self.who.text().strip()

    def _first(self) -> QWidget:
        reason, name = self._lacks()
        return self.why if reason or not name else self.who

    def _look(self) -> None:
        reason, name = self._lacks()
        words = {
            (True, True): tr("A reason and your name are missing."),
            (True, False): tr("A reason is missing."),
            (False, True): tr("Your name is missing."),
            (False, False): "",
        }[reason, name]
        self.missing.setText(words)
        self.agree.setEnabled(not words)
        self.agree.setToolTip(words)
        self.agree.setAccessibleDescription(words)


def _title(choice: Choice, number: int) -> str:
    if choice is Choice.KEEP:
        return trn("Keep {n} finding as it is", "Keep {n} findings as they are", number)
    if choice is Choice.CLEAN:
        return trn("Send a cleaned copy for {n} finding", "Send cleaned copies for {n} findings", number)
    return trn("Leave out the file of {n} finding", "Leave out the files of {n} findings", number)


def _note(choice: Choice) -> str:
    return {
        Choice.KEEP: tr(
            "For instance: the person agreed, or it is the name of a mouse line. The reason stays on record."
        ),
        Choice.CLEAN: tr("The copy is made when you send, without these places. Your own files are never changed."),
        Choice.EXCLUDE: tr("The files stay on your disk; they are only not sent."),
    }[choice]
