"""The settings that a network may ask for: its proxy, the sign-in of that, and its own certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from depositor.draft.problem import Problem
from depositor.gui import dialogs
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, Notice, row
from depositor.gui.widgets.flow import flow

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace


class NetworkDialog(QDialog):
    """Edits them; ``kept`` once they hold. The password goes to the key store, never into a setting."""

    kept = Signal()

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._space = workspace
        self._known: tuple[str, str] | None = None
        self._gone = False
        settings = workspace.desk.settings
        settings.reload()  # the command line may have changed them since
        self.proxy, self.user, self.password, self.file = (QLineEdit() for _ in range(4))
        self.proxy.setText(str(settings.get("proxy")))
        self.file.setText(str(settings.get("ca_bundle")))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.remember = QCheckBox(tr("&Remember in the key store of this computer"))
        self.remember.setChecked(bool(settings.get("remember_sign_in")))
        self.trouble = Notice("warn")
        self.trouble.hide()
        self.keep = Button("check", "main", self._keep)
        self._build()
        workspace.bridge.run(lambda _: workspace.desk.accounts.proxy_sign_in(""), self._show_known)

    def _build(self) -> None:
        self.setWindowTitle(tr("Network settings"))
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(round(room * 0.8))
        lead = tr(
            "Most networks need none of this. Your IT support knows what to enter; leave empty what it does not name."
        )
        layout.addWidget(Label(lead, "muted"))
        layout.addWidget(self._form())
        layout.addWidget(self.trouble)
        later = Button(clicked=self.reject)
        later.setText(tr("&Cancel"))
        self.keep.setText(tr("&Save and test again"))
        self.keep.setDefault(True)
        layout.addWidget(flow(later, self.keep, trailing=True))
        self.setMinimumWidth(room * 34)

    def _form(self) -> QWidget:
        holder = QWidget()
        form = QFormLayout(holder)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        choose = Button("files", clicked=self._choose)
        choose.setText(tr("C&hoose file …"))
        beside = QWidget()
        beside.setLayout(row((self.file, 1), choose))
        self.proxy.setPlaceholderText("http://proxy.example.org:3128")
        rows = (
            (tr("&Proxy"), self.proxy, self.proxy),
            (tr("User name at the proxy"), self.user, self.user),
            (tr("Password at the proxy"), self.password, self.password),
            ("", self.remember, None),
            (tr("&Extra certificates (PEM)"), beside, self.file),
        )
        for words, widget, editor in rows:
            label = Label(words, wrap=False)
            if editor is not None:
                label.setBuddy(editor)
                editor.setAccessibleName(words.replace("&", ""))
            form.addRow(label, widget)
        return holder

    def done(self, result: int) -> None:
        self._gone = True
        super().done(result)

    def _show_known(self, known: tuple[str, str] | None) -> None:
        if self._gone:
            return
        self._known = known
        if known and not self.user.text():
            self.user.setText(known[0])
            self.password.setPlaceholderText(tr("kept, need not be entered again"))

    def _choose(self) -> None:
        dialogs.choose_files(self, tr("Extra certificates (PEM)"), lambda found: self.file.setText(str(found[0])))

    def _keep(self) -> None:
        settings, accounts = self._space.desk.settings, self._space.desk.accounts
        proxy, file, user = self.proxy.text().strip(), self.file.text().strip(), self.user.text().strip()
        password, session_only, known = self.password.text(), not self.remember.isChecked(), self._known
        self.keep.setEnabled(False)

        def keep() -> Problem | None:
            settings.set("proxy", proxy)
            settings.set("ca_bundle", file)
            if password or (known and not user):
                return accounts.keep_proxy_sign_in(user, password, for_session_only=session_only)
            return None

        self._space.bridge.run(lambda _: keep(), self._kept, self._refused)

    def _kept(self, problem: Problem | None) -> None:
        self.accept()
        if problem is not None:
            self._space.trouble.emit(problem)
        self.kept.emit()

    def _refused(self, problem: Problem) -> None:
        self.keep.setEnabled(True)
        self.trouble.show_text(say(problem.message), say(problem.advice))
