"""Walking through a vocabulary: a tree from wide to narrow terms, a search, and what the chosen term means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from depositor.gui.form.term_tree import NODE, TermTree, title
from depositor.gui.form.terms_shown import id_pill
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Label, column, row
from depositor.session import terms

if TYPE_CHECKING:
    from depositor.session.terms import Node, Term

_FOUND = 60
_PAUSE_MS = 30
_SYNONYMS_SHOWN = 12
_TERM = Qt.ItemDataRole.UserRole


class BrowseTerms(QDialog):
    """``take`` gets the chosen term. ``look_up`` opens the search on line, where there is one for this vocabulary."""

    def __init__(
        self,
        parent: QWidget,
        vocabulary: str,
        question: str,
        take: Callable[[Term], object],
        look_up: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Browse: {question}", question=question))
        self._vocabulary, self._take, self._look_up = vocabulary, take, look_up
        self._chosen: Term | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._make_lists()
        self._make_about()
        self._lay_out()
        self._show_node(None)
        height = self.fontMetrics().height()
        self.resize(height * 46, height * 32)

    def show_term(self, term: Term) -> None:
        """Open the tree at a term."""
        found = self.model.index_of(term)
        if found.isValid():
            self.search.clear()
            self._stack.setCurrentWidget(self.tree)
            self.tree.setCurrentIndex(found)
            self.tree.scrollTo(found)

    # --- parts ---------------------------------------------------------------------------------------------------

    def _make_lists(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search by name, everyday word or identifier"))
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._pause.start)
        self.model = TermTree(self._vocabulary, self)
        self.tree = QTreeView()
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setModel(self.model)
        self.tree.setAccessibleName(tr("Terms, from wide to narrow"))
        self.tree.selectionModel().currentChanged.connect(self._walked)
        self.tree.doubleClicked.connect(self._use)
        self.found = QListWidget()
        self.found.setWordWrap(True)
        self.found.setAccessibleName(tr("Terms that were found"))
        self.found.currentItemChanged.connect(self._picked)
        self.found.itemDoubleClicked.connect(self._use)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self.found)

    def _make_about(self) -> None:
        self.crumbs = Label(kind="muted", select=True)
        self.name_shown = Label(kind="heading", select=True)
        self.pill = id_pill("")
        self.about = Label(select=True)
        self.others = Label(kind="muted", select=True)
        self.use = Button(kind="main", clicked=self._use)
        self.use.setText(tr("Use this term"))
        self.locate = Button("jump", "quiet", self._locate)
        self.locate.setText(tr("Show in the tree"))

    def _lay_out(self) -> None:
        room = self.fontMetrics().height()
        about = QWidget()
        inside = QVBoxLayout(about)
        inside.setContentsMargins(room, 0, 0, 0)
        for part in (self.crumbs, self.name_shown, self.about, self.others):
            inside.addWidget(part)
        inside.addLayout(row(self.pill, 1))
        inside.addLayout(row(self.locate, 1))
        inside.addStretch(1)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.addWidget(self._stack)
        halves.addWidget(about)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 2)
        halves.setChildrenCollapsible(False)
        close = Button(clicked=self.reject)
        close.setText(tr("&Close"))
        online = Button("globe", "quiet", self._online) if self._look_up else None
        if online:
            online.setText(tr("Look up on line"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        below = row(online, 1, close, self.use)
        layout.addLayout(column(self.search, (halves, 1), below, spacing=round(room * 0.7)), 1)

    # --- what is shown -------------------------------------------------------------------------------------------

    def _search(self) -> None:
        words = self.search.text().strip()
        self._stack.setCurrentWidget(self.found if words else self.tree)
        if not words:
            self._walked(self.tree.currentIndex())
            return
        self.found.clear()
        for term in terms.suggest(self._vocabulary, words, _FOUND):
            also = tr("also {synonym}", synonym=term.matched) if term.matched else ""
            item = QListWidgetItem(" · ".join(p for p in (term.label, also) if p))
            item.setData(_TERM, term)
            self.found.addItem(item)
        self.found.setCurrentRow(0)
        if not self.found.count():
            self._show_node(None)
            self.about.setText(tr("Nothing in this list is called so."))

    def _walked(self, index: QModelIndex) -> None:
        self._show_node(index.data(NODE) if index.isValid() else None)

    def _picked(self, item: QListWidgetItem | None) -> None:
        term = item.data(_TERM) if item else None
        way = terms.lineage(self._vocabulary, term) if term else ()
        self._show_node(way[-1] if way else None, way)

    def _show_node(self, node: Node | None, way: tuple[Node, ...] = ()) -> None:
        term = node.term if node else None
        self._chosen = term
        way = way or (terms.lineage(self._vocabulary, term) if term else ())
        self.crumbs.setText(" › ".join(title(n) for n in way[:-1]))
        self.name_shown.setText(title(node) if node else tr("Choose a term"))
        self.about.setText(term.description if term else "")
        names = terms.synonyms(node)[:_SYNONYMS_SHOWN] if node and term else ()
        self.others.setText(tr("Also called: {names}", names=", ".join(names)) if names else "")
        self.pill.setText(term.id if term else "")
        for part in (self.crumbs, self.about, self.others, self.pill):
            part.setVisible(bool(part.text()))
        self.locate.setVisible(bool(term) and self._stack.currentWidget() is self.found)
        self.use.setEnabled(term is not None)

    # --- what is done --------------------------------------------------------------------------------------------

    def _use(self) -> None:
        if self._chosen is not None:
            self._take(self._chosen)
            self.accept()

    def _locate(self) -> None:
        if self._chosen is not None:
            self.show_term(self._chosen)
            self.tree.setFocus()

    def _online(self) -> None:
        words = self.search.text().strip()
        self.reject()
        if self._look_up:
            self._look_up(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down goes from the search into the list; Enter takes the shown term."""
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            walking = self._stack.currentWidget() is self.tree
            (self.tree if walking else self.found).setFocus()
            if walking and not self.tree.currentIndex().isValid():
                self.tree.setCurrentIndex(self.model.index(0, 0))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._pause.isActive():
                self._pause.stop()
                self._search()
            self._use()
        else:
            super().keyPressEvent(event)
