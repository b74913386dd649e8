"""The question whether a server is the one that it should be. Nothing is accepted without a person's yes; for a key
that changed, the person must bring the new fingerprint along."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from depositor.draft.problem import NeedsUser, Problem
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, Notice, column, row
from depositor.session import host_keys
from depositor.session.host_keys import Shown

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace


class HostKeyDialog(QDialog):
    """Shows the fingerprint; ``done`` once the key was accepted."""

    def __init__(
        self, parent: QWidget, space: Workspace, endpoint: str, problem: Problem, done: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        shown = host_keys.shown(problem)
        assert shown is not None
        self._space, self._endpoint, self._shown, self._finish = space, endpoint, shown, done
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Another key") if shown.changed else tr("First meeting"))
        self.told = QLineEdit()
        self.told.setVisible(shown.changed)
        self.accept_key = Button("check", clicked=self._accept)
        self.accept_key.setText(tr("&Accept the new key") if shown.changed else tr("&Accept this server"))
        self.accept_key.setEnabled(not shown.changed)
        close = Button(kind="main", clicked=self.reject)
        close.setText(tr("&Do not go there"))
        close.setDefault(True)
        self._lay_out(problem, shown, close)

    def _lay_out(self, problem: Problem, shown: Shown, close: Button) -> None:
        layout, room = QVBoxLayout(self), self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        notice = Notice("bad" if shown.changed else "warn")
        notice.show_text(say(problem.message), say(problem.advice))
        layout.addWidget(notice)
        layout.addWidget(_fingerprint(shown))
        if shown.changed:
            label = Label(tr("Fingerprint that whoever runs the server has told you"))
            label.setBuddy(self.told)
            self.told.setAccessibleName(label.text())
            self.told.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            self.told.textChanged.connect(self._compare)
            layout.addLayout(column(label, self.told, spacing=2))
        layout.addStretch(1)
        layout.addLayout(row(1, self.accept_key, close))
        self.setMinimumWidth(room * 30)
        (self.told if shown.changed else close).setFocus()

    def _compare(self, text: str) -> None:
        """The very fingerprint must be typed or pasted; a glance and a click are not enough here."""
        try:
            same = host_keys.fingerprint(text) == host_keys.fingerprint(self._shown.fingerprint)
        except NeedsUser:
            same = False
        self.accept_key.setEnabled(same)

    def _accept(self) -> None:
        self.accept_key.setEnabled(False)
        store, shown = self._space.desk.store, self._shown
        wanted = self.told.text() if shown.changed else shown.fingerprint
        self._space.bridge.run(
            lambda _: host_keys.accept(store, self._endpoint, wanted, shown), self._accepted, self._space.trouble.emit
        )

    def _accepted(self, _: object) -> None:
        self.accept()
        self._finish()


def _fingerprint(shown: Shown) -> QLineEdit:
    """To read and to copy."""
    line = QLineEdit(f"{shown.fingerprint} ({shown.kind})")
    line.setReadOnly(True)
    line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    line.setCursorPosition(0)
    line.setAccessibleName(tr("Fingerprint that the server shows"))
    return line
