"""The step in which personal data are looked for and decided about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QTabWidget, QWidget

from depositor.draft.finding import Choice, Finding, NotChecked
from depositor.draft.steps import StepId
from depositor.gui import sources
from depositor.gui.paged import Column, PagedModel, PagedTable
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.privacy import overview
from depositor.gui.privacy.deciding import single
from depositor.gui.privacy.more import MoreDeeds
from depositor.gui.privacy.overview import Overview
from depositor.gui.privacy.pane import FindingsPane
from depositor.gui.privacy.questions import HumanCard, SubjectCard
from depositor.gui.privacy.rules import RulesChoice
from depositor.gui.privacy.who import Who
from depositor.gui.texts import count, tr, trn
from depositor.gui.widgets.basics import Notice, column

if TYPE_CHECKING:
    from depositor.session.evidence import EvidencePicture as Shown

_QUESTIONS, _FINDINGS, _GAPS = range(3)


class PrivacyPage(Page):
    """What was looked for, what was found, what was not checked, and what is decided about it."""

    step = StepId.PRIVACY
    wide = True

    def build(self) -> None:
        self._who = Who()
        self._turn = 0
        self._made_for: tuple[object, ...] = ()
        self._gaps: tuple[NotChecked, ...] = ()
        self._wanted = ""
        self._fresh = True  # nobody chose a tab yet
        self._state = Notice()
        self.human = HumanCard(self.workspace)
        self.subjects = SubjectCard(self.workspace, self._who)
        self.rules = RulesChoice(self.workspace)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.pane = FindingsPane(self.workspace, self._who, self._picture, self._noted)
        self.pane.detail.show_evidence.setChecked(bool(self.workspace.desk.settings.get("privacy_show_evidence")))
        self._gap_model = PagedModel(self.workspace.bridge, (Column(lambda: tr("File")), Column(lambda: tr("Why"))))
        self._gap_table = PagedTable(self._gap_model, stretch=1)
        self.questions = _scrolling(self.human, self.subjects, self.rules)
        for tab in (self.questions, self.pane, self._gap_table):
            self.tabs.addTab(tab, "")
        self.more = MoreDeeds(self.workspace)
        self.tabs.setCornerWidget(self.more)
        self.body.addWidget(self._state)
        self.body.addWidget(self.tabs, 1)
        self.body.addStretch()  # while there is no list, the notice above it takes no more room than its words
        self._bind()

    def _bind(self) -> None:
        self.texts.bind(
            lambda: self.title.setText(tr("Is anybody's privacy at risk?")),
            lambda: self.lead.setText(
                tr(
                    "Depositor looks for names, numbers, dates and places of people in file headers, in pictures, in "
                    "the names of files and folders, and in what you typed. It does not find everything: please look "
                    "at your images too."
                )
            ),
            lambda: self._gap_table.setAccessibleName(tr("Not checked")),
            lambda: self.tabs.tabBar().setAccessibleName(tr("What the checks say")),
            self.pane.say_texts,
            self.more.say_texts,
            self._gap_model.retitle,
            self._forget,
        )

    # --- what is known -------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._forget()
        self._gaps, self._fresh = (), True
        self.pane.forget()
        self._gap_model.show(None)

    def _forget(self) -> None:
        """Everything is made anew: another draft, or another language."""
        self._made_for = ()
        self._turn += 1

    def entered(self) -> None:
        self.human.fold()
        found = self.situation
        ready = found is not None and found.inventory.complete and found.inventory.files
        if ready and found is not None and found.privacy is None and not self.workspace.checking:
            self.workspace.start_check()

    def refresh(self) -> None:
        found = self.situation
        assert found is not None
        self._show_state()
        self.human.show_question(self.work, found)
        self.rules.show_draft(self.work)
        self.tabs.setTabText(_FINDINGS, tr("Findings ({n})", n=count(len(found.privacy or ()))))
        self.tabs.setTabText(_GAPS, tr("Not checked ({n})", n=count(found.not_checked)))
        self._count_questions()
        self.tabs.setVisible(found.privacy is not None)
        self._group()
        if found.privacy is not None and found.not_checked != len({n.path for n in self._gaps}):
            work = self.work
            self.workspace.bridge.ask(lambda _: work.not_checked(), self._show_gaps)

    def _group(self) -> None:
        """Group the findings anew, beside the window's thread, where they or the decisions changed."""
        found = self.situation
        if found is None or found.privacy is None:
            return
        draft, privacy = found.draft, found.privacy
        made_for = (privacy, draft.decisions, draft.privacy_choices)
        if len(made_for) == len(self._made_for) and all(a is b for a, b in zip(made_for, self._made_for, strict=True)):
            return
        self._made_for = made_for
        self._turn += 1
        turn, settings = self._turn, self.workspace.desk.home.settings
        self.workspace.bridge.ask(lambda _: (turn, overview.overview(draft, privacy, settings)), self._grouped)

    def _grouped(self, found: tuple[int, Overview]) -> None:
        turn, made = found
        if turn == self._turn and self.workspace.work is not None:
            self.pane.show_overview(made)
            self.subjects.show_questions(self.work, made.questions)
            self._show_state(made.open)
            self._count_questions()
            if self._fresh:
                self._fresh = False
                self.tabs.setCurrentIndex(_QUESTIONS if self.human.waits or self.subjects.waiting else _FINDINGS)
            if self._wanted:
                self.pane.show_key(self._wanted)
                self._wanted = ""

    def _show_gaps(self, gaps: tuple[NotChecked, ...]) -> None:
        self._gaps = gaps
        self._gap_model.show(sources.not_checked(gaps))

    def _count_questions(self) -> None:
        """How many questions wait for an answer."""
        left = self.human.waits + self.subjects.waiting
        self.tabs.setTabText(_QUESTIONS, tr("Questions ({n})", n=count(left)) if left else tr("Questions"))

    def _show_state(self, left: int | None = None) -> None:
        """How it stands; ``left`` is what waits for a decision, as far as it is known already."""
        found = self.situation
        assert found is not None
        if found.privacy is None:
            self._state.tone("info")
            running = tr("The files are being checked …") if self.workspace.checking else ""
            self._state.show_text(running or tr("Not checked yet"), tr("Your files are read on this computer only."))
            return
        if left is None:
            return  # the groups tell, in a moment
        if left:
            self._state.tone("warn")
            head = trn("{n} finding needs your decision", "{n} findings need your decision", left)
        else:
            self._state.tone("ok")
            head = tr("Nothing is left to decide") if found.privacy else tr("Nothing was found")
        gaps = trn(
            "{n} file has parts that no check covers", "{n} files have parts that no check covers", found.not_checked
        )
        copies = tr("What is cleaned is cleaned on its way to the archive; your files stay as they are.")
        self._state.show_text(head, f"{gaps}. {copies}" if found.not_checked else copies)

    def _picture(self, finding: Finding) -> Shown | None:
        """Called beside the window's thread."""
        from depositor.session import evidence

        others = self.situation.privacy if self.situation is not None else None
        return evidence.picture(self.workspace.desk, self.work, finding, others or ())

    # --- decisions -----------------------------------------------------------------------------------------------

    def _noted(self) -> None:
        """A decision was noted: what is open comes next as soon as the groups are made anew."""
        self.workspace.refresh()

    def decide(self, targets: tuple[Finding, ...], choice: Choice, why: str, who: str) -> None:
        """Note the decision about each of the findings, as one step that can be undone."""
        self.work.decide(single(targets, choice, why, who))

    # --- the frame -----------------------------------------------------------------------------------------------

    def main_action(self) -> MainAction | None:
        found = self.situation
        if found is None:
            return None
        if self.workspace.checking:
            return MainAction(tr("&Stop checking"), self.workspace.stop_check, icon="stop")
        if found.privacy is None:
            able = found.inventory.complete and bool(found.inventory.files)
            why = "" if able else tr("Add files first.")
            return MainAction(tr("Chec&k the files"), self.workspace.start_check, able, "privacy", why)
        return None

    def jump(self, location: str) -> None:
        if location.startswith("human"):
            self.tabs.setCurrentIndex(_QUESTIONS)
            control = self.human.first()
            if control is not None:
                control.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.tabs.setCurrentIndex(_FINDINGS)
        self._fresh = False
        self._wanted = location
        self.pane.show_key(location)


def _scrolling(*cards: QWidget) -> QScrollArea:
    """Cards one below the other that scroll where there is no room."""
    inside = QWidget()
    layout = column(*cards, 1)
    room = round(inside.fontMetrics().height() * 0.7)
    layout.setContentsMargins(0, room, room, room)
    layout.setSpacing(room)
    inside.setLayout(layout)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    area.setMinimumHeight(inside.fontMetrics().height() * 16)
    return area
