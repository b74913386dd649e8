"""The step before sending: everything that will be sent, and everything that still stops it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QCheckBox, QFormLayout, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.draft.problem import Problem
from depositor.draft.steps import Situation, StepId, StepState, obstacles, ready, steps
from depositor.draft.submission import Submission
from depositor.gui.activity import Activity, share
from depositor.gui.bridge import Work
from depositor.gui.paged import Column, PagedModel, PagedTable, Row, Source
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.places import step_of
from depositor.gui.privacy.effect import Effect, EffectCard, effect
from depositor.gui.reuse.since import SinceCard
from depositor.gui.steplist import step_title
from depositor.gui.texts import count, day, say, size, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, clear_form, row
from depositor.gui.widgets.charts import TypeBars
from depositor.gui.widgets.words_button import words_button

CONSENT = "human-consent"
_BEFORE = (StepId.ARCHIVE, StepId.FILES, StepId.DESCRIBE, StepId.LICENSE, StepId.PRIVACY)
_SHOWN = 12  # obstacles or pieces of advice; the rest is counted
_RENAMES = 5000


class ReviewPage(Page):
    """What is sent, under which names and licence, and the one button that sends it."""

    step = StepId.REVIEW

    def build(self) -> None:
        self._sealing: Work | None = None
        self._turn = 0
        self._named: object = None  # what the shown names were made for
        self._naming: Work | None = None
        self._stops, self._advice = _FindingList(self, "warn"), _FindingList(self, "info")
        self._what = _What(self)
        self._names = _Renames(self)
        self.effect = EffectCard()
        self._consent = Card()
        self.agree = QCheckBox()
        self.agree.clicked.connect(self._agree)
        self._consent_note = Label(kind="muted")
        self._consent.body.addWidget(self.agree)
        self._consent.body.addWidget(self._consent_note)
        self.since = SinceCard(self.workspace)
        for widget in (self._stops, self._what, self.effect, self.since, self._names, self._consent, self._advice):
            self.body.addWidget(widget)
        self.body.addLayout(row(words_button(self.workspace, self.texts), 1))
        self.body.addStretch(1)
        self.texts.bind(
            lambda: self.title.setText(tr("Look it over")),
            lambda: self.lead.setText(
                tr("This is what will be sent. Afterwards it is fixed; changes make a new revision.")
            ),
            lambda: self.agree.setText(tr("I &may publish these data")),
            lambda: self._consent_note.setText(
                tr(
                    "Where they show or come from people, consent or an ethics approval covers the publication. "
                    "Where others took part, they know and agree."
                )
            ),
        )

    def refresh(self) -> None:
        found = self.situation
        assert found is not None
        stops = obstacles(found)
        self._stops.show_findings(_open_steps(found, stops), stops)
        advice = [f for f in found.validation if f.level in (Level.WARNING, Level.ADVICE)]
        self._advice.show_findings([], advice)
        self._what.show_situation(found)
        self.agree.setChecked(CONSENT in found.draft.confirmed)
        sealed = found.stage is not None
        self.agree.setEnabled(not sealed)
        if self.isVisible():
            self._ask_names()
            self.since.consider()

    def entered(self) -> None:
        self._ask_names()
        self.since.consider()

    def _agree(self, ticked: bool) -> None:
        def agreed(draft: Draft) -> Draft:
            confirmed = draft.confirmed | {CONSENT} if ticked else draft.confirmed - {CONSENT}
            return replace(draft, confirmed=confirmed)

        self.work.update(msg("change.consent", "Statement about publishing"), agreed)

    # --- names ---------------------------------------------------------------------------------------------------

    def _ask_names(self) -> None:
        found = self.situation
        if found is None or found.capabilities is None or not found.inventory.complete:
            self._names.hide()
            self.effect.hide()
            self._named = None
            return
        work, capabilities, desk = self.work, found.capabilities, self.workspace.desk
        draft = found.draft
        chosen = (draft.decisions, draft.privacy_choices, draft.renames, draft.policy)
        key = (capabilities.id, draft.files, found.inventory, chosen, found.privacy)
        if key == self._named:
            return
        self._named = key
        if self._naming is not None:
            self._naming.cancel.set()
        self._turn += 1
        turn = self._turn

        def look(cancel: Cancel) -> tuple[int, int, list[tuple[str, str]], Effect]:
            from depositor.session.seal import planned

            changed = 0
            listed: list[tuple[str, str]] = []
            for file in planned(desk, work, capabilities):
                if cancel:
                    break
                if file.name != file.origin:
                    changed += 1
                    if len(listed) < _RENAMES:
                        listed.append((file.origin, file.name))
            return turn, changed, listed, effect(desk, work)

        self._naming = self.workspace.bridge.run(look, self._show_names, lambda _: None)

    def _show_names(self, found: tuple[int, int, list[tuple[str, str]], Effect]) -> None:
        turn, changed, listed, does = found
        if turn == self._turn:
            self._names.show_names(changed, listed)
            self.effect.show_effect(does, changed)

    # --- sealing -------------------------------------------------------------------------------------------------

    def main_action(self) -> MainAction | None:
        found = self.situation
        if found is None or found.stage is not None:
            return None
        text = tr("Seal and &send")
        if self._sealing is not None and not self._sealing.finished:
            return MainAction(text, self.seal, enabled=False, icon="send", why_not=tr("Preparing …"))
        if not ready(found):
            return MainAction(text, self.seal, enabled=False, icon="send", why_not=tr("Something is still open above."))
        if CONSENT not in found.draft.confirmed:
            return MainAction(text, self.seal, enabled=False, icon="send", why_not=tr("Tick that you may publish."))
        return MainAction(text, self.seal, icon="send")

    def seal(self) -> None:
        """Make the immutable submission and begin to send it."""
        work = self.work
        activity = Activity(lambda: tr("Preparing the submission"), self._stop)
        self.workspace.activities.begin(activity)
        self._sealing = self.workspace.bridge.run(
            lambda cancel, post: work.seal(cancel, lambda done, of: post((done, of))),
            partial(self._sealed, activity),
            partial(self._not_sealed, activity),
            lambda news: self.workspace.activities.further(activity, share(*news)),
            partial(self._end, activity),
        )
        self.action_changed.emit()

    def _stop(self) -> None:
        if self._sealing is not None:
            self._sealing.cancel.set()

    def _end(self, activity: Activity) -> None:
        self.workspace.activities.end(activity)
        self.workspace.refresh()
        self.action_changed.emit()

    def _not_sealed(self, activity: Activity, problem: Problem) -> None:
        self._end(activity)
        self.workspace.trouble.emit(problem)

    def _sealed(self, activity: Activity, made: Submission) -> None:
        self._end(activity)
        self.workspace.transfers.start(made.id)
        self.workspace.go.emit(StepId.SEND, "")


def _open_steps(found: Situation, stops: Sequence[Finding]) -> list[tuple[StepId, str]]:
    """Steps that are not done and whose reason is not told by a finding already."""
    told = {step_of(f)[0] for f in stops}
    return [
        (s.id, say(s.why) if s.why else "")
        for s in steps(found)
        if s.id in _BEFORE and s.state is not StepState.DONE and s.id not in told
    ]


def _merged(found: Sequence[Finding]) -> list[tuple[Finding, int]]:
    """Privacy findings that say the same are one line with a number; each of the form keeps its own."""
    lines: dict[str, tuple[Finding, int]] = {}
    for one in found:
        key = one.message.id if one.key.startswith("privacy:") else one.key
        first, times = lines.get(key, (one, 0))
        lines[key] = (first, times + 1)
    return list(lines.values())


class _FindingList(Notice):
    """Findings with a button each that leads to the place."""

    def __init__(self, page: ReviewPage, tone: str) -> None:
        super().__init__(tone)
        self._page = page
        self._listed: object = None  # what is shown, and in which language
        self._rows = QVBoxLayout()
        self._rows.setSpacing(round(self.fontMetrics().height() * 0.3))
        self._words.addLayout(self._rows)

    def show_findings(self, open_steps: Sequence[tuple[StepId, str]], found: Sequence[Finding]) -> None:
        key = (list(open_steps), list(found), tr("Review"))
        if key == self._listed:
            return
        self._listed = key
        clear(self._rows)
        total = len(open_steps) + len(found)
        if not total:
            self.hide()
            return
        stops = any(f.level is Level.BLOCKER for f in found) or bool(open_steps)
        head = (
            trn("{n} thing stops the sending", "{n} things stop the sending", total)
            if stops
            else trn("{n} thing would make it better", "{n} things would make it better", total)
        )
        self.show_text(head)
        for step, why in open_steps[:_SHOWN]:
            self._rows.addWidget(self._line(f"{step_title(step)}: {why}" if why else step_title(step), "", step, ""))
        merged = _merged(found)
        for one, times in merged[:_SHOWN]:
            step, place = step_of(one)
            more = " ".join(say(m) for m in (one.why, one.advice) if m is not None)
            text = tr("{what} ({n} times)", what=say(one.message), n=count(times)) if times > 1 else say(one.message)
            self._rows.addWidget(self._line(text, more, step, place))
        if len(merged) > _SHOWN:
            rest = len(merged) - _SHOWN
            self._rows.addWidget(Label(trn("… and {n} more", "… and {n} more", rest), "muted"))

    def _line(self, text: str, more: str, step: StepId, place: str) -> QWidget:
        line = QWidget()
        jump = Button("jump", "quiet", partial(self._page.workspace.go.emit, step, place))
        jump.setText(step_title(step))
        jump.setAccessibleName(tr("Go to {step}: {what}", step=step_title(step), what=text))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(text))
        if more:
            words.addWidget(Label(more, "muted"))
        line.setLayout(row((words, 1), jump))
        return line


class _What(Card):
    """Totals, licence, date, documents."""

    def __init__(self, page: ReviewPage) -> None:
        super().__init__()
        self._page = page
        self._head = Label(kind="heading")
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(self.fontMetrics().height() * 2)
        self._bars = TypeBars()
        self.body.addWidget(self._head)
        self.body.addWidget(self._bars)
        self.body.addLayout(self._form)

    def show_situation(self, found: Situation) -> None:
        files = trn("{n} file", "{n} files", found.inventory.files)
        self._head.setText(f"{files} · {size(found.inventory.bytes)}")
        self._bars.show_types(found.inventory.by_type)
        clear_form(self._form)
        for name, value in self._lines(found):
            self._form.addRow(Label(name, "muted", wrap=False), Label(value, select=True))

    def _lines(self, found: Situation) -> list[tuple[str, str]]:
        draft, place = found.draft, found.capabilities
        date = day(draft.release_date) if draft.release_date else tr("as soon as the archive is ready")
        lines = [
            (tr("Study"), draft.title or tr("no title yet")),
            (tr("Archive"), place.name if place else tr("none chosen yet")),
            (tr("Image sets"), count(found.inventory.images)),
            (tr("Licence"), draft.license or tr("none chosen yet")),
            (tr("Public from"), date),
            (tr("Personal data"), _found_words(found)),
        ]
        if place is not None:
            lines.append((tr("Documents made"), ", ".join(_document_words(d) for d in place.documents)))
        return lines


def _found_words(found: Situation) -> str:
    """How far personal data are dealt with; what is done about them stands in a card of its own."""
    if found.privacy is None:
        return tr("not checked yet")
    if found.undecided:
        return trn("{n} finding is open", "{n} findings are open", len(found.undecided))
    return tr("checked, nothing is open") if found.privacy else tr("checked, nothing found")


def _document_words(document: str) -> str:
    """What a person calls a document that goes along with the data."""
    return {
        "pagetab": tr("sheet for the archive (PageTab)"),
        "file-lists": tr("file lists"),
        "manifest": tr("list of checksums"),
        "ro-crate": tr("machine-readable description (RO-Crate)"),
        "methods": tr("text for the methods section"),
        "submission": tr("the description itself"),
        "datacite": tr("record for the DOI (DataCite)"),
    }.get(document, document)


class _Renames(Card):
    """Names that the archive does not allow, and what they become there."""

    def __init__(self, page: ReviewPage) -> None:
        super().__init__()
        self._page = page
        self._head, self._note = Label(kind="strong"), Label(kind="muted")
        self.model = PagedModel(
            page.workspace.bridge, (Column(lambda: tr("On your disk")), Column(lambda: tr("At the archive")))
        )
        self.table = PagedTable(self.model, stretch=0)
        self.table.horizontalHeader().setSectionResizeMode(1, self.table.horizontalHeader().ResizeMode.Stretch)
        self.body.addWidget(self._head)
        self.body.addWidget(self._note)
        self.body.addWidget(self.table)
        self.hide()
        page.texts.bind(
            self.model.retitle,
            lambda: self.table.setAccessibleName(tr("Changed names")),
            lambda: self._note.setText(
                tr("Some characters the archive does not take, and some names tell of people. Your files keep theirs.")
            ),
        )

    def show_names(self, changed: int, listed: list[tuple[str, str]]) -> None:
        self.setVisible(bool(changed))
        self._head.setText(trn("{n} name changes at the archive", "{n} names change at the archive", changed))
        self.model.show(Source(lambda: len(listed), lambda at, n: [Row(pair, pair) for pair in listed[at : at + n]]))
