"""Signing in to Globus: its page in the browser, and the code that this shows at its end. No password is typed here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from depositor.draft.problem import Problem
from depositor.gui import dialogs
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, Notice, column
from depositor.gui.widgets.flow import flow
from depositor.session import globus_account
from depositor.session.globus_account import GlobusSignIn

if TYPE_CHECKING:
    from depositor.draft.cancel import Cancel
    from depositor.gui.bridge import Work
    from depositor.gui.workspace import Workspace

_APPS = "https://app.globus.org/settings/developers"


class GlobusSignInDialog(QDialog):
    """``kept`` once Globus agreed and what it gave is kept. ``problem``: why it is asked for; where Globus wants a
    consent, ``submission`` tells for which deposit. Nothing leaves the computer before a button is pressed."""

    kept = Signal()

    def __init__(self, parent: QWidget, space: Workspace, problem: Problem | None = None, submission: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._space, self._problem, self._submission = space, problem, submission
        self._sign_in: GlobusSignIn | None = None
        self._works: list[Work] = []
        self._busy = False
        self.client, self.address, self.code = QLineEdit(), QLineEdit(), QLineEdit()
        self.client_hint = Label(_no_number(), "muted")
        self.register = Button("open", "quiet", lambda: dialogs.open_address(self, _APPS))
        self.page = Button("globe", clicked=lambda: self._with_address(self._open))
        self.copy = Button("copy", clicked=lambda: self._with_address(self._copy))
        self.remember = QCheckBox(tr("&Remember in the key store of this computer"))
        self.where = Label(kind="muted")
        self.said = Notice()
        self.go = Button("check", "main", self._finish)
        self._build()
        self._listen()
        self._works.append(space.bridge.run(lambda _: globus_account.known_client(space.desk), self._show_client))

    # --- how it looks ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle(tr("Sign in to Globus"))
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(round(room * 0.8))
        parts = (self._why(), self._lead(), self._app(), self._browser(), self._last())
        self._body = column(*parts, 1, spacing=round(room * 0.8))
        self._area = _scrolled(self._body)
        layout.addWidget(self._area, 1)
        layout.addWidget(self.said)
        layout.addWidget(self._buttons())
        self.said.hide()
        self.setMinimumWidth(room * 34)

    def _why(self) -> QWidget | None:
        if self._problem is None:
            return None
        notice = Notice("info")
        notice.show_text(say(self._problem.message), say(self._problem.advice))
        return notice

    def _lead(self) -> QWidget:
        return Label(
            tr(
                "You sign in on a page of Globus, in your browser. At its end it shows a code; put that in here. "
                "Depositor never sees your password."
            )
        )

    def _app(self) -> QWidget:
        self.register.setText(tr("Open app.globus.org"))
        for line in (self.client, self.address, self.code):  # read from the left in every language
            line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.client.setPlaceholderText("01234567-89ab-cdef-0123-456789abcdef")
        self.client_hint.hide()
        self.register.hide()
        return _part(tr("&Number of the app (client ID)"), self.client, self.client_hint, flow(self.register))

    def _browser(self) -> QWidget:
        self.page.setText(tr("&Open the sign-in page"))
        self.copy.setText(tr("Copy its a&ddress"))
        self.address.setReadOnly(True)
        self.address.setAccessibleName(tr("Address of the sign-in page"))
        self.address.hide()
        return _part("", flow(self.page, self.copy), self.address)

    def _last(self) -> QWidget:
        self.code.setEchoMode(
            QLineEdit.EchoMode.Normal
        )  # holds once, for minutes; it is to be seen whether it is whole
        self.remember.setChecked(bool(self._space.desk.settings.get("remember_sign_in")))
        return _part(tr("&Code that the page shows at its end"), self.code, self.remember, self.where)

    def _buttons(self) -> QWidget:
        later = Button(clicked=self.reject)
        later.setText(tr("C&ancel"))
        self.go.setText(tr("&Sign in"))
        self.go.setDefault(True)
        return flow(later, self.go, trailing=True)

    def _listen(self) -> None:
        self.client.textEdited.connect(self._another_client)
        self.client.returnPressed.connect(self._enter_in_client)
        self.code.textChanged.connect(self._renew)
        self.remember.toggled.connect(self._renew)
        self._renew()

    def _renew(self, _: object = None) -> None:
        """What can be done now, and where the sign-in would be kept."""
        idle, known = not self._busy, bool(self.client.text().strip())
        self.page.setEnabled(idle and known)
        self.copy.setEnabled(idle and known)
        self.code.setEnabled(self._sign_in is not None)
        self.go.setEnabled(idle and self._sign_in is not None and bool(self.code.text().strip()))
        self.where.setText(_kept_there() if self.remember.isChecked() else _kept_here())
        QTimer.singleShot(0, self, self._grow)

    def _tell(self, tone: str, head: str, text: str = "") -> None:
        self.said.tone(tone)
        self.said.show_text(head, text)
        QTimer.singleShot(0, self, self._grow)

    def showEvent(self, event: QShowEvent) -> None:
        self._grow()
        super().showEvent(event)

    def _grow(self) -> None:
        """What appears takes room of the screen, not of what is there already; beyond the screen it scrolls to where
        the keyboard is."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        seen, most = self._area.viewport(), round(self.screen().availableSize().height() * 0.9)
        wanted = max(self._body.totalHeightForWidth(seen.width()), self._body.minimumSize().height())
        height = min(self.height() + wanted - seen.height(), most)
        if height > self.height():
            self.resize(self.width(), height)
        now = self.focusWidget()
        if now is not None and self._area.isAncestorOf(now):
            self._area.ensureWidgetVisible(now)

    # --- the app that Globus knows -----------------------------------------------------------------------------------

    def _show_client(self, known: str | None) -> None:
        if known and not self.client.text():
            self.client.setText(known)
        self.client_hint.setVisible(not known)
        self.register.setVisible(not known)
        self._renew()
        if not self.code.isEnabled():
            (self.page if self.page.isEnabled() else self.client).setFocus()

    def _another_client(self, _: str) -> None:
        """A page that was opened for another app is of no use any more."""
        self._sign_in = None
        self.address.hide()
        self.said.hide()
        self._renew()

    def _enter_in_client(self) -> None:
        if self.page.isEnabled() and not self.go.isEnabled():
            self.page.click()

    # --- its page ----------------------------------------------------------------------------------------------------

    def _with_address(self, use: Callable[[str], object]) -> None:
        """Find out once what Globus is to be asked for; then ``use`` the address."""
        if self._sign_in is not None:
            use(self._sign_in.address)
            return

        def made(sign_in: GlobusSignIn) -> None:
            self._rest()
            self._sign_in = sign_in
            self.address.setText(sign_in.address)
            self.address.setCursorPosition(0)
            self.address.show()
            self._renew()
            self.code.setFocus()
            use(sign_in.address)

        self._work(tr("Preparing the page …"), self._prepare(), made)

    def _prepare(self) -> Callable[[Cancel], GlobusSignIn]:
        desk, client, submission = self._space.desk, self.client.text().strip(), self._submission
        consent = self._problem is not None and self._problem.code == "globus.consent" and bool(submission)

        def prepare(_: Cancel) -> GlobusSignIn:
            scopes = globus_account.scopes_wanted(desk, submission) if consent else ()
            return GlobusSignIn(desk, client, scopes)

        return prepare

    def _open(self, address: str) -> None:
        if dialogs.open_address(self, address):
            self._tell("info", tr("The page is open in your browser. Come back here with its code."))

    def _copy(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        self._tell("info", tr("The address is on the clipboard."), tr("Any browser can open it, here or elsewhere."))

    # --- its code ----------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        sign_in, code, session_only = self._sign_in, self.code.text().strip(), not self.remember.isChecked()
        if sign_in is not None:
            finish = lambda cancel: sign_in.finish(code, for_session_only=session_only, cancel=cancel)  # noqa: E731
            self._work(tr("Asking Globus …"), finish, self._finished)

    def _finished(self, problem: Problem | None) -> None:
        self.accept()
        if problem is not None:
            self._space.trouble.emit(problem)
        self.kept.emit()

    # --- long work ---------------------------------------------------------------------------------------------------

    def _work(self, told: str, task: Callable[[Cancel], Any], done: Callable[[Any], None]) -> None:
        self._busy = True
        self._renew()
        self._tell("info", told)
        self._works.append(self._space.bridge.run(task, done, self._refused))

    def _rest(self) -> None:
        self._busy = False
        self.said.hide()
        self._renew()

    def _refused(self, problem: Problem) -> None:
        self._rest()
        self._tell("warn", say(problem.message), say(problem.advice))
        if self._sign_in is not None:
            self.code.setFocus()
            self.code.selectAll()

    def done(self, result: int) -> None:
        """Whatever is still asked is of no use any more; nobody waits for it."""
        for work in self._works:
            work.cancel.set()
        super().done(result)


def _scrolled(layout: QVBoxLayout) -> QScrollArea:
    body, area = QWidget(), QScrollArea()
    body.setProperty("kind", "body")
    body.setLayout(layout)
    area.setWidget(body)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def _part(words: str, *widgets: QWidget) -> QWidget:
    """What belongs together; ``words`` name the first of them."""
    out = QWidget()
    if not words:
        out.setLayout(column(*widgets))
        return out
    label = Label(words, wrap=False)
    label.setBuddy(widgets[0])
    widgets[0].setAccessibleName(words.replace("&", ""))
    out.setLayout(column(label, *widgets))
    return out


def _no_number() -> str:
    return tr(
        "Globus knows programs by a number, and Depositor has none of its own yet: register a native app at "
        "app.globus.org (Settings, Developers), or ask your institute for the number of its app."
    )


def _kept_there() -> str:
    return tr("What Globus gives Depositor goes to the key store of this computer, so that you need not do this again.")


def _kept_here() -> str:
    return tr("What Globus gives Depositor holds until you close the program. It is written down nowhere.")
