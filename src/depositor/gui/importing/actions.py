"""What menus, pages and a dropped file do: export a spreadsheet, import a description."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QVBoxLayout, QWidget

from depositor.draft.problem import Problem
from depositor.gui import dialogs
from depositor.gui.activity import Activity, share
from depositor.gui.importing.dialog import ImportDialog
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label, Notice, row
from depositor.gui.workspace import Workspace
from depositor.session import sources, spreadsheets

_DESCRIBES = (".xlsx", ".eln")  # what is hardly ever data of a deposit itself
_PERHAPS = (".csv", ".tsv", ".xlsx", ".eln", ".crate")


class Tables(QObject):
    """Export and import for one window."""

    def __init__(self, window: QWidget, workspace: Workspace) -> None:
        super().__init__(window)
        self._window, self._space = window, workspace
        self._waiting: Path | None = None
        workspace.draft_opened.connect(self._opened)

    # --- out -----------------------------------------------------------------------------------------------------

    def export(self) -> None:
        """Ask where to, and write the description as a spreadsheet."""
        work = self._space.work
        if work is not None:
            kinds = tr("Spreadsheets (*.xlsx)")
            name = spreadsheets.file_name(work.draft)
            dialogs.save_as(self._window, tr("Export as spreadsheet"), name, kinds, self.write)

    def write(self, path: Path) -> None:
        """Write the spreadsheet to ``path``; the window stays usable meanwhile."""
        work, desk = self._space.work, self._space.desk
        if work is None:
            return
        path = path if path.suffix.lower() == ".xlsx" else path.with_name(f"{path.name}.xlsx")
        activity = Activity(lambda: tr("Writing the spreadsheet"))
        running = self._space.activities

        def end(*_: object) -> None:
            running.end(activity)

        def done(written: tuple[Path, ...]) -> None:
            end()
            Written(self._window, written).open()

        def fail(problem: Problem) -> None:
            end()
            self._space.trouble.emit(problem)

        task = self._space.bridge.run(
            lambda cancel, post: spreadsheets.export(desk, work, path, cancel, lambda d, o: post((d, o))),
            done,
            fail,
            lambda news: running.further(activity, share(*news)),
            end,
        )
        activity.stop = task.cancel.set
        running.begin(activity)

    # --- in ------------------------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for a file, and look what it says."""
        kinds = " ".join(f"*{ending}" for ending in sources.endings())
        wanted = f"{tr('Descriptions')} ({kinds});;{tr('All files')} (*)"
        chosen, _ = QFileDialog.getOpenFileName(self._window, tr("Import a description"), "", wanted)
        if chosen:
            self.look(Path(chosen))

    def look(self, path: Path) -> None:
        """Show what a file would change; without an open draft a new one is begun for it."""
        if self._space.work is None:
            self._waiting = path
            self._space.new_draft()
            return
        ImportDialog(self._window, self._space, path).open()

    def _opened(self) -> None:
        path, self._waiting = self._waiting, None
        if path is not None and self._space.work is not None:
            ImportDialog(self._window, self._space, path).open()

    def takes(self, paths: Sequence[Path]) -> bool:
        """True where what was dropped is a description, and the person wants it taken as one."""
        if len(paths) != 1 or paths[0].suffix.lower() not in _PERHAPS or not paths[0].is_file():
            return False
        path = paths[0]
        if self._wants_description(path):
            self.look(path)
            return True
        return False

    def _wants_description(self, path: Path) -> bool:
        box = QMessageBox(
            QMessageBox.Icon.Question,
            path.name,
            tr("Shall the description be taken out of this file, or is the file itself part of the deposit?"),
            parent=self._window,
        )
        describe = box.addButton(tr("Take the &description"), QMessageBox.ButtonRole.AcceptRole)
        add = box.addButton(tr("&Deposit the file"), QMessageBox.ButtonRole.ActionRole)
        box.setDefaultButton(describe if path.suffix.lower() in _DESCRIBES else add)
        box.setEscapeButton(add)
        box.exec()
        return box.clickedButton() is describe


class Written(QDialog):
    """Where the spreadsheet lies now."""

    def __init__(self, parent: QWidget, written: tuple[Path, ...]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Export as spreadsheet"))
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        notice = Notice("ok")
        notice.show_text(
            tr("The spreadsheet was written"),
            tr("Fill it in, save it, and import it again. You will see what changes before anything happens."),
        )
        layout.addWidget(notice)
        for path in written:
            layout.addWidget(Label(str(path), "muted", select=True))
        show = Button("files", clicked=lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(written[0].parent))))
        show.setText(tr("Open the &folder"))
        close = Button(kind="main", clicked=self.accept)
        close.setText(tr("&Close"))
        close.setDefault(True)
        layout.addLayout(row(1, show, close))
        self.setMinimumWidth(room * 28)
