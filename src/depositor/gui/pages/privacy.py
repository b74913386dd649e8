"""The step in which personal data are looked for and decided about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QStackedWidget, QTabWidget, QWidget

from depositor.draft.finding import Choice, Finding
from depositor.draft.steps import StepId
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.privacy import overview, progress
from depositor.gui.privacy.deciding import single
from depositor.gui.privacy.gaps import GapsPane, Reason, reasons
from depositor.gui.privacy.more import MoreDeeds
from depositor.gui.privacy.nothing import Nothing
from depositor.gui.privacy.overview import Overview
from depositor.gui.privacy.pane import FindingsPane
from depositor.gui.privacy.questions import HumanCard, SubjectCard
from depositor.gui.privacy.rules import PicturesChoice, RulesChoice
from depositor.gui.privacy.who import Who
from depositor.gui.texts import count, tr, trn
from depositor.gui.widgets.basics import Notice, column

if TYPE_CHECKING:
    from depositor.session.evidence import EvidencePicture as Shown
    from depositor.session.open_draft import OpenDraft

_QUESTIONS, _FINDINGS, _GAPS = range(3)
_LOW = 36  # heights of a line; below it the words under the title leave their room to the findings


class PrivacyPage(Page):
    """What was looked for, what was found, what was not checked, and what is decided about it."""

    step = StepId.PRIVACY
    wide = True

    def build(self) -> None:
        self._who = Who()
        self._turn = 0
        self._made_for: tuple[object, ...] = ()
        self._gaps_of: tuple[object, int, bool] | None = None  # the findings beside which the gaps were asked for
        self._left: int | None = None  # what waits for a decision, once it is counted
        self._pictures_read = True
        self._wanted = ""
        self._fresh = True  # nobody chose a tab yet
        self._state = Notice()
        self.human = HumanCard(self.workspace)
        self.subjects = SubjectCard(self.workspace, self._who)
        self.rules, self.pictures = RulesChoice(self.workspace), PicturesChoice(self.workspace)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.pane = FindingsPane(self.workspace, self._who, self._picture, self._noted)
        self.pane.detail.show_evidence.setChecked(bool(self.workspace.desk.settings.get("privacy_show_evidence")))
        self.gaps, self._nothing = GapsPane(self.workspace.bridge), Nothing()
        self.findings = QStackedWidget()
        self.findings.addWidget(self.pane)
        self.findings.addWidget(self._nothing)
        self.questions = _scrolling(self.human, self.subjects, self.rules, self.pictures)
        for tab in (self.questions, self.findings, self.gaps):
            self.tabs.addTab(tab, "")
        self.more = MoreDeeds(self.workspace)
        self.tabs.setCornerWidget(self.more)
        self.tabs.currentChanged.connect(self._give_room)
        self._give_room()
        self.body.addWidget(self._state)
        self.body.addWidget(self.tabs, 1)
        self.workspace.activities.changed.connect(self._show_progress)
        self.body.addStretch()  # while there is no list, the notice above it takes no more room than its words
        self._bind()

    def _give_room(self, _: int = 0) -> None:
        """Only what is shown says how high the page must be at least."""
        policy = QSizePolicy.Policy
        for at in range(self.tabs.count()):
            part, shown = self.tabs.widget(at), at == self.tabs.currentIndex()
            if part is not None:
                part.setSizePolicy(policy.Expanding, policy.Expanding if shown else policy.Ignored)

    def _bind(self) -> None:
        self.texts.bind(
            lambda: self.title.setText(tr("Is anybody's privacy at risk?")),
            lambda: self.lead.setText(
                tr(
                    "Names, numbers, dates and places of people are looked for in file headers, in pictures, in the "
                    "names of files and folders, and in what you typed: on this computer only."
                )
            ),
            self.gaps.say_texts,
            lambda: self.tabs.tabBar().setAccessibleName(tr("What the checks say")),
            self.pane.say_texts,
            self.more.say_texts,
            self._forget,
        )

    # --- what is known -------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._forget()
        self._fresh, self._pictures_read = True, True
        self.pane.forget()
        self.gaps.show_reasons(())

    def _forget(self) -> None:
        """Everything is made anew: another draft, or another language."""
        self._made_for, self._gaps_of, self._left = (), None, None
        self._turn += 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the findings need the room."""
        super().resizeEvent(event)
        self.lead.setVisible(self.height() > self.fontMetrics().height() * _LOW)

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
        self.pictures.show_choice()
        self.tabs.setTabText(_FINDINGS, tr("Findings ({n})", n=count(len(found.privacy or ()))))
        self.tabs.setTabText(_GAPS, tr("Not checked ({n})", n=count(found.not_checked)))
        self.tabs.setTabVisible(_GAPS, found.not_checked > 0)
        self._count_questions()
        self.findings.setCurrentWidget(self.pane if found.privacy else self._nothing)
        wanted = self.workspace.desk.settings.get("privacy_pixels") != "none"
        self._nothing.show_situation(found, pictures=wanted)
        self.tabs.setVisible(found.privacy is not None)
        self._group()
        self._ask_gaps()

    def _ask_gaps(self) -> None:
        """What no check covers, where the last check may have changed it."""
        found, work = self.situation, self.work
        if found is None or found.privacy is None:
            return
        key = (found.privacy, found.not_checked, self.workspace.checking)
        if self._gaps_of is not None and key[0] is self._gaps_of[0] and key[1:] == self._gaps_of[1:]:
            return
        self._gaps_of = key
        self.workspace.bridge.ask(
            lambda _: (work, reasons(work.not_checked()), work.are_pictures_read), self._show_gaps
        )

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
            self._left = made.open
            self.pane.show_overview(made)
            self.subjects.show_questions(self.work, made.questions)
            self._show_state()
            self._count_questions()
            if self._fresh:
                self._fresh = False
                self.tabs.setCurrentIndex(_QUESTIONS if self.human.waits or self.subjects.waiting else _FINDINGS)
            if self._wanted:
                self.pane.show_key(self._wanted)
                self._wanted = ""

    def _show_gaps(self, told: tuple[OpenDraft, tuple[Reason, ...], bool]) -> None:
        work, found, self._pictures_read = told
        if work is self.workspace.work:
            self.gaps.show_reasons(found)
            self._show_state()
            self.action_changed.emit()

    def _count_questions(self) -> None:
        """How many questions wait for an answer."""
        left = self.human.waits + self.subjects.waiting
        self.tabs.setTabText(_QUESTIONS, tr("Questions ({n})", n=count(left)) if left else tr("Questions"))

    @property
    def _stopped(self) -> bool:
        """True where the check was stopped before it had read the pictures."""
        return not (self._pictures_read or self.workspace.checking)

    def _show_progress(self) -> None:
        """The check got further, or ended."""
        if self.situation is not None and self.isVisible():
            self._show_state()

    def _show_state(self) -> None:
        """How it stands: what runs, what is left to decide, what nobody looked at."""
        found = self.situation
        if found is None:
            return
        if self.workspace.checking:
            self._state.tone("info")
            self._state.show_text(*progress.words(self.workspace.check_news))
        elif found.privacy is None:
            self._state.tone("info")
            self._state.show_text(
                tr("Not checked yet"), tr("Your files stay here. A check that was stopped goes on where it was.")
            )
        elif self._left is not None:  # else the groups tell, in a moment
            self._state.tone("warn" if self._left or self._stopped else "ok")
            self._state.show_text(self._head(), self._remarks())

    def _head(self) -> str:
        if self._left:
            return trn("{n} finding needs your decision", "{n} findings need your decision", self._left)
        if self._stopped:
            return tr("The pictures are not read to the end")
        found = self.situation
        return tr("Nothing is left to decide") if found is not None and found.privacy else tr("Nothing was found")

    def _remarks(self) -> str:
        """What to know beside the number, in a sentence or two."""
        found = self.situation
        assert found is not None
        out = []
        if self._left and self._stopped:
            out.append(tr("The pictures are not read to the end."))
        if found.not_checked:
            n = found.not_checked
            out.append(trn("{n} file has parts that no check covers.", "{n} files have parts that no check covers.", n))
        if found.privacy:
            out.append(tr("Your own files stay as they are."))
        out.append(tr("No check finds everything: please look at your images too."))
        return " ".join(out)

    def _picture(self, finding: Finding) -> Shown | None:
        """Called beside the window's thread."""
        from depositor.session import evidence

        others = self.situation.privacy if self.situation is not None else None
        return evidence.picture(self.workspace.desk, self.work, finding, others or ())

    # --- decisions -----------------------------------------------------------------------------------------------

    def _noted(self) -> None:
        """A decision was noted: the groups are made anew."""
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
        if self._stopped:
            return MainAction(tr("&Go on with the pictures"), self.workspace.start_check, icon="privacy")
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
    area.setMinimumHeight(inside.fontMetrics().height() * 12)
    return area
