"""What this computer remembers about the person: one switch, the list of it, and a way to forget."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QCheckBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from depositor.gui.reuse.base import ReuseDialog
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, column
from depositor.gui.widgets.flow import flow
from depositor.gui.workspace import Workspace
from depositor.session import catalogue
from depositor.session.reuse import defaults
from depositor.session.reuse.defaults import Memory
from depositor.session.reuse.readable import question, value_words


class RememberedDialog(ReuseDialog):
    """Shows all that is remembered, nothing of it hidden."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        lead = tr("It stays on this computer, in your own settings. Only what you leave in a form is ever sent.")
        super().__init__(parent, workspace, tr("What this computer remembers about me"), lead)
        self.switch = QCheckBox(tr("&Remember me for the next deposit"))
        self.switch.clicked.connect(self._switch)
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(0, 0, 0, 0)
        self._list = QVBoxLayout()
        self._list.setSpacing(round(self.fontMetrics().height() * 0.5))
        whole.addLayout(self._list)
        whole.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        self.body.addWidget(self.switch)
        self.body.addWidget(area, 1)
        self.all = Button("trash", "", lambda: self._forget(None))
        self.all.setText(tr("&Forget everything"))
        self.end_with(self.all)
        self.fit(36, 34)
        self.ask(lambda: defaults.load(workspace.desk.home), self._show)

    def _show(self, memory: Memory) -> None:
        self.switch.setChecked(bool(memory.on))
        clear(self._list)
        known = [item for item in defaults.ITEMS if item in memory.values]
        self.all.setEnabled(bool(known))
        for item in known:
            self._list.addWidget(self._card(item, memory))
        if not known:
            on = tr("Nothing yet. What you type about yourself is kept when you close a deposit.")
            off = tr("Nothing is remembered while this is switched off.")
            self._list.addWidget(Label(on if memory.on else off, "muted"))

    def _card(self, item: str, memory: Memory) -> QWidget:
        card = Card()
        used = QCheckBox(tr("Begin new deposits with it"))
        used.setChecked(item in memory.used)
        used.setAccessibleName(f"{item_words(item)}: {used.text()}")
        used.clicked.connect(partial(self._use, item))
        away = Button("trash", "quiet", partial(self._forget, item))
        away.setText(tr("Forget"))
        away.setAccessibleName(f"{tr('Forget')}: {item_words(item)}")
        said = Label(self._words(item, memory.values[item]), select=True)
        card.body.addLayout(column(Label(item_words(item), "strong"), said, spacing=2))
        card.body.addWidget(flow(used, away))
        return card

    def _words(self, item: str, value: Any) -> str:
        if item == "archive":
            found = self.workspace.desk.capabilities(str(value))
            return found.name if found else str(value)
        if item == "profiles":
            names = {p.id: say(p.name) for p in catalogue.profiles()}
            return "; ".join(names.get(str(p), str(p)) for p in value)
        return value_words(value, question(f"study.{item}"))

    def _switch(self, on: bool) -> None:
        home = self.workspace.desk.home
        self.ask(lambda: defaults.switch(home, on=on), self._show)

    def _use(self, item: str, used: bool) -> None:
        home = self.workspace.desk.home
        self.ask(lambda: defaults.use(home, item, used=used), self._show)

    def _forget(self, item: str | None) -> None:
        home = self.workspace.desk.home
        self.ask(lambda: defaults.forget(home, item), self._show)


def item_words(item: str) -> str:
    """What is remembered, in words."""
    return {
        "author": tr("You as an author"),
        "grant": tr("Your grants"),
        "archive": tr("The archive you used last"),
        "profiles": tr("Ways of imaging"),
        "license": tr("The licence you chose last"),
        "keywords": tr("Your last keywords"),
    }[item]


class RememberMe(Notice):
    """Asks once, in the page, whether to remember; it waits and stops nothing."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("info")
        self._workspace = workspace
        self.yes, self.no = (
            Button("check", "", partial(self._answer, True)),
            Button(None, "quiet", partial(self._answer, False)),
        )
        self._words.addWidget(flow(self.yes, self.no))
        self.hide()

    def consider(self) -> None:
        """Show it where nobody was asked yet and there is something worth remembering."""
        work, home = self._workspace.work, self._workspace.desk.home
        if work is not None:
            draft = work.draft
            self._workspace.bridge.ask(lambda _: defaults.asks(defaults.load(home), draft), self._show)

    def _show(self, wanted: bool) -> None:
        if not wanted:
            self.hide()
            return
        self.yes.setText(tr("Remember me"))
        self.no.setText(tr("No"))
        self.show_text(
            tr("Shall this computer remember you for the next deposit?"),
            tr("Name, organisation and grants stay on this computer. “Reuse” in the menu shows and clears them."),
        )

    def _answer(self, on: bool) -> None:
        home = self._workspace.desk.home
        self._workspace.bridge.ask(
            lambda _: defaults.switch(home, on=on), lambda _: self.hide(), self._workspace.trouble.emit
        )
