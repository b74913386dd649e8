"""The files of one transfer: filters by state and by text, the table, and what one does with chosen rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QComboBox, QHeaderView, QLineEdit, QMenu, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.gui import icons
from depositor.gui.bridge import Work
from depositor.gui.paged import PagedTable
from depositor.gui.texts import Texts, count, say, tr, trn
from depositor.gui.transfers_page import words
from depositor.gui.transfers_page.files_model import PROBLEM, FilesModel
from depositor.gui.widgets.basics import Button, Label
from depositor.gui.widgets.flow import flow
from depositor.session.sending.file_list import FileLine, FileList, View

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace

LANE = "files"
_RENEW_MS = 1000  # while something moves, the rows that are seen
_COUNT_S = 2.0  # and the counts of states
_TYPED_MS = 250
_COPIED = 10_000
_FILTERS: tuple[tuple[str, ...], ...] = ((), ("failed",), ("waiting", "sending"), ("sent", "verified"), ("skipped",))


class FilesPane(QWidget):
    """``act(what, lines)`` is called for retry, skip, replace and report."""

    def __init__(self, workspace: Workspace, act: Callable[[str, Sequence[FileLine]], None]) -> None:
        super().__init__()
        self._workspace, self._act = workspace, act
        self.texts = Texts()
        self.files: FileList | None = None
        self._counts: dict[str, int] = {}
        self._question: Work | None = None
        self._renewing: Work | None = None
        self._counted = 0.0
        self._moving = False
        self.filter, self.search, self.told = QComboBox(), QLineEdit(), Label(kind="muted", wrap=False)
        self.model = FilesModel(workspace.bridge)
        self.table = _Table(self.model, self.copy)
        self._buttons = {
            "retry": Button("retry", clicked=lambda: self.act("retry")),
            "replace": Button("redo", clicked=lambda: self.act("replace")),
            "skip": Button("close", clicked=lambda: self.act("skip")),
            "report": Button("copy", clicked=lambda: self.act("report")),
        }
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(self.fontMetrics().height() * 12)
        self.search.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for _ in _FILTERS:
            self.filter.addItem("")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(flow(self.filter, self.search, self.told))
        layout.addWidget(self.table, 1)
        layout.addWidget(flow(*self._buttons.values()))

    def _connect(self) -> None:
        self._typed = QTimer(self, singleShot=True, interval=_TYPED_MS)
        self._typed.timeout.connect(self.show_files)
        self.search.textChanged.connect(lambda _: self._typed.start())
        self.filter.currentIndexChanged.connect(lambda _: self.show_files())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.table.customContextMenuRequested.connect(self._menu)
        self.model.modelReset.connect(self._enable)
        self._timer = QTimer(self, interval=_RENEW_MS)
        self._timer.timeout.connect(self.renew)
        self.texts.bind(
            self.model.retitle,
            self._name_filters,
            lambda: self.filter.setAccessibleName(tr("Which files are listed")),
            lambda: self.search.setPlaceholderText(tr("Part of a name")),
            lambda: self.search.setAccessibleName(tr("Part of a name")),
            lambda: self.table.setAccessibleName(tr("Files of this transfer")),
            lambda: self._buttons["retry"].setText(tr("&Try again")),
            lambda: self._buttons["replace"].setText(tr("Take as it is &now …")),
            lambda: self._buttons["skip"].setText(tr("&Leave out …")),
            lambda: self._buttons["report"].setText(tr("Copy a re&port")),
            lambda: self._buttons["replace"].setToolTip(
                tr("For a file that changed on purpose: it is checked for personal data, then sent as it is now.")
            ),
        )

    # --- which files -------------------------------------------------------------------------------------------------

    def show_submission(self, submission_id: str | None, *, failed: bool = False) -> None:
        """Show the files of a submission, those that failed first where that is asked for."""
        same = self.files is not None and self.files.id == submission_id
        self.files = FileList(self._workspace.desk.store, submission_id) if submission_id else None
        self._counts = {}
        self._counted = 0.0
        if not same:
            self.search.blockSignals(True)
            self.search.clear()
            self.search.blockSignals(False)
        self.filter.blockSignals(True)
        self.filter.setCurrentIndex(1 if failed else 0)
        self.filter.blockSignals(False)
        self.show_files()

    def show_files(self) -> None:
        """Look for what the filters say; an earlier search that still runs is broken off."""
        files = self.files
        if self._question is not None:
            self._question.cancel.set()
        if files is None:
            return
        text, states = self.search.text().strip(), _FILTERS[max(0, self.filter.currentIndex())]
        if text:
            self.told.setText(tr("Looking …"))

        def find(cancel: Cancel) -> tuple[View, dict[str, int]]:
            if text:
                return files.containing(text, states, cancel), files.counts()
            return files.of(states) if states else files.all(), files.counts()

        self._question = self._workspace.bridge.ask(find, lambda found: self._found(files, *found), lane=LANE)

    @property
    def looking(self) -> bool:
        """True while a search runs."""
        return self._typed.isActive() or (self._question is not None and not self._question.finished)

    def _found(self, files: FileList, view: View, counts: dict[str, int]) -> None:
        if files is self.files:
            self._note_counts(counts)
            self.model.show_view(files, view)
            self._tell(view if self.search.text().strip() else None)

    def _tell(self, found: View | None) -> None:
        self.told.setText(trn("{n} file found", "{n} files found", found.count()) if found is not None else "")

    # --- kept true ---------------------------------------------------------------------------------------------------

    def set_moving(self, live: dict[int, int] | None) -> None:
        """``live``: bytes sent of the files under way; None: nothing moves."""
        was, self._moving = self._moving, live is not None
        if self.isVisible():
            self.model.show_live(live or {}, *self.table.seen())
        if self._moving and not self._timer.isActive():
            self._timer.start()
        if was and not self._moving:
            self._timer.stop()
            self._counted = 0.0
            self.renew()

    def renew(self) -> None:
        """Fetch what is seen anew, and now and then the counts."""
        files = self.files
        if files is None or not self.isVisible() or (self._renewing is not None and not self._renewing.finished):
            return
        self.model.renew(*self.table.seen())
        if time.monotonic() - self._counted < _COUNT_S:
            return
        self._counted = time.monotonic()
        view = self.model.view

        def look(_: Cancel) -> tuple[dict[str, int], int | None]:
            return files.counts(), view.count() if view is not None else None

        self._renewing = self._workspace.bridge.ask(look, lambda seen: self._recounted(files, view, *seen), lane=LANE)

    def _recounted(self, files: FileList, view: View | None, counts: dict[str, int], rows: int | None) -> None:
        if files is self.files:
            self._note_counts(counts)
            if rows is not None and view is self.model.view:
                everything = not self.filter.currentIndex() and not self.search.text().strip()
                self.model.resize(sum(counts.values()) if everything else rows)

    def _note_counts(self, counts: dict[str, int]) -> None:
        if counts != self._counts:
            self._counts = counts
            self._name_filters()
            self.table.make_room_for_problems(wanted=bool(counts.get("failed")))

    def _name_filters(self) -> None:
        names = (tr("All files"), tr("Failed"), tr("Waiting"), tr("There"), tr("Left out"))
        for at, (name, states) in enumerate(zip(names, _FILTERS, strict=True)):
            number = sum(self._counts.get(state, 0) for state in states or self._counts)
            self.filter.setItemText(at, f"{name} ({count(number)})")

    # --- what one does -----------------------------------------------------------------------------------------------

    def chosen(self) -> Sequence[tuple[int, int]]:
        """The chosen rows as (first, last) pairs."""
        parts = self.table.selectionModel().selection()
        return sorted((parts.at(n).top(), parts.at(n).bottom()) for n in range(parts.size()))

    def act(self, what: str, *_: object) -> None:
        """Do something with the chosen files; without a choice, with all that failed."""
        self._with_lines(lambda lines: self._act(what, lines))

    def _with_lines(self, done: Callable[[Sequence[FileLine]], None], most: int = _COPIED) -> None:
        files, view, chosen = self.files, self.model.view, self.chosen()
        if files is None or view is None:
            return

        def read(_: Cancel) -> list[FileLine]:
            out: list[FileLine] = []
            for first, last in chosen:
                for at in range(first, min(last + 1, first + most - len(out)), 500):
                    out.extend(files.lines(view.seqs(at, min(500, last + 1 - at))))
            return out

        self._workspace.bridge.ask(read, done, self._workspace.trouble.emit, lane=LANE)

    def copy(self) -> None:
        """Put the chosen rows on the clipboard, as a table."""
        self._with_lines(_copy)

    def _enable(self) -> None:
        chosen = bool(self.table.selectionModel().hasSelection())
        failed = bool(self._counts.get("failed"))
        self._buttons["skip"].setEnabled(chosen and failed)
        self._buttons["replace"].setEnabled(chosen and failed)
        for name in ("retry", "report"):
            self._buttons[name].setEnabled(failed)
        for button in self._buttons.values():
            button.setVisible(failed)

    def _menu(self, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icons.icon("copy"), tr("&Copy"), QKeySequence(QKeySequence.StandardKey.Copy), self.copy)
        if self._counts.get("failed"):
            menu.addSeparator()
            for what, button in self._buttons.items():
                action = QAction(button.icon(), button.text(), menu)
                action.triggered.connect(partial(self.act, what))
                action.setEnabled(button.isEnabled())
                menu.addAction(action)
        menu.popup(self.table.viewport().mapToGlobal(where))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.texts.renew()
            self.show_files()


class _Table(PagedTable):
    """Many rows can be chosen; Ctrl+C copies them."""

    def __init__(self, model: FilesModel, copy: Callable[[], object]) -> None:
        super().__init__(model)
        self._copy = copy
        self.setSelectionMode(PagedTable.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def make_room_for_problems(self, *, wanted: bool) -> None:
        """The last column is there where something failed; it shares the room with the names."""
        self.setColumnHidden(PROBLEM, not wanted)
        if wanted:
            self.horizontalHeader().setSectionResizeMode(PROBLEM, QHeaderView.ResizeMode.Stretch)

    def seen(self) -> tuple[int, int]:
        """The first and the last row that one can see."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= 0 else max(first, self.model().rowCount() - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
            return
        super().keyPressEvent(event)


def _copy(lines: Sequence[FileLine]) -> None:
    rows = [
        "\t".join(
            (
                line.origin,
                str(line.size),
                words.state_word(line.state),
                words.proof_word(line.proof),
                say(line.problem.message) if line.problem else "",
            )
        )
        for line in lines
    ]
    QGuiApplication.clipboard().setText("\n".join(rows))
