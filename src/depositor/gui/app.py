"""The start of the window. Nothing heavy is imported on the way to the first painted frame."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from depositor.gui import examples, icons
from depositor.gui.bridge import Bridge
from depositor.gui.garbage import Garbage
from depositor.gui.instance import Instance
from depositor.gui.leaving import Signals
from depositor.gui.line import Line
from depositor.gui.looks import Looks
from depositor.gui.menus import Menus
from depositor.gui.shell import Shell
from depositor.gui.theme import Theme
from depositor.gui.workspace import Workspace
from depositor.session import logs
from depositor.session.desk import Desk
from depositor.session.home import Home

NAME = "Depositor"
DESKTOP_FILE = "org.depositor.Depositor"


def main(argv: Sequence[str]) -> int:
    """Open the window; ``argv`` holds files and folders to begin with, and ``--demo`` for the bundled example.

    Returns when the window is closed: 0, or 0 at once where a window was already open and took the paths over.
    """
    demo = "--demo" in argv
    paths = [a for a in argv if not a.startswith("--")]
    app = application()
    home = Home.find().create()
    logs.start(home, face="gui")
    qInstallMessageHandler(_qt_says)
    instance = Instance(home.state)
    if not instance.first():
        return 0 if instance.hand_over(paths) else _someone_is_there()
    desk, garbage = Desk(home), Garbage()
    try:
        window = main_window(desk)
        instance.asked.connect(window.answer_call)
        Signals(window.leaving)
        window.show()
        QTimer.singleShot(0, window, lambda: _begin(window, paths, demo=demo))
        return app.exec()
    finally:
        desk.close()
        instance.close()
        garbage.stop()


def application() -> QApplication:
    """The one QApplication, with the program's names, style and icon."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(["depositor"])
    app.setApplicationName(NAME)
    app.setApplicationDisplayName(NAME)
    app.setOrganizationName(NAME)
    app.setDesktopFileName(DESKTOP_FILE)
    app.setStyle("Fusion")
    app.setWindowIcon(icons.app_icon())
    # Short turns of the interpreter lock keep the window smooth while threads work (measured).
    sys.setswitchinterval(0.0005)
    return app


class MainWindow(Shell):
    """The shell with everything that keeps it alive."""

    def __init__(self, desk: Desk, theme: Theme, looks: Looks, bridge: Bridge) -> None:
        workspace = Workspace(desk, bridge, theme)
        super().__init__(workspace)
        self.looks, self.bridge = looks, bridge
        self.menus = Menus(self, looks)
        self._crashes = _Crashes(self)
        theme.changed.connect(self.update)

    @Slot(list)
    def answer_call(self, paths: list[str]) -> None:
        """A later start of the program brought these paths; come to the front."""
        self.leaving.come_back()
        self.take([Path(p) for p in paths])

    def closeEvent(self, event: Any) -> None:
        super().closeEvent(event)
        if event.isAccepted():
            self.transfers.halt_for_exit()
            self.bridge.stop()


def main_window(desk: Desk) -> MainWindow:
    """The window for a desk; the caller shows it, and closes the desk after it."""
    app = application()
    theme = Theme(app)
    looks = Looks(app, theme, desk.settings)
    looks.start()
    return MainWindow(desk, theme, looks, Bridge())


def _begin(window: MainWindow, paths: Sequence[str], *, demo: bool) -> None:
    """What can wait until the window is painted."""
    from depositor.gui.metered_line import MeteredLine

    MeteredLine(window, window.workspace.desk.conductor.metered)
    Line(window, window.workspace.desk.conductor)
    window.transfers.go_on()
    if (problem := window.workspace.desk.settings.problem) is not None:
        window.workspace.trouble.emit(problem)
    if demo and (document := examples.document()) is not None:
        window.workspace.load(document)
    elif paths:
        window.take([Path(p).absolute() for p in paths])


def _someone_is_there() -> int:
    """Another program holds the home but its window does not answer; say so instead of doing nothing."""
    from PySide6.QtWidgets import QMessageBox

    from depositor.gui.texts import tr

    QMessageBox.information(
        None,
        NAME,
        tr("Depositor is already open, but does not answer. Close it there first, or restart the computer."),
    )
    return 1


class _Crashes(QObject):
    """Shows defects that no code foresaw, once per place; the log has them already."""

    _happened = Signal(str, str)

    def __init__(self, window: Shell) -> None:
        super().__init__(window)
        self._window = window
        self._seen: set[str] = set()
        self._happened.connect(self._show, Qt.ConnectionType.QueuedConnection)
        logs.on_defect.append(self._note)
        window.destroyed.connect(self._forget)

    def _note(self, name: str, place: str) -> None:
        try:
            self._happened.emit(name, place)
        except RuntimeError:  # the window is gone already
            self._forget()

    def _forget(self) -> None:
        if self._note in logs.on_defect:
            logs.on_defect.remove(self._note)

    @Slot(str, str)
    def _show(self, name: str, place: str) -> None:
        if place in self._seen:
            return
        self._seen.add(place)
        from depositor.gui.bridge import defect
        from depositor.gui.dialogs import show_problem

        show_problem(self._window, defect())


def _qt_says(kind: QtMsgType, context: object, text: str) -> None:
    """Warnings of Qt are counted in the log; their texts may hold paths, so they stay out of it."""
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        logs.event("program.qt", count=1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
