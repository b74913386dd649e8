"""Dialogs for a sending that waits for a password: the account's own, or the one of the way for large deposits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from depositor.draft.problem import Problem
from depositor.gui.texts import say, tr
from depositor.gui.widgets.account import AccountPanel
from depositor.gui.widgets.basics import Button, Label, Notice, row

if TYPE_CHECKING:
    from depositor.draft.capabilities import Capabilities
    from depositor.gui.workspace import Workspace


class SignInAgain(QDialog):
    """The account of an archive, asked for once more; closes when the archive agreed."""

    def __init__(
        self, parent: QWidget, space: Workspace, archive: Capabilities, problem: Problem, done: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self._done = done
        self.setWindowTitle(tr("Sign in"))
        self.panel = AccountPanel(space)
        self.panel.signed_in.connect(self._finish)
        close = Button(clicked=self.reject)
        close.setText(tr("&Later"))
        _lay_out(self, problem, self.panel, close)
        self.panel.show_archive(archive)

    def _finish(self) -> None:
        self.accept()
        self._done()


class BulkPassword(QDialog):
    """The password of the way for large deposits (FTP), kept like the account's own; ``done`` once it is kept."""

    def __init__(
        self, parent: QWidget, space: Workspace, archive: Capabilities, problem: Problem, done: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self._space, self._archive, self._done = space, archive.id, done
        self.setWindowTitle(tr("Password for large deposits"))
        self.secret = QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.remember = QCheckBox(tr("&Remember in the key store of this computer"))
        self.remember.setChecked(bool(space.desk.settings.get("remember_sign_in")))
        self.go = Button("play", "main", self._keep)
        self.go.setText(tr("&Go on"))
        self.go.setDefault(True)
        self.go.setEnabled(False)
        self.secret.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        cancel = Button(clicked=self.reject)
        cancel.setText(tr("&Later"))
        _lay_out(self, problem, self._form(), cancel, self.go)
        self.secret.setFocus()

    def _form(self) -> QWidget:
        holder = QWidget()
        form = QFormLayout(holder)
        form.setContentsMargins(0, 0, 0, 0)
        label = Label(tr("FTP password"), wrap=False)
        label.setBuddy(self.secret)
        self.secret.setAccessibleName(tr("FTP password"))
        form.addRow(label, self.secret)
        form.addRow(self.remember)
        return holder

    def _keep(self) -> None:
        accounts, archive, secret = self._space.desk.accounts, self._archive, self.secret.text().strip()
        session_only = not self.remember.isChecked()
        self.go.setEnabled(False)

        def keep() -> Problem | None:
            known = accounts.credentials(archive)
            return accounts.remember(archive, replace(known, bulk=secret), for_session_only=session_only)

        self._space.bridge.run(lambda _: keep(), self._kept, self._space.trouble.emit)

    def _kept(self, problem: Problem | None) -> None:
        self.accept()
        if problem is not None:
            self._space.trouble.emit(problem)
        self._done()


def _lay_out(dialog: QDialog, problem: Problem, content: QWidget, *buttons: QWidget) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    layout = QVBoxLayout(dialog)
    room = dialog.fontMetrics().height()
    layout.setContentsMargins(room, room, room, room)
    layout.setSpacing(room)
    notice = Notice("info")
    notice.show_text(say(problem.message), say(problem.advice))
    layout.addWidget(notice)
    layout.addWidget(content)
    layout.addLayout(row(1, *buttons))
    dialog.setMinimumWidth(room * 30)
