"""One submission under way, on the first page: where it stands in one line, and go on or pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar

from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Card, Label, column, row
from depositor.session.sending import transfer_words

if TYPE_CHECKING:
    from depositor.gui.transfers import Transfers
    from depositor.session.desk import SubmissionInfo


class UnderWayCard(Card):
    """One submission that is being sent, waits or is paused; ``show`` opens its draft."""

    def __init__(self, transfers: Transfers, info: SubmissionInfo, show: Callable[[], object]) -> None:
        super().__init__()
        self._transfers, self._info = transfers, info
        self._title = title = info.title or tr("Untitled study")
        self._line = Label(kind="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 100)
        self._bar.setAccessibleName(tr("Progress of {title}", title=title))
        self._toggle = Button("pause", clicked=self._switch)
        open_draft = Button("jump", clicked=show)
        open_draft.setText(tr("Show"))
        open_draft.setAccessibleName(tr("Show {title}", title=title))
        words = column(Label(title, "strong"), self._line, spacing=2)
        self.body.addLayout(row((words, 1), self._toggle, open_draft))
        self.body.addWidget(self._bar)
        self.renew()

    def renew(self) -> None:
        """Show how far it is; nothing before that is known."""
        found = self._transfers.known(self._info.id)
        if found is None:
            return
        stands = found.standing()
        self._bar.setValue(int((stands.share or 0.0) * 100))
        self._toggle.dress("pause" if found.running else "play")
        self._toggle.setText(tr("Pause") if found.running else tr("Go on"))
        pause, go_on = tr("Pause {title}", title=self._title), tr("Go on with {title}", title=self._title)
        self._toggle.setAccessibleName(pause if found.running else go_on)
        self._toggle.setEnabled(not found.stopping)
        self._line.setText(tr("Stopping …") if found.stopping else transfer_words.told(stands))

    def _switch(self) -> None:
        found = self._transfers.known(self._info.id)
        if found is not None and found.running:
            self._transfers.pause(self._info.id)
        else:
            self._transfers.start(self._info.id)
