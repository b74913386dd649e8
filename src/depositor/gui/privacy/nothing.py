"""What stands where the findings would stand, if there were any."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from depositor.draft.steps import Situation
from depositor.gui.texts import tr, trn
from depositor.gui.widgets.basics import Label, Picture, row


class Nothing(QWidget):
    """Nothing was found: what was looked at, and what no program can promise."""

    def __init__(self) -> None:
        super().__init__()
        self._head, self._text, self._limit = Label(kind="heading"), Label(), Label(kind="muted")
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room * 2, room, room)
        words = QVBoxLayout()
        for label in (self._head, self._text, self._limit):
            words.addWidget(label)
        words.addStretch(1)
        layout.addLayout(row(Picture("privacy", 3), (words, 1), spacing=room))
        layout.addStretch(1)

    def show_situation(self, now: Situation, *, pictures: bool) -> None:
        """Say it for what was checked; ``pictures``: text in them was looked for."""
        self._head.setText(tr("Nobody is named, as far as one can see"))
        files = trn("{n} file was looked at", "{n} files were looked at", now.inventory.files)
        where = (
            tr("headers, pictures, the names of files and folders, and what you typed in the form")
            if pictures
            else tr("headers, the names of files and folders, and what you typed in the form; not the pictures")
        )
        self._text.setText(tr("{files}: {where}.", files=files, where=where))
        self._limit.setText(
            tr("A program cannot see everything: a face, a rare case, a place that one recognises. Please look too.")
        )
