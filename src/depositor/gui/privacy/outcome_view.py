"""What goes and what stays: one file as it will be sent, before it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Problem
from depositor.gui.privacy.tables import fill, text_table
from depositor.gui.texts import count, say, tr
from depositor.gui.widgets.basics import Button, Label, Notice, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depositor.gui.workspace import Workspace
    from depositor.session.outcome import Entry, Outcome


def compare(parent: QWidget, workspace: Workspace, shown: str, *, reveal: bool) -> None:
    """Open the dialog for one file."""
    dialog = OutcomeDialog(parent, shown)
    dialog.ask(workspace, shown, reveal=reveal)
    dialog.open()


class OutcomeDialog(QDialog):
    """Two lists: what goes, with what stands there instead, and what stays."""

    def __init__(self, parent: QWidget, shown: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("What goes, what stays"))
        self._head = Label(shown.rpartition("/")[2], "heading", select=True)
        self._notice = Notice("info")
        self._notice.show_text(tr("A trial copy is made and compared …"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName(self.windowTitle())
        self.goes = text_table((tr("Place"), tr("Field"), tr("Now"), tr("In the copy")), tr("What goes"))
        self.stays = text_table((tr("Place"), tr("Field"), tr("Value")), tr("What stays"))
        self.tabs.addTab(self.goes, tr("What goes"))
        self.tabs.addTab(self.stays, tr("What stays"))
        self.tabs.hide()
        self._lay_out()

    def _lay_out(self) -> None:
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        close = Button(kind="main", clicked=self.accept)
        close.setText(tr("&Close"))
        close.setDefault(True)
        for widget in (self._head, self._notice):
            layout.addWidget(widget)
        layout.addWidget(self.tabs, 1)
        layout.addStretch()
        layout.addLayout(row(1, close))
        self.resize(room * 48, room * 32)

    def ask(self, workspace: Workspace, shown: str, *, reveal: bool) -> None:
        """Let the copy be tried beside the window's thread."""
        from depositor.session import outcome

        work = workspace.work
        if work is None:
            return

        def look(_: Cancel) -> Outcome:
            return outcome.preview(workspace.desk, work, shown, reveal=reveal)

        asked = workspace.bridge.ask(look, self._came, self._failed)
        self.finished.connect(lambda _: asked.cancel.set())

    def _failed(self, problem: Problem) -> None:
        self._notice.tone("warn")
        self._notice.show_text(say(problem.message), say(problem.advice))

    def _came(self, found: Outcome) -> None:
        self._tell(found)
        fill(self.goes, [(e.place, e.name, e.value, e.instead or tr("nothing")) for e in found.goes])
        fill(self.stays, [(e.place, e.name, e.value) for e in found.stays])
        self.tabs.setTabText(0, tr("What goes ({n})", n=_number(found.goes, more=found.more)))
        self.tabs.setTabText(1, tr("What stays ({n})", n=_number(found.stays, more=found.more)))
        self.tabs.setVisible(not found.left_out)

    def _tell(self, found: Outcome) -> None:
        if found.problem is not None:
            self._failed(found.problem)
        elif found.left_out:
            self._notice.show_text(tr("This file is left out: nothing of it is sent."))
        elif found.note is not None:
            self._notice.show_text(say(found.note))
        elif not found.goes:
            self._notice.show_text(tr("Nothing of this file is taken out by the decisions so far."))
        else:
            self._notice.show_text(
                tr("The texts of the file are compared, not its pixels. Your own file stays as it is.")
            )


def _number(found: Sequence[Entry], *, more: bool) -> str:
    return tr("{n} or more", n=count(len(found))) if more else count(len(found))
