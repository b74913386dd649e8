"""Signing in at an archive: typed here, kept in the system's key store or for this session only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLineEdit, QWidget

from depositor.draft.capabilities import Account, Capabilities
from depositor.draft.problem import Problem
from depositor.gui import dialogs
from depositor.gui.texts import Texts, say, tr
from depositor.gui.widgets.basics import Button, Card, Label, Notice, row
from depositor.session import addresses, host_keys

if TYPE_CHECKING:
    from depositor.archives.ports import Credentials
    from depositor.gui.workspace import Workspace


class AccountPanel(Card):
    """What one signs in with at an archive: user and password, a token, keys, a key file. Typed secrets go to the
    archive and the key store alone."""

    signed_in = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._space = workspace
        self._texts = Texts()
        self._archive: Capabilities | None = None
        self._head, self._note = Label(kind="strong"), Label(kind="muted")
        self.user, self.secret = QLineEdit(), QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.key_file, self.token = QLineEdit(), QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.key_file.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._choose_key = Button("files", clicked=self._ask_key)
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
        self._key_label, self._token_label = Label(wrap=False), Label(wrap=False)
        self._key_row = QWidget()
        beside = QHBoxLayout(self._key_row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.key_file, 1)
        beside.addWidget(self._choose_key)
        rows = (
            (self._user_label, self.user, self.user),
            (self._key_label, self._key_row, self.key_file),
            (self._secret_label, self.secret, self.secret),
            (self._token_label, self.token, self.token),
        )
        for label, shown, buddy in rows:
            label.setBuddy(buddy)
            form.addRow(label, shown)
        form.addRow(self.remember)
        self.key_file.textChanged.connect(lambda _: self._name())
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
            lambda: self._choose_key.setAccessibleName(tr("Choose the key file …")),
            lambda: self._choose_key.setToolTip(tr("Choose the key file …")),
        )

    def _name(self) -> None:
        archive = self._archive
        protocol = archive.protocols[0] if archive is not None and addresses.asked(archive) else ""
        token = archive is not None and archive.account is Account.TOKEN
        self._head.setText(tr("Sign in at {archive}", archive=archive.name if archive else ""))
        self._user_label.setText(tr("Access key") if protocol == "s3" else tr("User name or mail"))
        self._secret_label.setText(self._secret_words(protocol, token=token))
        self._key_label.setText(tr("Key file, if you were given one"))
        self._token_label.setText(tr("Session token, if there is one"))
        named = ((self.user, self._user_label), (self.secret, self._secret_label))
        for line, label in (*named, (self.key_file, self._key_label), (self.token, self._token_label)):
            line.setAccessibleName(label.text())
        self._form.setRowVisible(self.user, not token)
        self._form.setRowVisible(self._key_row, protocol == "sftp")
        self._form.setRowVisible(self.token, protocol == "s3")
        self._sign_up.setVisible(bool(archive and archive.signup))

    def _secret_words(self, protocol: str, *, token: bool) -> str:
        if protocol == "s3":
            return tr("Secret key")
        if protocol == "sftp" and self.key_file.text().strip():
            return tr("Passphrase of the key file")
        return tr("Access token") if token else tr("Password")

    def _ask_key(self) -> None:
        def take(paths: list[Path]) -> None:
            self.key_file.setText(str(paths[0]))

        dialogs.choose_files(self, tr("Key file for signing in"), take)

    def show_archive(self, archive: Capabilities) -> None:
        """Ask for the account of this archive."""
        before, self._archive = self._archive, archive
        if before is not None and before.id == archive.id:  # described anew: what was typed stays
            return
        for line in (self.user, self.secret, self.token, self.key_file):
            line.clear()
        self._said.hide()
        self._texts.renew()
        self._space.bridge.run(
            lambda _: (archive.id, self._space.desk.accounts.credentials(archive.id)), lambda found: self._known(*found)
        )

    def _known(self, archive_id: str, found: object) -> None:
        if self._archive is None or self._archive.id != archive_id or self._said.isVisibleTo(self):
            return  # another archive was chosen, or the person was faster than the key store
        name = getattr(found, "user", None)
        if name and not self.user.text():
            self.user.setText(name)
        key = getattr(found, "key_file", None)
        if key and not self.key_file.text():
            self.key_file.setText(key)
        if name or getattr(found, "token", None):
            self._say("ok", tr("An account is known for this archive."))

    def _sign_in(self) -> None:
        archive = self._archive
        if archive is None:
            return
        self.sign_in.setEnabled(False)
        self._say("info", tr("Asking the archive …"))
        fields = (self.user.text(), self.secret.text(), self.token.text(), self.key_file.text())
        for_session_only = not self.remember.isChecked()
        self._space.bridge.run(
            lambda _: self._try(archive, fields, for_session_only=for_session_only), self._signed_in, self._refused
        )

    def _try(
        self, archive: Capabilities, fields: tuple[str, str, str, str], *, for_session_only: bool
    ) -> tuple[str, Problem | None]:
        """In a thread of its own: no widget is touched here."""
        from depositor.session.sending.deposit import open_session

        desk = self._space.desk
        typed = self._typed(archive, *fields)
        kept = None
        if typed is not None:
            kept = desk.accounts.remember(archive.id, typed, for_session_only=for_session_only)
        session = open_session(desk, archive.id, desk.settings.endpoint(archive.id) or archive.endpoint)
        try:
            return session.sign_in(), kept
        finally:
            session.close()

    def _typed(self, archive: Capabilities, name: str, word: str, token: str, key: str) -> Credentials | None:
        """What was in the fields; None where nothing was typed, and what is known already holds."""
        from depositor.session.accounts import NOTHING

        user, secret, key = name.strip() or None, word or None, key.strip()
        known = self._space.desk.accounts.credentials(archive.id)
        if secret is None and (not key or key == known.key_file):
            return None
        kept = replace(NOTHING, bulk=known.bulk)  # has a password of its own, which still holds
        if archive.account is Account.TOKEN:
            return replace(kept, token=secret)
        return replace(kept, user=user, password=secret, token=token or None, key_file=key or None)

    def _signed_in(self, found: tuple[str, Problem | None]) -> None:
        name, kept = found
        self.sign_in.setEnabled(True)
        self.secret.clear()
        self.token.clear()
        self._say(
            "ok", tr("Signed in as {name}.", name=name), f"{say(kept.message)} {say(kept.advice)}" if kept else ""
        )
        self.signed_in.emit()

    def _refused(self, problem: Problem) -> None:
        self.sign_in.setEnabled(True)
        self._say("warn", say(problem.message), say(problem.advice))
        archive = self._archive
        if archive is not None and host_keys.shown(problem) is not None and self.isVisible():
            from depositor.gui.widgets.host_key import HostKeyDialog

            endpoint = self._space.desk.settings.endpoint(archive.id) or archive.endpoint
            self.question = HostKeyDialog(self, self._space, endpoint, problem, self._sign_in)
            self.question.open()

    def _forget_all(self) -> None:
        if self._archive is not None:
            archive = self._archive.id
            for line in (self.user, self.secret, self.token, self.key_file):
                line.clear()
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
