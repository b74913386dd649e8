"""What happened to the draft: who changed what and when, and the way back to it."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from depositor.draft.answer import OriginKind
from depositor.gui.reuse.base import ReuseDialog, Tree
from depositor.gui.reuse.comparing import Comparison
from depositor.gui.texts import tr, trn, when
from depositor.gui.widgets.basics import Button, Label, row
from depositor.gui.workspace import Workspace
from depositor.session.reuse import versions
from depositor.session.reuse.readable import Difference, change_words, new_words, old_words, place
from depositor.session.reuse.versions import Event


class HistoryDialog(ReuseDialog):
    """A list of changes, the latest first; each opens into its answers."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        lead = tr("Everything that changed in this deposit. Going back is a change too: undo takes it away again.")
        super().__init__(parent, workspace, tr("What happened"), lead)
        assert workspace.work is not None
        self._work, self._events = workspace.work, tuple[Event, ...]()
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search for a question or a word"))
        self.search.setAccessibleName(tr("Search for a question or a word"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._show)
        self.by = QComboBox()
        self.by.setAccessibleName(tr("Whose changes"))
        self.by.addItem(tr("All changes"), None)
        for kind in OriginKind:
            self.by.addItem(by_words(kind), kind)
        self.by.currentIndexChanged.connect(self._show)
        self.tree = Tree(tr("Changes"), tr("What"), tr("When"), tr("How"))
        self.tree.setTextElideMode(self.tree.textElideMode().ElideRight)
        self.tree.currentItemChanged.connect(lambda *_: self._chosen())
        self.comparison = Comparison()
        self.empty = Label("", "muted")
        self.body.addLayout(row((self.search, 1), self.by))
        self.body.addWidget(self.empty)
        self.body.addWidget(self.tree, 2)
        self.body.addWidget(self.comparison, 1)
        self.value = Button("undo", "", self._restore_value)
        self.value.setText(tr("Bring back the earlier &value"))
        self.whole = Button("clock", "", self._restore)
        self.whole.setText(tr("Bring back the &whole draft of this time"))
        self.end_with(self.value, self.whole)
        self.fit(46, 38)
        self._chosen()
        self.reload()

    def reload(self) -> None:
        store, work = self.workspace.desk.store, self._work
        self.ask(lambda: versions.happened(store, work), self._take)

    def _take(self, events: tuple[Event, ...]) -> None:
        self._events = events
        self._show()

    def _show(self) -> None:
        self.tree.clear()
        wanted, kind = self.search.text().casefold().strip(), self.by.currentData()
        for event in self._events:
            found = [d for d in event.differences if not wanted or wanted in _searched(d)]
            agreed = event.confirmed and not event.differences and not wanted
            if (kind is None or event.by is kind) and (found or agreed):
                self._add(event, found)
        for at, share in enumerate((0.55, 0.25)):
            self.tree.setColumnWidth(at, round(self.tree.viewport().width() * share))
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first)
        nothing = tr("Nothing was changed yet.") if not self._events else tr("No change fits what you search for.")
        self.empty.setText("" if first is not None else nothing)
        self.empty.setVisible(first is None)
        self._chosen()

    def _add(self, event: Event, found: list[Difference]) -> None:
        how = tr("taken back") if event.undone else by_words(event.by)
        if len(found) == 1:
            self.tree.add([_line(found[0]), when(event.at), how], (event, found[0]))
            return
        agreed = trn("Agreed with {n} value", "Agreed with {n} values", len(event.confirmed))
        head = trn("{n} answer", "{n} answers", len(found)) if found else agreed
        top = self.tree.add([head, when(event.at), how], (event, None))
        for difference in found:
            self.tree.add([_line(difference), "", ""], (event, difference), top)

    def _chosen(self) -> None:
        event, difference = self.tree.chosen() or (None, None)
        self.comparison.show_difference(difference)
        self.value.setEnabled(difference is not None)
        self.whole.setEnabled(event is not None)

    def _restore_value(self) -> None:
        _, difference = self.tree.chosen() or (None, None)
        if difference is not None:
            work = self._work
            self.ask(lambda: versions.restore_value(work, difference), lambda _: self._done())

    def _restore(self) -> None:
        event, _ = self.tree.chosen() or (None, None)
        if event is not None:
            store, work = self.workspace.desk.store, self._work
            self.ask(lambda: versions.restore(store, work, event.seq, event.at), lambda _: self._done())

    def _done(self) -> None:
        self.note(tr("Done. Ctrl+Z takes it back."))
        self.workspace.refresh()
        self.reload()


def by_words(kind: OriginKind) -> str:
    """How a change came about."""
    return {
        OriginKind.PERSON: tr("typed"),
        OriginKind.HEADER: tr("from file headers"),
        OriginKind.TEMPLATE: tr("from a library or template"),
        OriginKind.LOOKUP: tr("looked up"),
        OriginKind.FOLDER: tr("from folder names"),
        OriginKind.DEFAULT: tr("proposed by Depositor"),
    }.get(kind, str(kind))


def _line(difference: Difference) -> str:
    said = new_words(difference) or change_words(difference.change)
    return f"{place(difference)}: {said}"[:300]


def _searched(difference: Difference) -> str:
    return " ".join((place(difference), old_words(difference), new_words(difference))).casefold()
