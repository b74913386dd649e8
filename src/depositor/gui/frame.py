"""The parts of the window around the pages: head and bottom bar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from depositor.gui import icons, theme
from depositor.gui.pages.base import MainAction
from depositor.gui.texts import Texts, tr
from depositor.gui.widgets.basics import Button, Label, column, restyle, row


class Head(QFrame):
    """The study's title and whether everything is saved."""

    def __init__(self, home: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("kind", "head")
        self.texts = Texts()
        self.title = Label(kind="heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.where = Label(kind="muted", wrap=False)
        self._icon = QLabel()
        self.saved = Label(kind="muted", wrap=False)
        self.home = Button("home", "quiet", home)
        layout = QHBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(round(room * 0.8), round(room * 0.4), round(room * 1.2), round(room * 0.4))
        layout.setSpacing(room)
        layout.addWidget(self.home)
        layout.addLayout(column(self.title), 1)
        layout.addWidget(self.where)
        layout.addLayout(row(self._icon, self.saved, spacing=round(room * 0.3)))
        self.texts.bind(lambda: self.home.setText(tr("Home")))
        self._state = "saved"

    def show_study(self, title: str, archive: str) -> None:
        self.title.setText(title or tr("Untitled study"))
        self.where.setText(archive)
        self.where.setVisible(bool(archive))

    def show_saved(self, state: str) -> None:
        """``state``: saved, saving, problem, or nothing to say."""
        self._state = state
        c = theme.current()
        names = {"saved": ("check", c.ok), "saving": ("running", c.muted), "problem": ("attention", c.bad)}
        self.saved.setText(
            {"saved": tr("All changes saved"), "saving": tr("Saving …"), "problem": tr("Not saved")}.get(state, "")
        )
        if state in names:
            edge = round(self.fontMetrics().height() * 1.1)
            self._icon.setPixmap(icons.pixmap(*names[state], edge, self.devicePixelRatioF()))
        self._icon.setVisible(state in names)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.texts.renew()
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.show_saved(self._state)


class BottomBar(QFrame):
    """Back and Next, and the one main action of the page."""

    def __init__(self, back: Callable[[], object], forward: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self.texts = Texts()
        self.back = Button("back", clicked=back)
        self.next = Button(clicked=forward)
        self.main = Button(kind="main", clicked=self._act)
        self.why = Label(kind="muted").at_end()
        self.why.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action: MainAction | None = None
        layout = QHBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(round(room * 1.2), round(room * 0.6), round(room * 1.2), round(room * 0.6))
        layout.setSpacing(round(room * 0.7))
        for widget in (self.back, self.why, self.next, self.main):
            layout.addWidget(widget, 1 if widget is self.why else 0)
        self.texts.bind(lambda: self.back.setText(tr("&Back")), lambda: self.next.setText(tr("&Next")))

    def show_action(self, action: MainAction | None) -> None:
        """Show the main action of the page; without one, Next is what leads on."""
        self._action = action
        restyle(self.next, kind="" if action is not None else "main")
        self.main.setVisible(action is not None)
        if action is not None:
            self.main.setText(action.text)
            self.main.setEnabled(action.enabled)
            if action.icon:
                self.main.dress(action.icon)
            self.main.setToolTip(action.why_not)
            self.main.setAccessibleDescription(action.why_not)
        self.why.setText(action.why_not if action is not None and not action.enabled else "")

    def _act(self) -> None:
        if self._action is not None and self._action.enabled:
            self._action.run()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.texts.renew()
