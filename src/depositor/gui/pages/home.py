"""The first page: drafts, what is being sent, receipts, and a way to try everything."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.steps import StepId
from depositor.gui import dialogs, examples, icons
from depositor.gui.pages.base import Page
from depositor.gui.reuse import opening
from depositor.gui.texts import count, size, tr, trn, when
from depositor.gui.widgets.basics import Button, Card, Label, Notice, Picture, clear, column, row
from depositor.gui.widgets.choice import CardGrid
from depositor.gui.widgets.flow import flow

if TYPE_CHECKING:
    from depositor.gui.transfers_page.home_card import UnderWayCard
    from depositor.gui.workspace import Workspace
    from depositor.session.desk import DraftInfo, SubmissionInfo

SHOWN = 30  # of each kind; more only on request

_AFTER_PAINT_MS = 30


class HomePage(Page):
    """Lists what lies on the desk."""

    step = None

    def __init__(self, workspace: Workspace) -> None:
        self._transfers = transfers = workspace.transfers
        self._names: dict[str, str] = {}
        self._cards: dict[str, UnderWayCard] = {}
        self._all = self._due = False
        super().__init__(workspace)
        transfers.moved.connect(self._moved)
        workspace.draft_opened.connect(self._reload_if_shown)

    def build(self) -> None:
        self._mark = QLabel()
        self._lay_out_head()
        self.body.addWidget(self._buttons())
        self._how = _How(self)
        self.body.addWidget(self._how)
        self._empty = Notice("info")
        self.body.addWidget(self._empty)
        self._lists = QVBoxLayout()
        self._lists.setSpacing(round(self.fontMetrics().height() * 0.6))
        self.body.addLayout(self._lists)
        self.body.addStretch(1)
        self._empty.hide()
        self.texts.bind(
            lambda: self.title.setText("Depositor"),
            lambda: self.lead.setText(
                tr("Give your images to a public archive: described, checked, and safely there.")
            ),
        )

    def _lay_out_head(self) -> None:
        self._mark.setAlignment(Qt.AlignmentFlag.AlignLeading)
        self._draw_mark()
        for label in (self.title, self.lead):
            self.column.removeWidget(label)
        words = column(self.title, self.lead, spacing=round(self.fontMetrics().height() * 0.2))
        self.column.insertLayout(0, row(self._mark, (words, 1), spacing=self.fontMetrics().height()))

    def _draw_mark(self) -> None:
        edge = self.fontMetrics().height() * 3
        ratio = self.devicePixelRatioF()
        picture: QPixmap = icons.app_icon().pixmap(round(edge * ratio), round(edge * ratio))
        picture.setDevicePixelRatio(ratio)
        self._mark.setPixmap(picture)

    def _buttons(self) -> QWidget:
        new = Button("plus", "main", lambda: self.workspace.new_draft())
        document = Button("files", "", self.open_document)
        practice = Button("practice", "", self.try_example)
        template = Button("copy", "", lambda: opening.choose_template(self.window()))
        self.texts.bind(
            lambda: template.setText(tr("From a te&mplate …")),
            lambda: new.setText(tr("&New deposit")),
            lambda: document.setText(tr("&Open document …")),
            lambda: practice.setText(tr("&Try it with example data")),
            lambda: practice.setToolTip(tr("A small study and an archive on this computer; nothing leaves it.")),
        )
        self.new = new
        return flow(new, template, document, practice)

    def main_action(self) -> None:
        return None

    # --- what the buttons do -------------------------------------------------------------------------------------

    def open_document(self) -> None:
        dialogs.choose_document(self, self.workspace.load)

    def try_example(self) -> None:
        """Open the bundled example, in the practice archive."""
        document = examples.document()
        if document is not None:
            self.workspace.load(document)

    # --- the lists -----------------------------------------------------------------------------------------------

    def entered(self) -> None:
        if self.isVisible():
            self._reload()
        else:
            self._due = True  # the window opens: what is listed can wait until it was painted
        self.new.setFocus(Qt.FocusReason.OtherFocusReason)

    def renew(self) -> None:
        self._reload()

    def _reload_if_shown(self) -> None:
        if self.isVisible():
            self._reload()

    def _reload(self) -> None:
        self.workspace.bridge.ask(self._look, self._show, self.workspace.trouble.emit)

    def _look(self, _: Cancel) -> tuple[tuple[DraftInfo, ...], tuple[SubmissionInfo, ...], dict[str, str]]:
        desk = self.workspace.desk
        names = {c.id: c.name for c in desk.archives()}
        return desk.drafts(), desk.submissions(), names

    def _show(self, found: tuple[tuple[DraftInfo, ...], tuple[SubmissionInfo, ...], dict[str, str]]) -> None:
        drafts, submissions, self._names = found
        clear(self._lists)
        self._cards.clear()
        under_way = [s for s in submissions if s.under_way]
        done = [s for s in submissions if s.receipt is not None]
        sealed = {s.draft_id for s in under_way}
        self._section(tr("Under way"), [partial(self._under_way, s) for s in under_way], self._to_transfers())
        open_drafts = [d for d in drafts if d.id not in sealed and not _only_sent(d, done)]
        self._section(tr("Drafts"), [partial(_DraftCard, self, d) for d in open_drafts])
        all_of_them = None if under_way else self._to_transfers()
        self._section(tr("Receipts"), [partial(_ReceiptCard, self, s) for s in done], all_of_them)
        self._how.setVisible(not drafts and not submissions)
        self._empty.show_text(
            "" if drafts or submissions else tr("Nothing here yet"),
            ""
            if drafts or submissions
            else tr("Drop a folder with your images anywhere in this window, or begin with the example."),
        )

    def _section(self, title: str, makers: list[Callable[[], QWidget]], more: Button | None = None) -> None:
        if not makers:
            return
        self._lists.addLayout(row((Label(title, "heading"), 1), more))
        shown = makers if self._all else makers[:SHOWN]
        for make in shown:
            self._lists.addWidget(make())
        if len(shown) < len(makers):
            more = Button(None, "quiet", self._show_all)
            more.setText(tr("Show all {n}", n=count(len(makers))))
            self._lists.addLayout(row(more, 1))

    def _to_transfers(self) -> Button:
        button = Button("send", "quiet", lambda: self._transfers.wanted.emit(""))
        button.setText(tr("All transfers"))
        return button

    def _show_all(self) -> None:
        self._all = True
        self._reload()

    def _under_way(self, info: SubmissionInfo) -> QWidget:
        from depositor.gui.transfers_page.home_card import UnderWayCard

        card = UnderWayCard(self._transfers, info, lambda: self.show_submission(info, StepId.SEND))
        self._cards[info.id] = card
        self._transfers.find(info.id, lambda _: self._moved(info.id))
        return card

    def _moved(self, submission_id: str) -> None:
        card = self._cards.get(submission_id)
        if card is not None and self.isVisible():
            card.renew()

    def archive_name(self, archive_id: str | None) -> str:
        return self._names.get(archive_id or "", archive_id or tr("no archive yet"))

    def discard(self, info: DraftInfo) -> None:
        """Take a draft off the desk; it can be brought back for 30 days."""
        title = info.title or tr("Untitled study")
        agreed = dialogs.ask(
            self,
            tr("Discard this draft?"),
            tr("“{title}” leaves the list. Your files stay where they are.", title=title),
            tr("&Discard"),
            tr("&Keep"),
        )
        if agreed:
            if self.workspace.work is not None and self.workspace.work.id == info.id:
                self.workspace.close_draft()
            desk = self.workspace.desk
            self.workspace.bridge.ask(
                lambda _: desk.discard(info.id), lambda _: self._reload(), self.workspace.trouble.emit
            )

    def show_submission(self, info: SubmissionInfo, step: StepId) -> None:
        """Open the draft of a submission at a step."""
        self.workspace.open_at(info.draft_id, step)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._due:
            self._due = False
            QTimer.singleShot(_AFTER_PAINT_MS, self, self._reload)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._draw_mark()


def _only_sent(draft: DraftInfo, done: list[SubmissionInfo]) -> bool:
    """True when nothing happened to the draft since it was sent: it is found among the receipts."""
    return any(s.draft_id == draft.id and draft.changed <= (s.receipt.finished if s.receipt else "") for s in done)


class _How(CardGrid):
    """The way in three pictures, for the first time."""

    def __init__(self, page: HomePage) -> None:
        super().__init__(13)
        steps = (
            ("files", lambda: tr("Add your folders"), lambda: tr("Depositor finds images, stacks and plates in them.")),
            (
                "describe",
                lambda: tr("Complete the form"),
                lambda: tr("What the file headers tell is filled in already."),
            ),
            ("send", lambda: tr("Check and send"), lambda: tr("It survives lost networks, and ends with a receipt.")),
        )
        self.show_cards([self._card(page, *step) for step in steps])

    def _card(self, page: HomePage, icon: str, title: Callable[[], str], text: Callable[[], str]) -> Card:
        card, picture = Card(), Picture(icon)
        head, words = Label(kind="strong"), Label(kind="muted")
        for widget in (picture, head, words):
            card.body.addWidget(widget)
        card.body.addStretch(1)
        page.texts.bind(lambda: head.setText(title()), lambda: words.setText(text()))
        return card


class _DraftCard(Card):
    """One draft."""

    def __init__(self, page: HomePage, info: DraftInfo) -> None:
        super().__init__(across=True)
        title = info.title or tr("Untitled study")
        words = column(Label(title, "strong"), Label(_draft_line(page, info), "muted"), spacing=2)
        go_on = Button("jump", clicked=lambda: page.workspace.open_at(info.id, None))
        go_on.setText(tr("Continue"))
        go_on.setAccessibleName(tr("Continue with {title}", title=title))
        discard = Button("trash", "quiet", lambda: page.discard(info))
        discard.setToolTip(tr("Discard this draft"))
        discard.setAccessibleName(tr("Discard {title}", title=title))
        self.body.addLayout(words, 1)
        self.body.addWidget(discard)
        self.body.addWidget(go_on)


def _draft_line(page: HomePage, info: DraftInfo) -> str:
    files = trn("{n} file", "{n} files", info.files)
    parts = [page.archive_name(info.archive), files if info.files else tr("no files yet")]
    if info.bytes:
        parts.append(size(info.bytes))
    return " · ".join([*parts, tr("changed {when}", when=when(info.changed))])


class _ReceiptCard(Card):
    """One deposit that arrived."""

    def __init__(self, page: HomePage, info: SubmissionInfo) -> None:
        super().__init__(across=True)
        receipt = info.receipt
        assert receipt is not None
        title = info.title or tr("Untitled study")
        parts = [page.archive_name(info.archive), receipt.accession or "", size(receipt.bytes), when(receipt.finished)]
        words = column(Label(title, "strong"), Label(" · ".join(p for p in parts if p), "muted"), spacing=2)
        show = Button("receipt", clicked=lambda: page.show_submission(info, StepId.RECEIPT))
        show.setText(tr("Receipt"))
        show.setAccessibleName(tr("Receipt of {title}", title=title))
        self.body.addLayout(words, 1)
        self.body.addWidget(show)
