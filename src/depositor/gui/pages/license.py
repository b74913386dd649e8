"""The step of licence and release date: what each choice means, before it is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout

from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.gui.form.dates import DateEditor
from depositor.gui.form.taborder import chain, stops
from depositor.gui.pages.base import Page
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, column, row
from depositor.gui.widgets.choice import CardGrid, ChoiceCard
from depositor.gui.widgets.flow import flow
from depositor.session.clock import today
from depositor.session.forms import license_advice, licenses_for, release_in_words

if TYPE_CHECKING:
    from depositor.session.forms import License

_TONES = {Level.BLOCKER: "bad", Level.WARNING: "warn"}


class LicensePage(Page):
    """Licence and release date."""

    step = StepId.LICENSE

    def build(self) -> None:
        self._shown: tuple[str | None, str] | None = None
        self._told: tuple[Finding, ...] | None = None
        self._group = QButtonGroup(self)
        self._radios: dict[str, QRadioButton] = {}
        self._cards = CardGrid(22)
        self._others_head = Label(kind="heading")
        self._others = column()
        self._release = _Release(self._set_release)
        self._advice = column()
        self.body.addWidget(self._cards)
        self.body.addWidget(self._release)
        self.body.addLayout(self._advice)
        self.body.addWidget(self._others_head)
        self.body.addLayout(self._others)
        self.body.addStretch(1)
        self.texts.bind(
            lambda: self.title.setText(tr("Licence and release")),
            lambda: self.lead.setText(tr("What others may do with the images, and from when on.")),
            lambda: self._others_head.setText(tr("Not taken by this archive")),
            self._release.say_texts,
            self._forget,
        )
        self.workspace.heard.connect(self._heard)

    def _heard(self, what: str) -> None:
        """Show an undone choice at once."""
        if what == "draft" and self.isVisible():
            self.renew()

    def opened(self) -> None:
        self._forget()

    def refresh(self) -> None:
        capabilities = self.work.capabilities
        key = (capabilities.id if capabilities else None, self.work.draft.id)
        if key != self._shown:
            self._shown = key
            self._fill(capabilities)
        chosen = self._radios.get(self.work.draft.license or "")
        if chosen is not None:
            chosen.setChecked(True)
        elif self._group.checkedButton() is not None:
            self._uncheck()
        words = say(release_in_words(self.work.draft, capabilities))
        self._release.show_draft(self.work.draft.release_date, capabilities, words)
        self._show_advice(license_advice(self.work.draft, capabilities))

    def entered(self) -> None:
        self.area.verticalScrollBar().setValue(0)

    def jump(self, location: str) -> None:
        if location.endswith("release_date"):
            self._release.date.put_keyboard()
        elif self._radios:
            (self._group.checkedButton() or next(iter(self._radios.values()))).setFocus()

    def _forget(self) -> None:
        self._shown, self._told = None, None

    def _fill(self, capabilities: Capabilities | None) -> None:
        clear(self._others)
        for button in self._group.buttons():
            self._group.removeButton(button)
        self._radios.clear()
        found = licenses_for(capabilities)
        usual = capabilities.default_license if capabilities else None
        self._cards.show_cards([self._card(one, usual=one.id == usual) for one, taken in found if taken])
        for one, taken in found:
            if not taken:
                self._others.addWidget(_refused(one))
        self._others_head.setVisible(any(not taken for _, taken in found))
        chain([*self._radios.values(), *stops(self._release)])

    def _card(self, one: License, *, usual: bool) -> ChoiceCard:
        card = ChoiceCard("license")
        radio = card.radio
        radio.setText(say(one.name))
        radio.setAccessibleDescription(say(one.summary))
        radio.clicked.connect(partial(self._choose, one.id))
        self._group.addButton(radio)
        self._radios[one.id] = radio
        card.text.setText(say(one.summary))
        card.facts.setText(tr("The usual choice at this archive.") if usual else "")
        card.facts.setVisible(usual)
        for head, lines in ((tr("Others may"), one.may), (tr("Others must"), one.must)):
            if lines:
                card.extra.addLayout(column(Label(head, "strong"), *(_point(say(line)) for line in lines), spacing=2))
        card.extra.addWidget(Label(say(one.gives_up), "muted"))
        card.extra.addWidget(Label(tr("How one is named: {example}", example=say(one.credit)), "muted"))
        card.extra.addWidget(Label(tr("Suits: {whom}", whom=say(one.suits)), "muted"))
        return card

    def _uncheck(self) -> None:
        self._group.setExclusive(False)
        for radio in self._radios.values():
            radio.setChecked(False)
        self._group.setExclusive(True)

    def _choose(self, license_id: str) -> None:
        what = msg("change.license", "Choice of the licence")
        self.work.update(what, lambda draft: replace(draft, license=license_id))

    def _set_release(self, date: str | None) -> None:
        what = msg("change.release", "Choice of the release date")
        self.work.update(what, lambda draft: replace(draft, release_date=date), joins=True)

    def _show_advice(self, found: tuple[Finding, ...]) -> None:
        if found == self._told:
            return
        self._told = found
        clear(self._advice)
        for finding in found:
            notice = Notice(_TONES.get(finding.level, "info"))
            more = [say(m) for m in (finding.why, finding.advice) if m]
            notice.show_text(say(finding.message), " ".join(more))
            self._advice.addWidget(notice)


def _point(text: str) -> QHBoxLayout:
    """A line of a list; the dot stands where the language begins a line."""
    dot = QVBoxLayout()
    dot.addWidget(Label("•", wrap=False), 0, Qt.AlignmentFlag.AlignTop)
    return row(dot, (Label(text), 1), spacing=6)


def _refused(one: License) -> Card:
    card = Card()
    card.body.addWidget(Label(say(one.name), "strong"))
    card.body.addWidget(Label(say(one.summary), "muted"))
    if one.cost:
        card.body.addWidget(Label(say(one.cost), "muted"))
    return card


class _Release(Card):
    """The date: at once, in half a year, in a year, or a day of one's own."""

    def __init__(self, chosen: Callable[[str | None], None]) -> None:
        super().__init__()
        self._chosen = chosen
        self._head = Label(kind="heading")
        self._words, self._rule = Label(), Label(kind="muted")
        self.date = DateEditor()
        self.date.changed.connect(self._typed)
        spans = (0, 183, 365)
        self._buttons = [Button(None, "", partial(self._take, days)) for days in spans]
        self._quick = flow(*self._buttons)
        for part in (self._head, self._words, self.date, self._quick, self._rule):
            self.body.addWidget(part)

    def say_texts(self) -> None:
        """Say everything in the language in use."""
        self._head.setText(tr("Release date"))
        self.date.say_texts()
        self.date.name(tr("Release date"), tr("Year-month-day, as in 2027-01-31"))
        for button, text in zip(self._buttons, (tr("Today"), tr("In half a year"), tr("In a year")), strict=True):
            button.setText(text)
            button.setAccessibleName(tr("Release date: {when}", when=text))

    def show_draft(self, date: str | None, capabilities: Capabilities | None, words: str) -> None:
        """Show the date, what will happen (``words``), and what the archive allows."""
        rule = capabilities.release if capabilities else None
        possible = rule is None or rule.embargo
        self._words.setText(words)
        self.date.show_value(date)
        self.date.setEnabled(possible or date is not None)  # a date that is not allowed can still be taken away
        self._quick.setVisible(possible)
        longest = rule.max_days if rule else None
        self._rule.setText(trn("At most {n} day from today.", "At most {n} days from today.", longest or 0))
        self._rule.setVisible(bool(longest))

    def _take(self, days: int) -> None:
        date = (today() + dt.timedelta(days=days)).isoformat()
        self.date.show_value(date)
        self._chosen(date)

    def _typed(self) -> None:
        self._chosen(self.date.value())
