"""One transfer in the list: where it stands, how far, how fast, and what one can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QProgressBar, QSizePolicy

from depositor.gui import icons
from depositor.gui.texts import say, tr, when
from depositor.gui.transfers_page import words
from depositor.gui.transfers_page.acting import Acting, toggle_words
from depositor.gui.widgets.basics import Button, Card, Label, column, row
from depositor.gui.widgets.charts import Curve
from depositor.gui.widgets.flow import flow
from depositor.gui.widgets.ways import Ways
from depositor.session.sending import transfer_words
from depositor.session.sending.transfers import Group, Runner, Stand, Standing, failed_told

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace


class TransferCard(Card):
    """Shows one standing after another; ``show_more`` opens the details of it."""

    def __init__(self, workspace: Workspace, acting: Acting, show_more: Callable[[Standing], object]) -> None:
        super().__init__()
        self._acting, self._show_more = acting, show_more
        self.found: Standing | None = None
        self._title, self._archive = Label(kind="strong"), Label(kind="pill", wrap=False)
        self.head, self._numbers, self._advice = Label(), Label(kind="muted"), Label(kind="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 100)  # a screen reader hears of each step; a hundred are enough
        self._curve = Curve()
        self._curve.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.toggle = Button("pause", clicked=lambda: self._with(acting.toggle))
        self.more = Button("files", clicked=lambda: self._with(show_more))
        self._menu_button = Button("more", "quiet")
        self._menu_button.setMenu(self._menu())
        self._archive.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.ways = Ways(workspace, self._again)
        texts = column(row((self._title, 1), self._archive), self.head, self._numbers, self._advice, spacing=2)
        self.body.addLayout(row((texts, 1), self._curve))
        self.body.addWidget(self._bar)
        self.body.addWidget(self.ways)
        self.body.addWidget(flow(self.toggle, self.more, self._menu_button))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        acting = self._acting
        self._entries = {
            "up": _entry(menu, "", lambda: self._with(lambda f: acting.prefer(f, 1))),
            "down": _entry(menu, "", lambda: self._with(lambda f: acting.prefer(f, -1))),
            "draft": _entry(menu, "jump", lambda: self._with(acting.show_draft)),
            "report": _entry(menu, "copy", lambda: self._with(acting.report)),
            "cancel": _entry(menu, "trash", lambda: self._with(acting.cancel)),
        }
        return menu

    def _with(self, act: Callable[[Standing], object]) -> None:
        if self.found is not None:
            act(self.found)

    def _again(self) -> None:
        if self.found is not None and self.found.runner is Runner.NOBODY:
            self._acting.toggle(self.found)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def show_standing(
        self, found: Standing, archive: str, curve: tuple[float, ...], waits_s: float | None, *, stopping: bool
    ) -> None:
        """Show where it stands; ``waits_s``: for how long it has been waiting."""
        self.found = found
        live = found.runner is not Runner.NOBODY
        done = found.group is Group.DONE
        self._title.setText(words.title(found))
        self._archive.setText(archive)
        self.head.setText(tr("Stopping …") if stopping else _head(found))
        tone = words.TONES[found.stand]
        self.head.become({"warn": "warn", "bad": "bad", "ok": "ok"}.get(tone, ""))
        numbers = [_when(found)] if done else [transfer_words.moved(found), transfer_words.pace(found)]
        self._numbers.setText(" · ".join(p for p in (*numbers, transfer_words.lines(found) if live else "") if p))
        advice = [transfer_words.advice(found), transfer_words.again(found), words.since(waits_s), _failed(found)]
        self._advice.setText(" ".join(a for a in advice if a))
        self._advice.setVisible(bool(self._advice.text()))
        self.ways.show_problem(None if stopping else words.in_the_way(found), found.info.archive, found.info.id)
        share = found.share
        self._bar.setVisible(not done)
        self._bar.setValue(int((share or 0.0) * 100))
        self._curve.setVisible(live and found.group is Group.RUNNING)
        self._curve.show_curve(curve)
        self._name(found, stopping=stopping)

    def _name(self, found: Standing, *, stopping: bool) -> None:
        title = words.title(found)
        icon, text = toggle_words(found)
        self.toggle.setVisible(bool(text))
        self.toggle.setEnabled(not stopping)
        if text:
            self.toggle.dress(icon)
            plain = text.replace("&", "")
            self.toggle.setText(plain)  # there may be many cards: no key of its own
            self.toggle.setAccessibleName(tr("{action}: {title}", action=plain, title=title))
        self.more.setText(tr("Files and details"))
        self.more.setAccessibleName(tr("Files and details of {title}", title=title))
        self._menu_button.setText(tr("More"))
        self._menu_button.setAccessibleName(tr("More about {title}", title=title))
        self._bar.setAccessibleName(tr("Progress of {title}", title=title))
        self._entries["up"].setText(tr("&Prefer it to the others"))
        self._entries["down"].setText(tr("Let the &others go first"))
        self._entries["draft"].setText(
            tr("Show the &receipt") if found.info.receipt is not None else tr("Show its &draft")
        )
        self._entries["report"].setText(tr("Copy a re&port for the help desk"))
        self._entries["cancel"].setText(tr("&Cancel the submission …"))
        ways = {"up": found.info.under_way, "down": found.info.under_way, "cancel": "cancel" in found.actions}
        for name, entry in self._entries.items():
            entry.setVisible(ways.get(name, True))


def _entry(menu: QMenu, icon: str, run: Callable[[], object]) -> QAction:
    action = menu.addAction("")
    if icon:
        action.setIcon(icons.icon(icon))
    action.triggered.connect(lambda _checked=False: run())
    return action


def _head(found: Standing) -> str:

    if found.runner is Runner.OTHER:
        return tr("{what} (in another window or program)", what=say(found.head()).rstrip("."))
    return say(found.head())


def _failed(found: Standing) -> str:

    if not found.progress.files_failed or found.stand is Stand.FAILED_FILES or not found.info.under_way:
        return ""
    return tr("{what}; see its files.", what=say(failed_told(found.progress.files_failed)))


def _when(found: Standing) -> str:
    receipt = found.info.receipt
    if receipt is None:
        return when(found.info.sealed_at)
    return " · ".join(p for p in (receipt.accession or "", transfer_words.moved(found), when(receipt.finished)) if p)
