"""The step in which the data travel: how far, how fast, what is waited for, and what failed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFormLayout, QProgressBar, QSpinBox, QWidget

from depositor.draft.problem import Problem
from depositor.draft.steps import StepId
from depositor.draft.submission import Stage, SubmissionFile
from depositor.gui import dialogs
from depositor.gui.paged import PAYLOAD, Column, PagedModel, PagedTable, Row, Source
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.texts import count, duration, percent, say, size, speed, tr, trn
from depositor.gui.transfers import Transfer
from depositor.gui.widgets.basics import Button, Card, Label, Notice, column, row
from depositor.gui.widgets.charts import Curve

if TYPE_CHECKING:
    from depositor.session.desk import SubmissionInfo

_ACTIVE = 6  # files under way that are listed
_FAILED = 2000


class SendPage(Page):
    """A calm view of one transfer."""

    step = StepId.SEND

    def build(self) -> None:
        self._id: str | None = None
        self._failed_shown = -1
        self._state = Notice()
        self._account_button = Button("person", clicked=lambda: self.workspace.go.emit(StepId.ARCHIVE, "account"))
        self._progress = _Big()
        self._files = _Active()
        self._failed = _Failed(self)
        self._options = _Options(self)
        for widget in (self._state, self._progress, self._files, self._failed, self._options):
            self.body.addWidget(widget)
        self._state.offer(self._account_button)
        self._account_button.hide()
        self.body.addStretch(1)
        self.workspace.transfers.moved.connect(self._moved)
        self.workspace.transfers.ended.connect(self._ended)
        self.texts.bind(
            lambda: self.title.setText(tr("Sending")),
            lambda: self.lead.setText(
                tr("You may close the window or switch the computer off; it goes on where it stopped.")
            ),
            lambda: self._account_button.setText(tr("S&ign in again")),
        )

    # --- which transfer ------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._id = None
        self._failed_shown = -1

    def refresh(self) -> None:
        work, desk = self.work, self.workspace.desk
        self.workspace.bridge.ask(lambda _: desk.last_submission(work.id), self._found, self.workspace.trouble.emit)

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
        if found is not None and found.receipt is not None and self.isVisible():
            self.workspace.go.emit(StepId.RECEIPT, "")

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
        needs = found.problem is not None and "sign-in" in found.problem.actions
        self._account_button.setVisible(needs)

    # --- what one can do -----------------------------------------------------------------------------------------

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


class _Big(Card):
    """How far it is, in large."""

    def __init__(self) -> None:
        super().__init__()
        self._percent, self._moved = Label(kind="huge", wrap=False), Label(kind="muted")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._left = Label(kind="heading", wrap=False).at_end()
        self._speed = Label(kind="muted", wrap=False).at_end()
        self._curve = Curve()
        self.body.addLayout(row((column(self._percent, self._moved, spacing=0), 1), column(self._left, self._speed)))
        self.body.addWidget(self._bar)
        self.body.addWidget(self._curve)

    def show_transfer(self, found: Transfer) -> None:
        done = found.progress
        share = done.bytes_done / done.bytes if done.bytes else float(found.receipt is not None)
        self._percent.setText(percent(share))
        self._bar.setValue(round(share * 1000))
        moved = tr("{done} of {all}", done=size(done.bytes_done), all=size(done.bytes))
        files = tr("{done} of {all} files", done=count(done.files_done), all=count(done.files))
        self._moved.setText(f"{moved} · {files}")
        self._bar.setAccessibleName(tr("Sent: {moved}", moved=moved))
        self._speed.setText(speed(done.speed) if found.running else "")
        known = found.running and done.remaining_s is not None and done.waiting is None
        self._left.setText(tr("{time} left", time=duration(done.remaining_s or 0)) if known else "")
        self._curve.show_curve(done.curve)


class _Active(Card):
    """The files that are being sent right now."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[QWidget, Label, QProgressBar]] = []
        for _ in range(_ACTIVE):
            name, bar, line = Label(wrap=False), QProgressBar(), QWidget()
            name.setSizePolicy(name.sizePolicy().Policy.Ignored, name.sizePolicy().Policy.Preferred)
            bar.setTextVisible(False)
            bar.setMaximumWidth(self.fontMetrics().height() * 14)
            line.setLayout(row((name, 3), (bar, 2)))
            self.body.addWidget(line)
            self._rows.append((line, name, bar))

    def show_transfer(self, found: Transfer) -> None:
        active = found.progress.active if found.running else ()
        self.setVisible(bool(active))
        for at, (line, name, bar) in enumerate(self._rows):
            line.setVisible(at < len(active))
            if at < len(active):
                file = active[at]
                name.setText(tr("{name} ({size})", name=file.name, size=size(file.size)))
                name.setToolTip(file.name)
                bar.setAccessibleName(file.name)
                bar.setRange(0, 1000)
                bar.setValue(round(1000 * file.sent / file.size) if file.size else 1000)


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
        super().__init__(across=True)
        self._page = page
        self.limit = QSpinBox()
        self.limit.setRange(0, 10_000)
        self.limit.setSingleStep(1)
        self.limit.valueChanged.connect(self._limit)
        self._awake = Label(kind="muted")
        self._cancel = Button("trash", "danger", page.cancel)
        label = Label(wrap=False)
        label.setBuddy(self.limit)
        form = QFormLayout()
        form.addRow(label, self.limit)
        self.body.addLayout(form)
        self.body.addWidget(self._awake, 1)
        self.body.addWidget(self._cancel)
        kept = int(page.workspace.desk.settings.get("speed_limit"))
        self.limit.setValue(kept // 1000)
        page.texts.bind(
            lambda: label.setText(tr("Speed limit")),
            lambda: self.limit.setAccessibleName(tr("Speed limit in MB per second")),
            lambda: self.limit.setSuffix(tr(" MB/s")),
            lambda: self.limit.setSpecialValueText(tr("no limit")),
            lambda: self._cancel.setText(tr("&Cancel submission …")),
        )

    def show_transfer(self, found: Transfer) -> None:
        ended = found.receipt is not None or found.stage in (Stage.CANCELLED, Stage.FAILED)
        self.setVisible(not ended)
        awake = getattr(found.run, "awake", None)
        words = {
            True: tr("This computer is kept awake while sending."),
            False: tr("This computer may fall asleep; please switch its sleep off while sending."),
            None: "",
        }
        self._awake.setText(words[awake] if found.running else "")

    def _limit(self, megabytes: int) -> None:
        found = self._page.transfer
        if found is not None:
            found.run.limit(megabytes * 1_000_000 or None)
