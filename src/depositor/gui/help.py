"""Keyboard help, the report for a help desk, and what this program is."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QAction, QFontDatabase, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from depositor import __version__
from depositor.gui import icons
from depositor.gui.privacy import keys as privacy_keys
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label, row
from depositor.session import language, logs

if TYPE_CHECKING:
    from depositor.gui.shell import Shell


class _Dialog(QDialog):
    """A dialog with a title, a body and a way out."""

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.body = QVBoxLayout(self)
        room = self.fontMetrics().height()
        self.body.setContentsMargins(room, room, room, room)
        self.body.setSpacing(room)
        self.body.addWidget(Label(title, "heading"))

    def end_with(self, *buttons: Button) -> None:
        """The last line: other buttons, then Close."""
        close = Button(kind="main", clicked=self.accept)
        close.setText(tr("&Close"))
        close.setDefault(True)
        self.body.addLayout(row(*buttons, 1, close))


class KeyboardHelp(_Dialog):
    """All keys, read from the menus so that the list is always true."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, tr("Keyboard"))
        form = QFormLayout()
        form.setHorizontalSpacing(self.fontMetrics().height() * 2)
        for action in shell.findChildren(QAction):
            if not action.shortcut().isEmpty():
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                form.addRow(Label(keys, "strong", wrap=False), Label(action.text().replace("&", ""), wrap=False))
        for keys, deed in privacy_keys.shortcuts():
            form.addRow(Label(keys, "strong", wrap=False), Label(deed, wrap=False))
        form.addRow(Label(tr("Tab"), "strong"), Label(tr("From one control to the next"), wrap=False))
        form.addRow(Label(tr("Alt + underlined letter"), "strong"), Label(tr("Press that button"), wrap=False))
        inside, area = QWidget(), QScrollArea()
        inside.setLayout(form)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAccessibleName(tr("Keyboard"))
        area.setWidget(inside)
        self.body.addWidget(area, 1)
        self.end_with()
        line = self.fontMetrics().height()
        self.resize(max(line * 34, inside.sizeHint().width() + line * 4), line * 36)


class HelpDeskReport(_Dialog):
    """What a help desk needs to know. The text that is shown is the text that is copied; it names no file or person."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, tr("Report for the help desk"))
        note = tr(
            "This text holds no file names, no typed values and no passwords. Read it, then copy it into your mail."
        )
        self.body.addWidget(Label(note, "muted"))
        self.text = QPlainTextEdit(report(shell))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("Report"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.body.addWidget(self.text, 1)
        copy = Button("copy", clicked=self._copy)
        copy.setText(tr("&Copy all"))
        self.end_with(copy)
        line = self.fontMetrics().height()
        self.resize(line * 42, line * 28)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def report(shell: Shell) -> str:
    """Versions, the state of the steps, and the last events of the log (which holds nothing private)."""
    from depositor.draft.steps import steps

    found = shell.workspace.situation
    lines = [
        f"Depositor {__version__}, Python {platform.python_version()}, Qt {qVersion()}",
        f"{platform.system()} {platform.release()}, {sys.platform}, {QGuiApplication.platformName()}",
        f"language {language.current().code}, text {shell.workspace.theme.text_percent} %",
        "",
    ]
    if found is not None:
        lines += [f"step {s.id}: {s.state}" for s in steps(found)]
        lines += [f"files {found.inventory.files}, bytes {found.inventory.bytes}", ""]
    return "\n".join([*lines, *logs.events(shell.workspace.desk.home)])


class About(_Dialog):
    """The program's name, version and licence."""

    def __init__(self, parent: QWidget, version: str) -> None:
        super().__init__(parent, tr("About Depositor"))
        picture = QLabel()
        edge = self.fontMetrics().height() * 4
        picture.setPixmap(icons.app_icon().pixmap(edge, edge))
        words = QVBoxLayout()
        words.addWidget(Label(tr("Version {version}", version=version), "strong", select=True))
        words.addWidget(Label(tr("Brings imaging data into public archives, whole and well described.")))
        words.addWidget(Label(tr("Free software under the Apache License 2.0. Built with Qt (LGPL)."), "muted"))
        self.body.addLayout(row(picture, words))
        self.end_with()
