"""The way of a file into the description: reading, choosing a part, looking, taking."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QDialog, QProgressBar, QVBoxLayout, QWidget

from depositor.draft.problem import Problem
from depositor.gui.bridge import Work
from depositor.gui.importing.preview import PreviewView
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label, Notice, clear, row
from depositor.gui.workspace import Workspace
from depositor.session import sources
from depositor.session.sources import Preview


class ImportDialog(QDialog):
    """Nothing changes before "Take"; all of it is one step of undo then."""

    def __init__(self, parent: QWidget, workspace: Workspace, path: Path) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._space, self._path = workspace, path
        assert workspace.work is not None
        self._draft = workspace.work
        self._work: Work | None = None
        self.view: PreviewView | None = None
        self.setWindowTitle(tr("Import"))
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        layout.addWidget(Label(path.name, "heading", select=True))
        self.part = QComboBox()
        self.part.setAccessibleName(tr("Which experiment"))
        self.part.hide()
        self.part.activated.connect(self._choose)
        layout.addWidget(self.part)
        self._body = QVBoxLayout()
        layout.addLayout(self._body, 1)
        self.take = Button(kind="main", clicked=self._take)
        self.take.hide()
        self._close = Button(clicked=self.reject)
        layout.addLayout(row(1, self._close, self.take))
        self._fit_screen(room)
        self._read("")

    def _fit_screen(self, room: int) -> None:
        screen = self.screen().availableSize()
        self.resize(min(room * 60, screen.width() * 9 // 10), min(room * 34, screen.height() * 9 // 10))

    # --- reading -------------------------------------------------------------------------------------------------

    def _read(self, part: str) -> None:
        clear(self._body)
        self.view = None
        self.take.hide()
        self._close.setText(tr("&Stop"))
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName(tr("Reading the file"))
        self._body.addWidget(Label(tr("Reading the file …"), "muted"))
        self._body.addWidget(bar)
        self._body.addStretch(1)
        self._bar = bar
        desk, draft, path = self._space.desk, self._draft, self._path
        self._work = self._space.bridge.run(
            lambda cancel, post: sources.look(desk, draft, path, cancel, lambda d, o: post((d, o)), part),
            self._show,
            self._fail,
            self._further,
        )

    def _further(self, news: tuple[int, int]) -> None:
        done, of = news
        self._bar.setRange(0, max(of, done) if of else 0)
        self._bar.setValue(done)

    def _fail(self, problem: Problem) -> None:
        self._work = None
        clear(self._body)
        notice = Notice("warn")
        notice.show_text(say(problem.message), say(problem.advice))
        self._body.addWidget(notice)
        self._body.addStretch(1)
        self._close.setText(tr("&Close"))
        self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- looking -------------------------------------------------------------------------------------------------

    def _show(self, found: Preview) -> None:
        self._work = None
        clear(self._body)
        self._close.setText(tr("&Cancel"))
        self._show_parts(found)
        if len(found.parts) > 1 and not found.part:
            notice = Notice("info")
            notice.show_text(
                tr("The file holds several experiments"), tr("Choose the one that this deposit describes.")
            )
            self._body.addWidget(notice)
            self._body.addStretch(1)
            self.part.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.view = PreviewView(found, self._part_name)
        self._body.addWidget(self.view, 1)
        self.view.model.ticked.connect(self._count)
        self.take.setVisible(bool(found.changes))
        if not found.changes:
            self._close.setText(tr("&Close"))
        self._count()
        (self.view.tree if found.changes else self._close).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_parts(self, found: Preview) -> None:
        if self.part.count() or len(found.parts) < 2:
            return
        self.part.addItem(tr("Choose an experiment …"), "")
        for one, name in found.parts:
            self.part.addItem(name, one)
        self.part.show()

    def _choose(self, at: int) -> None:
        part = self.part.itemData(at)
        if part and self._work is None:
            self._read(str(part))

    def _part_name(self, key: str) -> str:
        if key == "files":
            return tr("Files")
        module = self._draft.form().module(key)
        return say(module.label) if module else key

    def _count(self) -> None:
        if self.view is not None:
            number = len(self.view.model.chosen)
            self.take.setText(trn("&Take {n} change", "&Take {n} changes", number))
            self.take.setEnabled(number > 0)

    # --- taking --------------------------------------------------------------------------------------------------

    def _take(self) -> None:
        if self.view is None:
            return
        found, chosen, draft = self.view.found, self.view.model.chosen, self._draft
        self.take.setEnabled(False)
        self._space.bridge.ask(lambda _: sources.take(draft, found, chosen), self._taken, self._fail)

    def _taken(self, _: int) -> None:
        self._space.refresh()
        self.accept()

    def done(self, result: int) -> None:
        if self._work is not None:
            self._work.cancel.set()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._work is not None:
            self._work.cancel.set()
        super().closeEvent(event)
