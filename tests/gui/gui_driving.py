"""What a person does in the window, in words: used by the tests and by the script that makes the screenshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from depositor.draft.finding import Choice
from depositor.draft.steps import StepId, undecided

if TYPE_CHECKING:
    from depositor.draft.steps import Situation
    from depositor.gui.app import MainWindow

SLOW = 60_000  # ms; a bound for a loaded machine, not a measure


class Driver:
    """Drives one window."""

    def __init__(self, window: MainWindow, qtbot: Any) -> None:
        self.window, self.qtbot = window, qtbot

    def until(self, what: Callable[[], object]) -> None:
        """Wait for a condition."""
        self.qtbot.waitUntil(lambda: bool(what()), timeout=SLOW)

    @property
    def now(self) -> Situation:
        found = self.window.workspace.situation
        assert found is not None
        return found

    def new_draft(self, archive: str | None = "practice") -> None:
        self.window.workspace.new_draft(archive)
        self.until(lambda: self.window.workspace.situation is not None)

    def settled(self) -> None:
        """Wait until nothing runs and the situation is that of the present draft."""
        space = self.window.workspace
        self.until(lambda: not space.activities.running and not self.window.bridge.busy and not space.settling)
        self.until(lambda: space.situation is not None and space.situation.draft == space.work.draft)

    def add(self, *paths: Path) -> None:
        self.window.take(list(paths))
        wanted = {str(p) for p in paths}
        self.until(lambda: self.window.workspace.situation and wanted <= {g.path for g in self.now.draft.files})
        self.until(lambda: self.now.inventory.complete)
        self.settled()

    def check_privacy(self) -> None:
        self.window.show_step(StepId.PRIVACY)
        self.until(lambda: self.now.privacy is not None and not self.window.workspace.checking)
        self.settled()

    def decide_all(self, choice: Choice = Choice.EXCLUDE) -> None:
        left = undecided(self.now.draft, self.now.privacy or ())
        if left:
            self.window.page(StepId.PRIVACY).decide(left, choice, "for the test", "Ada Lovelace")
            self.settled()

    def texts(self) -> list[str]:
        """The text of every label that one can see."""
        return [w.text() for w in widgets(self.window) if isinstance(w, QLabel)]

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, to whatever has the keyboard."""
        target = QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, modifier)

    def tab_to(self, wanted: Callable[[QWidget], bool], most: int = 120) -> QWidget:
        """Press Tab until a widget has the keyboard; fails when it cannot be reached."""
        for _ in range(most):
            focused = QApplication.focusWidget()
            if focused is not None and wanted(focused):
                return focused
            self.press(Qt.Key.Key_Tab)
        raise AssertionError("cannot be reached with the Tab key")

    def drop(self, target: QWidget, *paths: Path) -> bool:
        """Drop files or folders; True where they were taken."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
        self._kept = data
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(target.rect().center(), Qt.DropAction.CopyAction, data, left, none)
        QApplication.sendEvent(target, enter)
        if not enter.isAccepted():
            return False
        where = QPointF(target.rect().center())
        QApplication.sendEvent(target, QDropEvent(where, Qt.DropAction.CopyAction, data, left, none))
        return True


def widgets(root: QWidget) -> Iterator[QWidget]:
    """All widgets below ``root`` that one can see."""
    yield from (w for w in root.findChildren(QWidget) if w.isVisibleTo(root))
