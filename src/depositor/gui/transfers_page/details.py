"""One transfer in full: how far, how fast since the start, and each of its files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QButtonGroup, QProgressBar, QRadioButton, QVBoxLayout, QWidget

from depositor.gui.texts import Texts, say, tr
from depositor.gui.transfers_page import words
from depositor.gui.transfers_page.acting import Acting, toggle_words
from depositor.gui.transfers_page.files_pane import FilesPane
from depositor.gui.widgets.basics import Button, Card, Label, Notice, column, row
from depositor.gui.widgets.charts import Curve
from depositor.gui.widgets.flow import flow
from depositor.gui.widgets.ways import Ways
from depositor.session.sending import transfer_words
from depositor.session.sending.transfers import Group, Runner, Stand, Standing

if TYPE_CHECKING:
    from depositor.gui.transfers import Transfer
    from depositor.gui.workspace import Workspace


class Details(QWidget):
    """``back`` leads to the list."""

    def __init__(self, workspace: Workspace, acting: Acting, back: Callable[[], object]) -> None:
        super().__init__()
        self._acting = acting
        self.texts = Texts()
        self.found: Standing | None = None
        self._transfer: Transfer | None = None
        self._stopping = False
        self.back = Button("back", clicked=back)
        self._title, self._archive = Label(kind="heading"), Label(kind="muted", wrap=False)
        self.state = Notice()
        self.ways = Ways(workspace, self._again, lambda: self._with(acting.report))
        self.state.offer(self.ways)
        self._moved, self._pace = Label(kind="strong"), Label(kind="muted").at_end()
        self._bar, self._curve = QProgressBar(), Curve()
        self._minute, self._whole = QRadioButton(), QRadioButton()
        self.toggle = Button("pause", clicked=lambda: self._with(acting.toggle))
        self._draft = Button("jump", clicked=lambda: self._with(acting.show_draft))
        self._cancel = Button("trash", "danger", lambda: self._with(acting.cancel))
        self.files = FilesPane(workspace, self._act)
        self._lay_out()

    def _lay_out(self) -> None:
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 100)
        spans = QButtonGroup(self)
        for button in (self._minute, self._whole):
            spans.addButton(button)
            button.toggled.connect(lambda _: self._show_curve())
        self._minute.setChecked(True)
        card = Card()
        card.body.addLayout(row((self._moved, 1), (self._pace, 1)))
        card.body.addWidget(self._bar)
        card.body.addWidget(self._curve)
        card.body.addWidget(flow(self._minute, self._whole))
        self._card = card
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(round(self.fontMetrics().height() * 0.6))
        layout.addLayout(row(self.back, (column(self._title, self._archive, spacing=0), 1)))
        layout.addWidget(self.state)
        layout.addWidget(card)
        layout.addWidget(flow(self.toggle, self._draft, self._cancel))
        layout.addWidget(self.files, 1)
        self.texts.bind(
            lambda: self.back.setText(tr("All transfers")),
            lambda: self._minute.setText(tr("Last &minute")),
            lambda: self._whole.setText(tr("Since the &start")),
            lambda: self._cancel.setText(tr("&Cancel submission …")),
        )

    def _with(self, act: Callable[[Standing], object]) -> None:
        if self.found is not None:
            act(self.found)

    def _again(self) -> None:
        if self.found is not None and self.found.runner is Runner.NOBODY:
            self._acting.toggle(self.found)

    def _act(self, what: str, lines: object) -> None:
        if self.found is not None:
            self._acting.with_files(self.found, what, lines)  # type: ignore[arg-type]

    # --- what is shown -----------------------------------------------------------------------------------------------

    def open(self, found: Standing) -> None:
        """Begin to show another transfer."""
        self.found = None
        self._whole.setChecked(found.group is not Group.RUNNING)
        self._minute.setChecked(found.group is Group.RUNNING)
        self.files.show_submission(found.info.id, failed=found.stand is Stand.FAILED_FILES)

    def show_standing(self, found: Standing, archive: str, transfer: Transfer | None) -> None:
        """Show where it stands now; ``transfer``: what this window knows of its run."""
        self.found, self._transfer = found, transfer
        self._title.setText(words.title(found))
        self._archive.setText(archive)
        stopping = transfer is not None and transfer.stopping
        self.state.tone(words.TONES[found.stand])
        waits = words.since(transfer.waits_s if transfer is not None else None)
        told = (transfer_words.advice(found), transfer_words.again(found), waits)
        self.state.show_text(tr("Stopping …") if stopping else say(found.head()), " ".join(t for t in told if t))
        self.ways.show_problem(None if stopping else words.in_the_way(found), found.info.archive, found.info.id)
        lines = transfer_words.lines(found)
        self._moved.setText(transfer_words.moved(found))
        self._pace.setText(" · ".join(p for p in (transfer_words.pace(found), lines) if p))
        self._bar.setValue(int((found.share or 0.0) * 100))
        self._bar.setAccessibleName(tr("Progress of {title}", title=words.title(found)))
        self._card.setVisible(found.group is not Group.DONE)
        self._buttons(found, stopping=stopping)
        self._show_curve()
        live = found.runner is not Runner.NOBODY
        self.files.set_moving({a.seq: a.sent for a in found.progress.active} if live else None)

    def _buttons(self, found: Standing, *, stopping: bool) -> None:
        icon, text = toggle_words(found)
        self.toggle.setVisible(bool(text))
        self.toggle.setEnabled(not stopping)
        self.toggle.dress(icon)
        self.toggle.setText(text)
        self._cancel.setVisible("cancel" in found.actions)
        self._draft.setText(tr("Show the &receipt") if found.info.receipt is not None else tr("Show its &draft"))

    def _show_curve(self) -> None:
        whole = self._whole.isChecked()
        past = self._transfer.past.speeds() if self._transfer is not None else ()
        last = self.found.progress.curve if self.found is not None else ()
        self._curve.show_curve(past if whole else last, whole=whole)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.texts.renew()
