"""Signing in at an archive: typed here, kept in the system's key store or for this session only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit

from depositor.draft.capabilities import Account, Capabilities
from depositor.draft.problem import Problem
from depositor.gui.texts import Texts, say, tr
from depositor.gui.widgets.basics import Button, Card, Label, Notice, row

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace


class AccountPanel(Card):
    """User and password (or token) for one archive. Typed secrets go to the archive and the key store alone."""

    signed_in = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._space = workspace
        self._texts = Texts()
        self._archive: Capabilities | None = None
        self._head, self._note = Label(kind="strong"), Label(kind="muted")
        self.user, self.secret = QLineEdit(), QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.remember = QCheckBox()
        self.sign_in = Button("person", clicked=self._sign_in)
        self._forget = Button(kind="quiet", clicked=self._forget_all)
        self._sign_up = Button("open", "quiet", self._open_signup)
        self._said = Notice()
        self._said.hide()
        self._lay_out()
        self.remember.setChecked(bool(workspace.desk.settings.get("remember_sign_in")))
        self._bind()

    def _lay_out(self) -> None:
        form = QFormLayout()
        self._user_label, self._secret_label = Label(wrap=False), Label(wrap=False)
        self._user_label.setBuddy(self.user)
        self._secret_label.setBuddy(self.secret)
        form.addRow(self._user_label, self.user)
        form.addRow(self._secret_label, self.secret)
        form.addRow(self.remember)
        self._form = form
        for widget in (self._head, self._note):
            self.body.addWidget(widget)
        self.body.addLayout(form)
        self.body.addLayout(row(self.sign_in, self._forget, 1, self._sign_up))
        self.body.addWidget(self._said)
        self.secret.returnPressed.connect(self._sign_in)

    def _bind(self) -> None:
        self._texts.bind(
            self._name,
            lambda: self._note.setText(tr("You can also do this later; it is needed before sending.")),
            lambda: self.remember.setText(tr("&Remember in the key store of this computer")),
            lambda: self.sign_in.setText(tr("&Sign in")),
            lambda: self._forget.setText(tr("&Forget")),
            lambda: self._sign_up.setText(tr("&Get an account …")),
        )

    def _name(self) -> None:
        token = self._archive is not None and self._archive.account is Account.TOKEN
        self._head.setText(tr("Sign in at {archive}", archive=self._archive.name if self._archive else ""))
        self._user_label.setText(tr("User name or mail"))
        self._secret_label.setText(tr("Access token") if token else tr("Password"))
        self.user.setAccessibleName(self._user_label.text())
        self.secret.setAccessibleName(self._secret_label.text())
        self._form.setRowVisible(self.user, not token)
        self._sign_up.setVisible(bool(self._archive and self._archive.signup))

    def show_archive(self, archive: Capabilities) -> None:
        """Ask for the account of this archive."""
        if self._archive is not archive:
            self._archive = archive
            self.secret.clear()
            self._said.hide()
            self._texts.renew()
            self._space.bridge.run(lambda _: self._space.desk.accounts.credentials(archive.id), self._known)

    def _known(self, found: object) -> None:
        name = getattr(found, "user", None)
        if name and not self.user.text():
            self.user.setText(name)
        if name or getattr(found, "token", None):
            self._say("ok", tr("An account is known for this archive."))

    def _sign_in(self) -> None:
        archive = self._archive
        if archive is None:
            return
        self.sign_in.setEnabled(False)
        self._say("info", tr("Asking the archive …"))
        self._space.bridge.run(lambda _: self._try(archive), self._signed_in, self._refused)

    def _try(self, archive: Capabilities) -> tuple[str, Problem | None]:
        from depositor.session.accounts import NOTHING
        from depositor.session.deposit import open_session

        desk = self._space.desk
        kept = None
        if self.secret.text():
            token = archive.account is Account.TOKEN
            user, secret = self.user.text().strip() or None, self.secret.text()
            bulk = desk.accounts.credentials(archive.id).bulk  # has a password of its own, which still holds
            kept_bulk = replace(NOTHING, bulk=bulk)
            typed = replace(kept_bulk, token=secret) if token else replace(kept_bulk, user=user, password=secret)
            kept = desk.accounts.remember(archive.id, typed, for_session_only=not self.remember.isChecked())
        session = open_session(desk, archive.id, desk.settings.endpoint(archive.id) or archive.endpoint)
        try:
            return session.sign_in(), kept
        finally:
            session.close()

    def _signed_in(self, found: tuple[str, Problem | None]) -> None:
        name, kept = found
        self.sign_in.setEnabled(True)
        self.secret.clear()
        self._say(
            "ok", tr("Signed in as {name}.", name=name), f"{say(kept.message)} {say(kept.advice)}" if kept else ""
        )
        self.signed_in.emit()

    def _refused(self, problem: Problem) -> None:
        self.sign_in.setEnabled(True)
        self._say("warn", say(problem.message), say(problem.advice))

    def _forget_all(self) -> None:
        if self._archive is not None:
            archive = self._archive.id
            self.user.clear()
            self.secret.clear()
            self._space.bridge.run(lambda _: self._space.desk.accounts.forget(archive), self._forgotten)

    def _forgotten(self, problem: Problem | None) -> None:
        self._say("ok", tr("The account was forgotten.") if problem is None else say(problem.message))

    def _open_signup(self) -> None:
        if self._archive is not None and self._archive.signup:
            QDesktopServices.openUrl(QUrl(self._archive.signup))

    def _say(self, tone: str, head: str, text: str = "") -> None:
        self._said.tone(tone)
        self._said.show_text(head, text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._texts.renew()
