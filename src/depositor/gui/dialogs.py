"""The few dialogs: a problem told with what to do, and questions before what cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QVBoxLayout, QWidget

from depositor.draft.problem import Problem, Side
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, Notice, row


def side_words(side: Side) -> str:
    """Whose side a problem is on."""
    return {
        Side.COMPUTER: tr("On this computer"),
        Side.NETWORK: tr("In the network"),
        Side.ARCHIVE: tr("At the archive"),
        Side.PROGRAM: tr("In Depositor itself"),
    }[side]


class ProblemDialog(QDialog):
    """A problem: what, on whose side, what to do."""

    def __init__(self, parent: QWidget, problem: Problem) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(side_words(problem.side))
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        notice = Notice("warn")
        notice.show_text(say(problem.message), say(problem.advice))
        layout.addWidget(notice)
        if problem.path:
            layout.addWidget(Label(problem.path, "muted", select=True))
        close = Button(kind="main", clicked=self.accept)
        close.setText(tr("&Close"))
        close.setDefault(True)
        layout.addLayout(row(1, close))
        self.setMinimumWidth(room * 28)


def show_problem(parent: QWidget, problem: Problem) -> None:
    """Tell about a problem without stopping anything else."""
    ProblemDialog(parent, problem).open()


def ask(parent: QWidget, title: str, text: str, yes: str, no: str) -> bool:
    """A question with two plain answers; the safe one is the default."""
    box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=parent)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(no, QMessageBox.ButtonRole.RejectRole))
    box.exec()
    return box.clickedButton() is agree


class NotOpened(QDialog):
    """An address that no browser took, to be copied."""

    def __init__(self, parent: QWidget, address: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("The browser did not open"))
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        notice = Notice("warn")
        notice.show_text(
            tr("This computer could not open a browser."), tr("Copy the address and open it in a browser yourself.")
        )
        layout.addWidget(notice)
        layout.addWidget(Label(address, "strong", select=True))
        self.copy = Button(kind="main", clicked=lambda: self._copy(address))
        self.copy.setText(tr("&Copy the address"))
        self.copy.setDefault(True)
        close = Button(clicked=self.reject)
        close.setText(tr("C&lose"))
        layout.addLayout(row(1, close, self.copy))
        self.setMinimumWidth(room * 28)
        self.copy.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        self.accept()


def open_address(parent: QWidget, address: str) -> bool:
    """Open ``address`` in the browser; where none can be started, say so and offer to copy it. True if it opened."""
    if QDesktopServices.openUrl(QUrl(address)):
        return True
    NotOpened(parent, address).open()
    return False


def choose_folder(parent: QWidget, title: str, done: Callable[[Path], object]) -> None:
    """Ask for a folder."""
    chosen = QFileDialog.getExistingDirectory(parent, title)
    if chosen:
        done(Path(chosen))


def choose_files(parent: QWidget, title: str, done: Callable[[list[Path]], object]) -> None:
    """Ask for files."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, title)
    if chosen:
        done([Path(c) for c in chosen])


def save_as(parent: QWidget, title: str, name: str, kinds: str, done: Callable[[Path], object]) -> None:
    """Ask for the name of a file to write."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, name, kinds)
    if chosen:
        done(Path(chosen))


def choose_document(parent: QWidget, done: Callable[[Path], object]) -> None:
    """Ask for a submission document."""
    kinds = tr("Submission documents (*.depositor.json)")
    chosen, _ = QFileDialog.getOpenFileName(parent, tr("Open a submission document"), "", kinds)
    if chosen:
        done(Path(chosen))
