"""What is needed now and then: the report for an ethics board, and a table of new names for files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMenu, QTableWidget, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.gui import dialogs
from depositor.gui.privacy.tables import fill, text_table
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label, Notice, row

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.rename_table import Preview


class MoreDeeds(Button):
    """A menu; what it does with a draft runs beside the window's thread."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("more", "quiet")
        self._workspace = workspace
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)

    def say_texts(self) -> None:
        """Words in the language of the window."""
        self.setText(tr("More"))
        self.setAccessibleName(tr("More that one can do about privacy"))

    def _fill(self) -> None:
        now = self._workspace.situation
        checked = now is not None and now.privacy is not None
        renamed = now is not None and bool(now.draft.renames)
        self._menu.clear()
        able = checked and not self._workspace.checking
        self._menu.addAction(tr("Check again"), self._workspace.start_check).setEnabled(able)
        self._menu.addSeparator()
        for words, deed, able in (
            (tr("Report for an ethics board …"), self.report, checked),
            (tr("Write a table of telling names …"), self.write_names, checked),
            (tr("Take new names from a table …"), self.read_names, checked),
            (tr("Give all files their names back"), self.forget_names, renamed),
        ):
            action = self._menu.addAction(words)
            action.setEnabled(able)
            action.triggered.connect(deed)

    # --- the report --------------------------------------------------------------------------------------------------

    def report(self) -> None:
        """Write the report into a folder of the person's choice."""
        dialogs.choose_folder(self, tr("Where shall the report go?"), self.report_to)

    def report_to(self, folder: Path) -> None:
        """JSON, page and PDF; no value that was found stands in them."""
        from depositor.session import ethics_report, language

        work, desk, spoken = self._workspace.work, self._workspace.desk, language.current()
        if work is None:
            return

        def make(_: Cancel) -> tuple[Path, ...]:
            return ethics_report.write(ethics_report.of_draft(desk, work), folder, spoken)

        self._workspace.bridge.ask(make, self._reported, self._workspace.trouble.emit)

    def _reported(self, made: tuple[Path, ...]) -> None:
        names = "\n".join(p.name for p in made)
        Told(self, tr("The report is written"), names, made[0].parent).open()

    # --- names -------------------------------------------------------------------------------------------------------

    def write_names(self) -> None:
        """Write a table to fill in."""
        dialogs.save_as(
            self, tr("Write a table of telling names"), "names.csv", tr("Tables (*.csv)"), self.write_names_to
        )

    def write_names_to(self, path: Path) -> None:
        """All names of files and folders that tell something, with the names they would get."""
        from depositor.session import chosen, rename_table

        work, desk = self._workspace.work, self._workspace.desk
        if work is None:
            return
        self._workspace.bridge.ask(
            lambda _: rename_table.write(path, work.privacy() or (), chosen.renamed(desk, work)),
            lambda n: self._names_written(path, n),
            self._workspace.trouble.emit,
        )

    def _names_written(self, path: Path, n: int) -> None:
        head = trn("{n} name is in the table", "{n} names are in the table", n)
        Told(self, head, tr("It names what shall not be known: keep it for yourself."), path.parent).open()

    def read_names(self) -> None:
        """Take new names from a table; what it would do is shown before."""
        dialogs.choose_files(self, tr("Take new names from a table"), lambda found: self.read_names_from(found[0]))

    def read_names_from(self, path: Path) -> None:
        """Look at a table of names."""
        from depositor.session import rename_table

        work = self._workspace.work
        if work is None:
            return
        self._workspace.bridge.ask(
            lambda _: rename_table.of_draft(self._workspace.desk, work, path),
            lambda found: NamesDialog(self, self._workspace, found).open(),
            self._workspace.trouble.emit,
        )

    def forget_names(self) -> None:
        from depositor.session import rename_table

        if self._workspace.work is not None:
            rename_table.forget(self._workspace.work)


class Told(QDialog):
    """Something was written; where, and a button that opens the folder."""

    def __init__(self, parent: QWidget, head: str, text: str, folder: Path) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(head)
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        notice = Notice("ok")
        notice.show_text(head, text)
        look = Button("open", "quiet", lambda: dialogs.open_address(self, folder.as_uri()))
        look.setText(tr("Open the &folder"))
        close = Button(kind="main", clicked=self.accept)
        close.setText(tr("&Close"))
        close.setDefault(True)
        layout.addWidget(notice)
        layout.addWidget(Label(str(folder), "muted", select=True))
        layout.addLayout(row(look, 1, close))
        self.setMinimumWidth(room * 28)


class NamesDialog(QDialog):
    """What a table of names would do, before it is done."""

    def __init__(self, parent: QWidget, workspace: Workspace, found: Preview) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("New names"))
        self._workspace, self._found = workspace, found
        self._notice = Notice("ok" if found.fits else "warn")
        self._notice.show_text(*self._words())
        self.table: QTableWidget = text_table((tr("Name now"), tr("New name"), tr("Note")), tr("New names"))
        wrong = [(r.path, r.name, say(why)) for r, why in found.wrong]
        unknown = [
            (name, "", tr("nothing in this study is called so, or more than one thing")) for name in found.unknown
        ]
        fill(self.table, [*wrong, *unknown, *((r.path, r.name, "") for r in found.rows)])
        self.agree = Button(kind="main", clicked=self._use)
        self.agree.setText(tr("&Use these names"))
        self.agree.setEnabled(found.fits)
        self._lay_out()

    def _words(self) -> tuple[str, str]:
        found = self._found
        if found.wrong:
            head = trn("{n} name cannot be used", "{n} names cannot be used", len(found.wrong))
            return head, tr("Mend the table and take it again.")
        if not found.rows:
            return tr("The table gives no new name"), tr("It needs two columns: the name now, and the new name.")
        head = trn("{n} gets a new name", "{n} get new names", len(found.rows))
        return head, tr("At the archive only: your own files keep theirs.")

    def _lay_out(self) -> None:
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        cancel = Button(clicked=self.reject)
        cancel.setText(tr("&Cancel"))
        layout.addWidget(self._notice)
        layout.addWidget(self.table, 1)
        layout.addLayout(row(1, cancel, self.agree))
        self.resize(room * 44, room * 28)

    def _use(self) -> None:
        from depositor.session import rename_table

        if self._workspace.work is not None:
            rename_table.use(self._workspace.work, self._found)
        self.accept()
