"""The parts of the window around the pages: head, bottom bar and status strip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from depositor.gui import icons, theme
from depositor.gui.activity import Activities
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


class StatusStrip(QFrame):
    """What runs right now, with how far it is and a way to stop it; never empty, so that nobody has to guess."""

    def __init__(self, activities: Activities) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self._activities = activities
        self._rows: list[_Running] = []
        self._idle = Label(kind="muted")
        self._layout = QHBoxLayout(self)
        room = self.fontMetrics().height()
        self._layout.setContentsMargins(round(room * 1.2), round(room * 0.3), round(room * 1.2), round(room * 0.3))
        self._layout.setSpacing(round(room * 1.5))
        self._layout.addWidget(self._idle)
        activities.changed.connect(self._renew)
        self._renew()

    def _renew(self) -> None:
        running = self._activities.running
        while len(self._rows) < len(running):
            self._rows.append(_Running())
            self._layout.addWidget(self._rows[-1])
        for at, part in enumerate(self._rows):
            part.setVisible(at < len(running))
            if at < len(running):
                part.show_activity(running[at].text(), running[at].share, running[at].stop)
        self._idle.setVisible(not running)
        self._idle.setText(tr("Nothing is running."))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._renew()


class _Running(QWidget):
    """One line of the strip."""

    def __init__(self) -> None:
        super().__init__()
        self._text = Label(wrap=False)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setMaximumWidth(self.fontMetrics().height() * 10)
        self._stop = QToolButton()
        self._stop.clicked.connect(self._ask_stop)
        self._action: Callable[[], object] | None = None
        layout = row(spacing=round(self.fontMetrics().height() * 0.6))
        layout.addWidget(self._text, 1)
        layout.addWidget(self._bar)
        layout.addWidget(self._stop)
        self.setLayout(layout)

    def show_activity(self, text: str, share: float | None, stop: Callable[[], object] | None) -> None:
        self._action = stop
        self._text.setText(text)
        self._text.setToolTip(text)
        self._bar.setAccessibleName(text)
        self._bar.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self._bar.setValue(round(share * 1000))
        self._stop.setVisible(stop is not None)
        if self._stop.icon().isNull():
            self._stop.setIcon(icons.icon("stop"))
        name = tr("Stop: {what}", what=text)
        self._stop.setAccessibleName(name)
        self._stop.setToolTip(tr("Stop"))

    def _ask_stop(self) -> None:
        if self._action is not None:
            self._action()
