"""The step in which one chooses where the data shall go."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QButtonGroup, QLineEdit

from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Account, Capabilities
from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.gui import dialogs
from depositor.gui.diagnose.panel import RoutePanel
from depositor.gui.pages.base import Page
from depositor.gui.texts import count, say, size, tr
from depositor.gui.widgets.account import AccountPanel
from depositor.gui.widgets.address import AddressPanel
from depositor.gui.widgets.basics import Button, Card, Label, Notice, row
from depositor.gui.widgets.choice import CardGrid, ChoiceCard
from depositor.session import addresses, human_data

if TYPE_CHECKING:
    Found = tuple[tuple[Capabilities, ...], tuple[Capabilities, ...]]

_ICONS = {"practice": "practice", "package": "package"}


class ArchivePage(Page):
    """Cards of the archives, and what the chosen one asks for."""

    step = StepId.ARCHIVE

    def build(self) -> None:
        self._group = QButtonGroup(self)
        self.cards: dict[str, tuple[ChoiceCard, Capabilities]] = {}
        self._to_show: str | None = None  # the archive that was just chosen, until what it asks for is shown
        self._folder = _FolderPanel(self)
        self._address = AddressPanel(self.workspace)
        self._account = AccountPanel(self.workspace)
        self._route = RoutePanel(self.workspace)
        self._grid = CardGrid()
        self._left_out = Notice("warn")
        self._later_head = Label(kind="heading")
        self._later = CardGrid()
        panels = (self._folder, self._address, self._account, self._route)
        for widget in (self._grid, self._left_out, *panels, self._later_head, self._later):
            self.body.addWidget(widget)
        self._address.changed.connect(self._mark)
        self._address.changed.connect(self.workspace.refresh)
        self.body.addStretch(1)
        for hidden in (self._left_out, self._folder, self._account, self._later_head):
            hidden.hide()
        self.texts.bind(
            lambda: self.title.setText(tr("Where shall the data go?")),
            lambda: self.lead.setText(tr("You can change this later; what you typed stays.")),
            lambda: self._later_head.setText(tr("Planned, not built yet")),
        )

    def opened(self) -> None:
        if not self.cards and self.workspace.work is not None:
            self.workspace.bridge.ask(self._look, self._found, self.workspace.trouble.emit)
        elif self.workspace.work is not None:
            self._mark()

    def refresh(self) -> None:
        for card, found in self.cards.values():
            _describe(card, found)
            self._warn(card, found)
        self._mark()

    def _warn(self, card: ChoiceCard, found: Capabilities) -> None:
        """Say on the card why the archive may not take these data; it can be chosen all the same, to look at it."""
        unfit = human_data.fits(found, self.work.draft) if self.workspace.work is not None else None
        card.warning.setText(say(unfit) if unfit else "")
        card.warning.setVisible(unfit is not None)
        if unfit:
            card.radio.setAccessibleDescription(f"{say(unfit)}\n{card.radio.accessibleDescription()}")

    def _look(self, _: Cancel) -> Found:
        return self.workspace.archives()

    def _found(self, found: Found) -> None:
        ready, planned = found
        self._grid.show_cards([self._card(c, usable=True) for c in ready])
        self._later.show_cards([self._card(c, usable=False) for c in planned])
        self._later_head.setVisible(bool(planned))
        self._tell_left_out()
        self._mark()

    def _tell_left_out(self) -> None:
        """Descriptions of places that the user was given, and that cannot be used."""
        wrong = addresses.left_out()
        self._left_out.setVisible(bool(wrong))
        if wrong:
            told = "\n".join(f"{say(p.message)} {say(p.advice)}" for p in wrong)
            self._left_out.show_text(tr("Some places are missing here"), told)

    def _card(self, found: Capabilities, *, usable: bool) -> ChoiceCard:
        card = ChoiceCard(_ICONS.get(found.id, "archive"))
        card.setEnabled(usable)
        if usable:
            self._group.addButton(card.radio)
            card.radio.clicked.connect(partial(self._choose, found))
        self.cards[found.id] = card, found
        _describe(card, found)
        self._warn(card, found)
        return card

    def _choose(self, found: Capabilities, _checked: bool = True) -> None:
        from depositor.session.desk import with_archive

        if self.workspace.work is not None and self.work.draft.archive != found.id:
            what = msg("change.archive", "Choice of archive")
            self._to_show = found.id
            self.work.update(what, lambda draft: with_archive(draft, found.id))

    def _reveal(self) -> None:
        """What the chosen archive asks for stands below all cards: scroll there, or nobody would look for it."""
        asked = next((w for w in (self._folder, self._address, self._account) if w.isVisible()), None)
        if asked is not None and asked.height() < self.area.viewport().height():
            self.area.ensureWidgetVisible(asked, 0, round(self.fontMetrics().height() * 2))

    def _mark(self) -> None:
        if self.workspace.work is None:
            return
        chosen = self.work.draft.archive
        found = self.cards.get(chosen or "")
        if found is not None:
            found[0].radio.setChecked(True)
        else:
            self._group.setExclusive(False)
            for button in self._group.buttons():
                button.setChecked(False)
            self._group.setExclusive(True)
        self._folder.setVisible(chosen == "package")
        self._folder.renew()
        self._address.show_archive(found[1] if found is not None else None)
        self._route.show_archive(found[1] if found is not None else None)
        needs = found is not None and found[1].account is not Account.NONE
        self._account.setVisible(needs)
        if needs and found is not None:
            self._account.show_archive(found[1])
        if chosen is not None and chosen == self._to_show:
            self._to_show = None
            QTimer.singleShot(0, self, self._reveal)

    def jump(self, location: str) -> None:
        if self._address.isVisible() and not self._address.line.text():
            self._address.line.setFocus()
        elif self._account.isVisible():
            self._account.user.setFocus()
        self._reveal()


def _describe(card: ChoiceCard, found: Capabilities) -> None:
    card.radio.setText(found.name)
    card.text.setText("\n".join(t for t in (say(found.summary), say(found.suits)) if t))
    card.facts.setText("\n".join(_facts(found)))
    card.radio.setAccessibleDescription(f"{card.text.text()}\n{card.facts.text()}")
    card.badge.setText(tr("not built yet"))
    card.badge.setVisible(not card.isEnabled())


def _facts(found: Capabilities) -> list[str]:
    words = {
        Account.NONE: tr("No account needed"),
        Account.PASSWORD: tr("Account with a password needed"),
        Account.TOKEN: tr("Account with an access token needed"),
    }
    lines = [words[found.account]]
    limits = []
    if found.limits.file_bytes:
        limits.append(tr("files up to {size}", size=size(found.limits.file_bytes)))
    if found.limits.total_bytes:
        limits.append(tr("up to {size} in all", size=size(found.limits.total_bytes)))
    if found.limits.files:
        limits.append(tr("up to {n} files", n=count(found.limits.files)))
    lines.append(tr("Sizes: {limits}", limits=", ".join(limits)) if limits else tr("No published size limit"))
    if found.licenses:
        lines.append(tr("Licences: {names}", names=", ".join(found.licenses)))
    return lines


class _FolderPanel(Card):
    """Where the package shall be written."""

    def __init__(self, page: ArchivePage) -> None:
        super().__init__()
        self._page = page
        self._head = Label(kind="strong")
        self._note = Label(kind="muted")
        self._path = QLineEdit()
        self._path.setReadOnly(True)
        self._choose = Button("files", clicked=self._ask)
        self.body.addWidget(self._head)
        self.body.addWidget(self._note)
        self.body.addLayout(row(self._path, self._choose))
        page.texts.bind(
            lambda: self._head.setText(tr("Folder for the package")),
            lambda: self._note.setText(tr("A drive, a network share or any folder with enough room.")),
            lambda: self._choose.setText(tr("Ch&oose folder …")),
            lambda: self._path.setAccessibleName(tr("Folder for the package")),
            lambda: self._path.setPlaceholderText(tr("none chosen yet")),
        )

    def renew(self) -> None:
        self._path.setText(str(self._page.workspace.desk.settings.get("package_folder")))

    def _ask(self) -> None:
        dialogs.choose_folder(self, tr("Folder for the package"), self.take)

    def take(self, folder: Path) -> None:
        """Use ``folder`` for packages from now on."""
        settings = self._page.workspace.desk.settings
        self._page.workspace.bridge.ask(
            lambda _: settings.set("package_folder", str(folder)),
            lambda _: self._page.renew(),
            self._page.workspace.trouble.emit,
        )
