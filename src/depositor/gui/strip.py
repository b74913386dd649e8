"""The status strip: what runs right now, how far it is, and a way to stop it or to see more."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QToolButton, QWidget

from depositor.gui import icons
from depositor.gui.activity import Activities, Activity
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label, row


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
                part.show_activity(running[at])
        self._idle.setVisible(not running)
        self._idle.setText(tr("Nothing is running."))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._renew()


class _Running(QWidget):
    """One line of the strip; where there is more to see, its text is a button that shows it."""

    def __init__(self) -> None:
        super().__init__()
        self._text = Label(wrap=False)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._open = Button("send", "quiet", self._show_more)
        self._open.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._open.setMinimumWidth(self.fontMetrics().height() * 8)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setMaximumWidth(self.fontMetrics().height() * 10)
        self._stop = QToolButton()
        self._stop.clicked.connect(self._ask_stop)
        self._activity: Activity | None = None
        layout = row(spacing=round(self.fontMetrics().height() * 0.6))
        layout.addWidget(self._open, 1, Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._bar)
        layout.addWidget(self._stop)
        self.setLayout(layout)

    def show_activity(self, activity: Activity) -> None:
        """Show how far it is."""
        self._activity = activity
        text = activity.text()
        opens = activity.open is not None
        self._open.setVisible(opens)
        self._text.setVisible(not opens)
        shown: Label | Button = self._open if opens else self._text
        written = text.replace("&", "&&") if opens else text
        if shown.text() != written:
            shown.setText(written)
            shown.setToolTip(text)
            self._bar.setAccessibleName(text)
        if opens:
            self._open.setAccessibleDescription(tr("Show all transfers"))
        self._show_share(activity.share)
        self._stop.setVisible(activity.stop is not None)
        if self._stop.icon().isNull():
            self._stop.setIcon(icons.icon("stop"))
        self._stop.setAccessibleName(tr("Stop: {what}", what=text))
        self._stop.setToolTip(tr("Stop"))

    def _show_share(self, share: float | None) -> None:
        if share is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 100)  # a screen reader hears of each step
            self._bar.setValue(int(share * 100))

    def _show_more(self) -> None:
        if self._activity is not None and self._activity.open is not None:
            self._activity.open()

    def _ask_stop(self) -> None:
        if self._activity is not None and self._activity.stop is not None:
            self._activity.stop()
