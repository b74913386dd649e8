"""The step in which the data travel: how far, how fast, what is waited for, and what failed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Problem
from depositor.draft.steps import StepId
from depositor.draft.submission import Stage
from depositor.gui import dialogs
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.pages.send_cards import FailedFiles, Options
from depositor.gui.texts import say, tr
from depositor.gui.transfers import Transfer
from depositor.gui.transfers_page import words
from depositor.gui.transfers_page.acting import Acting
from depositor.gui.widgets.basics import Button, Label, Notice
from depositor.gui.widgets.moving import HowFar, UnderWay
from depositor.gui.widgets.ways import Ways
from depositor.session import host_keys
from depositor.session.sending import failed_files, transfer_words

if TYPE_CHECKING:
    from depositor.draft.capabilities import Capabilities
    from depositor.session.desk import SubmissionInfo


class SendPage(Page):
    """A calm view of one transfer."""

    step = StepId.SEND

    def build(self) -> None:
        self._id: str | None = None
        self._state = Notice()
        self._account_button = Button("person", clicked=self.sign_in)
        self.ways = Ways(self.workspace, self.go_on, self.copy_report)
        self._asking = False
        self._dialog: QDialog | None = None
        self._progress = HowFar()
        self._files = UnderWay()
        self._failed = FailedFiles(self)
        self._options = Options(self)
        self._copied = Label(kind="muted")
        self._copied.hide()
        for widget in (self._state, self._copied, self._progress, self._files, self._failed, self._options):
            self.body.addWidget(widget)
        self._state.offer(self._account_button)
        self._state.offer(self.ways)
        self._account_button.hide()
        self.body.addStretch(1)
        self.workspace.transfers.moved.connect(self._moved)
        self.workspace.transfers.ended.connect(self._ended)
        self.texts.bind(
            lambda: self.title.setText(tr("Sending")),
            lambda: self.lead.setText(
                tr("You may close the window or switch the computer off; it goes on where it stopped.")
            ),
            self._name_account,
        )

    # --- which transfer ------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._id = None
        self._copied.hide()

    def refresh(self) -> None:
        work, desk = self.work, self.workspace.desk
        self.workspace.bridge.ask(lambda _: desk.last_submission(work.id), self._found, self.workspace.trouble.emit)

    def entered(self) -> None:
        self._options.renew()
        self._options.limit.clearFocus()  # Qt hands it the keyboard when the page before goes away

    def _found(self, info: SubmissionInfo | None) -> None:
        self._id = info.id if info is not None else None
        if info is None:
            self._shown()
        else:
            self.workspace.transfers.find(info.id, self._shown)

    def _shown(self, _: Transfer | None = None) -> None:
        self._show()
        self.action_changed.emit()

    @property
    def transfer(self) -> Transfer | None:
        """The transfer of the open draft, once it was sealed."""
        return self.workspace.transfers.known(self._id)

    def _moved(self, submission_id: str) -> None:
        if submission_id == self._id and self.isVisible():
            self._show()

    def _ended(self, submission_id: str) -> None:
        if submission_id != self._id:
            return
        self._show()
        self.action_changed.emit()
        found = self.transfer
        if found is None or not self.isVisible():
            return
        if found.receipt is not None:
            self.workspace.go.emit(StepId.RECEIPT, "")
        elif _waits_for_password(found):
            self.sign_in()

    # --- what is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self.transfer
        for widget in (self._progress, self._files, self._options):
            widget.setVisible(found is not None)
        if found is None:
            self._state.tone("info")
            self._state.show_text(
                tr("Nothing was sealed yet"), tr("The review page has the button that sends the data.")
            )
            self._failed.hide()
            return
        self._show_state(found)
        self._progress.show_transfer(found)
        self._files.show_transfer(found)
        self._options.show_transfer(found)
        self._failed.show_transfer(found)

    def _show_state(self, found: Transfer) -> None:
        tone, head, text = _state_words(found)
        self._state.tone(tone)
        self._state.show_text(head, text)
        self._account_button.setVisible(_waits_for_password(found))
        self._name_account()
        self.ways.show_problem(_in_the_way(found), found.archive, found.info.id)

    def _name_account(self) -> None:
        found = self.transfer
        key = found is not None and found.problem is not None and host_keys.shown(found.problem) is not None
        self._account_button.dress("locked" if key else "person")
        self._account_button.setText(tr("Look at its &key …") if key else tr("S&ign in …"))

    # --- what one can do -----------------------------------------------------------------------------------------

    def first_control(self) -> None:
        """None: the keyboard is best at Pause; in the box for the speed a stray key would slow the sending down."""

    def main_action(self) -> MainAction | None:
        found = self.transfer
        if found is None or found.stage in (Stage.FAILED, Stage.CANCELLED):
            return None
        if found.receipt is not None:
            return MainAction(
                tr("Show the &receipt"), partial(self.workspace.go.emit, StepId.RECEIPT, ""), icon="receipt"
            )
        if found.running:
            return MainAction(tr("&Pause"), self.pause, not found.stopping, "pause")
        return MainAction(tr("&Go on"), self.go_on, icon="play")

    def pause(self) -> None:
        """Stop for now."""
        if self._id:
            self.workspace.transfers.pause(self._id)
            self.action_changed.emit()

    def go_on(self) -> None:
        """Go on where it stopped."""
        if self._id:
            self.workspace.transfers.start(self._id)
            self.action_changed.emit()

    def sign_in(self) -> None:
        """Ask for the password that the sending waits for, and go on with it."""
        found, desk = self.transfer, self.workspace.desk
        if found is None or self._asking:
            return
        self._asking = True

        def look(_: Cancel) -> tuple[Transfer, Capabilities | None, bool]:
            return found, desk.capabilities(found.archive), desk.accounts.credentials(found.archive).bulk is not None

        self.workspace.bridge.run(look, self._ask_password, self._trouble)

    def _ask_password(self, asked: tuple[Transfer, Capabilities | None, bool]) -> None:
        from depositor.gui.widgets.host_key import HostKeyDialog
        from depositor.gui.widgets.sign_in import BulkPassword, SignInAgain

        self._asking = False
        found, archive, has_bulk = asked
        problem = found.problem
        if problem is None or archive is None or self._dialog is not None:
            return
        if host_keys.shown(problem) is not None:
            self._dialog = HostKeyDialog(self, self.workspace, found.info.endpoint, problem, self.go_on)
            self._dialog.finished.connect(self._asked)
            self._dialog.open()
            return
        # Whoever carries the bytes knows only that they were refused; with a password of their own, it is that one.
        of_bulk = "bulk-password" in problem.actions or (has_bulk and problem.message.id == "archive.sign-in")
        kind = BulkPassword if of_bulk else SignInAgain
        self._dialog = kind(self, self.workspace, archive, problem, self.go_on)
        self._dialog.finished.connect(self._asked)
        self._dialog.open()

    def _asked(self, _: int) -> None:
        self._dialog = None

    def copy_report(self) -> None:
        """Put what went wrong on the clipboard, for the help desk."""
        found = self.transfer
        if found is not None:
            Acting(self, self.workspace, self._copied.setText).report(found.standing())
            self._copied.show()

    def cancel(self) -> None:
        """Give up for good, after a question."""
        agreed = dialogs.ask(
            self,
            tr("Cancel this submission?"),
            tr("What the archive already holds of it is taken back. Your draft and your files stay."),
            tr("&Cancel the submission"),
            tr("&Keep sending"),
        )
        if agreed and self._id:
            self.workspace.transfers.cancel(self._id)

    def retry_failed(self) -> None:
        """Let the failed files have another try."""
        if self._id:
            desk, submission_id = self.workspace.desk, self._id
            self.workspace.transfers.settle(
                submission_id, lambda _: failed_files.retry(desk, submission_id), self._trouble
            )

    def show_files(self) -> None:
        """All files of this transfer, with what one can do about those that failed."""
        self.workspace.transfers.wanted.emit(self._id or "")

    def _trouble(self, problem: Problem) -> None:
        self.workspace.trouble.emit(problem)


def _waits_for_password(found: Transfer) -> bool:
    return found.problem is not None and (
        not {"sign-in", "bulk-password"}.isdisjoint(found.problem.actions) or host_keys.shown(found.problem) is not None
    )


def _in_the_way(found: Transfer) -> Problem | None:
    """What a sending stopped at, or waits for."""
    if found.receipt is not None or found.stopping:
        return None
    return found.problem or (found.progress.waiting if found.running else None)


def _state_words(found: Transfer) -> tuple[str, str, str]:
    """Tone, head and text for where a transfer stands, as everywhere else."""
    if found.receipt is not None:
        return "ok", tr("Everything arrived"), tr("The receipt is written.")
    if found.stopping:
        return "info", tr("Stopping …"), ""
    stands = found.standing()
    told = (transfer_words.advice(stands), transfer_words.again(stands), words.since(found.waits_s))
    return words.TONES[stands.stand], say(stands.head()), " ".join(t for t in told if t)
