"""The step in which folders and files are chosen, and what was found in them is shown."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QProgressBar, QTabWidget, QVBoxLayout, QWidget

from depositor.draft.inventory import Summary
from depositor.draft.steps import StepId
from depositor.gui import sources
from depositor.gui.columns.watching import Watching
from depositor.gui.importing.buttons import import_button
from depositor.gui.paged import Column, PagedModel, PagedTable
from depositor.gui.pages.base import Page
from depositor.gui.texts import count, size, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, column, row
from depositor.gui.widgets.charts import TypeBars
from depositor.gui.widgets.dropzone import DropZone
from depositor.gui.widgets.gallery import Gallery


class FilesPage(Page):
    """Chosen folders, totals, image sets, thumbnails, and what was left out."""

    step = StepId.FILES
    wide = True

    def build(self) -> None:
        self.drop = DropZone(self.workspace.add_paths)
        self._chosen = QVBoxLayout()
        self._chosen.setSpacing(round(self.fontMetrics().height() * 0.3))
        self._totals = _Totals(self)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.body.addWidget(self.drop)
        self.body.addLayout(self._chosen)
        self.body.addWidget(self._totals)
        self.body.addWidget(self.tabs, 1)
        self.body.addStretch(0)  # takes the room while there is nothing to list, so that nothing drifts apart
        self._build_tabs()
        self.workspace.heard.connect(self._heard)
        self._watching = Watching(self.workspace)
        self.texts.bind(
            lambda: self.title.setText(tr("Which files?")),
            lambda: self.lead.setText(tr("Add the folders with your images. Depositor finds out what is in them.")),
            self._name_tabs,
        )

    def _build_tabs(self) -> None:
        bridge = self.workspace.bridge
        path = Column(lambda: tr("Name"), order="path")
        self.sets = PagedModel(
            bridge,
            (
                path,
                Column(lambda: tr("Kind"), order="kind"),
                Column(lambda: tr("Detail")),
                Column(lambda: tr("Files"), number=True, order="files"),
                Column(lambda: tr("Size"), number=True, order="size"),
            ),
        )
        why = Column(lambda: tr("Why"))
        self._ignored = PagedModel(bridge, (Column(lambda: tr("Name")), why))
        self._problems = PagedModel(
            bridge, (Column(lambda: tr("Name")), Column(lambda: tr("What")), Column(lambda: tr("What to do")))
        )
        self._order = "path"
        self._filter = QLineEdit()
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._show_sets)
        self._table = PagedTable(self.sets)
        header = self._table.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        self.gallery = Gallery(self.workspace)
        self._ignored_table = PagedTable(self._ignored, stretch=1)
        self._problem_table = PagedTable(self._problems, stretch=2)
        listed = QWidget()
        listed.setLayout(column(self._filter, self._table))
        for widget in (listed, self.gallery, self._ignored_table, self._problem_table):
            self.tabs.addTab(widget, "")

    def _name_tabs(self) -> None:
        self._table.setAccessibleName(tr("Contents"))
        self._ignored_table.setAccessibleName(tr("Left out"))
        self._problem_table.setAccessibleName(tr("Problems"))
        self.tabs.tabBar().setAccessibleName(tr("What was found"))
        self._filter.setPlaceholderText(tr("Find by name"))
        self._filter.setAccessibleName(tr("Find by name"))
        for model in (self.sets, self._ignored, self._problems):
            model.retitle()
        self._count_tabs(self._summary())

    def _count_tabs(self, found: Summary) -> None:
        titles = (
            tr("Contents ({n})", n=count(found.sets)),
            tr("Pictures"),
            tr("Left out ({n})", n=count(found.ignored)),
            tr("Problems ({n})", n=count(found.problems)),
        )
        for at, title in enumerate(titles):
            self.tabs.setTabText(at, title)

    def opened(self) -> None:
        self._filter.clear()
        if self.workspace.work is None:
            for model in (self.sets, self._ignored, self._problems):
                model.show(None)
        else:
            self._show_rows()

    def refresh(self) -> None:
        found = self._summary()
        self._totals.show_summary(found, scanning=self.workspace.scanning)
        self._count_tabs(found)
        self._show_chosen()
        has_files = bool(self.work.draft.files)
        self._totals.setVisible(has_files)
        self.tabs.setVisible(has_files)

    def entered(self) -> None:
        self.drop.folder.setFocus(Qt.FocusReason.OtherFocusReason)

    def _summary(self) -> Summary:
        if self.workspace.live is not None:
            return self.workspace.live
        return self.situation.inventory if self.situation is not None else Summary()

    # --- rows ----------------------------------------------------------------------------------------------------

    def _heard(self, what: str) -> None:
        if what == "inventory" and self.workspace.work is not None:
            self._show_rows()

    def _show_rows(self) -> None:
        self._show_sets()
        self._ignored.show(sources.ignored(self.work))
        self._problems.show(sources.problems(self.work))
        self.gallery.show_draft(self.work)

    def _show_sets(self) -> None:
        if self.workspace.work is not None:
            self.sets.show(sources.image_sets(self.work, self._order, self._filter.text().strip() or None))

    def _sort(self, section: int) -> None:
        order = self.sets.columns[section].order
        if order is None:
            return
        self._order = f"-{order}" if self._order == order else order
        down = self._order.startswith("-")
        header = self._table.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSortIndicator(section, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)
        self._show_sets()

    # --- chosen folders ------------------------------------------------------------------------------------------

    def _show_chosen(self) -> None:
        paths = tuple(g.path for g in self.work.draft.files)
        shown = (paths, tr("Remove"))
        if getattr(self, "_shown", None) == shown:
            return
        self._shown = shown
        clear(self._chosen)
        for path in paths:
            self._chosen.addWidget(self._chosen_row(path))

    def _chosen_row(self, path: str) -> QWidget:
        card = Card(across=True)
        there = Path(path)
        words = column(Label(there.name or path, "strong", select=True), Label(str(there.parent), "muted"), spacing=0)
        gone = Button("close", "quiet", partial(self._remove, path))
        gone.setText(tr("Remove"))
        gone.setAccessibleName(tr("Remove {name}", name=there.name))
        card.body.addLayout(words, 1)
        card.body.addWidget(gone)
        return card

    def _remove(self, path: str) -> None:
        self.work.remove_path(path)
        self.workspace.start_scan()

    def show_columns(self) -> None:
        """Open the window in which file names become columns and groups."""
        from depositor.gui.columns import dialog

        dialog.show(self.workspace, self)

    def jump(self, location: str) -> None:
        if location == "problems":
            self.tabs.setCurrentIndex(3)
            self._problem_table.setFocus()
        elif location == "files" and self._totals.meaning.isVisibleTo(self):
            self._totals.meaning.setFocus(Qt.FocusReason.OtherFocusReason)


class _Totals(Card):
    """How much there is; counts up while the folders are looked through."""

    def __init__(self, page: FilesPage) -> None:
        super().__init__()
        self._page = page
        self._words = Label(kind="heading")
        self._note = Label(kind="muted")
        self._bars = TypeBars()
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._stop = Button("stop", clicked=page.workspace.stop_scan)
        self._again = Button("retry", "quiet", page.workspace.start_scan)
        self.meaning = Button("describe", clicked=page.show_columns)
        self.body.addLayout(row((column(self._words, self._note, spacing=2), 1), self._again, self._stop))
        self.body.addLayout(row(self.meaning, import_button(page.workspace, page.texts), 1))
        self.body.addWidget(self._busy)
        self.body.addWidget(self._bars)
        self._left = Notice("warn")
        self._left.hide()
        self.body.addWidget(self._left)
        page.texts.bind(
            lambda: self._stop.setText(tr("&Stop")),
            lambda: self._again.setText(tr("&Look again")),
            lambda: self.meaning.setText(tr("&Columns and groups …")),
            lambda: self.meaning.setToolTip(tr("What the file names say, and which files belong where")),
            lambda: self._busy.setAccessibleName(tr("Looking through the files")),
        )

    def show_summary(self, found: Summary, *, scanning: bool) -> None:
        """Show the totals so far."""
        files = trn("{n} file", "{n} files", found.files)
        self._words.setText(f"{files} · {size(found.bytes)}")
        largest = tr("the largest file has {size}", size=size(found.largest)) if found.largest else ""
        self._note.setText(" · ".join(t for t in (_sets(found) if found.complete else "", largest) if t))
        self._bars.show_types(found.by_type)
        running = scanning and not found.complete
        self._busy.setVisible(running)
        self._stop.setVisible(running)
        self._again.setVisible(not scanning)
        self.meaning.setVisible(found.complete and bool(found.files))
        stopped = not scanning and not found.complete
        self._left.show_text("", tr("The search was stopped. Look again before you send.") if stopped else "")


def _sets(found: Summary) -> str:
    """How many image sets, and what else lies there."""
    images = trn("{n} image set", "{n} image sets", found.images)
    if not found.other_files:
        return images
    others = trn("{n} other file", "{n} other files", found.other_files)
    return tr("{images} and {others}", images=images, others=others) if found.images else others
