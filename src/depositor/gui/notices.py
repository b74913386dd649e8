"""Telling a person who looks elsewhere: an icon in the tray and notifications, where the desktop has them.

Only what is worth an interruption: a transfer is done, failed, or needs somebody. Never single files, and the window
never comes to the front by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from depositor.gui import icons
from depositor.gui.texts import say, tr
from depositor.gui.transfers_page import words
from depositor.session.sending import transfer_words
from depositor.session.sending.transfers import Group, Standing

if TYPE_CHECKING:
    from depositor.gui.transfers import Transfers
    from depositor.session.settings import Settings


class Notices(QObject):
    """``opened``: somebody wants the window; ``quit``: wants the program to end."""

    opened = Signal()
    quit = Signal()

    def __init__(self, window: QWidget, transfers: Transfers, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._transfers, self._settings = window, transfers, settings
        self._tray: QSystemTrayIcon | None = None
        self._menu: QMenu | None = None
        self._staying = False
        self._open_ones = 0  # that need somebody
        transfers.moved.connect(self._moved)
        transfers.ended.connect(self._ended)

    @property
    def has_tray(self) -> bool:
        """True where the desktop shows such icons."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def stay(self) -> None:
        """Keep the icon: it is all that is left of the window."""
        self._staying = True
        self._show_icon()

    # --- what happens ------------------------------------------------------------------------------------------------

    def _moved(self, _: str) -> None:
        running = bool(self._transfers.running)
        if running and self.has_tray:
            self._show_icon()
        if self._tray is not None:
            told = transfer_words.all_together([t.standing() for t in self._transfers.running])
            self._tray.setToolTip(f"Depositor\n{told}" if told else "Depositor")
            if not running and not self._staying:
                self._tray.hide()

    def _ended(self, submission_id: str) -> None:
        found = self._transfers.known(submission_id)
        if found is None or found.then is not None:
            return
        stands = found.standing()
        if found.receipt is None and found.problem is None:
            return  # paused or cancelled by a person, who knows
        if self._window.isActiveWindow():
            return  # she sees it
        self._count(1 if stands.group is Group.FAILED else 0)
        QApplication.alert(self._window)
        self._tell(stands)

    def _tell(self, stands: Standing) -> None:
        if not self._settings.get("notifications") or not self.has_tray or not QSystemTrayIcon.supportsMessages():
            return
        self._show_icon()
        assert self._tray is not None
        grave = stands.group is Group.FAILED
        kind = QSystemTrayIcon.MessageIcon.Warning if grave else QSystemTrayIcon.MessageIcon.Information
        self._tray.showMessage(words.title(stands), say(stands.head()), kind)

    def _count(self, more: int) -> None:
        """The badge on the icon of the program, where the desktop has one: how many transfers need somebody."""
        self._open_ones += more
        QGuiApplication.instance().setBadgeNumber(self._open_ones)  # type: ignore[union-attr]

    def seen(self) -> None:
        """The window was looked at."""
        self._staying = False
        if self._open_ones:
            self._open_ones = 0
            self._count(0)
        if self._tray is not None and not self._transfers.running:
            self._tray.hide()

    # --- the icon ----------------------------------------------------------------------------------------------------

    def _show_icon(self) -> None:
        if self._tray is None:
            self._tray = QSystemTrayIcon(icons.app_icon(), self)
            self._menu = QMenu()
            self._tray.setContextMenu(self._menu)
            self._menu.aboutToShow.connect(self._fill)
            self._fill()
            self._tray.activated.connect(self._clicked)
            self._tray.messageClicked.connect(self.opened)
        if not self._tray.isVisible():
            self._tray.show()

    def _fill(self) -> None:
        menu = self._menu
        assert menu is not None
        menu.clear()
        menu.addAction(tr("&Open Depositor")).triggered.connect(lambda _=False: self.opened.emit())
        if self._transfers.running:
            menu.addAction(tr("&Pause all")).triggered.connect(lambda _=False: self._transfers.pause_all(paused=True))
        menu.addAction(tr("&Pause and quit")).triggered.connect(lambda _=False: self.quit.emit())

    def _clicked(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()

    def close(self) -> None:
        """Take the icon away."""
        if self._tray is not None:
            self._tray.hide()
