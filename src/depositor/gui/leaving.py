"""What becomes of running transfers when the window closes, the person logs out, or the computer is shut down."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Qt
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QVBoxLayout, QWidget

from depositor.draft.problem import DepositError
from depositor.gui.texts import tr, trn
from depositor.gui.widgets.basics import Button, Label, row

if TYPE_CHECKING:
    from depositor.gui.notices import Notices
    from depositor.gui.shell import Shell

SETTING = "on_close"


class Leave(StrEnum):
    """What can be done; the words of the setting."""

    BACKGROUND = "background"
    PAUSE = "pause"
    STAY = "stay"


class LeaveDialog(QDialog):
    """The question. Escape stays; ``chosen`` holds the answer."""

    def __init__(self, parent: QWidget, number: int, *, background: bool) -> None:
        super().__init__(parent)
        self.chosen = Leave.STAY
        self.setWindowTitle(tr("Data are being sent"))
        self.remember = QCheckBox(tr("Do the same next &time"))
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(round(room * 0.8))
        layout.addWidget(Label(trn("{n} transfer is running.", "{n} transfers are running.", number), "strong"))
        layout.addWidget(Label(tr("Nothing that was sent is lost, whatever you choose.")))
        self.background = self._choice(tr("Send in the &background"), "send", Leave.BACKGROUND)
        self.pause = self._choice(tr("&Pause and close"), "pause", Leave.PAUSE)
        self.stay = self._choice(tr("&Stay"), "", Leave.STAY)
        told = [
            (self.background, tr("The window goes away; a small icon stays and tells when it is done.")),
            (self.pause, tr("It goes on where it stopped when you open Depositor again.")),
        ]
        for button, words in told[0 if background else 1 :]:
            layout.addWidget(button)
            layout.addWidget(Label(words, "muted"))
            button.setAccessibleDescription(words)
        self.background.setVisible(background)
        layout.addWidget(self.remember)
        layout.addLayout(row(1, self.stay))
        self.stay.setDefault(True)
        self.stay.setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit(room * 28)

    def _fit(self, width: int) -> None:
        """As high as the texts need: a dialog does not ask labels that wrap."""
        layout = self.layout()
        assert layout is not None
        self.setMinimumWidth(width)
        layout.activate()
        self.setMinimumHeight(layout.totalHeightForWidth(width))

    def _choice(self, text: str, icon: str, leave: Leave) -> Button:
        button = Button(icon or None, "main" if leave is Leave.STAY else "", lambda: self._choose(leave))
        button.setText(text)
        button.setParent(self)
        return button

    def _choose(self, leave: Leave) -> None:
        self.chosen = leave
        self.done(int(leave is not Leave.STAY))


class Leaving(QObject):
    """Asks once, does as it was told, and never asks at a log-out."""

    def __init__(self, window: Shell, notices: Notices) -> None:
        super().__init__(window)
        self._window, self._notices = window, notices
        self.quietly = False  # nobody can be asked any more
        notices.opened.connect(self.come_back)
        notices.quit.connect(self.quit)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.commitDataRequest.connect(self._log_out, Qt.ConnectionType.DirectConnection)

    def may_close(self) -> bool:
        """Whether the window may close now; else it stays, or has gone to the background."""
        running = len(self._window.transfers.running)
        if self.quietly or not running:
            return True
        leave = self._answer(running)
        if leave is Leave.BACKGROUND:
            self._to_background()
        return leave is Leave.PAUSE

    def _answer(self, running: int) -> Leave:
        settings, can_hide = self._window.workspace.desk.settings, self._notices.has_tray
        wanted = str(settings.get(SETTING))
        if wanted == Leave.PAUSE or (wanted == Leave.BACKGROUND and can_hide):
            return Leave(wanted)
        asked = LeaveDialog(self._window, running, background=can_hide)
        asked.exec()
        if asked.remember.isChecked() and asked.chosen is not Leave.STAY:
            with contextlib.suppress(DepositError):  # what cannot be saved is asked again
                settings.set(SETTING, str(asked.chosen))
        return asked.chosen

    def _to_background(self) -> None:
        QApplication.setQuitOnLastWindowClosed(False)
        self._window.hide()
        self._notices.stay()

    def come_back(self) -> None:
        """Show the window again."""
        QApplication.setQuitOnLastWindowClosed(True)
        self._window.show()
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()

    def quit(self) -> None:
        """End without a question; what runs is paused and goes on at the next start."""
        self.quietly = True
        QApplication.setQuitOnLastWindowClosed(True)
        self._window.close()
        QApplication.quit()

    def _log_out(self, _: QSessionManager) -> None:
        self.quietly = True
        self._window.transfers.halt_for_exit()


class Signals(QObject):
    """Lets the program end in order when the system asks it to (SIGTERM, SIGHUP); POSIX only."""

    def __init__(self, leaving: Leaving) -> None:
        super().__init__(leaving)
        self._leaving = leaving
        if os.name != "posix":
            return
        self._near, self._far = socket.socketpair()
        for end in (self._near, self._far):
            end.setblocking(False)
        signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: None)  # what it does is in :meth:`_heard`, in the window's thread
        self._notifier = QSocketNotifier(self._near.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._heard)

    def _heard(self) -> None:
        with contextlib.suppress(BlockingIOError):
            numbers = self._near.recv(16)
            if {signal.SIGTERM, signal.SIGHUP} & set(numbers):
                self._leaving.quit()
