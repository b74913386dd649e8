"""All submissions of this computer: what runs, what waits and for what, what needs somebody, what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from depositor.gui.bridge import Work
from depositor.gui.pages.base import Page
from depositor.gui.texts import count, say, tr
from depositor.gui.transfers_page import words
from depositor.gui.transfers_page.acting import Acting
from depositor.gui.transfers_page.card import TransferCard
from depositor.gui.transfers_page.details import Details
from depositor.gui.widgets.basics import Button, Label, Notice, clear, row
from depositor.gui.widgets.flow import flow
from depositor.gui.widgets.speed import SpeedLimit
from depositor.session.sending import transfer_words
from depositor.session.sending.transfers import Group, Standing

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace

_SURVEY_MS = 2000
_SHOW_MS = 250  # news of what runs here comes ten times a second; nobody reads that fast
_MOST_DONE = 20


class TransfersPage(Page):
    """A list of cards, or one transfer in full."""

    step = None
    wide = True

    def __init__(self, workspace: Workspace, leave: Callable[[], object]) -> None:
        self._leave = leave
        self._cards: dict[str, TransferCard] = {}
        self._order: list[tuple[Group, str]] = []
        self._found: tuple[Standing, ...] = ()
        self._names: dict[str, str] = {}
        self._shown: str | None = None  # whose details are open
        self._wanted: str | None = None
        self._all_done = False
        self._asked: Work | None = None
        super().__init__(workspace)

    def build(self) -> None:
        self._acting = Acting(self, self.workspace, self.say)
        self._summary, self._said = Label(kind="strong"), Label(kind="muted")
        self.limit = SpeedLimit()
        self.pause_all = Button("pause", clicked=self._toggle_all)
        self.close_button = Button("back", clicked=self._leave)
        self._rest, self._empty = Notice("info"), Notice("info")
        self.details = Details(self.workspace, self._acting, self.show_list)
        self._list = QVBoxLayout()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._build_list())
        self._stack.addWidget(self.details)
        self.body.addWidget(self._stack, 1)
        self.body.addWidget(self._said)
        self._said.hide()
        self._timers()
        self.workspace.transfers.moved.connect(self._moved)
        self.workspace.transfers.ended.connect(lambda _: self.look())
        self.texts.bind(*self._words())

    def _build_list(self) -> QWidget:
        whole, inner = QWidget(), QWidget()
        self._limit_label = Label(wrap=False)
        self._limit_label.setBuddy(self.limit)
        speed = QWidget()
        speed.setLayout(row(self._limit_label, self.limit))
        self.limit.valueChanged.connect(self._limit)
        outer = QVBoxLayout(whole)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(flow(self.close_button, self.pause_all, speed))
        outer.addWidget(self._summary)
        outer.addWidget(self._rest)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(round(self.fontMetrics().height() * 0.6))
        inner.setLayout(self._list)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        inner.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        area.setWidget(inner)
        area.setMinimumHeight(self.fontMetrics().height() * 10)
        outer.addWidget(self._empty)
        outer.addWidget(area, 1)
        return whole

    def _timers(self) -> None:
        self._looking = QTimer(self, interval=_SURVEY_MS)
        self._looking.timeout.connect(self.look)
        self._soon = QTimer(self, singleShot=True, interval=_SHOW_MS)
        self._soon.timeout.connect(self._show_found)

    def _words(self) -> tuple[Callable[[], object], ...]:
        return (
            lambda: self.title.setText(tr("Transfers")),
            lambda: self.lead.setText(tr("Everything that this computer sends, has sent, or is to send.")),
            lambda: self.close_button.setText(tr("&Back")),
            lambda: self._limit_label.setText(tr("Speed limit of all")),
            lambda: self.limit.setAccessibleName(tr("Speed limit in kB or MB per second")),
            self._show_limit,
            self._name_pause,
        )

    # --- coming and going --------------------------------------------------------------------------------------------

    def show_transfer(self, submission_id: str) -> None:
        """Show the list, or one transfer in full as soon as it is known."""
        self._wanted = submission_id or None
        if not submission_id:
            self.show_list()
        self.look()

    def show_list(self) -> None:
        was, self._shown = self._shown, None
        self.details.files.set_moving(None)
        self._stack.setCurrentIndex(0)
        card = self._cards.get(was or "")
        if card is not None:
            card.more.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_more(self, found: Standing) -> None:
        self._shown = found.info.id
        self.details.open(found)
        self._stack.setCurrentIndex(1)
        self._show_details()
        self.details.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def entered(self) -> None:
        self._show_limit()
        self._name_pause()
        self.look()

    def first_control(self) -> QWidget | None:
        """The first transfer's button, else the way back."""
        if self._stack.currentIndex():
            return self.details.back
        first = next((self._cards[i].toggle for _, i in self._order if self._cards[i].toggle.isVisible()), None)
        return first or self.close_button

    def renew(self) -> None:
        """Another language, or news of a draft."""
        if self.isVisible():
            self._order = []
            self.look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._looking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._looking.stop()

    @property
    def listed(self) -> tuple[str, ...]:
        """The submissions in the list, from the top."""
        return tuple(submission_id for _, submission_id in self._order)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at all submissions, beside the window's thread."""
        if self._asked is None or self._asked.finished:
            self._asked = self.workspace.transfers.survey(self._surveyed)

    def _surveyed(self, found: tuple[Standing, ...]) -> None:
        if not self._names:
            self._names = {c.id: c.name for kind in self.workspace.archives() for c in kind}
        self._found = found
        if self.isVisible() or not self._order:
            self._show_found()

    def _moved(self, _: str) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _now(self) -> list[Standing]:
        """What was surveyed, with what this window knows better."""
        transfers = self.workspace.transfers
        running = {t.run.id: t for t in transfers.running}
        return [running[f.info.id].standing() if f.info.id in running else f for f in self._found]

    def _show_found(self) -> None:
        now = self._now()
        order = self._ordered(now)
        if order != self._order:
            self._order = order
            self._rebuild(now)
        for found in now:
            card = self._cards.get(found.info.id)
            if card is not None:
                self._show_card(card, found)
        self._show_sum(now)
        self._show_details()

    def _ordered(self, now: list[Standing]) -> list[tuple[Group, str]]:
        order = [(group, f.info.id) for group in Group for f in now if f.group is group]
        done = [pair for pair in order if pair[0] is Group.DONE]
        kept = done if self._all_done else done[:_MOST_DONE]
        return [*(p for p in order if p[0] is not Group.DONE), *kept]

    def _rebuild(self, now: list[Standing]) -> None:
        """Put the cards in their groups; those that are there already stay what they are."""
        had = self.focusWidget()
        kept = self._cards
        for card in kept.values():
            self._list.removeWidget(card)
        clear(self._list)
        self._cards = {}
        last: Group | None = None
        for group, submission_id in self._order:
            if group is not last:
                number = sum(1 for f in now if f.group is group)
                self._list.addWidget(Label(f"{words.group_title(group)} ({count(number)})", "heading"))
                last = group
            card = kept.pop(submission_id) if submission_id in kept else self._new_card()
            self._cards[submission_id] = card
            self._list.addWidget(card)
        self._offer_more(now)
        self._list.addStretch(1)
        for card in kept.values():
            card.hide()
            card.setParent(None)
            card.deleteLater()
        if had is not None and had.isVisible():
            had.setFocus(Qt.FocusReason.OtherFocusReason)

    def _new_card(self) -> TransferCard:
        return TransferCard(self.workspace, self._acting, self._show_more)

    def _offer_more(self, now: list[Standing]) -> None:
        done = sum(1 for f in now if f.group is Group.DONE)
        if done > _MOST_DONE and not self._all_done:
            more = Button(None, "quiet", self._show_all)
            more.setText(tr("Show all {n}", n=count(done)))
            self._list.addLayout(row(more, 1))

    def _show_all(self) -> None:
        self._all_done = True
        self._show_found()

    def _show_card(self, card: TransferCard, found: Standing) -> None:
        known = self.workspace.transfers.known(found.info.id)
        stopping = known is not None and known.stopping
        waits = known.waits_s if known is not None and known.running else None
        card.show_standing(found, self._name(found), found.progress.curve, waits, stopping=stopping)

    def _name(self, found: Standing) -> str:
        return self._names.get(found.info.archive, found.info.archive)

    def _show_details(self) -> None:
        wanted = self._wanted
        open_one = next((f for f in self._now() if f.info.id == (wanted or self._shown)), None)
        if open_one is None:
            return
        if wanted is not None:
            self._wanted = None
            self._show_more(open_one)
            return
        known = self.workspace.transfers.known(open_one.info.id)
        self.details.show_standing(open_one, self._name(open_one), known)

    def _show_sum(self, now: list[Standing]) -> None:
        told = transfer_words.all_together(now)
        self._summary.setText(told)
        self._summary.setVisible(bool(told))
        nothing = (tr("Nothing was sent yet"), tr("What you seal and send is listed here, with all of its files."))
        self._empty.show_text(*(("", "") if now else nothing))
        self._name_pause()

    # --- all of them -------------------------------------------------------------------------------------------------

    def _toggle_all(self) -> None:
        paused = not self.workspace.desk.conductor.paused_all
        self.workspace.transfers.pause_all(paused=paused)
        QTimer.singleShot(_SHOW_MS, self, self._name_pause)

    def _name_pause(self) -> None:
        paused = self.workspace.desk.conductor.paused_all
        self.pause_all.dress("play" if paused else "pause")
        self.pause_all.setText(tr("&Go on with all") if paused else tr("&Pause all"))
        rest = self.workspace.desk.conductor.road.rest()
        told = rest.problem if rest is not None else None
        self._rest.show_text(say(told.message) if told else "", say(told.advice) if told else "")

    def _show_limit(self) -> None:
        self.limit.show_kb(int(self.workspace.desk.settings.get("speed_limit")))

    def _limit(self, kilobytes: int) -> None:
        space = self.workspace
        space.transfers.limit(kilobytes * 1000 or None)
        space.bridge.ask(lambda _: space.desk.settings.set("speed_limit", kilobytes), None, space.trouble.emit)

    def say(self, text: str) -> None:
        """Tell what was done, in a line that goes with the next one."""
        self._said.setText(text)
        self._said.setVisible(bool(text))
