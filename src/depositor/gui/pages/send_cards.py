"""Cards of the step in which the data travel: what did not go through, the speed limit, giving up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from depositor.draft.submission import Stage
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Card, Label, row
from depositor.gui.widgets.flow import flow
from depositor.gui.widgets.speed import SpeedLimit
from depositor.session.sending.transfers import failed_told

if TYPE_CHECKING:
    from depositor.gui.pages.send import SendPage
    from depositor.gui.transfers import Transfer


class FailedFiles(Card):
    """How many files did not go through; they never stop the others. The list of all files has the rest."""

    def __init__(self, page: SendPage) -> None:
        super().__init__()
        self._head = Label(kind="strong")
        self.retry = Button("retry", clicked=page.retry_failed)
        self.show_files = Button("files", clicked=page.show_files)
        self.body.addWidget(self._head)
        self.body.addWidget(flow(self.show_files, self.retry))
        page.texts.bind(
            lambda: self.retry.setText(tr("&Try all again")),
            lambda: self.show_files.setText(tr("Look at the &files")),
        )

    def show_transfer(self, found: Transfer) -> None:
        """Show how many failed; without any the way to the list of files is all there is."""
        failed = found.progress.files_failed
        self.setVisible(found.receipt is None)
        self._head.setVisible(failed > 0)
        self.retry.setVisible(failed > 0)
        self._head.setText(say(failed_told(failed)))


class Options(Card):
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
