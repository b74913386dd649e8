"""What changed since the last deposit: a card on the review page, and all of it in a dialog."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from depositor.gui.reuse.base import ReuseDialog, Tree
from depositor.gui.reuse.comparing import Comparison
from depositor.gui.texts import count, tr, trn, when
from depositor.gui.widgets.basics import Button, Card, Label, column
from depositor.gui.workspace import Workspace
from depositor.session.reuse.readable import Difference, change_words, new_words, place
from depositor.session.reuse.since import FileChanges, Since, since


class SinceCard(Card):
    """How much changed since the draft was sealed last; hidden before the first time and while nothing did."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(across=True)
        self._workspace = workspace
        self._found: Since | None = None
        self._seen: tuple[object, ...] | None = None  # what the shown changes were found for
        self._files: tuple[object, FileChanges] | None = None  # those of the files take longer to find
        self._head, self._text = Label(kind="strong"), Label(kind="muted")
        self.button = Button("eye", clicked=self._open)
        self.body.addLayout(column(self._head, self._text, spacing=2), 1)
        self.body.addWidget(self.button)
        self.hide()

    def consider(self) -> None:
        """Look for changes, where the draft or its files changed since the last look."""
        work, now = self._workspace.work, self._workspace.situation
        if work is None or now is None:
            return
        key = (work.id, now.draft, now.inventory, now.stage)
        if key == self._seen:
            return
        if self._seen is not None and self._seen[0] != work.id:
            self.hide()
        self._seen, desk = key, self._workspace.desk
        of = (work.id, now.draft.files, now.draft.decisions, now.inventory, now.stage)
        files = self._files[1] if self._files is not None and self._files[0] == of else None
        self._workspace.bridge.ask(
            lambda _: (work, of, since(desk, work, files)), self._take, self._workspace.trouble.emit, lane="reuse"
        )

    def _take(self, told: tuple[object, object, Since | None]) -> None:
        work, of, found = told
        if work is self._workspace.work:
            self._files = (of, found.files) if found is not None else None
            self.show_since(found)

    def show_since(self, found: Since | None) -> None:
        """Show how much; nothing where nothing is different."""
        self._found = found
        self.setVisible(bool(found))
        if found:
            self._head.setText(tr("Changed since the deposit of {when}", when=when(found.sealed_at)))
            self._text.setText(summary(found))
            self.button.setText(tr("Sh&ow the changes"))

    def _open(self) -> None:
        SinceDialog(self.window(), self._workspace, self._found).open()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and hasattr(self, "_found"):
            self.show_since(self._found)


def summary(found: Since) -> str:
    """How much, in one line."""
    added, removed, changed = found.files.counts
    parts = [
        trn("{n} answer", "{n} answers", len(found.differences)) if found.differences else "",
        trn("{n} new file", "{n} new files", added) if added else "",
        trn("{n} file removed", "{n} files removed", removed) if removed else "",
        trn("{n} file changed", "{n} files changed", changed) if changed else "",
    ]
    return " · ".join(p for p in parts if p)


class SinceDialog(ReuseDialog):
    """Every answer and file that is different."""

    def __init__(self, parent: QWidget, workspace: Workspace, found: Since | None) -> None:
        title = tr("What changed since the last deposit")
        lead = tr("Compared with what was sealed on {when}.", when=when(found.sealed_at)) if found else ""
        super().__init__(parent, workspace, title, lead)
        self.tree = Tree(tr("Changes"), tr("What"), tr("Now"))
        self.comparison = Comparison()
        empty = Label(_nothing(found), "muted")
        self.body.addWidget(empty)
        empty.setVisible(not found)
        self.body.addWidget(self.tree, 2)
        self.body.addWidget(self.comparison, 1)
        self.tree.currentItemChanged.connect(lambda *_: self.comparison.show_difference(self._difference()))
        for widget in (self.tree, self.comparison):
            widget.setVisible(bool(found))
        if not found:
            self.body.addStretch(1)
        self.end_with()
        self.fit(44, 34 if found else 12)
        if found:
            self._fill(found)

    def _difference(self) -> Difference | None:
        found: Difference | None = self.tree.chosen()
        return found

    def _fill(self, found: Since) -> None:
        for difference in found.differences:
            said = new_words(difference) or change_words(difference.change)
            self.tree.add([place(difference), said[:300]], difference)
        files = found.files
        heads = (tr("New files"), tr("Removed files"), tr("Changed files"))
        for head, number, paths in zip(heads, files.counts, (files.added, files.removed, files.changed), strict=True):
            if number:
                top = self.tree.add([head, count(number)])
                for path in paths:
                    self.tree.add([path, ""], None, top)
                if number > len(paths):
                    self.tree.add([trn("… and {n} more", "… and {n} more", number - len(paths)), ""], None, top)
        self.tree.setColumnWidth(0, self.width() // 2)
        self.tree.go_first()


def _nothing(found: Since | None) -> str:
    if found is None:
        return tr("This deposit was not sealed yet, so there is nothing to compare it with.")
    return tr("Nothing is different. What you see is what was deposited.")
