"""The step in which the data travel: how far, how fast, what is waited for, and what failed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Problem, Side
from depositor.draft.steps import StepId
from depositor.draft.submission import Stage, SubmissionFile
from depositor.gui import dialogs
from depositor.gui.paged import PAYLOAD, Column, PagedModel, PagedTable, Row, Source
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.texts import duration, say, tr, trn
from depositor.gui.transfers import Transfer
from depositor.gui.widgets.basics import Button, Card, Label, Notice, row
from depositor.gui.widgets.flow import flow
from depositor.gui.widgets.moving import HowFar, UnderWay
from depositor.gui.widgets.speed import SpeedLimit

if TYPE_CHECKING:
    from depositor.draft.capabilities import Capabilities
    from depositor.session.desk import SubmissionInfo

_FAILED = 2000


class SendPage(Page):
    """A calm view of one transfer."""

    step = StepId.SEND

    def build(self) -> None:
        self._id: str | None = None
        self._failed_shown = -1
        self._state = Notice()
        self._account_button = Button("person", clicked=self.sign_in)
        self._route_button = Button("globe", clicked=self.test_route)
        self._asking = False
        self._dialog: QDialog | None = None
        self._progress = HowFar()
        self._files = UnderWay()
        self._failed = _Failed(self)
        self._options = _Options(self)
        for widget in (self._state, self._progress, self._files, self._failed, self._options):
            self.body.addWidget(widget)
        for button in (self._account_button, self._route_button):
            self._state.offer(button)
            button.hide()
        self.body.addStretch(1)
        self.workspace.transfers.moved.connect(self._moved)
        self.workspace.transfers.ended.connect(self._ended)
        self.texts.bind(
            lambda: self.title.setText(tr("Sending")),
            lambda: self.lead.setText(
                tr("You may close the window or switch the computer off; it goes on where it stopped.")
            ),
            lambda: self._account_button.setText(tr("S&ign in …")),
            lambda: self._route_button.setText(tr("&Test the route …")),
        )

    # --- which transfer ------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._id = None
        self._failed_shown = -1

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
        failed = found.progress.files_failed
        self._failed.setVisible(failed > 0)
        if failed != self._failed_shown:
            self._failed_shown = failed
            self._failed.show_transfer(found)

    def _show_state(self, found: Transfer) -> None:
        tone, head, text = _state_words(found)
        self._state.tone(tone)
        self._state.show_text(head, text)
        self._account_button.setVisible(_waits_for_password(found))
        self._route_button.setVisible(_network_in_the_way(found))

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
        from depositor.gui.widgets.sign_in import BulkPassword, SignInAgain

        self._asking = False
        found, archive, has_bulk = asked
        problem = found.problem
        if problem is None or archive is None or self._dialog is not None:
            return
        # Whoever carries the bytes knows only that they were refused; with a password of their own, it is that one.
        of_bulk = "bulk-password" in problem.actions or (has_bulk and problem.message.id == "archive.sign-in")
        kind = BulkPassword if of_bulk else SignInAgain
        self._dialog = kind(self, self.workspace, archive, problem, self.go_on)
        self._dialog.finished.connect(self._asked)
        self._dialog.open()

    def _asked(self, _: int) -> None:
        self._dialog = None

    def test_route(self) -> None:
        """Find out where on the way to the archive it stops."""
        from depositor.gui.diagnose.dialog import show_route

        found, desk = self.transfer, self.workspace.desk
        archive = desk.capabilities(found.archive) if found is not None else None
        if archive is not None:
            show_route(self, self.workspace, archive)

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
        found = self.transfer
        if found is not None:
            self.workspace.bridge.ask(lambda _: found.run.retry_failed(), lambda _: self.go_on(), self._trouble)

    def skip(self, files: list[SubmissionFile]) -> None:
        """Leave failed files out of the deposit."""
        found = self.transfer
        if found is not None:

            def leave_out(_: object) -> None:
                for file in files:
                    found.run.skip(file.seq)

            self.workspace.bridge.ask(leave_out, lambda _: self.go_on(), self._trouble)

    def _trouble(self, problem: Problem) -> None:
        self.workspace.trouble.emit(problem)


def _waits_for_password(found: Transfer) -> bool:
    return found.problem is not None and not {"sign-in", "bulk-password"}.isdisjoint(found.problem.actions)


def _network_in_the_way(found: Transfer) -> bool:
    """The network is what a sending stopped at, or waits for."""
    problem = found.problem or (found.progress.waiting if found.running else None)
    return problem is not None and found.receipt is None and problem.side is Side.NETWORK


def _state_words(found: Transfer) -> tuple[str, str, str]:
    """Tone, head and text for where a transfer stands."""
    if found.receipt is not None:
        return "ok", tr("Everything arrived"), tr("The receipt is written.")
    if found.stage is Stage.CANCELLED:
        return "info", tr("Cancelled"), tr("The archive was asked to forget it. Your draft is still here.")
    if found.problem is not None:
        return "warn", say(found.problem.message), say(found.problem.advice)
    return _moving_words(found)


def _moving_words(found: Transfer) -> tuple[str, str, str]:
    if found.stopping:
        return "info", tr("Stopping …"), ""
    if not found.running:
        return "info", tr("Paused"), tr("Nothing that was sent is lost. Go on whenever you like.")
    waiting = found.progress.waiting
    if waiting is None:
        return "info", _stage_words(found.stage), ""
    again = found.progress.retry_in_s
    count_down = tr("Next try in {time}.", time=duration(again)) if again else tr("Trying again now.")
    return "warn", say(waiting.message), f"{say(waiting.advice)} {count_down}"


def _stage_words(stage: Stage) -> str:
    """What is being done right now; "sent" and "accepted" are two different things."""
    return {
        Stage.SEALED: tr("1 of 4: telling the archive that data are coming"),
        Stage.OPENED: tr("2 of 4: sending the files"),
        Stage.SENDING: tr("2 of 4: sending the files"),
        Stage.SENT: tr("3 of 4: sending lists and descriptions"),
        Stage.DOCUMENTED: tr("4 of 4: asking the archive to accept"),
        Stage.COMMITTED: tr("4 of 4: waiting for the archive's answer"),
        Stage.DONE: tr("Everything arrived"),
    }.get(stage, "")


class _Failed(Card):
    """Files that did not go through; they never stop the others."""

    def __init__(self, page: SendPage) -> None:
        super().__init__()
        self._page = page
        self._head = Label(kind="strong")
        self.model = PagedModel(
            page.workspace.bridge,
            (Column(lambda: tr("File")), Column(lambda: tr("What happened")), Column(lambda: tr("What to do"))),
        )
        self.table = PagedTable(self.model)
        self.table.setSelectionMode(PagedTable.SelectionMode.ExtendedSelection)
        retry = Button("retry", clicked=page.retry_failed)
        skip = Button("close", clicked=self._skip)
        self.body.addWidget(self._head)
        self.body.addWidget(self.table)
        self.body.addLayout(row(1, skip, retry))
        self.hide()
        page.texts.bind(
            self.model.retitle,
            lambda: self.table.setAccessibleName(tr("Files that did not go through")),
            lambda: retry.setText(tr("&Try all again")),
            lambda: skip.setText(tr("&Leave chosen out")),
        )

    def show_transfer(self, found: Transfer) -> None:
        failed = found.progress.files_failed
        self._head.setText(trn("{n} file did not go through", "{n} files did not go through", failed))
        run = found.run

        def rows(offset: int, limit: int) -> list[Row]:
            problems = {p.path: p for p in run.problems()}
            out = []
            for file, _ in run.files("failed", offset, limit):
                problem = problems.get(file.origin) or problems.get(file.name)
                what = (say(problem.message), say(problem.advice)) if problem else ("", "")
                out.append(Row((file.origin, *what), file))
            return out

        self.model.show(Source(lambda: min(failed, _FAILED), rows))

    def _skip(self) -> None:
        chosen = [i.data(PAYLOAD) for i in self.table.selectionModel().selectedRows()]
        files = [f for f in chosen if isinstance(f, SubmissionFile)]
        if files:
            self._page.skip(files)


class _Options(Card):
    """Speed limit, staying awake, giving up."""

    def __init__(self, page: SendPage) -> None:
        super().__init__()
        self._page = page
        self.limit = SpeedLimit()
        self.limit.valueChanged.connect(self._limit)
        self._awake = Label(kind="muted")
        self._cancel = Button("trash", "danger", page.cancel)
        label = Label(wrap=False)
        label.setBuddy(self.limit)
        line = QWidget()
        line.setLayout(row(label, self.limit))
        self.body.addWidget(flow(line, self._cancel))
        self.body.addWidget(self._awake)
        page.texts.bind(
            lambda: label.setText(tr("Speed limit")),
            lambda: self.limit.setAccessibleName(tr("Speed limit in kB or MB per second")),
            self.renew,
            lambda: self._cancel.setText(tr("&Cancel submission …")),
        )

    def show_transfer(self, found: Transfer) -> None:
        ended = found.receipt is not None or found.stage in (Stage.CANCELLED, Stage.FAILED)
        self.setVisible(not ended)
        self._awake.setText(_awake_words(found))
        self._awake.setVisible(bool(self._awake.text()))

    def renew(self) -> None:
        """Show the limit that holds."""
        self.limit.show_kb(int(self._page.workspace.desk.settings.get("speed_limit")))

    def _limit(self, kilobytes: int) -> None:
        space = self._page.workspace
        space.transfers.limit(kilobytes * 1000 or None)
        space.bridge.ask(lambda _: space.desk.settings.set("speed_limit", kilobytes), None, space.trouble.emit)


def _awake_words(found: Transfer) -> str:
    if not found.running or found.stage not in (Stage.OPENED, Stage.SENDING, Stage.SENT):
        return ""
    if found.run.awake:
        return tr("This computer is kept awake while sending.")
    return tr("This computer may fall asleep; please switch its sleep off while sending.")
