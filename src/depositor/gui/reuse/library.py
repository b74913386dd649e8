"""The library: entries at the left, the chosen one and what it would fill in at the right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QMenu, QSplitter, QTreeWidgetItem, QWidget

from depositor.gui import dialogs
from depositor.gui.reuse.base import ReuseDialog, Tree, below
from depositor.gui.reuse.entry_view import EntryView, kind_words
from depositor.gui.reuse.looks_like import LooksLike, library_name
from depositor.gui.texts import tr, when
from depositor.gui.widgets.basics import Button, Label, row
from depositor.gui.workspace import Workspace
from depositor.session.reuse import library as libraries
from depositor.session.reuse.library import SUFFIX, Entry, EntryKind, Imported, Match, Opened, Shelf


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the tree stands for: an entry, or a library itself."""

    opened: Opened
    entry: Entry | None = None


class LibraryDialog(ReuseDialog):
    """Instruments, people, samples and the like, described once and picked from."""

    def __init__(self, parent: QWidget, workspace: Workspace, at: str = "", match: Match | None = None) -> None:
        """``at``: the record that the entry shall fill (``image_acquisition[0]``), where one is shown; ``match``: the
        instrument to begin with."""
        lead = tr("Described once, picked ever after. Shared libraries are files on a drive that all of you can reach.")
        super().__init__(parent, workspace, tr("Instruments and lab library"), lead)
        self.shelf = Shelf(workspace.desk.home)
        self._libraries: tuple[Opened, ...] = ()
        self._chosen_id = match.entry.id if match else ""
        self._match = match
        self.looks = LooksLike(self._go_to)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search"))
        self.search.setAccessibleName(tr("Search the library"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._fill())
        self.kinds = QComboBox()
        self.kinds.setAccessibleName(tr("What to show"))
        self.kinds.addItem(tr("Everything"), None)
        for kind in EntryKind:
            self.kinds.addItem(kind_words(kind), kind)
        self.kinds.currentIndexChanged.connect(lambda _: self._fill())
        self.tree = Tree(tr("Entries"))
        self.tree.setTextElideMode(self.tree.textElideMode().ElideRight)
        self.tree.setMinimumWidth(self.fontMetrics().height() * 8)
        self.tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.view = EntryView(workspace, at)
        self._lay_out()
        self.fit(54, 40)
        self._show_chosen()
        self.reload()
        self._suggest()

    def _lay_out(self) -> None:
        across = QSplitter()
        across.addWidget(self.tree)
        across.addWidget(self.view)
        across.setStretchFactor(0, 2)
        across.setStretchFactor(1, 3)
        across.setChildrenCollapsible(False)
        across.setSizes([400, 600])
        self.empty = Label("", "muted")
        self.body.addWidget(self.looks)
        self.body.addLayout(row((self.search, 1), self.kinds))
        self.body.addWidget(self.empty)
        self.body.addWidget(across, 1)
        self.use = Button("check", "main", self._use)
        self.use.setText(tr("&Fill in"))
        self.edit = Button("describe", "", self._edit)
        self.edit.setText(tr("&Edit …"))
        self.away = Button("trash", "quiet", self._remove)
        self.away.setText(tr("&Remove"))
        self.more = Button("more", "")
        self.more.setText(tr("&More"))
        self.more.setMenu(self._menu())
        self.end_with(self.use, self.edit, self.away, self.more)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        add = menu.addMenu(tr("&Add an entry"))
        for kind in EntryKind:
            add.addAction(kind_words(kind)).triggered.connect(lambda _c=False, k=kind: self._new(k))
        self._keep = menu.addAction(tr("&Keep this microscope for next time"))
        self._keep.triggered.connect(lambda _c=False: self._keep_instrument())
        self._keep.setEnabled(self.workspace.work is not None)
        menu.addAction(tr("&Import from Micro-Meta App …")).triggered.connect(lambda _c=False: self._import())
        menu.addSeparator()
        menu.addAction(tr("&Open a shared library …")).triggered.connect(lambda _c=False: self._open())
        menu.addAction(tr("Begin a &shared library …")).triggered.connect(lambda _c=False: self._create())
        self._export_one = menu.addAction(tr("Save this entry as a &file …"))
        self._export_one.triggered.connect(lambda _c=False: self._export())
        self._close = menu.addAction(tr("&Close this library"))
        self._close.triggered.connect(lambda _c=False: self._forget())
        return menu

    # --- showing -----------------------------------------------------------------------------------------------------

    def reload(self, chosen: str = "") -> None:
        """Read the libraries again; the cursor goes to entry ``chosen``."""
        self._chosen_id = chosen or self._chosen_id
        self.ask(self.shelf.all, self._take)

    def _take(self, found: tuple[Opened, ...]) -> None:
        self._libraries = found
        self._fill()
        match, self._match = self._match, None
        if match is not None:
            self.view.choose(match)

    def _fill(self) -> None:
        self.tree.blockSignals(True)
        self.tree.clear()
        wanted, kind = self.search.text().casefold().strip(), self.kinds.currentData()
        target: QTreeWidgetItem | None = None
        for opened in self._libraries:
            top = self.tree.add([library_name(opened)], Line(opened))
            for entry in sorted(
                opened.library.entries, key=lambda e: (list(EntryKind).index(e.kind), e.name.casefold())
            ):
                if (kind is None or entry.kind is kind) and wanted in f"{entry.name} {entry.note}".casefold():
                    item = self.tree.add([f"{entry.name} · {kind_words(entry.kind)}"], Line(opened, entry), top)
                    target = item if entry.id == self._chosen_id or target is None else target
            top.setExpanded(True)
        self.tree.blockSignals(False)
        self._say_empty()
        if target is not None:
            self.tree.setCurrentItem(target)
        else:
            self.tree.go_first()
        self._show_chosen()

    def _say_empty(self) -> None:
        there = any(o.library.entries for o in self._libraries)
        tops = below(self.tree.invisibleRootItem())
        nothing = tr(
            "Nothing here yet. Keep the microscope of this deposit, or open the library of your facility (More)."
        )
        self.empty.setText(tr("Nothing fits what you search for.") if there else nothing)
        self.empty.setVisible(not any(below(top) for top in tops))

    def _line(self) -> Line | None:
        found: Line | None = self.tree.chosen()
        return found

    def _show_chosen(self) -> None:
        line = self._line()
        entry, opened = (line.entry, line.opened) if line else (None, None)
        self._chosen_id = entry.id if entry else self._chosen_id
        self.view.show_entry(entry, opened.library if opened else None)
        for button in (self.edit, self.away):
            button.setEnabled(entry is not None and opened is not None and not opened.away)
        self.use.setEnabled(entry is not None and self.workspace.work is not None)
        self._export_one.setEnabled(entry is not None)
        self._close.setEnabled(opened is not None and not opened.own)
        if opened is not None and opened.away:
            self._say_away(opened)
        elif self.notice.isVisible() and self.notice.property("away"):
            self.tell(None)
        self.notice.setProperty("away", opened is not None and opened.away)

    def _say_away(self, opened: Opened) -> None:
        self.notice.tone("info")
        head = tr("“{name}” cannot be reached now.", name=opened.library.name)
        kept = tr("You see the copy of {when}. It can be used, but not changed.", when=when(opened.read_at))
        self.notice.show_text(head, kept if opened.read_at else "")

    # --- using -------------------------------------------------------------------------------------------------------

    def _suggest(self) -> None:
        work, shelf = self.workspace.work, self.shelf
        if work is not None and self._match is None:
            self.ask(lambda: libraries.suggestions(work, shelf.all()), self.looks.show_matches)

    def _go_to(self, match: Match) -> None:
        self.search.clear()
        self.kinds.setCurrentIndex(0)
        self._chosen_id = match.entry.id
        self._fill()
        self.view.choose(match)
        self.use.setFocus()

    def _use(self) -> None:
        line, work = self._line(), self.workspace.work
        if line is None or line.entry is None or work is None:
            return
        entry, library, at, parts = line.entry, line.opened.library, self.view.at(), self.view.parts()
        self.ask(lambda: libraries.pick(work, library, entry, at, parts), lambda _: self._used())

    def _used(self) -> None:
        self.workspace.refresh()
        self.accept()

    # --- changing ----------------------------------------------------------------------------------------------------

    def _put(self, opened: Opened, entry: Entry, before: Entry | None = None) -> None:
        self.ask(lambda: self.shelf.put(opened, entry, before), lambda _: self.reload(entry.id))

    def _place(self) -> Opened | None:
        """The library that a new entry goes to: the chosen one, else one's own."""
        line = self._line()
        if line is not None and not line.opened.away:
            return line.opened
        return self._libraries[0] if self._libraries else None

    def _new(self, kind: EntryKind) -> None:
        from depositor.gui.reuse.entry_edit import blank

        place = self._place()
        if place is not None:
            self._edit_entry(place, blank(kind), None)

    def _edit(self) -> None:
        line = self._line()
        if line is not None and line.entry is not None:
            self._edit_entry(line.opened, line.entry, line.entry)

    def _edit_entry(self, place: Opened, entry: Entry, before: Entry | None) -> None:
        from depositor.gui.reuse.entry_edit import EntryDialog

        dialog = EntryDialog(self, self.workspace, entry, place)
        dialog.saved.connect(lambda new: self._put(place, new, before))
        dialog.open()

    def _remove(self) -> None:
        line = self._line()
        if line is None or line.entry is None:
            return
        entry, opened = line.entry, line.opened
        sure = dialogs.ask(
            self,
            tr("Remove this entry?"),
            tr("“{name}” leaves the library. Deposits that used it stay as they are.", name=entry.name),
            tr("&Remove"),
            tr("&Keep"),
        )
        if sure:
            self.ask(lambda: self.shelf.remove(opened, entry), lambda _: self.reload())

    def _keep_instrument(self) -> None:
        work = self.workspace.work
        if work is not None:
            path = self.view.record("image_acquisition")
            self.ask(lambda: libraries.keep(work, path), self._kept)

    def _kept(self, entry: Entry | None) -> None:
        if entry is None:
            self.notice.tone("info")
            self.notice.show_text(tr("The form says nothing about a microscope yet."))
        elif self._libraries:
            self._edit_entry(self._libraries[0], entry, None)

    def _import(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Import from Micro-Meta App"), "", tr("Microscopes (*.json)"))
        if chosen:
            self.ask(lambda: libraries.micrometa(Path(chosen)), self._imported)

    def _imported(self, found: Imported) -> None:
        from depositor.gui.reuse.entry_edit import EntryDialog

        place = self._place()
        if place is not None:
            dialog = EntryDialog(self, self.workspace, found.entry, place, left=found.left)
            dialog.saved.connect(partial(self._put, place))
            dialog.open()

    # --- libraries ---------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Open a shared library"), "", library_files())
        if chosen:
            self.ask(lambda: self.shelf.open(Path(chosen)), lambda _: self.reload())

    def _create(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Begin a shared library"), f"library{SUFFIX}", library_files())
        if chosen:
            path = Path(chosen)
            name = path.name.removesuffix(SUFFIX)
            self.ask(lambda: self.shelf.create(path, name), lambda _: self.reload())

    def _export(self) -> None:
        line = self._line()
        if line is None or line.entry is None:
            return
        entry = line.entry
        name = "".join(c if c.isalnum() or c in " -_" else "_" for c in entry.name)[:60]
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save as a file"), f"{name}{SUFFIX}", library_files())
        if chosen:
            done = tr("The file was written.")
            self.ask(lambda: self.shelf.export(Path(chosen), entry.name, [entry]), lambda _: self.note(done))

    def _forget(self) -> None:
        line = self._line()
        if line is not None and not line.opened.own:
            path = line.opened.path
            self.ask(lambda: self.shelf.forget(path), lambda _: self.reload())


def library_files() -> str:
    """The files that a file dialog shows."""
    return tr("Libraries (*{suffix})", suffix=SUFFIX)
